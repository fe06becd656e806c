"""Geometry of the sector search: evidence of ultrasound in a picture, and the shape that holds most of it.

Method: a pixel is evidence when its neighbourhood varies, or is brighter than the screen without being flat
(speckle varies everywhere; furniture, borders and panels do not). The best shape maximises evidence inside
less a price for empty area inside. For a given apex this is a maximum-sum search over half angle, r_min and
r_max in polar bins, by cumulative sums; the apex is searched coarsely, then by steps that halve. The sector is
symmetric about the vertical through its apex, as scanners draw it unless steered: one dark flank does not
narrow it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

ROWS = 120
"""Height in pixels at which the search is done; two of its pixels are about one percent of the picture."""

EMPTY_PRICE = 0.25
"""Price of an empty pixel inside: rings and wedges with less than a fifth of evidence are left out."""

_MIN_RANGE = 3
_MAX_NOISE = 8
_BRIGHTEST_SCREEN = 64
_MIN_ABOVE_SCREEN = 4
_MAX_HALF_ANGLE = 70.0
_CROSSED, _WALL, _LEAST_GAP = 0.25, 0.8, 0.05
"""Shares of what is usual in a gap's columns and beside it, and a gap's least width as a share of the part's."""
_APEX_ROWS = (-1.2, -0.8, -0.55, -0.35, -0.2, -0.1, 0.0, 0.1, 0.2)
_APEX_COLUMNS = (-0.2, -0.13, -0.06, 0.0, 0.06, 0.13, 0.2)


@dataclass(frozen=True, slots=True)
class Wedge:
    """A symmetric sector in pixels of the evidence map; pixel centres at whole numbers, angles in degrees."""

    apex_x: float
    apex_y: float
    half_angle: float
    r_min: float
    r_max: float
    score: float


@dataclass(frozen=True, slots=True)
class Rectangle:
    """An upright box in pixels of the evidence map: columns x0 <= x < x1, rows y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int
    score: float


def spread_of(grey: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int, int]:
    """Range of the 3 x 3 neighbourhood of each pixel of (H, W) uint8, the screen's grey, and the screen's own range.

    The screen's grey is the commonest one; where it is not commoner than tissue its range is nothing to go by: 0.
    """
    kernel = np.ones((3, 3), np.uint8)
    spread = np.asarray(cv2.subtract(cv2.dilate(grey, kernel), cv2.erode(grey, kernel)), dtype=np.uint8)
    count = np.bincount(grey.ravel(), minlength=256)
    screen = int(count.argmax())
    around = np.abs(grey.astype(np.int16) - screen) <= 6
    noise = int(np.median(spread[around])) if screen <= _BRIGHTEST_SCREEN and around.mean() > 0.15 else 0
    return spread, screen, min(noise, _MAX_NOISE)


def least_range(noise: int) -> int:
    """The range from which on a neighbourhood is more than the screen's noise."""
    return max(_MIN_RANGE, round(1.7 * noise + 1.0))


