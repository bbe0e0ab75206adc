"""The list of pictures that the shipped calibrations are made from: the development pictures of living people, one identity a person. Left out:
attack presentations, clips, people behind masks. UTKFace has no names: each of its pictures counts as a person of its own (they were chosen
as different people).

Usage: python development_list.py FACES > list.csv     (columns path, identity, age, sex, ethnicity)"""
import csv
import sys
from pathlib import Path

faces = Path(sys.argv[1])


def rows(name):
    with open(faces / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


not_alive = {r["path"] for r in rows("pad.csv") if r["label"] != "bona_fide"}
writer = csv.writer(sys.stdout)
writer.writerow(["path", "identity", "age", "sex", "ethnicity"])
for r in rows("images.csv"):
    picture = Path(r["path"]).suffix.lower() in (".jpg", ".jpeg", ".png", ".bmp")
    identity = r["identity"] or (r["path"] if r["dataset"] == "utkface" else "")
    if picture and identity and r["path"] not in not_alive and r["dataset"] != "rwmfd":
        ethnicity = {"asian": "east_asian", "country BY": ""}.get(r["ethnicity"], r["ethnicity"])
        writer.writerow([r["path"], f"{r['dataset']} {identity}", r["age_approx"], r["sex"], ethnicity])
