"""The last percent of a sector: its outline moved to where the picture begins and nothing lies beyond.

Method: an outline fits when there is picture just inside it and none just outside. That difference, summed along both
edges and the far arc, is raised by drawing many outlines around the best one and keeping the better half, ever closer
(the cross-entropy method; its draws are fixed, so the same picture gives the same sector). A dark flank has nothing on
either side and does not count: the edge is carried by the part of it that shows. The edges need not be symmetric
(steered sectors), which only a small price says they mostly are.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.sector_fit import Float32, Float64
from guidance.sector_outline import Frame, Mirrored, Outline, Soft, edge_contrast, scores

_DRAWS = 72
_KEPT = 12
_ROUNDS = ((6.0, 6), (3.0, 8), (1.5, 8))
"""Distance of the two sides from the outline, in fine pixels, and rounds of draws at that distance."""
_LEVEL = 2.0
"""Degrees from symmetric that count as symmetric."""
_DARK_FLANK = 0.9
_CARRIED, _APART = 3, 4.0
"""So many outlines are followed to the end, each so far from the others (fine pixels or degrees)."""

_LEAST_LEFT = 0.5
"""Share of the first outline's depth that a refined one has at least."""

_Tried = tuple[float, Float64, Float64, Frame]
"""Score, places, their spread, and the rows that they belong to."""


def refine(present: Float32, start: Outline) -> Outline:
    """``start`` moved to the best outline near it; ``r_min`` is left as it is."""
    soft, distance = Soft.of(present, _ROUNDS[0][0]), _ROUNDS[0][0]
    tried = []
    for first in _starts(present, start):
        frame = Frame.of(first)
        spread = np.full(5, 0.04 * first[4])
        found = _far_end(soft, frame.places(first), frame)
        found, spread = _rounds(soft, found, frame, spread, 0)
        found = _far_end(soft, found, frame)
        tried.append((float(scores(soft, frame.outlines(found[None]), distance)[0]), found, spread, frame))
    tried.sort(key=lambda one: -one[0])
    ends: list[tuple[float, Float64, Frame]] = []
    softs = [Soft.of(present, at) for at, _ in _ROUNDS]
    for _, best, spread, frame in _distinct(tried):
        for step in range(1, len(_ROUNDS)):
            soft, distance = softs[step], _ROUNDS[step][0]
            spread = np.maximum(spread, distance / 2.0)
            best, spread = _rounds(soft, best, frame, spread, step)
        ends.append((float(scores(soft, frame.outlines(best[None]), distance)[0]), best, frame))
    # One that has shrunk to a speck outlines nothing, however sharp its edges.
    whole = [one for one in ends if one[2].outlines(one[1][None])[0, 4] > _LEAST_LEFT * start.r_max]
    _, best, frame = max(whole or ends, key=lambda one: one[0])
    outline = _even(soft, best, frame)
    total = float(scores(soft, outline, distance)[0])
    x, y, left, right, far = (float(v) for v in outline[0])
    return Outline(x, y, left, right, start.r_min, far, total / (far * (1.8 + np.radians(right - left))))


def _distinct(tried: list[_Tried]) -> list[_Tried]:
    """The best of ``tried`` (best first) and the next ones that lie elsewhere: blurred, a wrong one may fit better."""
    kept: list[_Tried] = []
    for one in tried:
        outline = one[3].outlines(one[1][None])[0]
        if all(np.abs(outline - k[3].outlines(k[1][None])[0]).max() > _APART for k in kept):
            kept.append(one)
    return kept[:_CARRIED]


def _even(soft: Soft, best: Float64, frame: Frame) -> Float64:
    """(1, 5): the best outline, or the symmetric one that goes on from its sharper edge.

    Where one edge is far less sharp than the other, it is a dark flank within the sector rather than its edge.
    """
    outline = frame.outlines(best[None])
    _, y, left, right, far = (float(v) for v in outline[0])
    distance = _ROUNDS[-1][0]
    if abs(left + right) < _LEVEL:
        return outline
    sharp = [edge_contrast(soft, outline, side, distance) for side in (-1.0, 1.0)]
    weak, strong = min(sharp), max(sharp)
    side = 1.0 if sharp[1] >= sharp[0] else -1.0
    if strong <= 0.0:
        return outline
    # Where the sharper edge is the inner one, no dark flank explains the other: the symmetric one must fit better.
    inner = abs(right if side > 0 else left) < abs(left if side > 0 else right)
    own = best[2:4] if side > 0 else best[0:2]
    mirrored = Mirrored(frame.upper, frame.lower, side)
    places, spread = np.array([*own, y, best[4]]), np.array([3.0, 3.0, 0.05 * far, 3.0])
    places, _ = _rounds(soft, places, mirrored, spread, len(_ROUNDS) - 1)
    level = mirrored.outlines(places[None])
    free, even = (float(scores(soft, one, distance)[0]) for one in (outline, level))
    allowed = 0.0 if inner else _DARK_FLANK * far * max(0.0, 1.0 - max(weak, 0.0) / strong)
    return level if even + allowed > free else outline