def evidence_of(grey: NDArray[np.uint8]) -> Float32:
    """Share of evidence (0..1) in each cell of a map :data:`ROWS` high, for a grey picture (H, W) uint8."""
    spread, screen, noise = spread_of(grey)
    least = least_range(noise)
    found = spread >= least
    if screen <= _BRIGHTEST_SCREEN:  # brighter, the commonest grey is no screen but tissue
        found |= (grey > screen + _MIN_ABOVE_SCREEN + noise) & (spread >= max(1, least - 2))
    height, width = grey.shape
    columns = max(8, round(width * ROWS / height))
    return np.asarray(
        cv2.resize(found.astype(np.float32), (columns, ROWS), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def main_part(evidence: Float32, activity: Float32 | None = None) -> tuple[Float32, NDArray[np.bool_]] | None:
    """The evidence without text, ticks, traces and logos, and where a second picture lies.

    The largest solid part and what lies in its hull. Of two parts of like size (a dual screen) the one that moves is
    taken: ``activity`` (same shape) says how much each cell does. None when there is no part of at least two percent
    of the picture.
    """
    border = cv2.BORDER_REPLICATE
    solid = (cv2.blur(evidence, (5, 5), borderType=border) > 0.25).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    solid = np.asarray(cv2.morphologyEx(solid, cv2.MORPH_OPEN, disc, borderType=border), dtype=np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if count < 2:
        return None
    area = stats[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0
    chosen = int(area.argmax())
    if area[chosen] < 0.02 * evidence.size:
        return None
    alike = [int(i) for i in np.flatnonzero(area > 0.6 * area[chosen])]
    if activity is not None and len(alike) > 1:
        moving = np.bincount(labels.ravel(), weights=activity.ravel(), minlength=count)
        chosen = max(alike, key=lambda i: float(moving[i]))
    part = _one_of_two(labels == chosen, evidence, activity)
    hull = _hull(part)
    other = np.zeros(evidence.shape, bool)
    for rest in ((labels == chosen) & ~part, *(labels == i for i in alike if i != chosen)):
        if rest.sum() > 0.3 * part.sum():
            other |= _hull(rest) > 0
    return np.asarray(evidence * hull, dtype=np.float32), other & (hull == 0)


def _hull(part: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """1 within the convex hull of ``part`` and two cells around it, else 0."""
    points = cv2.findNonZero(part.astype(np.uint8))
    hull = np.zeros(part.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    return np.asarray(cv2.dilate(hull, np.ones((5, 5), np.uint8)), dtype=np.uint8)


def _one_of_two(part: NDArray[np.bool_], evidence: Float32, activity: Float32 | None) -> NDArray[np.bool_]:
    """``part``, or the livelier side of it where an empty column runs through it (two pictures side by side)."""
    columns = np.flatnonzero(part.any(axis=0))
    first, last = int(columns[0]), int(columns[-1]) + 1
    rows = np.flatnonzero(part.any(axis=1))
    share = evidence[rows[0] : rows[-1] + 1, first:last].mean(axis=0)
    middle = np.arange(len(share)) / len(share)
    usual = float(np.median(share))
    empty = np.flatnonzero((share < 0.08) & (middle > 0.3) & (middle < 0.7))
    if not empty.size:
        empty = _between_walls(share, usual)
        empty = empty[(middle[empty] > 0.3) & (middle[empty] < 0.7)]
    if not empty.size or usual < 0.3:
        return part
    seam = first + int(empty[len(empty) // 2])
    left, right = part.copy(), part.copy()
    left[:, seam:], right[:, : seam + 1] = False, False
    if activity is None:
        return left if left.sum() >= right.sum() else right
    return left if activity[left].sum() >= activity[right].sum() else right


def _between_walls(share: Float32, usual: float) -> NDArray[np.intp]:
    """Columns of a gap that a trace or a bar crosses (``share``: how much of each column shows): hardly anything
    shows in it, and much from one column to the next on both sides of it, as beside two upright pictures."""
    low = np.concatenate([[False], share < _CROSSED * usual, [False]])
    starts, ends = np.flatnonzero(low[1:] & ~low[:-1]), np.flatnonzero(low[:-1] & ~low[1:])
    found = [np.empty(0, np.intp)]
    for start, end in zip(starts, ends, strict=True):
        if end - start < _LEAST_GAP * len(share) or start < 3 or end > len(share) - 3:
            continue
        walls = float(share[start - 3 : start].max()), float(share[end : end + 3].max())
        if min(walls) > _WALL * usual:
            found.append(np.arange(start, end))
    return max(found, key=len)


def fit_wedge(evidence: Float32) -> Wedge:
    """The sector with the highest score."""
    rows = np.flatnonzero((evidence > 0.3).sum(axis=1) >= 2)
    top, height = (int(rows[0]), int(rows[-1] - rows[0] + 1)) if rows.size else (0, evidence.shape[0])
    width = evidence.shape[1]
    centre = float((evidence.sum(axis=0) * np.arange(width)).sum() / max(float(evidence.sum()), 1e-9))
    coarse = _PolarSearch(evidence, step=4, degrees=3.0)
    best = max(
        (
            coarse.best(centre + column * width, top + row * height)
            for row in _APEX_ROWS
            for column in _APEX_COLUMNS
        ),
        key=lambda wedge: wedge.score,
    )
    step_x, step_y = 0.035 * width, 0.08 * height
    best, step_x, step_y = _climb(_PolarSearch(evidence, step=2, degrees=1.0), best, step_x, step_y, 1.0)
    best, _, _ = _climb(_PolarSearch(evidence, step=1, degrees=1.0), best, step_x, step_y, 0.6)
    return _PolarSearch(evidence, step=1, degrees=0.5).best(best.apex_x, best.apex_y)


def _climb(
    search: _PolarSearch, start: Wedge, step_x: float, step_y: float, until: float
) -> tuple[Wedge, float, float]:
    """Move the apex while that raises the score, by steps that halve until ``step_x`` is below ``until``."""
    best = search.best(start.apex_x, start.apex_y)
    while step_x >= until:
        moved = False
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            tried = search.best(best.apex_x + dx * step_x, best.apex_y + dy * step_y)
            if tried.score > best.score:
                best, moved = tried, True
        if not moved:
            step_x, step_y = step_x / 2, step_y / 2
    return best, step_x, step_y


def fit_rectangle(evidence: Float32) -> Rectangle:
    """The upright box with the highest score, to two rows."""
    weight = _weight(evidence)
    height, width = weight.shape
    total = np.zeros((height + 1, width + 1))
    total[1:, 1:] = weight.cumsum(axis=0).cumsum(axis=1)
    best = Rectangle(0, 0, width, height, 0.0)
    for y0 in range(0, height, 2):
        along = total[y0 + 1 :] - total[y0]
        gain = along - np.minimum.accumulate(along, axis=1)
        row, x1 = np.unravel_index(int(gain.argmax()), gain.shape)
        if gain[row, x1] > best.score:
            x0 = int(np.argmin(along[row, : x1 + 1]))
            best = Rectangle(x0, y0, int(x1), y0 + 1 + int(row), float(gain[row, x1]))
    return best


def _weight(evidence: Float32) -> Float32:
    return np.asarray(evidence - EMPTY_PRICE * (1.0 - evidence), dtype=np.float32)


class _PolarSearch:
    """Best sector for a given apex, at one resolution: cells of ``step`` pixels, wedges of ``degrees``."""

    def __init__(self, evidence: Float32, *, step: int, degrees: float) -> None:
        weight = _weight(evidence)[::step, ::step] * (step * step)
        y, x = np.indices(weight.shape, dtype=np.float32)
        self._weight = weight.ravel().astype(np.float64)
        self._x, self._y = x.ravel() * step, y.ravel() * step
        self._step, self._degrees = step, degrees
        self._wedges = round(_MAX_HALF_ANGLE / degrees)
        self._rings = math.ceil(2.8 * evidence.shape[0] / step)

    def best(self, apex_x: float, apex_y: float) -> Wedge:
        """The half angle, r_min and r_max with the highest score around an apex."""
        # cartToPolar measures from its first argument's axis, here straight down; |x| folds both sides.
        radius, angle = cv2.cartToPolar(self._y - apex_y, np.abs(self._x - apex_x), angleInDegrees=True)
        wedge = (angle.ravel() * (1.0 / self._degrees)).astype(np.int32)
        ring = (radius.ravel() * (1.0 / self._step)).astype(np.int32)
        wedge[(wedge >= self._wedges) | (ring >= self._rings)] = (
            self._wedges
        )  # a last row that is not looked at
        np.minimum(ring, self._rings - 1, out=ring)
        bins = np.bincount(
            wedge * self._rings + ring, weights=self._weight, minlength=(self._wedges + 1) * self._rings
        )
        gained = bins.reshape(self._wedges + 1, self._rings)[:-1].cumsum(axis=0)
        along = np.zeros((self._wedges, self._rings + 1))
        np.cumsum(gained, axis=1, out=along[:, 1:])
        gain = along - np.minimum.accumulate(along, axis=1)
        row, end = np.unravel_index(int(gain.argmax()), gain.shape)
        before = along[row, : end + 1]
        # Of equal sums the largest r_min: bins outside the frame are empty and free.
        start = int(np.flatnonzero(before <= before.min() + 1e-9)[-1])
        return Wedge(
            apex_x,
            apex_y,
            (int(row) + 1) * self._degrees,
            float(start * self._step),
            float(end * self._step),
            float(gain[row, end]),
        )
