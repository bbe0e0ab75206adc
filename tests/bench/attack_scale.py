"""From the signs of clips and pictures whose truth is known to the scales of `[policy.attack.scales]`.

For each sign and each value t it is counted how many living people have a picture or clip beyond t (towards "attack"), and which share of the
attacks has, each instrument counting alike. What the sign may say there is ln(share of attacks / upper 95 % bound of the share of people): with
few people that bound is far from zero, so no sign says more than the number of people behind it proves. The other way about for what speaks for a
living person, with attacks counted by person and instrument. Straight lines join the values, each shifted to the safe side by one step.

Usage: python attack_scale.py SCORES.CSV [SCORES.CSV ...]     (of `jianmian evaluate pad`)"""
import csv
import math
import sys
from collections import defaultdict
from pathlib import Path

RISING = {"border": True, "moire": True, "flicker": True, "bands": True, "shared_motion": True, "repetition": True, "attack_nets": False, "face_motion": False}
STEPS = 12
SMALL = 0.15  # steps of a scale below this are not worth a point


def upper(k, n, confidence=0.95):
    """Clopper and Pearson's one-sided upper bound, by bisection over the binomial distribution."""
    if n == 0 or k >= n:
        return 1.0
    low, high = k / n, 1.0
    for _ in range(60):
        p = (low + high) / 2
        if sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1)) > 1 - confidence:
            low = p
        else:
            high = p
    return high


def read(files):
    """sign -> (values of living people by person, values of attacks by instrument and person)"""
    signs = {sign: (defaultdict(list), defaultdict(list)) for sign in RISING}
    for file in files:
        source = Path(file).parent.name
        with open(file, newline="", encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                instrument = row.get("instrument") or row.get("type")
                for sign in RISING:
                    if row["status"] != "ok" or not row.get(sign):
                        continue
                    value, person = float(row[sign]), f"{source} {row['subject']}"
                    if row["label"] == "bona_fide":
                        signs[sign][0][person].append(value)
                    elif row["label"] == "attack":
                        signs[sign][1][(instrument, person)].append(value)
    return signs


def share(groups, beyond):
    """Mean over groups of the share of their values that lie beyond."""
    return sum(sum(map(beyond, values)) / len(values) for values in groups) / len(groups)


def scale(people, attacks, rising):
    values = sorted(v for all_of in (*people.values(), *attacks.values()) for v in all_of)
    grid = sorted({values[round(i * (len(values) - 1) / STEPS)] for i in range(STEPS + 1)})
    by_instrument = defaultdict(list)
    for (instrument, _), all_of in attacks.items():
        by_instrument[instrument] += all_of
    said = []
    for t in grid:
        towards = (lambda v: v >= t) if rising else (lambda v: v <= t)
        away = (lambda v: v <= t) if rising else (lambda v: v >= t)
        # A person counts as one who reaches t when half of their pictures do.
        reached = sum(sum(map(towards, v)) * 2 >= len(v) for v in people.values())
        missed = sum(sum(map(away, v)) * 2 >= len(v) for v in attacks.values())
        attack = share(by_instrument.values(), towards) / upper(reached, len(people))
        alive = share(people.values(), away) / upper(missed, len(attacks))
        said.append((t, max(0.0, math.log(max(attack, 1e-9))), max(0.0, math.log(max(alive, 1e-9)))))
    order = said if rising else said[::-1]
    # What was shown for a harmless value holds for a worse one; the other way about for what speaks for life.
    best, attack_side = 0.0, []
    for t, attack, _ in order:
        best = max(best, attack)
        attack_side.append(best)
    best, alive_side = 0.0, []
    for t, _, alive in order[::-1]:
        best = max(best, alive)
        alive_side.append(best)
    alive_side = alive_side[::-1]
    # Shifted by one step: a level is reached only at the next value.
    n = len(order)
    points = [[order[i][0], attack_side[max(i - 1, 0)] * (i > 0) - alive_side[min(i + 1, n - 1)] * (i < n - 1)] for i in range(n)]
    kept = [points[0]]
    for p, q in zip(points[1:], points[2:] + [None]):
        if abs(p[1] - kept[-1][1]) >= SMALL or (q and abs(q[1] - p[1]) >= SMALL):
            kept.append(p)
    kept = kept if rising else kept[::-1]
    return [[round(x, 3), round(y, 2) + 0.0] for x, y in kept]


def main():
    for sign, (people, attacks) in read(sys.argv[1:]).items():
        if not people or not attacks:
            print(f"{sign} = [[0.0, 0.0]]  # not measured")
            continue
        made = scale(people, attacks, RISING[sign])
        print(f"{sign} = {made}  # {len(people)} people, {len({i for i, _ in attacks})} instruments")


main()
