"""The queries of the county's page as psql runs them: read from the source, each with the values of a day, each timed twice."""
import datetime
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
day = datetime.date.fromisoformat(sys.argv[1])
ms = lambda date: int(datetime.datetime(date.year, date.month, date.day, tzinfo=datetime.timezone.utc).timestamp() * 1000)
ago = lambda days: day - datetime.timedelta(days=days)
month = day.replace(day=1)
VALUES = {
    "status_counts": [],
    "people_by_scheme": [],
    "due_months": [ago(80).replace(day=1), day + datetime.timedelta(days=400)],
    "channel_months": [ago(335).replace(day=1)],
    "overdue_townships": [day, ago(160).replace(day=1)],
    "funnel": [day, ago(246), ms(ago(246))],
    "confirmed_funnel": [ago(90), ago(246)],
    "desk_counts": [day, ms(day), ms(day + datetime.timedelta(days=1))],
}
source = (ROOT / "src/storage/county.rs").read_text()
print("\\timing on\n\\pset format unaligned\n\\o /dev/null")
for name, values in VALUES.items():
    query = re.search(r"pub async fn " + name + r"\b.*?\"(SELECT.*?)\"", source, re.S).group(1)
    for nth, value in reversed(list(enumerate(values, 1))):
        query = query.replace(f"${nth}", str(value) if isinstance(value, int) else f"'{value}'")
    for which in ("first", "again"):
        print(f"\\qecho\n\\echo -- {name}, {which}\n{query};")
searches = {
    "find: a name": "SELECT id FROM beneficiaries WHERE substr(name, 1, 2) = '一丂' AND name LIKE '一丂%' ORDER BY name LIMIT 50",
    "find: the end of an id number": "SELECT id FROM beneficiaries WHERE substr(id_number, 15, 4) = '4711' AND id_number LIKE '%4711' ORDER BY name LIMIT 50",
    "find: the end of a telephone": "SELECT id FROM beneficiaries WHERE substr(phone, length(phone) - 3) = '4711' AND phone LIKE '%4711' ORDER BY name LIMIT 50",
}
for name, query in searches.items():
    print(f"\\echo -- {name}\n{query};")
