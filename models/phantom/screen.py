"""What lies between the sector and the network: marks drawn on the picture, and the video chain that carries it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]


def draw_marks(picture: Grey, rng: np.random.Generator) -> Grey:
    """``picture`` with some of what scanners draw over it: ruler dots, a colour box, an ECG trace, callipers, text."""
    out = picture.copy()
    h, w = out.shape
    bright = int(rng.integers(120, 256))
    if rng.random() < 0.3:
        x0, y0 = w * rng.uniform(0.35, 0.65), h * rng.uniform(0.0, 0.1)
        angle = np.radians(rng.uniform(-45, 45))
        gap = h * rng.uniform(0.05, 0.1)
        for k in range(1, int(h / gap) + 1):
            centre = (round(x0 + k * gap * np.sin(angle)), round(y0 + k * gap * np.cos(angle)))
            cv2.circle(out, centre, 2 if k % 5 == 0 else 1, bright, -1, cv2.LINE_AA)
    if rng.random() < 0.08:
        corners = rng.uniform(0.2, 0.8, (4, 2)) * [w, h]
        hull = cv2.convexHull(corners.astype(np.int32))
        cv2.polylines(out, [hull], True, bright, 1, cv2.LINE_AA)
    if rng.random() < 0.15:
        x = np.arange(w)
        beat = rng.uniform(0.2, 0.5) * w
        spike = np.exp(-(((x + rng.uniform(0, beat)) % beat - beat / 2) ** 2) / 8.0)
        y = h * rng.uniform(0.88, 0.97) - spike * h * rng.uniform(0.03, 0.1)
        cv2.polylines(out, [np.stack([x, y], 1).astype(np.int32)], False, bright, 1, cv2.LINE_AA)
    if rng.random() < 0.1:
        place = (int(rng.uniform(0, 0.7) * w), int(rng.uniform(0.05, 1.0) * h))
        text = "".join(chr(c) for c in rng.integers(48, 90, 6))
        cv2.putText(
            out, text, place, cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.25, 0.5), bright, 1, cv2.LINE_AA
        )
    return out


def through_video_chain(picture: Grey, rng: np.random.Generator) -> Grey:
    """``picture`` after rescaling, blur, interlace, compression and converter noise, each at random."""
    out = picture
    h, w = out.shape
    if rng.random() < 0.3:
        k = rng.uniform(0.45, 0.9)
        small = cv2.resize(out, (int(w * k), int(h * k)), interpolation=cv2.INTER_AREA)
        out = np.asarray(cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    if rng.random() < 0.05:
        out = np.asarray(np.repeat(out[::2], 2, axis=0)[:h], dtype=np.uint8)
    if rng.random() < 0.4:
        ok, packed = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 95))])
        if ok:
            out = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    if rng.random() < 0.25:
        noisy = out.astype(np.float32) + rng.normal(0, rng.uniform(1, 6), out.shape).astype(np.float32)
        out = np.clip(noisy + rng.uniform(0, 8), 0, 255).astype(np.uint8)
    return np.asarray(out, dtype=np.uint8)
