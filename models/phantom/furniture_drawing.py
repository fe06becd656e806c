"""What scanners draw around their picture, and over it: bars, text, logo, depth ruler, ECG, clock, colour box."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile, MarkerSide

Pixels = NDArray[np.uint8]

_LETTERS = "ABCDEFGHIKLMNOPRSTUVXYZ0123456789.:-/ "


def furniture(size: tuple[int, int], screen: int, rng: np.random.Generator) -> Pixels:
    """(H, W, 3) BGR of ``size`` (width, height), what stays: the screen's grey, text, bars, a grey wedge, buttons."""
    width, height = size
    out = np.full((height, width, 3), screen, np.uint8)
    font = height / 960
    bright = int(rng.integers(130, 255))
    if rng.random() < 0.4:
        cv2.rectangle(
            out, (0, 0), (width, round(0.04 * height)), [int(v) for v in rng.integers(60, 190, 3)], -1
        )
    if rng.random() < 0.3:
        top = round(0.94 * height)
        cv2.rectangle(out, (0, top), (width, height), (96, 84, 72), -1)
        for i in range(6):
            place = (round((0.05 + 0.155 * i) * width), height - round(0.02 * height))
            cv2.putText(out, _words(rng, 4), place, 0, 0.7 * font, (190, 180, 170), 1, cv2.LINE_AA)
    for i in range(int(rng.integers(2, 9))):
        place = (round(0.01 * width), round((0.1 + 0.045 * i) * height))
        cv2.putText(
            out, _words(rng, int(rng.integers(3, 8))), place, 0, 0.8 * font, (bright,) * 3, 1, cv2.LINE_AA
        )
    for i in range(int(rng.integers(0, 4))):
        place = (round(0.88 * width), round((0.55 + 0.045 * i) * height))
        cv2.putText(out, _words(rng, 6), place, 0, 0.8 * font, (bright,) * 3, 1, cv2.LINE_AA)
    if rng.random() < 0.7:
        x, y0, y1 = round(0.955 * width), round(0.12 * height), round(rng.uniform(0.3, 0.45) * height)
        out[y0:y1, x : x + round(0.015 * width)] = np.linspace(255, screen, y1 - y0)[:, None, None]
    if rng.random() < 0.15:
        x, y0, y1 = round(0.93 * width), round(0.12 * height), round(0.35 * height)
        for row in range(y0, y1):
            out[row, x : x + round(0.015 * width)] = (
                (0, (row * 7) % 160, 220) if row < (y0 + y1) // 2 else (220, 90, 0)
            )
    return out


def _words(rng: np.random.Generator, count: int) -> str:
    return "".join(_LETTERS[int(i)] for i in rng.integers(len(_LETTERS), size=count))


def _top_corner(profile: DeviceProfile, side: float) -> tuple[float, float]:
    """Upper corner of the picture at ``side`` (-1 left, 1 right)."""
    s = profile.sector
    if s is None:
        assert profile.window is not None
        x0, y0, x1, _ = profile.window
        return (float(x0) if side < 0 else float(x1)), float(y0)
    angle = math.radians(s.angle_right if side > 0 else s.angle_left)
    return s.apex_x + s.r_min * math.sin(angle), s.apex_y + s.r_min * math.cos(angle)


