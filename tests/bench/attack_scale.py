"""From the signs of clips and pictures whose truth is known to the scales of `[policy.attack.scales]`.

For each sign and each value t it is counted how many living people lie beyond t (towards "attack"; with any clip, or half of their pictures), and how many
attacks by the instrument that shows the sign best (a sign of screens need not show in prints). What the sign may say there is
ln(lower 95 % bound of the attacks' share / upper 95 % bound of the people's share): no sign says more than the number of people behind it proves.
What speaks for a living person must hold against all instruments together. Attacks are counted by person and instrument.
Straight lines join the values, each shifted to the safe side by one step.

Usage: python attack_scale.py SCORES.CSV [SCORES.CSV ...]     (of `jianmian evaluate pad`)"""
import csv
import math
import sys
from collections import defaultdict
from pathlib import Path

RISING = {"border": True, "moire": True, "flicker": True, "bands": True, "shared_motion": True, "repetition": True, "attack_nets": False, "face_motion": False}
STEPS = 24
SMALL = 0.2  # steps of a scale below this are not worth a point


def bound(k, n, of_misses):
    """The share that, were it true, would make so few (or, of misses, so many) no likelier than 5 %: Clopper and Pearson, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        if sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1)) > 0.05:
            low = p
        else:
            high = p
    return 1 - (low + high) / 2 if of_misses else (low + high) / 2


def upper(k, n):
    return 1.0 if k >= n else bound(k, n, False)


def lower(k, n):
    return 0.0 if k == 0 else bound(n - k, n, True)


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
                        clip = row["path"].rsplit(".", 1)[-1] not in ("jpg", "jpeg", "png", "bmp")
                        signs[sign][0][person].append((value, clip))
                    elif row["label"] == "attack":
                        signs[sign][1][(instrument, person)].append(value)
    return signs


def most(values, beyond):
    """Whether half of somebody's values or more lie beyond."""
    return sum(map(beyond, values)) * 2 >= len(values)


def accused(seen, beyond):
    """A living person counts as one who reaches a value when any of their clips does, or half of their single pictures."""
    pictures = [v for v, clip in seen if not clip]
    return any(clip and beyond(v) for v, clip in seen) or (bool(pictures) and most(pictures, beyond))


def scale(people, attacks, rising):
    values = sorted([v for all_of in people.values() for v, _ in all_of] + [v for all_of in attacks.values() for v in all_of])
    grid = sorted({values[round(i * (len(values) - 1) / STEPS)] for i in range(STEPS + 1)})
    instruments = {instrument for instrument, _ in attacks}
    said = []
    for t in grid:
        towards = (lambda v: v >= t) if rising else (lambda v: v <= t)
        away = (lambda v: v <= t) if rising else (lambda v: v >= t)
        people_towards = upper(sum(accused(v, towards) for v in people.values()), len(people))
        attacks_away = upper(sum(most(v, away) for v in attacks.values()), len(attacks))
        of = {i: [v for (j, _), v in attacks.items() if j == i] for i in instruments}
        shown = max(lower(sum(most(v, towards) for v in all_of), len(all_of)) for all_of in of.values())
        alive = lower(sum(most([x for x, _ in v], away) for v in people.values()), len(people))
        log = lambda share: max(0.0, math.log(max(share, 1e-9)))
        said.append((t, log(shown / people_towards), log(alive / attacks_away)))
    order = said if rising else said[::-1]
    # What was shown for a harmless value holds for a worse one; the other way about for what speaks for life.
    attack_side = [max(a for _, a, _ in order[: i + 1]) for i in range(len(order))]
    alive_side = [max(b for _, _, b in order[i:]) for i in range(len(order))]
    # Shifted by one step: a level is reached only at the next value.
    n = len(order)
    points = [[order[i][0], (attack_side[i - 1] if i else 0.0) - (alive_side[i + 1] if i + 1 < n else 0.0)] for i in range(n)]
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
