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
_RINGING, _LITTLE = 11, 0.22
_BOX_SLACK = 8
_GAP = 4
_CRISP = 6
"""Rings within which a picture that begins at an arc has come up."""
_POINTED = 0.04
_ASYMMETRY = 0.15
"""Price of edges 8 degrees from symmetric, in far radii; it grows with the square."""
_LEFT_OUT = 1.5
"""Price of leaving out all that shows, in far radii."""
_SAMPLE = 300
_LEVEL = 2.0
"""Degrees from symmetric that count as symmetric."""
_DARK_FLANK = 0.9
_ACROSS = 72
"""Points along an edge, and along the arc."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A sector in pixels of the fine map; angles in degrees, pixel centres at whole numbers.

    ``score``: how well it fits, 1 for an outline that is sharp all around.
    """

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
    does so by a fifth of what is usual; this is asked before the picture is made smaller, so that a cell on a bright
    edge counts by the part of it that is picture.

    Args:
        grey: (H, W) uint8.
        near: (h, w) uint8, larger than 0 where the picture is known to be.
    """
    kernel = np.ones((3, 3), np.uint8)
    spread, screen, noise = spread_of(grey)
    lively = cv2.dilate((spread >= least_range(noise) - 1).astype(np.uint8), kernel)
    narrower = cv2.erode(spread, kernel)  # it reaches one pixel beyond what varies
    narrower = cv2.subtract(narrower, np.full_like(grey, noise))
    excess = cv2.subtract(grey, np.full_like(grey, screen + noise if screen <= 64 else 0)) * lively
    texture = cv2.addWeighted(narrower, 0.5, excess, 0.5, 0.0)
    height, width = grey.shape
    known = cv2.resize(near, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    usual = texture[known & (texture > 1)]
    half = max(3.0, float(np.median(usual)) / 5.5) if usual.size else 4.0
    # A compressed picture rings around bright edges: beside much, little is nothing.
    around = cv2.dilate(texture, np.ones((_RINGING, _RINGING), np.uint8)).astype(np.float32)
    squared = texture.astype(np.float32) ** 2
    present = squared / (squared + np.maximum(half, _LITTLE * around) ** 2)
    columns = max(8, round(width * FINE_ROWS / height))
    return np.asarray(
        cv2.resize(present, (columns, FINE_ROWS), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def without_marks(present: Float32) -> Float32:
    """``present`` without ticks, letters and traces: what no disc of some pixels fits into."""
    some = (present > 0.3).astype(np.uint8)
    border = cv2.BORDER_REPLICATE
    some = np.asarray(cv2.morphologyEx(some, cv2.MORPH_CLOSE, _disc(7), borderType=border), dtype=np.uint8)
    some = np.asarray(cv2.morphologyEx(some, cv2.MORPH_OPEN, _disc(13), borderType=border), dtype=np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(some, connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= 0.0015 * present.size
    large[0] = False
    keep = cv2.dilate(large[labels].astype(np.uint8), _disc(3))
    return np.asarray(present * keep, dtype=np.float32)


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), dtype=np.uint8)


def refine(present: Float32, start: Outline) -> Outline:
    """``start`` moved to the best outline near it; ``r_min`` is left as it is."""
    soft, distance = Soft.of(present, _ROUNDS[0][0]), _ROUNDS[0][0]
    tried = []
    for first in _starts(present, start):
        frame = _Frame.of(first)
        spread = np.full(5, 0.04 * first[4])
        found = _far_end(soft, frame.places(first), frame)
        found, spread = _rounds(soft, found, frame, spread, 0)
        found = _far_end(soft, found, frame)
        tried.append((float(scores(soft, frame.outlines(found[None]), distance)[0]), found, spread, frame))
    _, best, spread, frame = max(tried, key=lambda one: one[0])
    for step in range(1, len(_ROUNDS)):
        soft, distance = Soft.of(present, _ROUNDS[step][0]), _ROUNDS[step][0]
        spread = np.maximum(spread, distance / 2.0)
        best, spread = _rounds(soft, best, frame, spread, step)
    outline = _even(soft, best, frame)
    total = float(scores(soft, outline, distance)[0])
    x, y, left, right, far = (float(v) for v in outline[0])
    return Outline(x, y, left, right, start.r_min, far, total / (far * (1.8 + np.radians(right - left))))


@dataclass(frozen=True, slots=True)
class _Frame:
    """Two rows at which the edges are moved, each end by itself: apex and angles would depend on each other."""

    upper: float
    lower: float

    @classmethod
    def of(cls, outline: Float64) -> _Frame:
        """Rows for outlines like ``outline`` (5,: apex x, y, left and right angle, far radius)."""
        return cls(float(outline[1] + 0.25 * outline[4]), float(outline[1] + 0.75 * outline[4]))

    def places(self, outline: Float64) -> Float64:
        """(5,): columns of the left edge at both rows, of the right edge, and the lowest row of the arc."""
        x, y, left, right, far = outline
        return np.array(
            [
                *(x + (row - y) * np.tan(np.radians(angle)) for angle in (left, right) for row in self._rows),
                y + far,
            ]
        )

    @property
    def _rows(self) -> tuple[float, float]:
        return self.upper, self.lower

    def outlines(self, places: Float64) -> Float64:
        """(K, 5) outlines of (K, 5) places; what is no sector gets a width that :func:`scores` refuses."""
        span = self.lower - self.upper
        left, right = (places[:, 1] - places[:, 0]) / span, (places[:, 3] - places[:, 2]) / span
        opening = np.maximum(right - left, 0.05)
        y = self.upper - (places[:, 2] - places[:, 0]) / opening
        x = places[:, 0] + left * (y - self.upper)
        angles = np.degrees(np.arctan(left)), np.degrees(np.arctan(right))
        return np.stack([x, y, *angles, np.maximum(places[:, 4] - y, 1.0)], axis=1)


@dataclass(frozen=True, slots=True)
class _Mirrored:
    """As :class:`_Frame`, of one edge (``side``: -1 left, 1 right); the other is its mirror image."""

    upper: float
    lower: float
    side: float

    def outlines(self, places: Float64) -> Float64:
        """(K, 5) outlines of (K, 4) places: columns of the edge at both rows, row of the apex, lowest row."""
        slope = (places[:, 1] - places[:, 0]) / (self.lower - self.upper)
        x = places[:, 0] + slope * (places[:, 2] - self.upper)
        half = np.degrees(np.arctan(np.maximum(self.side * slope, 0.02)))
        return np.stack([x, places[:, 2], -half, half, np.maximum(places[:, 3] - places[:, 2], 1.0)], axis=1)


def _even(soft: Soft, best: Float64, frame: _Frame) -> Float64:
    """(1, 5): the best outline, or the symmetric one that goes on from its sharper edge.

    Where one edge is far less sharp than the other, it is a dark flank within the sector rather than its edge.
    """
    outline = frame.outlines(best[None])
    _, y, left, right, far = (float(v) for v in outline[0])
    distance = _ROUNDS[-1][0]
    if abs(left + right) < _LEVEL:
        return outline
    sharp = [_edge_contrast(soft, outline, side, distance) for side in (-1.0, 1.0)]
    weak, strong = min(sharp), max(sharp)
    side = 1.0 if sharp[1] >= sharp[0] else -1.0
    if strong <= 0.0 or abs(right if side > 0 else left) < abs(left if side > 0 else right):
        return outline  # the sharper edge is the inner one: to widen from the other would be a guess
    own = best[2:4] if side > 0 else best[0:2]
    mirrored = _Mirrored(frame.upper, frame.lower, side)
    places, spread = np.array([*own, y, best[4]]), np.array([3.0, 3.0, 0.05 * far, 3.0])
    places, _ = _rounds(soft, places, mirrored, spread, len(_ROUNDS) - 1)
    level = mirrored.outlines(places[None])
    free, even = (float(scores(soft, one, distance)[0]) for one in (outline, level))
    allowed = _DARK_FLANK * far * max(0.0, 1.0 - max(weak, 0.0) / strong)
    return level if even + allowed > free else outline


def _edge_contrast(soft: Soft, outline: Float64, side: float, distance: float) -> float:
    """Presence inside less that outside, where an edge crosses the frame: about 1 for a sharp one."""
    apex_x, apex_y, left, right, far = (outline[:, i : i + 1] for i in range(5))
    a = np.radians(right if side > 0 else left)
    along = far * np.linspace(0.1, 1.0, _ACROSS)
    x, y = along * np.sin(a), along * np.cos(a)
    nx, ny = side * np.cos(a) * distance, -side * np.sin(a) * distance
    return float(_difference(soft.map, apex_x, apex_y, x, y, nx, ny, np.ones(1))[0])


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


def _far_end(soft: Soft, places: Float64, frame: _Frame) -> Float64:
    """``places`` with the lowest row of the arc that fits best, of all rows below the frame's upper one."""
    rows = np.arange(frame.upper + 0.3 * (frame.lower - frame.upper), 1.15 * len(soft.map), 3.0)
    if not rows.size:
        return places
    tried = np.repeat(places[None], len(rows) + 1, axis=0)
    tried[1:, 4] = rows
    return np.asarray(tried[int(scores(soft, frame.outlines(tried), _ROUNDS[0][0]).argmax())])


