#!/usr/bin/env python3
"""Draws faces (ellipses with shading, nobody's) into a folder, to try the training code on: drawn_faces.py DIR [NUMBER]. Weights trained on them are
worth nothing."""
import os, sys
import cv2, numpy as np
out, n = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300
os.makedirs(out, exist_ok=True)
for k in range(n):
    r = np.random.default_rng(k); S = 260; u = lambda a, b: float(r.uniform(a, b))
    im = cv2.resize(r.uniform(60, 200, (5, 5, 3)).astype(np.float32), (S, S), interpolation=cv2.INTER_CUBIC)
    skin = np.array([u(90, 150), u(120, 180), u(170, 230)]); hair = skin * u(0.1, 0.5); cx, cy, w, h = S / 2 + u(-12, 12), S / 2 + u(-8, 8), u(58, 72), u(76, 94)
    def blob(x, y, a, b, colour, soft=1.5):
        m = np.zeros((S, S), np.float32); cv2.ellipse(m, (int(x * 8), int(y * 8)), (max(int(a * 8), 1), max(int(b * 8), 1)), 0, 0, 360, 1, -1, cv2.LINE_AA, 3)
        m = cv2.GaussianBlur(m, (0, 0), soft)[..., None]; im[:] = im * (1 - m) + np.asarray(colour, np.float32) * m
    blob(cx, cy - 18, w * 1.12, h * 1.06, hair, 3); blob(cx, cy + h * 1.2, w * 1.5, h * 0.5, r.uniform(30, 200, 3), 3); blob(cx, cy + h * 0.75, w * 0.5, h * 0.5, skin * 0.85, 3); blob(cx, cy, w, h, skin, 2)
    e, ey, g = u(0.38, 0.46) * w, cy - u(0.12, 0.2) * h, u(5, 8)
    for s in (-1, 1):
        blob(cx + s * e, ey, 17, 10, skin * 0.75, 3); blob(cx + s * e, ey, 12, g, [235, 238, 240], 1); blob(cx + s * e, ey, g * 0.95, g * 0.95, r.uniform(20, 90, 3), 0.8); blob(cx + s * e, ey, 3, 3, [10, 10, 10], 0.6)
        blob(cx + s * e, ey - 16, 16, 2.6, hair, 1.2); blob(cx + s * w * 0.55, cy + h * 0.25, w * 0.22, h * 0.14, skin * [0.92, 0.9, 1.0], 6)
    blob(cx + 4, cy + h * 0.12, 6, h * 0.2, skin * 1.06, 4)
    for s in (-1, 1): blob(cx + s * 7, cy + h * 0.27, 4, 2.4, skin * 0.5, 1.2)
    blob(cx, cy + h * 0.28, 13, 5, skin * 0.88, 3); m = u(18, 27); blob(cx, cy + h * 0.52, m, 6.5, [u(70, 110), u(70, 110), u(150, 200)], 1.2); blob(cx, cy + h * 0.52, m, 1.2, [40, 30, 70], 0.8)
    im *= (1 + u(-0.25, 0.25) * np.linspace(-1, 1, S)[None, :, None]); im += r.normal(0, 4, im.shape)
    cv2.imwrite(os.path.join(out, f'{k:05}.png'), np.clip(im, 0, 255).astype(np.uint8))
