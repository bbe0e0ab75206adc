"""One table from the lines of both programs: medians, counts and the ratio.  python table.py OURS PEER"""
import json
import statistics
import sys

ours, peer = ([json.loads(line) for line in open(path)] for path in sys.argv[1:3])


def median(rounds, *keys):
    return statistics.median(sum(r.get(k, 0) for k in keys) for r in rounds)


counts = {k: (ours[0][k], peer[0][k]) for k in ("faces", "poses", "bona_fide", "embeddings")}
rows = [
    ("decode 90 pictures, 30 of them to RGB", median(ours, "decode_ms", "colour_ms"), median(peer, "decode_ms")),
    ("detector, face mesh, PAD, embeddings", median(ours, "analyse_ms"), median(peer, "analyse_ms")),
    ("whole call", median(ours, "total_ms"), median(peer, "total_ms")),
]
print(f"core-milliseconds of one call of 6 s, one thread, processor time, median of {len(ours)} and {len(peer)} rounds")
print(f"{'':40} {'jianmian':>9} {'OpenCV':>9} {'ratio':>6}")
for name, a, b in rows:
    print(f"{name:40} {a:9.1f} {b:9.1f} {a / b:6.2f}")
spread = lambda rounds: f"{min(r['total_ms'] for r in rounds):.0f}-{max(r['total_ms'] for r in rounds):.0f}"
print(f"{'range of whole calls':40} {spread(ours):>9} {spread(peer):>9}")
print("counts (ours, OpenCV): " + ", ".join(f"{k} {a}/{b}" for k, (a, b) in counts.items()))
if any(a != b for a, b in counts.values()):
    sys.exit("the two did not do the same work")
