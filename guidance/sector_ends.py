"""Where a picture of known shape begins and ends: the near arc, an upright box, a straight edge that cuts it off."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.sector_fit import Float32, Float64
from guidance.sector_outline import Outline

_BOX_SLACK = 8
_GAP = 4
_CRISP = 6
"""Rings within which a picture that begins at an arc has come up."""
_POINTED = 0.04
_DIM, _NOTHING = 0.05, 0.02
"""Shares of a ring that shows a little, and of one that shows nothing."""
_LEAST_DIM = 3
"""Fewer dim rings are the edge of the picture."""


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
    if not (arc or cropped or first < 0.1 * outline.r_max):
        return _POINTED * outline.r_max
    return float(_dim_beginning(share, count, first, 0.1 * outline.r_max))


def _dim_beginning(share: Float64, count: NDArray[np.intp], first: int, reach: float) -> int:
    """Ring at which a dim near field above ring ``first`` begins, if nothing shows above that; else ``first``."""
    dim = first
    while dim > 0 and share[dim - 1] > _DIM and count[dim - 1] >= 3:
        dim -= 1
    above = share[max(dim - _CRISP, 0) : max(dim - 1, 0)]
    good = _LEAST_DIM <= first - dim <= reach and float(above.max(initial=0.0)) < _NOTHING
    return dim if good else first


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


def worth(present: Float32, inside: NDArray[np.bool_], price: float = 0.25) -> float:
    """Presence in a shape less the price of what is empty in it: how well the shape as a whole fits."""
    held = present[inside]
    return float(held.sum() - price * (held.size - held.sum()))
