"""Outlines of a sector on a fine map, and how well they fit: picture just inside the outline, and none just outside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from guidance.sector_fit import Float32, Float64

_OUTSIDE = 1.6
_ASYMMETRY = 0.15
"""Price of edges 8 degrees from symmetric, in far radii; it grows with the square."""
_LEFT_OUT = 1.5
"""Price of leaving out all that shows, in far radii."""
_UNKNOWN = -1.0
"""Stands for the presence outside the map."""
_SAMPLE = 300
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

    def squeezed(self, stretch: float) -> Outline:
        """The same place on a map whose columns were divided by ``stretch``."""
        return replace(self, apex_x=self.apex_x / stretch)


@dataclass(frozen=True, slots=True)
class Frame:
    """Two rows at which the edges are moved, each end by itself: apex and angles would depend on each other."""

    upper: float
    lower: float

    @classmethod
    def of(cls, outline: Float64) -> Frame:
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
class Mirrored:
    """As :class:`Frame`, of one edge (``side``: -1 left, 1 right); the other is its mirror image."""

    upper: float
    lower: float
    side: float

    def outlines(self, places: Float64) -> Float64:
        """(K, 5) outlines of (K, 4) places: columns of the edge at both rows, row of the apex, lowest row."""
        slope = (places[:, 1] - places[:, 0]) / (self.lower - self.upper)
        x = places[:, 0] + slope * (places[:, 2] - self.upper)
        half = np.degrees(np.arctan(np.maximum(self.side * slope, 0.02)))
        return np.stack([x, places[:, 2], -half, half, np.maximum(places[:, 3] - places[:, 2], 1.0)], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Soft:
    """Presence blurred for one distance, and the places of some cells that show picture, (1, N) each."""

    map: Float32
    some_x: Float32
    some_y: Float32

    @classmethod
    def of(cls, present: Float32, distance: float) -> Soft:
        """For outlines compared at ``distance``."""
        y, x = np.nonzero(present > 0.5)
        pick = np.linspace(0, len(x) - 1, min(_SAMPLE, len(x))).astype(np.intp)
        soft = np.asarray(cv2.GaussianBlur(present, (0, 0), distance / 2.0), dtype=np.float32)
        if not len(pick):
            return cls(soft, np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32))
        return cls(soft, x[None, pick].astype(np.float32), y[None, pick].astype(np.float32))


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
    dx, dy = soft.some_x - apex_x.astype(np.float32), soft.some_y - apex_y.astype(np.float32)
    edges = [np.tan(np.radians(angle)).astype(np.float32) for angle in (left, right)]
    within = (dx >= dy * edges[0]) & (dx <= dy * edges[1])
    left_out = 1.0 - (within & (dx * dx + dy * dy <= (far * far).astype(np.float32))).mean(axis=1)
    odd = np.abs(left + right)[:, 0] / 8.0
    ill = (right - left)[:, 0] < 15.0
    priced = total - size * (_ASYMMETRY * np.minimum(odd * odd, 8.0) + _LEFT_OUT * left_out) - 1e6 * ill
    return np.asarray(priced, dtype=np.float64)


def edge_contrast(soft: Soft, outline: Float64, side: float, distance: float) -> float:
    """Presence inside less that outside, where an edge crosses the frame: about 1 for a sharp one."""
    apex_x, apex_y, left, right, far = (outline[:, i : i + 1] for i in range(5))
    a = np.radians(right if side > 0 else left)
    along = far * np.linspace(0.1, 1.0, _ACROSS)
    x, y = along * np.sin(a), along * np.cos(a)
    nx, ny = side * np.cos(a) * distance, -side * np.sin(a) * distance
    return float(_difference(soft.map, apex_x, apex_y, x, y, nx, ny, np.ones(1))[0])


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
    values = []
    for sign in (-1.0, 1.0):
        column = (apex_x + x + sign * nx).astype(np.float32)
        row = (apex_y + y + sign * ny).astype(np.float32)
        values.append(
            cv2.remap(
                soft, column, row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=(_UNKNOWN,)
            )
        )
    inner, outer = values
    known = (inner > _UNKNOWN) & (outer > _UNKNOWN)
    return np.asarray(((inner - _OUTSIDE * outer) * known).mean(axis=1) * length, dtype=np.float64)
