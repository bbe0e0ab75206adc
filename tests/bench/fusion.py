"""What does each part of "more from the same frames" buy? Clips are made worse by ffmpeg (blur, 200 kbit/s, low light), their frames go
through `jianmian evaluate verification` (the pipeline that serves calls), and ways of choosing and joining frames are compared on the
embeddings of its journal: false non-matches at the threshold at which each way makes one false match in 1,000. And what do several references
buy? Of people with at least four photographs each one is compared with three others of the same person.

Usage: python fusion.py --faces DIR --binary target/debug/jianmian --config FILE --work DIR"""
import argparse
import base64
import csv
import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np

WORSE = {
    "clean": [],
    "blur": ["-vf", "gblur=sigma=4.5"],
    "200 kbit/s": None,  # through an encoder, below
    "low light": ["-vf", "eq=brightness=-0.28:contrast=0.45,noise=alls=14:allf=t"],
    "all three": None,
}
FRAMES_A_SECOND = 5
WINDOW = 15  # frames of a trial: three seconds
FUSED = 5


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *map(str, args)], check=True)


def frames(clip, name, how, work):
    folder = work / name / how.replace("/", "_").replace(" ", "_")
    if not folder.exists():
        folder.mkdir(parents=True)
        source = clip
        if how in ("200 kbit/s", "all three"):
            source = folder / "small.mp4"
            worse = "scale=480:-2" if how == "200 kbit/s" else "scale=480:-2,gblur=sigma=2,eq=brightness=-0.2:contrast=0.6"
            ffmpeg("-i", clip, "-an", "-vf", worse, "-c:v", "libx264", "-b:v", "200k", "-maxrate", "200k", "-bufsize", "200k", "-r", "15", source)
        ffmpeg("-i", source, *(WORSE[how] or []), "-r", FRAMES_A_SECOND, "-q:v", 2, folder / "%03d.jpg")
    return sorted(folder.glob("*.jpg"))


def looks(out):
    known = {}
    with open(out / "journal.jsonl", encoding="utf-8") as file:
        next(file)
        for line in file:
            entry = json.loads(line)
            value = entry["value"]
            if "embedding" in value:
                vector = np.frombuffer(base64.b64decode(value["embedding"]), dtype="<f4")
                pose = value["pose"] or {"yaw_deg": 0, "pitch_deg": 0}
                known[entry["key"]] = (vector, value["quality"], abs(pose["yaw_deg"]), pose["pitch_deg"])
    return known


def unit(v):
    return v / np.linalg.norm(v)


def ways(window, chance):
    """One fused probe for each way, of one trial."""
    best = sorted(window, key=lambda l: -l[1])
    top = best[:FUSED]
    one = window[chance.integers(len(window))]
    quality = np.array([l[1] for l in top], dtype=float)
    frontal = np.array([1.0 / (1.0 + (l[2] / 15.0) ** 2) for l in top])
    mean = lambda of, w: unit(sum(x[0] * k for x, k in zip(of, w)))
    return {
        "one frame, any": one[0],
        "one frame, the best": best[0][0],
        "mean of five, any": mean([window[i] for i in chance.choice(len(window), min(FUSED, len(window)), replace=False)], np.ones(FUSED)),
        "mean of the best five": mean(top, np.ones(len(top))),
        "best five by quality": mean(top, quality + 1e-6),
        "best five by quality and pose": mean(top, quality * frontal + 1e-6),
        "all fifteen": mean(window, np.ones(len(window))),
    }


def not_recognised(genuine, impostor):
    """False non-matches, and the threshold at which one impostor in 1,000 passes."""
    g, i = np.array(genuine), np.sort(np.array(impostor))
    threshold = np.nextafter(np.float32(i[len(i) - 1 - int(len(i) * 1e-3)]), np.float32(2))
    return int((g < threshold).sum()), float(threshold)


def several_references(photographs):
    """Each photograph against one, and against three, of everybody with at least four."""
    people = [np.array(all_of) for all_of in photographs.values() if len(all_of) >= 4]
    ways = {
        "one reference": lambda refs, probe: float(refs[0] @ probe),
        "the most alike of three": lambda refs, probe: float((refs @ probe).max()),
        "mean of three": lambda refs, probe: float(unit(refs.sum(0)) @ probe),
    }
    print(f"\nseveral references: {len(people)} people with four photographs or more")
    for way, compare in ways.items():
        genuine, impostor = [], []
        for i, own in enumerate(people):
            for k in range(len(own)):
                others = np.delete(own, k, axis=0)[:3]
                genuine.append(compare(others, own[k]))
                impostor += [compare(theirs[:3], own[k]) for j, theirs in enumerate(people) if j != i]
        missed, threshold = not_recognised(genuine, impostor)
        print(f"    {way:32} {missed} of {len(genuine)} not recognised at {threshold:.3f} ({len(impostor)} impostor comparisons); genuine mean {np.mean(genuine):.3f}")


