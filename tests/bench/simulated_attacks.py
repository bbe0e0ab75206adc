"""Makes clips of simulated attacks, and untouched ones beside them, from clips of living people: for measuring signs of attacks where no
real attacks can be had. SIMULATED: a print is one picture on a plane that is waved about, a screen is a grid of sub-pixels seen by a camera
that is not aligned with it, with the bands and the flicker of its backlight. Nobody filmed a screen. Reports must say so.

Usage: python simulated_attacks.py --faces DIR --out DIR     writes DIR/*.mjpeg and DIR/items.csv (path, label, instrument, subject)"""
import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

FPS = 15
SECONDS = 12
SIZE = (640, 480)


def fitted(frame):
    scale = min(SIZE[0] / frame.shape[1], SIZE[1] / frame.shape[0])
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return small


def frames(clip):
    """At most SECONDS of a clip at FPS; a shorter one goes there and back."""
    video = cv2.VideoCapture(str(clip))
    rate = video.get(cv2.CAP_PROP_FPS) or 30.0
    taken, read = [], 0
    while len(taken) < FPS * SECONDS:
        good, frame = video.read()
        if not good:
            break
        if read / rate >= len(taken) / FPS - 1e-6:
            taken.append(fitted(frame))
        read += 1
    if not taken:
        return []
    there_and_back = taken + taken[-2:0:-1]
    return [there_and_back[i % len(there_and_back)] for i in range(min(FPS * SECONDS, 2 * len(there_and_back) - 2))]