@dataclass(frozen=True, slots=True, eq=False)
class Soft:
    """Presence blurred for one distance, and the places of some cells that show picture, (1, N) each."""

    map: Float32
    some_x: Float64
    some_y: Float64

    @classmethod
    def of(cls, present: Float32, distance: float) -> Soft:
        """For outlines compared at ``distance``."""
        y, x = np.nonzero(present > 0.5)
        pick = np.linspace(0, len(x) - 1, min(_SAMPLE, len(x))).astype(np.intp)
        soft = np.asarray(cv2.GaussianBlur(present, (0, 0), distance / 2.0), dtype=np.float32)
        if not len(pick):
            return cls(soft, np.zeros((1, 1)), np.zeros((1, 1)))
        return cls(soft, x[None, pick].astype(np.float64), y[None, pick].astype(np.float64))


def _rounds(
    soft: Soft, best: Float64, frame: _Frame | _Mirrored, spread: Float64, step: int
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


def scores(soft: Soft, drawn: Float64, distance: float) -> Float64:
    """(K,) how well each outline (K, 5: apex x, y, left and right angle, far radius) fits the blurred presence."""
    apex_x, apex_y, left, right, far = (drawn[:, i : i + 1] for i in range(5))
    share = np.linspace(0.0, 1.0, _ACROSS)
    along = far * (0.1 + 0.9 * share)
    total = np.zeros(len(drawn))
    for angle, outward in ((left, -1.0), (right, 1.0)):
        a = np.radians(angle)
        x, y = along * np.sin(a), along * np.cos(a)
        nx, ny = outward * np.cos(a) * distance, -outward * np.sin(a) * distance
        total += 0.9 * _difference(soft.map, apex_x, apex_y, x, y, nx, ny, far[:, 0])
    a = np.radians(left + (right - left) * share)
    x, y, length = far * np.sin(a), far * np.cos(a), np.radians(right - left)[:, 0] * far[:, 0]
    total += _difference(soft.map, apex_x, apex_y, x, y, np.sin(a) * distance, np.cos(a) * distance, length)
    size = far[:, 0]
    dx, dy = soft.some_x - apex_x, soft.some_y - apex_y
    within = (dx >= dy * np.tan(np.radians(left))) & (dx <= dy * np.tan(np.radians(right)))
    left_out = 1.0 - (within & (dx * dx + dy * dy <= far * far)).mean(axis=1)
    odd = np.abs(left + right)[:, 0] / 8.0
    ill = (right - left)[:, 0] < 15.0
    priced = total - size * (_ASYMMETRY * np.minimum(odd * odd, 8.0) + _LEFT_OUT * left_out) - 1e6 * ill
    return np.asarray(priced, dtype=np.float64)


def _difference(
    soft: Float32,
    apex_x: Float64,
    apex_y: Float64,
    x: Float64,
    y: Float64,
    nx: Float64,
    ny: Float64,
    length: Float64,
) -> Float64:
    """(K,) presence inside less the price of presence outside, summed along a part of ``length``."""
    height, width = soft.shape
    found = []
    for sign in (-1.0, 1.0):
        column = np.rint(apex_x + x + sign * nx).astype(np.intp)
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


def without_bars(shown: Float32, present: Float32, outline: Outline) -> Float32:
    """``shown`` without the rows where as much shows beyond the outline's edges as between them: bars of the screen."""
    rows, columns = shown.shape
    x = np.arange(columns, dtype=np.float32)[None, :]
    down = np.arange(rows, dtype=np.float32)[:, None] - outline.apex_y
    left = outline.apex_x + down * np.tan(np.radians(outline.angle_left))
    right = outline.apex_x + down * np.tan(np.radians(outline.angle_right))
    within = (x >= left) & (x <= right)
    beyond = (x < left - 5) | (x > right + 5)
    share = [(present * part).sum(axis=1) / np.maximum(part.sum(axis=1), 1) for part in (within, beyond)]
    bar = (share[1] > 0.3) & (share[1] > 0.5 * share[0]) & (beyond.sum(axis=1) > 0.2 * columns)
    wide = cv2.dilate(bar[:, None].astype(np.uint8), np.ones((7, 1), np.uint8)).reshape(-1, 1)
    return np.asarray(shown * (wide == 0), dtype=np.float32)


def near_radius(shown: Float32, outline: Outline) -> float:
    """Radius at which the picture begins: the first ring, and the next, that show something.

    A dark near field does not count: the probe's face lies above it. Where the picture begins at an arc, most of that
    arc shows at once; what comes up little by little is a near field too dark to see, and the sector is taken for a
    pointed one.
    """
    y, x = np.indices(shown.shape, dtype=np.float32)
    dx, dy = x - outline.apex_x, y - outline.apex_y
    radius = np.hypot(dx, dy)
    angle = np.degrees(np.arctan2(dx, dy))
    middle = (outline.angle_left + outline.angle_right) / 2.0
    half = (outline.angle_right - outline.angle_left) / 2.0
    part = (np.abs(angle - middle) <= 0.85 * half) & (radius < outline.r_max)
    ring = radius[part].astype(np.intp)
    count = np.bincount(ring, minlength=2)
    share = np.bincount(ring, weights=shown[part], minlength=2) / np.maximum(count, 1)
    filled = (share > 0.25) & (count >= 3)
    starts = np.flatnonzero(filled[:-1] & filled[1:])
    if not starts.size:
        return outline.r_min
    first = int(starts[0])
    arc = float(share[first : first + _CRISP].max()) > 0.4
    cropped = outline.apex_y + first < 3.0  # the frame's edge, not the probe's face
    return float(first) if arc or cropped or first < 0.1 * outline.r_max else _POINTED * outline.r_max


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
    """Rows, inclusive, to which the picture in columns ``first`` to ``last`` reaches, near ``start`` and ``end``."""
    within = present[:, first : last + 1].mean(axis=1)
    gap, reach = 3, max(4, (last - first) // 5)
    sides = (
        present[:, max(0, first - gap - reach) : max(0, first - gap)],
        present[:, last + 1 + gap : last + 1 + gap + reach],
    )
    beyond = [side.mean(axis=1) for side in sides if side.shape[1] >= 3]
    if not beyond:  # it fills the frame: nothing to tell it from
        return start, end
    both = np.min(beyond, axis=0) if len(beyond) == 2 else np.zeros_like(within)
    bar = (within > 0.2) & (both > 0.6 * within)
    empty = within < 0.12
    ends = []
    last_row = len(within) - 1
    for place, inward in ((start, 1), (end, -1)):
        deep = max(_BOX_SLACK, (end - start) // 6)
        # From within outwards: the picture ends where a gap, a bar, or the frame's edge begins.
        at = place + inward * deep
        stop = min(max(place - _BOX_SLACK * inward, 0), last_row)
        gap_rows, edge = 0, at
        while at != stop + (-inward) and gap_rows < _GAP:
            if empty[at] or bar[at]:
                gap_rows += 1
            else:
                gap_rows, edge = 0, at
            at -= inward
        ends.append(edge)
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
