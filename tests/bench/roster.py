"""Times and peak memory of roster imports.  python3 roster.py TARGET_FOLDER ROWS"""
import os
import subprocess
import sys
import tempfile
import time

target, rows = sys.argv[1], sys.argv[2]
SECONDS_MAX = 60  # for 200,000 rows on two cores


def measured(command, **more):
    """Seconds, peak MiB and the last line of a command; ends when it fails."""
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    if status != 0:
        sys.exit(f"{command}: {out}{err}")
    return seconds, usage.ru_maxrss / 1024, out.strip().splitlines()[-1]


with tempfile.TemporaryDirectory() as folder:
    def made(name, *more):
        path = os.path.join(folder, name)
        subprocess.run([f"{target}/examples/roster", rows, path, *more], check=True)
        return path

    def imported(data, *arguments):
        environment = {**os.environ, "JIANMIAN__SERVER__DATA_DIR": os.path.join(folder, data),
                       "JIANMIAN__MODELS__PACK": "none", "JIANMIAN__LOG__FILTER": "off"}
        return measured([f"{target}/jianmian", "roster", "import", *arguments], env=environment)

    first, next_month, workbook = made("a.csv"), made("b.csv", "1"), made("a.xlsx")
    steps = [
        ("CSV, into empty records", imported("one", first)),
        ("the same file again", imported("one", first)),
        ("next month's file, dry run", imported("one", next_month, "--dry-run")),
        ("next month's file, those missing marked", imported("one", next_month, "--mark-gone")),
        ("XLSX, into empty records", imported("two", workbook)),
    ]

print(f"roster of {rows} people, SQLite, {os.cpu_count()} cores: wall time and peak memory of the whole command")
for name, (seconds, mebibytes, told) in steps:
    print(f"{name:40} {seconds:7.1f} s {mebibytes:7.0f} MiB   {told}")
slow = [name for name, (seconds, _, _) in steps if seconds > SECONDS_MAX * int(rows) / 200_000]
if slow:
    sys.exit(f"slower than {SECONDS_MAX} s for 200,000 rows: {', '.join(slow)}")
