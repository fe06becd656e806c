"""The depth ruler of a screen: evenly spaced marks along a line, down the side or along an edge of the sector.

Method: small marks brighter than what surrounds them are put on lines (upright ones, and ones parallel to the sector's
edges); along each line the longest evenly spaced row is taken. Rows of letters have other sizes and spacings. What a
mark is worth in millimetres is not drawn on a screen but in its numbers, which are not read: marks are taken for
whole centimetres, or for the step that gives a depth that such a probe has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.even_row import MIN_MARKS, even_row
from guidance.device import DeviceProfile
from guidance.preprocess import inside_picture

_MAX_MARK = 0.035
"""Longest mark, as a share of the frame's height."""
_MAX_THICK = 0.013
_LEAST_SPAN = 0.4
"""Length of a ruler, as a share of the picture's height."""
_STEPS_MM = (10.0, 5.0, 2.0, 1.0, 20.0)
"""What a mark may be worth, the likeliest first."""
_DEPTH_SECTOR_MM = (45.0, 320.0)
_DEPTH_LINEAR_MM = (15.0, 110.0)


@dataclass(frozen=True, slots=True)
class Ruler:
    """Evenly spaced marks.

    Attributes:
        x0, y0, x1, y1: first and last mark, pixels of the frame.
        spacing: rows from mark to mark along the ruler (columns are first divided by the stretch).
        count: marks from first to last, those included that text or picture hides.
        seen: marks that were seen.
        every: every so many marks there is a larger one; 0: none is larger.
        along: "side" for an upright ruler, "left" or "right" for one along that edge of the sector.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    spacing: float
    count: int
    seen: int
    every: int
    along: str


@dataclass(frozen=True, slots=True)
class _Marks:
    """Marks on the screen: centres, both ends across, sizes; each (N,) in pixels."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    area: NDArray[np.float64]


def find_ruler(picture: NDArray[np.uint8], profile: DeviceProfile) -> Ruler | None:
    """The ruler beside or on the picture of ``profile``.

    Args:
        picture: (H, W) uint8 grey; a picture of what stays the same over time shows the ruler best.
        profile: where the ultrasound picture lies.
    """
    marks = _marks(picture)
    if len(marks.x) < MIN_MARKS:
        return None
    slack = max(1.2, 0.0025 * picture.shape[0])
    found = [_upright(marks, key, slack, profile) for key in (marks.left, marks.right, marks.x)]
    sector = profile.sector
    if sector is not None:
        for side, angle in (("left", sector.angle_left), ("right", sector.angle_right)):
            found.append(_along_edge(marks, side, angle, slack, profile))
    rulers = [ruler for ruler in found if ruler is not None and not _chance(ruler, profile)]
    # Of equal rows the wider: half of a fine ruler's marks lie on one with twice the spacing, too.
    return max(rulers, key=lambda ruler: (ruler.seen, ruler.count * ruler.spacing), default=None)


def _chance(ruler: Ruler, profile: DeviceProfile) -> bool:
    """Some marks line up by chance: a ruler runs along much of the picture, and on the picture it must be whole."""
    if np.hypot(ruler.x1 - ruler.x0, ruler.y1 - ruler.y0) < _LEAST_SPAN * profile.box[3]:
        return True
    x = np.linspace(ruler.x0, ruler.x1, ruler.count)
    y = np.linspace(ruler.y0, ruler.y1, ruler.count)
    within = inside_picture(profile, x, y).mean() > 0.5
    return bool(within and ruler.along == "side" and (ruler.seen < ruler.count or ruler.count < 8))


def mm_of_mark(ruler: Ruler, profile: DeviceProfile) -> float | None:
    """What one step of ``ruler`` is worth in mm; None where no usual step gives a usual depth."""
    height = profile.box[3]
    low, high = _DEPTH_SECTOR_MM
    if profile.sector is None:
        low, high = _DEPTH_LINEAR_MM
        height = height if profile.window is None else profile.window[3] - profile.window[1] + 1
    steps = min(height / ruler.spacing, ruler.count + 0.5)
    for step in _STEPS_MM:
        if low <= steps * step <= high and (
            ruler.every == 0 or step * ruler.every in (5.0, 10.0, 20.0, 50.0, 100.0)
        ):
            return step
    return None


def _marks(picture: NDArray[np.uint8]) -> _Marks:
    """Small things brighter than what surrounds them."""
    height = picture.shape[0]
    reach = max(5, round(0.012 * height)) | 1
    # A white top hat: what is narrower than the reach in one direction at least stays.
    flat = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((reach, 1), np.uint8))
    standing_out = cv2.subtract(picture, flat)
    bright = (standing_out > max(28, 0.35 * float(standing_out.max()))).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(bright, connectivity=8)
    x, _, w, h, area = (stats[1:count, i].astype(np.float64) for i in range(5))
    longest, thickest = _MAX_MARK * height, max(4.0, _MAX_THICK * height)
    # Solid: a letter leaves much of its box empty. Oblique ticks do too, but are small.
    good = (w <= longest) & (h <= thickest) & ((area >= 0.5 * w * h) | (np.maximum(w, h) <= 8))
    cx, cy = centres[1:count, 0], centres[1:count, 1]
    return _Marks(cx[good], cy[good], x[good], (x + w)[good], area[good])


def _upright(marks: _Marks, key: NDArray[np.float64], slack: float, profile: DeviceProfile) -> Ruler | None:
    """The best upright row of marks that share a left end, a right end or a middle (``key``)."""
    best: Ruler | None = None
    for place in np.unique(np.round(key)):
        on = np.flatnonzero(np.abs(key - place) <= slack)
        row = even_row(marks.y[on], marks.area[on], profile.height, slack)
        if row is not None and (best is None or row.seen > best.seen):
            first, last = row.first, row.first + (row.count - 1) * row.spacing
            x = float(np.median(marks.x[on]))
            best = Ruler(x, first, x, last, row.spacing, row.count, row.seen, row.every, "side")
    return best


def _along_edge(marks: _Marks, side: str, angle: float, slack: float, profile: DeviceProfile) -> Ruler | None:
    """The best row of marks that runs parallel to an edge of the sector, on it or a little outside."""
    sector = profile.sector
    assert sector is not None
    best: Ruler | None = None
    x, y = (marks.x - sector.apex_x) / sector.stretch, marks.y - sector.apex_y
    for turn in np.arange(-2.0, 2.01, 0.5):  # the fitted edge is not exact
        a = math.radians(angle + turn)
        along = x * math.sin(a) + y * math.cos(a)
        off = (x * math.cos(a) - y * math.sin(a)) * (1.0 if side == "right" else -1.0)
        near = (off > -0.02 * sector.r_max) & (off < 0.1 * sector.r_max) & (along < 3.0 * sector.r_max)
        near &= along > -0.05 * sector.r_max
        for place in np.unique(np.round(off[near])):
            on = np.flatnonzero(near & (np.abs(off - place) <= 1.5 * slack))
            row = even_row(along[on], marks.area[on], profile.height, slack)
            if row is None or (best is not None and row.seen <= best.seen):
                continue
            outward = float(place) * (1.0 if side == "right" else -1.0)
            ends = []
            for r in (row.first, row.first + (row.count - 1) * row.spacing):
                dx, dy = r * math.sin(a) + outward * math.cos(a), r * math.cos(a) - outward * math.sin(a)
                ends += [sector.apex_x + dx * sector.stretch, sector.apex_y + dy]
            best = Ruler(
                ends[0], ends[1], ends[2], ends[3], row.spacing, row.count, row.seen, row.every, side
            )
    return best
