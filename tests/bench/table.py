"""One table from the lines of the programs: medians, counts and ratios.  python table.py FOLDER

Reads `ours` and `peer` (a line a round), `held` and `memory` (one line each) from the folder. Fails when the two sides of the
comparison did not do the same work.
"""
import json
import os
import statistics
import sys

COUNTS = ("faces", "meshes", "bona_fide", "embeddings")


def lines(name):
    with open(os.path.join(sys.argv[1], name)) as file:
        return [json.loads(line) for line in file]


def median(rounds, *keys):
    return statistics.median(sum(r.get(k, 0) for k in keys) for r in rounds)


def spread(rounds):
    return f"{min(r['total_ms'] for r in rounds):.0f}-{max(r['total_ms'] for r in rounds):.0f}"


ours, peer, (held,), (memory,) = lines("ours"), lines("peer"), lines("held"), lines("memory")
rows = [
    ("decode 90 pictures, 30 of them to RGB", median(ours, "decode_ms", "colour_ms"), median(peer, "decode_ms")),
    ("detector, face mesh, PAD, embeddings", median(ours, "analyse_ms"), median(peer, "analyse_ms")),
    ("whole call", median(ours, "total_ms"), median(peer, "total_ms")),
]
print(f"core-milliseconds of one call of 6 s, one thread, processor time, median of {len(ours)} and {len(peer)} rounds")
print(f"{'':52} {'jianmian':>9} {'OpenCV':>9} {'ratio':>6}")
for name, a, b in rows:
    print(f"{name:52} {a:9.1f} {b:9.1f} {a / b:6.2f}")
fastest = [min(r["total_ms"] for r in rounds) for rounds in (ours, peer)]
print(f"{'fastest whole call, least disturbed by others':52} {fastest[0]:9.1f} {fastest[1]:9.1f} {fastest[0] / fastest[1]:6.2f}")
print(f"{'range of whole calls':52} {spread(ours):>9} {spread(peer):>9}")
counts = [(k, ours[0][k], peer[0][k]) for k in COUNTS]
print("counts (ours, OpenCV): " + ", ".join(f"{k} {a}/{b}" for k, a, b in counts))
print()
print("whole calls over WebRTC on loopback (no peer does this)")


def row(name, value, note):
    print(f"{name:52} {value:>9}  {note}")


row(f"live calls held on {held['cores']} cores", held["calls"],
    f"slowest looked at {held['looks_per_second']:.1f} times a second, {held['looks_needed']:.1f} are needed; findings "
    f"{held['age_ms']} ms old")
row("cores used by the server, at that number and by one", f"{held['server_cores']:.2f}",
    f"{held['alone_server_cores']:.2f} (looked at {held['alone_looks_per_second']:.1f} times a second); the phones run on the "
    "same cores")
row("memory per connection, kB", memory["each_kb"],
    f"growth while {memory['calls']} calls are live, over {memory['idle_kb'] // 1024} MB with all models and no call")
row("of it kept after closing, kB", memory["kept_kb"], f"and {memory['kept_again_kb']} more after as many calls again")
if any(a != b for _, a, b in counts):
    sys.exit("the two did not do the same work")