def main():
    parser = argparse.ArgumentParser()
    for name in ("faces", "binary", "config", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    a = parser.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    video = a.faces / "video"
    clips = {
        "td": (next((video / "td_real").glob("*.mov")), sorted((a.faces / "verif/td/td_621f74f676").glob("*.jpg"))),
        "sv": (next((video / "td_sv").glob("*.mov")), sorted((a.faces / "verif/td/td_61dc1ab78a").glob("*.jpg"))),
        "vn": (video / "vn/videos__real.mp4", None),
        "lp": (next((video / "liveport").glob("*.mp4")), None),
        "male": (video / "intel/preview__head-pose-face-detection-male.gif", None),
        "female": (video / "intel/preview__head-pose-face-detection-female.gif", None),
    }
    people, trials = {}, []
    for name, (clip, photographs) in clips.items():
        clean = frames(clip, name, "clean", a.work)
        # Without photographs a clean frame of the first second stands for one; frames of that second are then no probes.
        people[name] = photographs or clean[2:3]
        for how in WORSE:
            probes = frames(clip, name, how, a.work)[0 if photographs else FRAMES_A_SECOND:]
            trials.append((name, how, probes))
    strangers, named = {}, {}
    with open(a.faces / "images.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["dataset"] in ("lfw", "casia_facev5", "utkface"):
                key = row["path"] if row["dataset"] == "utkface" else row["dataset"] + row["identity"]
                strangers.setdefault(key, a.faces / row["path"])
                if row["dataset"] != "utkface":
                    named.setdefault(key, []).append(a.faces / row["path"])
    files = [p for _, _, probes in trials for p in probes]
    files += [p for photographs in people.values() for p in photographs] + list(strangers.values())
    files += [p for all_of in named.values() if len(all_of) >= 4 for p in all_of]
    with open(a.work / "pairs.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path_a", "path_b", "same"])
        writer.writerows([f.resolve(), f.resolve(), 1] for f in files)
    out = a.work / "looks"
    subprocess.run([a.binary, "--config", a.config, "evaluate", "verification", "--pairs", a.work / "pairs.csv", "--out", out], check=True, stdout=subprocess.DEVNULL)
    known = looks(out)
    look = lambda path: known.get(hashlib.sha256(path.read_bytes()).hexdigest())
    others = np.array([l[0] for l in map(look, strangers.values()) if l])
    references = {name: np.array([l[0] for l in map(look, photographs) if l]) for name, photographs in people.items()}
    chance = np.random.default_rng(5)
    print(f"{len(people)} people in clips, {len(others)} strangers; windows of {WINDOW} frames at {FRAMES_A_SECOND} a second\n")
    totals = {}
    for how in WORSE:
        genuine, impostor, windows, lost = {}, {}, 0, 0
        for name, kind, probes in trials:
            if kind != how:
                continue
            seen = [l for l in map(look, probes) if l]
            lost += len(probes) - len(seen)
            for start in range(0, max(1, len(seen) - WINDOW + 1)):
                window = seen[start:start + WINDOW]
                if len(window) < FUSED:
                    continue
                windows += 1
                for way, probe in ways(window, chance).items():
                    genuine.setdefault(way, []).extend(references[name] @ probe)
                    strange = [others @ probe] + [references[n] @ probe for n in people if n != name]
                    impostor.setdefault(way, []).extend(np.concatenate(strange))
        print(f"{how}: {windows} windows, {len(next(iter(genuine.values()), []))} genuine and {len(next(iter(impostor.values()), []))} impostor comparisons, {lost} frames without a face")
        for way in genuine:
            g = genuine[way]
            missed, threshold = not_recognised(g, impostor[way])
            totals.setdefault(way, []).append((how, missed, len(g)))
            print(f"    {way:32} FNMR {100 * missed / len(g):6.2f} % ({missed} of {len(g)}) at {threshold:.3f}; genuine mean {np.mean(g):.3f}")
    print("\nover the worse clips together:")
    for way, rows in totals.items():
        worse = [r for r in rows if r[0] != "clean"]
        missed, tried = sum(r[1] for r in worse), sum(r[2] for r in worse)
        print(f"    {way:32} {missed} of {tried} not recognised = {100 * missed / tried:.2f} %")
    several_references({name: [l[0] for l in map(look, all_of) if l] for name, all_of in named.items()})


main()
