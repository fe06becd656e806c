"""A scanner's screen that runs: speckle in a sector amid text, depth ruler, clock and ECG."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from media import Pixels, speckled_sector

from guidance.device import DeviceProfile, Sector
from guidance.frame import Frame

SIZE = (640, 480)
SECTOR = Sector(300.0, 40.0, -38.0, 38.0, 8.0, 400.0)
RULER_X = 560
PROFILE = replace(
    DeviceProfile.from_sector(SIZE, SECTOR, mm_per_px=0.4), ruler=(RULER_X, 48.0, RULER_X, 440.0)
)
FPS = 25


def screen(index: int, *, step: float = 25.0, sector: Sector = SECTOR, seed: int | None = None) -> Pixels:
    """A frame with text, ruler, clock and ECG; tissue from ``seed`` (the index, unless it stands still)."""
    rng = np.random.default_rng(index if seed is None else seed)
    picture = speckled_sector(SIZE, sector, rng)
    for row in range(4):
        cv2.putText(picture, f"ABC {row}", (4, 30 + 18 * row), 0, 0.5, 180, 1)
    for k in range(int(392 / step) + 1):
        y = round(48 + k * step)
        picture[y : y + 2, RULER_X - 3 : RULER_X + 3] = 220
    cv2.putText(picture, f"12:30:{index // FPS:02d}", (540, 20), 0, 0.45, 200, 1)
    x = np.arange(90, 500)
    y = (466 - 10 * np.exp(-((((x + 7 * index) % 80) - 40) ** 2) / 20.0)).astype(int)
    cv2.polylines(picture, [np.stack([x, y], 1).astype(np.int32)], False, 160, 1)
    return picture


def frames(pictures: list[Pixels], first: int = 0) -> list[Frame]:
    """``pictures`` as frames of a stream, from number ``first`` on."""
    return [Frame(picture, first + i, 0, (first + i) / FPS) for i, picture in enumerate(pictures)]
