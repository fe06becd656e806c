"""The marker: the maker's logo or dot beside the top of the picture that says which side of the probe is which."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile, MarkerSide
from guidance.preprocess import picture_mask

_SMALLEST, _LARGEST = 0.016, 0.06
"""Size of a marker, as shares of the frame's height."""


def find_marker(
    picture: NDArray[np.uint8], profile: DeviceProfile
) -> tuple[MarkerSide, tuple[int, int]] | None:
    """Side of the marker and its place (x, y), or None.

    A marker stands alone beside an upper corner of the picture: nothing else stands in its row near it, as letters of
    a word do, and it is compact, which ticks and bars are not. The nearest such thing to a corner is taken.

    Args:
        picture: (H, W, 3) BGR or (H, W) uint8: what stays the same over time.
        profile: where the ultrasound picture lies.
    """
    height, width = picture.shape[:2]
    levels = picture.max(axis=2) if picture.ndim == 3 else picture
    screen = int(np.bincount(levels.ravel(), minlength=256).argmax())
    whole = profile if profile.sector is None else replace(profile, sector=replace(profile.sector, r_min=0.0))
    outside = ~cv2.dilate(picture_mask(whole).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    bright = ((levels.astype(np.int16) > screen + 50) & outside).astype(np.uint8)
    reach = max(3, round(0.006 * height))  # joins the strokes of one logo, not the letters of a word
    joined = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    count, _, stats, centres = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    corners = _corners(profile)
    middle = (corners[MarkerSide.LEFT][0] + corners[MarkerSide.RIGHT][0]) / 2.0
    for part in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[part])
        size = max(w, h)
        if not _SMALLEST * height <= size <= _LARGEST * height or min(w, h) < 0.45 * size:
            continue
        if area < 0.35 * w * h or not _alone(stats, part, height):
            continue
        for side, (corner_x, corner_y) in corners.items():
            dx, dy = (centres[part][0] - corner_x) / width, (centres[part][1] - corner_y) / height
            if abs(dx) <= 0.12 and -0.1 <= dy <= 0.09 and abs(centres[part][0] - middle) > 0.015 * width:
                found.append((math.hypot(dx, 1.5 * dy), side, (x + w // 2, y + h // 2)))
    if not found:
        return None
    _, side, place = min(found, key=lambda one: one[0])
    if profile.sector is not None:  # a pointed sector's corners are one point
        side = MarkerSide.RIGHT if place[0] > middle else MarkerSide.LEFT
    return side, place


def _corners(profile: DeviceProfile) -> dict[MarkerSide, tuple[float, float]]:
    s = profile.sector
    if s is None:
        x0, y0, x1, _ = profile.window or (0, 0, profile.width - 1, profile.height - 1)
        return {MarkerSide.LEFT: (float(x0), float(y0)), MarkerSide.RIGHT: (float(x1), float(y0))}
    top = max(s.r_min, -s.apex_y / max(math.cos(math.radians(s.angle_right)), 0.1), 0.0)
    found = {}
    for side, angle in ((MarkerSide.LEFT, s.angle_left), (MarkerSide.RIGHT, s.angle_right)):
        a = math.radians(angle)
        found[side] = (s.apex_x + s.stretch * top * math.sin(a), s.apex_y + top * math.cos(a))
    return found


def _alone(stats: NDArray[Any], part: int, height: int) -> bool:
    """No other thing of like height stands in the same row, nearer than two of its sizes."""
    x, y, w, h, _ = (int(v) for v in stats[part])
    others = np.arange(len(stats)) != part
    others[0] = False
    near_x = (stats[:, 0] < x + w + 2.0 * h) & (stats[:, 0] + stats[:, 2] > x - 2.0 * h)
    near_y = (stats[:, 1] < y + h) & (stats[:, 1] + stats[:, 3] > y)
    alike = (stats[:, 3] > 0.5 * h) & (stats[:, 3] < 2.0 * h) & (stats[:, 2] > 0.01 * height / 4)
    return not bool((others & near_x & near_y & alike).any())