def draw_logo(picture: Pixels, profile: DeviceProfile, marker: MarkerSide, rng: np.random.Generator) -> None:
    """The maker's logo or dot beside an upper corner of the picture, into ``picture`` (H, W, 3) BGR."""
    side = 1.0 if marker is MarkerSide.RIGHT else -1.0
    x, y = _top_corner(profile, side)
    size = max(4, round(0.0115 * profile.height * rng.uniform(0.8, 1.4)))
    # Beside the corner, or above the edge of a linear picture; never on the picture.
    gap = size + rng.uniform(0.012, 0.05) * profile.width
    centre = (round(x + side * gap), round(y + rng.uniform(-0.01, 0.01) * profile.height))
    if profile.sector is None:
        centre = (round(x - side * gap), round(y - 2.0 * size))
    colour = [int(v) for v in (rng.choice([60, 160, 230]), rng.integers(150, 255), rng.choice([40, 230]))]
    if rng.random() < 0.6:
        cv2.circle(picture, centre, size, colour, -1, cv2.LINE_AA)
    else:
        origin = (centre[0] - size, centre[1] + size)
        cv2.putText(picture, "V", origin, 0, 2.0 * size / 22, colour, max(2, size // 4), cv2.LINE_AA)


def draw_ruler(picture: Pixels, profile: DeviceProfile, kind: str, mark_mm: float, bright: int) -> None:
    """Marks ``mark_mm`` apart: ``kind`` "side" is upright, "edge" runs along the sector's right edge."""
    assert profile.mm_per_px is not None
    step = mark_mm / profile.mm_per_px
    s = profile.sector
    small = max(1, round(profile.height / 480))
    if kind == "side" or s is None:
        top = profile.box[1] if s is None else s.apex_y + s.r_min
        bottom = profile.box[1] + profile.box[3]
        x = round(0.86 * profile.width)
        large = 5 if s is not None else 2
        for k in range(int((bottom - top) / step + 1e-6) + 1):
            y = round(top + k * step)
            length = (6 if k % large == 0 else 3) * small
            picture[y : y + small, x : x + length] = bright
        return
    angle = math.radians(s.angle_right)
    for k in range(int((s.r_max - s.r_min) / step + 1e-6) + 1):
        r = s.r_min + k * step
        off = 3.0 * small
        at_x = s.apex_x + r * math.sin(angle) + off * math.cos(angle)
        at_y = s.apex_y + r * math.cos(angle) - off * math.sin(angle)
        cv2.circle(
            picture, (round(at_x), round(at_y)), small if k % 5 else 2 * small, (bright, bright, 120), -1
        )


def draw_ecg(picture: Pixels, index: int, rng: np.random.Generator) -> None:
    """The trace below the picture, as it stands at picture number ``index``."""
    height, width = picture.shape[:2]
    x = np.arange(round(0.1 * width), round(0.8 * width))
    beat = rng.uniform(0.15, 0.3) * width
    spike = np.exp(-(((x + 0.3 * beat * index) % beat - beat / 2) ** 2) / 12.0)
    y = 0.925 * height - spike * height * 0.05
    cv2.polylines(picture, [np.stack([x, y], 1).astype(np.int32)], False, (90, 230, 120), 1, cv2.LINE_AA)


def draw_clock(picture: Pixels, index: int, bright: int) -> None:
    """The time of day at picture number ``index``."""
    height, width = picture.shape[:2]
    place = (round(0.8 * width), round(0.035 * height))
    cv2.putText(picture, f"12:30:{15 + index}", place, 0, 0.8 * height / 960, (bright,) * 3, 1, cv2.LINE_AA)


def draw_colour_box(
    picture: Pixels, profile: DeviceProfile, rng: np.random.Generator, fresh: np.random.Generator
) -> None:
    """Colour Doppler in a part of the sector: its place from ``rng``, its flow from ``fresh``."""
    s = profile.sector
    assert s is not None
    span = s.r_max - s.r_min
    r0, r1 = s.r_min + rng.uniform(0.25, 0.45) * span, s.r_min + rng.uniform(0.6, 0.85) * span
    a0, a1 = rng.uniform(0.0, 0.3), rng.uniform(0.6, 0.9)
    angle = np.radians(s.angle_left + (s.angle_right - s.angle_left) * np.linspace(a0, a1, 40))
    outer = np.stack([s.apex_x + r1 * np.sin(angle), s.apex_y + r1 * np.cos(angle)], 1)
    inner = np.stack([s.apex_x + r0 * np.sin(angle[::-1]), s.apex_y + r0 * np.cos(angle[::-1])], 1)
    outline = np.concatenate([outer, inner]).round().astype(np.int32)
    flow = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(flow, [outline], 255)
    blobs = cv2.GaussianBlur(fresh.normal(size=flow.shape).astype(np.float32), (0, 0), 0.02 * profile.height)
    moving = (flow > 0) & (blobs > blobs.std())
    picture[moving] = np.stack(
        [
            40 * np.ones(moving.sum()),
            fresh.integers(20, 120, moving.sum()),
            fresh.integers(120, 255, moving.sum()),
        ],
        1,
    )
    cv2.polylines(picture, [outline], True, (220, 220, 220), 1, cv2.LINE_AA)
