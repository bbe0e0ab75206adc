"""Is the program's comparison as good as an independent pipeline's? Takes the scores.csv of `jianmian evaluate verification`, computes every
pair again with the reference pipeline that came with the models (numpy, OpenCV, ONNX Runtime; no code of the program), and compares the
true-accept rates at the threshold at which each makes one false match in 1,000 (and in 100), with a bootstrap over pairs of the difference.

Usage: python reference.py --models DIR --embedder mobilefacenet|retail-0095 [--root DIR] SCORES.CSV
Exit code 1 when the program's rate at 1:1,000 is below the reference's by more than chance allows (95 % interval of the difference below 0)."""
import argparse
import csv
import sys
from pathlib import Path

import cv2
import numpy as np


def embeddings(paths, root, reference, which):
    detect = reference.YuNet()
    embed = reference.Emb() if which == "mobilefacenet" else reference.Emb95()
    found = {}
    for path in paths:
        picture = cv2.imread(str(root / path))
        faces = detect(picture) if picture is not None else []
        if not faces:
            continue
        keypoints = faces[0][2]
        if which == "mobilefacenet":
            found[path] = embed(reference.align(picture, keypoints), flip=True)
        else:
            found[path] = embed(picture, keypoints)
    return found


def accepted(scores, same, fmr, weights=None):
    """True-accept rate at the lowest threshold with a false-match rate of at most `fmr`."""
    weights = np.ones(len(scores)) if weights is None else weights
    order = np.argsort(-scores)
    impostor = np.where(same[order], 0.0, weights[order])
    allowed = fmr * impostor.sum() + 1e-9
    over = np.nonzero(np.cumsum(impostor) > allowed)[0]
    highest_refused = scores[order][over[0]] if len(over) else -2.0
    genuine = weights * same
    return float(genuine[scores > highest_refused].sum() / genuine.sum())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--embedder", choices=["mobilefacenet", "retail-0095"], required=True)
    parser.add_argument("--root", type=Path)
    parser.add_argument("scores", type=Path)
    a = parser.parse_args()
    sys.path.insert(0, str(a.models.resolve()))
    import reference_pipeline as reference

    with open(a.scores, newline="", encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["status"] == "ok"]
    root = a.root or a.scores.parent
    found = embeddings(sorted({r[c] for r in rows for c in ("path_a", "path_b")}), root, reference, a.embedder)
    both = [r for r in rows if r["path_a"] in found and r["path_b"] in found]
    ours = np.array([float(r["score"]) for r in both])
    theirs = np.array([float(found[r["path_a"]] @ found[r["path_b"]]) for r in both])
    same = np.array([r["same"] == "1" for r in both])
    print(f"{len(both)} of {len(rows)} pairs by both; largest difference of a score {np.abs(ours - theirs).max():.4f}, mean {np.abs(ours - theirs).mean():.5f}")
    chance, below = np.random.default_rng(1), False
    for fmr in (1e-2, 1e-3):
        one, other = accepted(ours, same, fmr), accepted(theirs, same, fmr)
        differences = []
        for _ in range(400):
            weights = chance.poisson(1.0, len(both)).astype(float)
            differences.append(accepted(ours, same, fmr, weights) - accepted(theirs, same, fmr, weights))
        low, high = np.quantile(differences, [0.025, 0.975])
        small = "" if (~same).sum() * fmr >= 1 else "  (fewer impostor pairs than that: above the highest of them)"
        print(f"TAR at FMR {fmr:g}: jianmian {one:.4f}, reference {other:.4f}; difference {one - other:+.4f} (95 %: {low:+.4f} to {high:+.4f}){small}")
        below |= fmr == 1e-3 and high < 0
    sys.exit(int(below))


main()
