"""Recomputes the error rates of an evaluation from its scores.csv alone, without any code of the program, and compares them with
report.json. Usage: python evaluation_check.py DIR [DIR ...]; exit code 1 when a figure differs."""
import csv
import json
import math
import sys
from pathlib import Path

import numpy as np


def rows(folder):
    with open(folder / "scores.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def close(told, found, what):
    if told is None and found is None:
        return []
    if told is None or found is None or abs(told - found) > 1e-12:
        return [f"{what}: the report says {told}, the scores say {found}"]
    return []


def rate(errors, trials):
    return errors / trials if trials else None


def binomial_tail(k, n, p):
    """Chance of at most k errors in n tries."""
    if p <= 0.0 or p >= 1.0:
        return 1.0 if p <= 0.0 or k >= n else 0.0
    logs = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p) for i in range(k + 1)]
    return math.fsum(map(math.exp, logs))


def interval(told, what):
    """The exact interval is where 2.5 % lie beyond on either side: looked up in the binomial distribution itself."""
    k, n = told["errors"], told["trials"]
    faults = close(told["rate"], rate(k, n), what)
    if n == 0 or k > 2000:
        return faults
    if k < n and abs(binomial_tail(k, n, told["high"]) - 0.025) > 1e-6:
        faults.append(f"{what}: {told['high']} is not the upper end of the interval of {k} in {n}")
    if k > 0 and abs(1 - binomial_tail(k - 1, n, told["low"]) - 0.025) > 1e-6:
        faults.append(f"{what}: {told['low']} is not the lower end of the interval of {k} in {n}")
    return faults


def verification(folder, report):
    good = [r for r in rows(folder) if r["status"] == "ok"]
    score = np.array([float(r["score"]) for r in good], dtype=np.float32)
    same = np.array([r["same"] == "1" for r in good], dtype=bool)
    genuine, impostor = score[same], np.sort(score[~same])
    faults = close(report["genuine"], len(genuine), "genuine") + close(report["impostor"], len(impostor), "impostor")
    wanted = {"FMR 1:10": 1e-1, "FMR 1:100": 1e-2, "FMR 1:1,000": 1e-3, "FMR 1:10,000": 1e-4}
    for point in report["points"]:
        threshold = np.float32(point["threshold"])
        fmr = rate(int((impostor >= threshold).sum()), len(impostor))
        fnmr = rate(int((genuine < threshold).sum()), len(genuine))
        faults += close(point["fmr"]["rate"], fmr, f"FMR at {point['name']}")
        faults += close(point["fnmr"]["rate"], fnmr, f"FNMR at {point['name']}")
        faults += interval(point["fmr"], f"FMR at {point['name']}") + interval(point["fnmr"], f"FNMR at {point['name']}")
        if point["name"] in wanted:
            allowed = int(wanted[point["name"]] * len(impostor) + 1e-9)
            if (impostor >= threshold).sum() > allowed:
                faults.append(f"{point['name']}: more false matches than allowed")
            lower = np.nextafter(threshold, np.float32(-2))
            if (impostor >= lower).sum() <= allowed:
                faults.append(f"{point['name']}: a lower threshold would do")
    for grouping in report["groups"]:
        threshold = np.float32(grouping["threshold"])
        told = {g["value"]: g for g in grouping["groups"]}
        for value in {r[grouping["column"]] for r in good} & set(told):
            of = np.array([r[grouping["column"]] == value for r in good], dtype=bool)
            fmr = rate(int((score[of & ~same] >= threshold).sum()), int((of & ~same).sum()))
            fnmr = rate(int((score[of & same] < threshold).sum()), int((of & same).sum()))
            faults += close(told[value]["fmr"]["rate"], fmr, f"FMR of {value}")
            faults += close(told[value]["fnmr"]["rate"], fnmr, f"FNMR of {value}")
    return faults, f"{len(genuine)} genuine, {len(impostor)} impostor"


def pad(folder, report):
    good = [r for r in rows(folder) if r["status"] == "ok"]
    threshold = np.float32(report["threshold"])
    name = "instrument" if "instrument" in good[0] else "type"
    faults = []
    for told in report["apcer"]:
        scores = np.array([float(r["score"]) for r in good if r["label"] == "attack" and r[name] == told["instrument"]], dtype=np.float32)
        faults += close(told["rate"]["rate"], rate(int((scores >= threshold).sum()), len(scores)), f"APCER of {told['instrument']}")
    scores = np.array([float(r["score"]) for r in good if r["label"] == "bona_fide"], dtype=np.float32)
    faults += close(report["bpcer"]["rate"]["rate"], rate(int((scores < threshold).sum()), len(scores)), "BPCER")
    by_score = report.get("by_attack_score")
    if by_score:
        limit = np.float32(by_score["doubt_from"])
        for told in by_score["apcer"] + by_score["bpcer_by_kind"]:
            attack = told in by_score["apcer"]
            label = "attack" if attack else "bona_fide"
            of = np.array([float(r["attack_score"]) for r in good if r["label"] == label and r[name] == told["instrument"]], dtype=np.float32)
            wrong = int(((of < limit) if attack else (of >= limit)).sum())
            faults += close(told["rate"]["rate"], rate(wrong, len(of)), f"attack score of {told['instrument']}") + interval(told["rate"], told["instrument"])
    return faults, f"{len(report['apcer'])} instruments, {len(scores)} bona fide"


def calls(folder, report):
    good = [r for r in rows(folder) if r["status"] == "ok"]
    name = "instrument" if "instrument" in good[0] else "type"
    kind = lambda r: r[name] if r["attack"] == "1" else "genuine" if r["same"] == "1" else "impostor"
    faults = []
    for told in report["kinds"]:
        of = [r for r in good if kind(r) == told["kind"]]
        faults += close(told["calls"], len(of), told["kind"])
        for key, column, value in (("confirmed", "verdict", "confirmed"), ("confirmed_unlocked", "verdict_unlocked", "confirmed"), ("flagged", "verdict", "flagged"), ("retry", "verdict", "retry")):
            faults += close(told[key]["errors"], sum(r[column] == value for r in of), f"{told['kind']} {key}") + interval(told[key], f"{told['kind']} {key}")
    wrong = [r for r in good if kind(r) != "genuine"]
    faults += close(report["wrongly_confirmed"]["errors"], sum(r["verdict_unlocked"] == "confirmed" for r in wrong), "wrongly confirmed")
    return faults, f"{len(good)} calls"


def main():
    broken = False
    for folder in map(Path, sys.argv[1:]):
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        check = pad if "apcer" in report else calls if "kinds" in report else verification
        faults, what = check(folder, report)
        print(f"{folder.name}: {what}: " + ("every figure is the same" if not faults else "DIFFERS"))
        for fault in faults:
            print("   ", fault)
        broken |= bool(faults)
    sys.exit(broken)


main()
