"""The last percent of a sector: its outline moved to where the picture begins and nothing lies beyond.

Method: an outline fits when there is picture just inside it and none just outside. That difference, summed along both
edges and the far arc, is raised by drawing many outlines around the best one and keeping the better half, ever closer
(the cross-entropy method; its draws are fixed, so the same picture gives the same sector). A dark flank has nothing on
either side and does not count: the edge is carried by the part of it that shows. The edges need not be symmetric
(steered sectors), which only a small price says they mostly are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.sector_fit import least_range, spread_of

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

FINE_ROWS = 360
"""Height in pixels at which outlines are compared."""

_DRAWS = 72
_KEPT = 12
_ROUNDS = ((6.0, 6), (3.0, 8), (1.5, 8))
"""Distance of the two sides from the outline, in fine pixels, and rounds of draws at that distance."""
_OUTSIDE = 1.6
_BOX_SLACK = 8
_ASYMMETRY = 0.15
_ACROSS = 72
"""Points along an edge, and along the arc."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A sector in pixels of the fine map; angles in degrees, pixel centres at whole numbers."""

    apex_x: float
    apex_y: float
    angle_left: float
    angle_right: float
    r_min: float
    r_max: float
    score: float = 0.0


def presence(grey: NDArray[np.uint8], near: NDArray[np.uint8]) -> Float32:
    """0 to 1 for each cell of a map :data:`FINE_ROWS` high: is there picture.

    What varies or stands out from the screen is picture; text is too, flat panels are not. A cell counts half where it
    does so by a seventh of what is usual; this is asked before the picture is made smaller, so that a cell on a bright
    edge counts by the part of it that is picture.

    Args:
        grey: (H, W) uint8.
        near: (h, w) uint8, larger than 0 where the picture is known to be.
    """
    kernel = np.ones((3, 3), np.uint8)
    spread, screen, noise = spread_of(grey)
    lively = cv2.dilate((spread >= least_range(noise) - 1).astype(np.uint8), kernel)
    spread = cv2.erode(spread, kernel)  # it reaches one pixel beyond what varies
    spread = cv2.subtract(spread, np.full_like(spread, noise))
    excess = cv2.subtract(grey, np.full_like(grey, screen + noise if screen <= 64 else 0)) * lively
    texture = cv2.addWeighted(spread, 0.5, excess, 0.5, 0.0)
    height, width = grey.shape
    known = cv2.resize(near, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    usual = texture[known & (texture > 1)]
    half = max(2.5, float(np.median(usual)) / 7.0) if usual.size else 4.0
    level = np.arange(256, dtype=np.float64) ** 2
    table = (level / (level + half * half)).astype(np.float32)
    present = table[texture]
    columns = max(8, round(width * FINE_ROWS / height))
    return np.asarray(
        cv2.resize(present, (columns, FINE_ROWS), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def without_marks(present: Float32, start: Outline) -> Float32:
    """``present`` near ``start``, without ticks, letters and traces: what no disc of some pixels fits into."""
    some = (present > 0.3).astype(np.uint8)
    border = cv2.BORDER_REPLICATE
    some = np.asarray(cv2.morphologyEx(some, cv2.MORPH_CLOSE, _disc(7), borderType=border), dtype=np.uint8)
    some = np.asarray(cv2.morphologyEx(some, cv2.MORPH_OPEN, _disc(13), borderType=border), dtype=np.uint8)
    zone = np.zeros(present.shape, np.uint8)
    cv2.fillPoly(zone, [_around(start)], 1)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(some * zone, connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= 0.0015 * present.size
    large[0] = False
    keep = cv2.dilate(large[labels].astype(np.uint8), _disc(3))
    return np.asarray(present * keep, dtype=np.float32)


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), dtype=np.uint8)


def _around(start: Outline) -> NDArray[np.int32]:
    """Corners of a sector somewhat larger than ``start``."""
    angle = np.radians(np.linspace(start.angle_left - 8.0, start.angle_right + 8.0, 24))
    far = 1.12 * start.r_max
    top = start.apex_y - 0.08 * start.r_max
    x = np.concatenate([[start.apex_x], start.apex_x + far * np.sin(angle)])
    y = np.concatenate([[top], start.apex_y + far * np.cos(angle)])
    return np.stack([x, y], axis=1).round().astype(np.int32)


def refine(present: Float32, start: Outline, stretch: float = 1.0) -> Outline:
    """``start`` moved to the best outline near it; ``r_min`` is left as it is."""
    soft, distance = _soft(present, 0), _ROUNDS[0][0]
    tried = []
    for first in _starts(present, start):
        spread = np.array([0.03 * first[4], 0.08 * first[4], 4.0, 4.0, 0.05 * first[4]])
        found, spread = _rounds(soft, first, spread, _ROUNDS[0], stretch)
        tried.append((float(scores(soft, found[None], distance, stretch)[0]), found, spread))
    _, best, spread = max(tried, key=lambda one: one[0])
    for step in range(1, len(_ROUNDS)):
        soft, distance = _soft(present, step), _ROUNDS[step][0]
        spread = np.maximum(spread, np.array([1.0, 1.5, 0.4, 0.4, 1.0]) * distance / 3)
        best, spread = _rounds(soft, best, spread, _ROUNDS[step], stretch)
    total = float(scores(soft, best[None], distance, stretch)[0])
    x, y, left, right, far = (float(v) for v in best)
    return Outline(x, y, left, right, start.r_min, far, total)


def _starts(present: Float32, start: Outline) -> list[Float64]:
    """Where to begin: the coarse sector, and sectors of usual angles that hang from the top of each large part."""
    found = [np.array([start.apex_x, start.apex_y, start.angle_left, start.angle_right, start.r_max])]
    some = (present > 0.5).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(some, connectivity=8)
    largest = [i for i in np.argsort(-stats[:, cv2.CC_STAT_AREA]) if i != 0][:2]
    bottom = start.apex_y + start.r_max
    for part in largest:
        top = int(stats[part, cv2.CC_STAT_TOP])
        columns = np.flatnonzero((labels[top : top + 4] == part).any(axis=0))
        if bottom - top < 0.2 * len(present):
            continue
        for half in (30.0, 44.0):
            found.append(np.array([float(columns.mean()), float(top), -half, half, bottom - top]))
    return found


def _soft(present: Float32, step: int) -> Float32:
    return np.asarray(cv2.GaussianBlur(present, (0, 0), _ROUNDS[step][0] / 2.0), dtype=np.float32)


def _rounds(
    soft: Float32, best: Float64, spread: Float64, plan: tuple[float, int], stretch: float
) -> tuple[Float64, Float64]:
    """The best outline after rounds of draws at one distance, and how far the better half still spreads."""
    distance, rounds = plan
    for _ in range(rounds):
        drawn = best + spread * _normal(5)
        drawn[0] = best
        score = scores(soft, drawn, distance, stretch)
        order = np.argsort(-score)[:_KEPT]
        chosen = drawn[order]
        weight = np.arange(_KEPT, 0, -1.0) / (_KEPT * (_KEPT + 1) / 2)
        mean = weight @ chosen
        spread = 0.35 * spread + 0.65 * np.sqrt(weight @ (chosen - mean) ** 2)
        both = np.stack([mean, chosen[0]])
        best = both[int(scores(soft, both, distance, stretch).argmax())]
    return best, spread


def scores(soft: Float32, drawn: Float64, distance: float, stretch: float = 1.0) -> Float64:
    """(K,) how well each outline (K, 5: apex x, y, left and right angle, far radius) fits the blurred presence."""
    apex_x, apex_y, left, right, far = (drawn[:, i : i + 1] for i in range(5))
    share = np.linspace(0.0, 1.0, _ACROSS)
    along = far * (0.1 + 0.9 * share)
    total = np.zeros(len(drawn))
    for angle, outward in ((left, -1.0), (right, 1.0)):
        a = np.radians(angle)
        x, y = along * np.sin(a), along * np.cos(a)
        nx, ny = outward * np.cos(a) * distance, -outward * np.sin(a) * distance
        total += 0.9 * _difference(soft, apex_x, apex_y, x, y, nx, ny, stretch, far[:, 0])
    a = np.radians(left + (right - left) * share)
    x, y, length = far * np.sin(a), far * np.cos(a), np.radians(right - left)[:, 0] * far[:, 0]
    total += _difference(
        soft, apex_x, apex_y, x, y, np.sin(a) * distance, np.cos(a) * distance, stretch, length
    )
    size = far[:, 0]
    odd = np.abs(left + right)[:, 0]
    ill = (right - left)[:, 0] < 15.0
    return total - _ASYMMETRY * size * np.minimum(odd, 20.0) / 20.0 - 1e6 * ill


def _difference(
    soft: Float32,
    apex_x: Float64,
    apex_y: Float64,
    x: Float64,
    y: Float64,
    nx: Float64,
    ny: Float64,
    stretch: float,
    length: Float64,
) -> Float64:
    """(K,) presence inside less the price of presence outside, summed along a part of ``length``."""
    height, width = soft.shape
    found = []
    for sign in (-1.0, 1.0):
        column = np.rint(apex_x + stretch * (x + sign * nx)).astype(np.intp)
        row = np.rint(apex_y + y + sign * ny).astype(np.intp)
        known = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        value = soft[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
        found.append((value, known))
    (inner, seen), (outer, known) = found
    return np.asarray(((inner - _OUTSIDE * outer) * (seen & known)).mean(axis=1) * length, dtype=np.float64)


@cache
def _normal(count: int) -> Float64:
    """The fixed draws (K, count): normal, each with its mirror image."""
    half = np.random.default_rng(7).normal(size=(_DRAWS // 2, count))
    return np.concatenate([half, -half])


def near_radius(shown: Float32, present: Float32, outline: Outline, stretch: float = 1.0) -> float:
    """Radius at which the picture begins, from the share of picture in each ring of the outline.

    The probe's face is the first ring, and the next, of which two fifths show picture; a ring that shows as much beyond
    the edges is a bar of the screen. ``shown`` is ``present`` without marks.
    """
    y, x = np.indices(present.shape, dtype=np.float32)
    dx, dy = (x - outline.apex_x) / stretch, y - outline.apex_y
    radius = np.hypot(dx, dy)
    angle = np.degrees(np.arctan2(dx, dy))
    middle = (outline.angle_left + outline.angle_right) / 2.0
    half = (outline.angle_right - outline.angle_left) / 2.0
    off = np.abs(angle - middle) / half
    share = []
    for values, part in ((shown, off <= 0.85), (present, (off > 1.15) & (off < 1.6))):
        ring = radius[part & (radius < outline.r_max)].astype(np.intp)
        count = np.bincount(ring, minlength=int(outline.r_max) + 2)
        held = np.bincount(
            ring, weights=values[part & (radius < outline.r_max)], minlength=int(outline.r_max) + 2
        )
        share.append((held / np.maximum(count, 1), count))
    (inside, seen), (beyond, _) = share
    filled = (inside - beyond > 0.3) & (inside > 0.4) & (seen >= 3)
    starts = np.flatnonzero(filled[:-1] & filled[1:])
    return float(starts[0]) if starts.size else outline.r_min


def box_edges(present: Float32, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """``box`` (x0, y0, x1, y1; fine pixels, inclusive) shrunk or widened to where an upright picture ends.

    A row belongs to the picture when much of it shows picture within the box's columns, and not as much beyond them
    (a bar of the screen); columns likewise.
    """
    x0, y0, x1, y1 = box
    for _ in range(2):
        y0, y1 = _extent(present, x0, x1, y0, y1)
        x0, x1 = _extent(np.ascontiguousarray(present.T), y0, y1, x0, x1)
    return x0, y0, x1, y1


def _extent(present: Float32, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """Rows, inclusive, to which the picture within columns ``first`` to ``last`` reaches, near ``start`` and ``end``."""
    within = present[:, first : last + 1].mean(axis=1)
    gap, reach = 3, max(4, (last - first) // 5)
    sides = (
        present[:, max(0, first - gap - reach) : max(0, first - gap)],
        present[:, last + 1 + gap : last + 1 + gap + reach],
    )
    beyond = [side.mean(axis=1) for side in sides if side.shape[1] >= 3]
    both = np.min(beyond, axis=0) if len(beyond) == 2 else np.zeros_like(within)
    bar = (within > 0.2) & (both > 0.6 * within)
    empty = within < 0.12
    ends = []
    for place, inward in ((start, 1), (end, -1)):
        at = place - _BOX_SLACK * inward
        bars = [
            i
            for i in range(at, place + inward * max(4, (end - start) // 8), inward)
            if 0 <= i < len(bar) and bar[i]
        ]
        at = bars[-1] + inward if bars else min(max(at, 0), len(bar) - 1)
        while (
            (empty[at] or bar[at])
            and abs(at - place) < max(_BOX_SLACK, (end - start) // 6)
            and 0 < at < len(bar) - 1
        ):
            at += inward
        ends.append(at)
    return min(ends), max(ends)


def worth(present: Float32, inside: NDArray[np.bool_], price: float = 0.25) -> float:
    """Presence in a shape less the price of what is empty in it: how well the shape as a whole fits."""
    held = present[inside]
    return float(held.sum() - price * (held.size - held.sum()))


def cut_off(present: Float32, inside: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last column (inclusive) of the picture within ``inside``, where a straight edge cuts it off.

    Without such an edge the side's answer is the end of ``inside`` itself.
    """
    count = inside.sum(axis=0)
    share = (present * inside).sum(axis=0) / np.maximum(count, 1)
    columns = np.flatnonzero(count)
    first, last = int(columns[0]), int(columns[-1])
    cut = [first, last]
    for side, along in ((0, columns), (1, columns[::-1])):
        shown = np.flatnonzero(share[along] > 0.4)
        if not shown.size:
            continue
        gap = int(shown[0])
        # A straight edge cuts all rows at once, and much of the sector: the share jumps from nothing to most.
        tall = count[along[gap]] > 0.1 * len(present)
        if gap > 0.01 * present.shape[1] and tall and share[along[max(gap - 3, 0)]] < 0.1:
            cut[side] = int(along[gap])
    return cut[0], cut[1]