def camera(frame, chance, noise=2.0):
    """Sensor noise and JPEG, as for every picture of a call."""
    noisy = np.clip(frame.astype(np.float32) + chance.normal(0, noise, frame.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def sway(n, chance, size):
    """A hand's movement, px: some slow waves."""
    t = np.arange(n) / FPS
    waves = sum(chance.uniform(0.3, 1.0) * np.sin(2 * np.pi * f * t + chance.uniform(0, 6.28)) for f in (0.23, 0.41, 0.87, 1.9))
    return size * waves / 2


def room(shape, chance):
    """Some room behind what is held up: soft blobs."""
    coarse = chance.uniform(40, 190, (6, 8, 3)).astype(np.float32)
    return cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC).clip(0, 255)


def on_plane(picture, canvas, corners):
    h, w = picture.shape[:2]
    source = np.float32([[0, 0], [w, 0], [w, h], [0, h]])
    matrix = cv2.getPerspectiveTransform(source, np.float32(corners))
    size = (canvas.shape[1], canvas.shape[0])
    mask = cv2.warpPerspective(np.ones((h, w), np.float32), matrix, size, flags=cv2.INTER_AREA)[..., None]
    return canvas * (1 - mask) + cv2.warpPerspective(picture.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR) * mask


def corners(shape, share, dx, dy, tilt, yaw):
    h, w = shape[:2]
    cx, cy, half_w, half_h = w / 2 + dx, h / 2 + dy, w * share / 2, h * share / 2
    out = []
    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        depth = 1 + 0.12 * yaw * sx
        x, y = sx * half_w / depth, sy * half_h / depth
        out.append([cx + x * np.cos(tilt) - y * np.sin(tilt), cy + x * np.sin(tilt) + y * np.cos(tilt)])
    return out


def print_of(taken, chance, bordered):
    picture = cv2.GaussianBlur(taken[len(taken) // 3], (0, 0), 0.8).astype(np.float32)
    picture = 128 + (picture - 128) * 0.75 + 10  # paper has less contrast than a screen
    if bordered:
        picture = cv2.copyMakeBorder(picture, 24, 24, 24, 24, cv2.BORDER_CONSTANT, value=(235, 238, 240))
    n = FPS * SECONDS
    dx, dy, tilt, yaw = sway(n, chance, 16), sway(n, chance, 12), sway(n, chance, 0.05), sway(n, chance, 0.9)
    back = room(picture.shape, chance)
    for i in range(n):
        share = 0.82 if bordered else 1.25
        yield on_plane(picture, back.copy(), corners(picture.shape, share, dx[i], dy[i], tilt[i], yaw[i]))


def screen_of(taken, chance, bordered, strong):
    """Each picture drawn as red, green and blue stripes at four times the size, then seen through a camera that is a little turned."""
    h, w = taken[0].shape[:2]
    period = 3
    mask = np.zeros((h * period, w * period, 3), np.float32)
    for channel in range(3):
        mask[:, 2 - channel :: period, channel] = 3.0
    mask[::period, :, :] *= 0.35  # the dark rows between pixels
    n = min(len(taken), FPS * SECONDS)
    dx, dy = sway(n, chance, 5), sway(n, chance, 4)
    turn, zoom = np.deg2rad(chance.uniform(1.5, 7)), chance.uniform(0.30, 0.42) if bordered else chance.uniform(0.36, 0.47)
    speed, waves = chance.uniform(0.6, 2.2), chance.uniform(1.5, 4)
    back = room(taken[0].shape, chance) * 0.5
    rows = np.arange(h)[:, None, None] / h
    for i in range(n):
        lit = (taken[i].astype(np.float32) / 255) ** 2.2
        big = cv2.resize(lit, (w * period, h * period), interpolation=cv2.INTER_NEAREST) * mask
        if bordered:
            big[: 12 * period], big[-12 * period :], big[:, : 12 * period], big[:, -12 * period :] = 0.01, 0.01, 0.01, 0.01
        c, s = zoom * np.cos(turn), zoom * np.sin(turn)
        bw, bh = w * period, h * period
        matrix = np.float32([[c, -s, w / 2 + dx[i] - c * bw / 2 + s * bh / 2], [s, c, h / 2 + dy[i] - s * bw / 2 - c * bh / 2]])
        # A lens blurs by about a pixel of the sensor; what is left of the grid beats with the pixels.
        seen = cv2.warpAffine(cv2.GaussianBlur(big, (0, 0), 0.45 / zoom if not strong else 0.30 / zoom), matrix, (w, h), flags=cv2.INTER_LINEAR)
        there = cv2.warpAffine(np.ones((bh, bw), np.float32), matrix, (w, h), flags=cv2.INTER_LINEAR)[..., None]
        seen = 255 * np.clip(seen, 0, 1) ** (1 / 2.2)
        size = 0.05 if strong else 0.02
        bands = 1 + size * np.sin(2 * np.pi * (waves * rows + speed * i))
        flicker = 1 + (0.02 if strong else 0.005) * chance.normal()
        yield back * (1 - there) + seen * there * bands * flicker


def loop_of(taken):
    part = taken[: int(2.5 * FPS)]
    for i in range(FPS * SECONDS):
        yield part[i % len(part)].astype(np.float32)


def write(path, pictures, chance, noise=2.0):
    with open(path, "wb") as file:
        for picture in pictures:
            file.write(camera(picture, chance, noise))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    a = parser.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    video = a.faces / "video"
    clips = {
        "td": next((video / "td_real").glob("*.mov")),
        "sv": next((video / "td_sv").glob("*.mov")),
        "vn": video / "vn/videos__real.mp4",
        "lp": next((video / "liveport").glob("*.mp4")),
        "male": video / "intel/preview__head-pose-face-detection-male.gif",
        "female": video / "intel/preview__head-pose-face-detection-female.gif",
    }
    rows = []
    for n, (name, clip) in enumerate(clips.items()):
        chance = np.random.default_rng(n)
        taken = frames(clip)
        still = [taken[len(taken) // 3].astype(np.float32)] * (FPS * SECONDS)
        dx, dy = sway(len(taken), chance, 6), sway(len(taken), chance, 5)
        moved = [cv2.warpAffine(f, np.float32([[1, 0, x], [0, 1, y]]), (f.shape[1], f.shape[0]), borderMode=cv2.BORDER_REFLECT_101) for f, x, y in zip(taken, dx, dy)]
        kinds = {
            "bona_fide": [("camera", taken, 2.0), ("camera in a hand", moved, 2.0), ("noisy camera", taken, 6.0)],
            "attack": [
                ("print, whole", print_of(taken, chance, True), 2.0),
                ("print, face only", print_of(taken, chance, False), 2.0),
                ("screen, whole", screen_of(taken, chance, True, False), 2.0),
                ("screen, face only", screen_of(taken, chance, False, False), 2.0),
                ("screen, coarse", screen_of(taken, chance, False, True), 2.0),
                ("loop, injected", loop_of(taken), 0.5),
                ("still picture, injected", still, 0.0),
                ("still picture with noise, injected", still, 3.0),
            ],
        }
        for label, made in kinds.items():
            for instrument, pictures, noise in made:
                path = a.out / f"{name}-{instrument.replace(', ', '-').replace(' ', '_')}.mjpeg"
                write(path, pictures, chance, noise)
                rows.append([path.name, label, instrument, name])
                print(path.name, flush=True)
    with open(a.out / "items.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "instrument", "subject"])
        writer.writerows(rows)


main()
