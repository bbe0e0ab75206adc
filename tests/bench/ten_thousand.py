"""Ten thousand different picture files out of the development pictures (each cut, scaled, brightened and compressed differently), and a list of
pairs over all of them: for measuring how long `jianmian evaluate verification` takes. Their scores mean nothing.

Usage: python ten_thousand.py --faces DIR --list LIST.csv --out DIR [--number 10000]"""
import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--faces", type=Path, required=True)
parser.add_argument("--list", type=Path, required=True)
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--number", type=int, default=10_000)
a = parser.parse_args()
a.out.mkdir(parents=True, exist_ok=True)
with open(a.list, newline="", encoding="utf-8") as file:
    sources = [(r["path"], r["identity"]) for r in csv.DictReader(file)]
chance, made = np.random.default_rng(3), []
for n in range(a.number):
    path, identity = sources[n % len(sources)]
    picture = cv2.imread(str(a.faces / path))
    h, w = picture.shape[:2]
    cut = [int(v) for v in chance.uniform(0, 0.06, 4) * (h, h, w, w)]
    picture = picture[cut[0] : h - cut[1], cut[2] : w - cut[3]]
    scale = chance.uniform(0.9, 1.1) * min(1.0, 640 / max(picture.shape[:2]))
    picture = cv2.convertScaleAbs(cv2.resize(picture, None, fx=scale, fy=scale), alpha=chance.uniform(0.9, 1.1))
    name = f"{n:05}.jpg"
    cv2.imwrite(str(a.out / name), picture, [cv2.IMWRITE_JPEG_QUALITY, int(chance.uniform(70, 95))])
    made.append((name, identity))
with open(a.out / "pairs.csv", "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow(["path_a", "path_b", "same", "identity_a", "identity_b"])
    for n, (name, identity) in enumerate(made):
        for m in (n + 1, n + len(sources), n + 17):
            other, whose = made[m % len(made)]
            writer.writerow([name, other, int(identity == whose), identity, whose])