def _starts(present: Float32, start: Outline) -> list[Float64]:
    """Where to begin: the coarse sector, the sides of the hull, and sectors that hang from the top of large parts."""
    found = [np.array([start.apex_x, start.apex_y, start.angle_left, start.angle_right, start.r_max])]
    some = (present > 0.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(some, connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA].copy()
    area[0] = 0
    bottom = start.apex_y + start.r_max
    for part in [int(i) for i in np.argsort(-area)[:2] if area[i] > 0]:
        if part == int(area.argmax()):
            hull = _hull_sides((labels == part).astype(np.uint8))
            found += [] if hull is None else [hull]
        top = int(stats[part, cv2.CC_STAT_TOP])
        columns = np.flatnonzero((labels[top : top + 4] == part).any(axis=0))
        if bottom - top < 0.2 * len(present):
            continue
        for half in (30.0, 44.0):
            found.append(np.array([float(columns.mean()), float(top), -half, half, bottom - top]))
    return found


def _hull_sides(part: NDArray[np.uint8]) -> Float64 | None:
    """The sector (5,) whose edges are the longest sides of the hull of ``part``, to the left and to the right."""
    points = cv2.findNonZero(part)
    hull = cv2.convexHull(points)[:, 0, :].astype(np.float64)
    ahead = np.roll(hull, -1, axis=0)
    upper = np.where((hull[:, 1] < ahead[:, 1])[:, None], hull, ahead)
    lower = np.where((hull[:, 1] < ahead[:, 1])[:, None], ahead, hull)
    down = np.maximum(lower[:, 1] - upper[:, 1], 1e-3)
    slope, length = (lower[:, 0] - upper[:, 0]) / down, np.hypot(*(lower - upper).T)
    sides = []
    for sign in (-1.0, 1.0):
        good = (
            (sign * slope > 0.15)
            & (sign * slope < 1.8)
            & (sign * (upper[:, 0] - hull[:, 0].mean()) > -length)
        )
        if not good.any():
            return None
        sides.append(int(np.flatnonzero(good)[length[good].argmax()]))
    (left, right) = sides
    opening = slope[right] - slope[left]
    y = (
        upper[left, 0] - slope[left] * upper[left, 1] - upper[right, 0] + slope[right] * upper[right, 1]
    ) / opening
    x = upper[left, 0] + slope[left] * (y - upper[left, 1])
    far = float(hull[:, 1].max()) - y
    if far <= 10.0:
        return None
    return np.array([x, y, np.degrees(np.arctan(slope[left])), np.degrees(np.arctan(slope[right])), far])


def _far_end(soft: Soft, places: Float64, frame: Frame) -> Float64:
    """``places`` with the lowest row of the arc that fits best, of all rows below the frame's upper one."""
    rows = np.arange(frame.upper + 0.3 * (frame.lower - frame.upper), 1.15 * len(soft.map), 3.0)
    if not rows.size:
        return places
    tried = np.repeat(places[None], len(rows) + 1, axis=0)
    tried[1:, 4] = rows
    return np.asarray(tried[int(scores(soft, frame.outlines(tried), _ROUNDS[0][0]).argmax())])


def _rounds(
    soft: Soft, best: Float64, frame: Frame | Mirrored, spread: Float64, step: int
) -> tuple[Float64, Float64]:
    """The best places after rounds of draws at one distance, and how far the better ones still spread."""
    distance, rounds = _ROUNDS[step]
    for _ in range(rounds):
        drawn = best + spread * _normal(len(best))
        drawn[0] = best
        score = scores(soft, frame.outlines(drawn), distance)
        order = np.argsort(-score)[:_KEPT]
        chosen = drawn[order]
        weight = np.arange(_KEPT, 0, -1.0) / (_KEPT * (_KEPT + 1) / 2)
        mean = weight @ chosen
        spread = 0.35 * spread + 0.65 * np.sqrt(weight @ (chosen - mean) ** 2)
        both = np.stack([mean, chosen[0]])
        best = both[int(scores(soft, frame.outlines(both), distance).argmax())]
    return best, spread


@cache
def _normal(count: int) -> Float64:
    """The fixed draws (K, count): normal, each with its mirror image."""
    half = np.random.default_rng(7).normal(size=(_DRAWS // 2, count))
    return np.concatenate([half, -half])
