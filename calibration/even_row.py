"""The longest evenly spaced row among marks along a line, in which some may be hidden and others do not belong."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_MARKS = 6
"""Fewer marks in step may be chance."""


@dataclass(frozen=True, slots=True)
class EvenRow:
    """Evenly spaced marks: place of the first, distance from one to the next (pixels along the line).

    ``count``: marks from first to last, hidden ones included. ``seen``: those that were seen. ``every``: every so many
    there is a larger one; 0: none is larger.
    """

    first: float
    spacing: float
    count: int
    seen: int
    every: int


def even_row(
    place: NDArray[np.float64], size: NDArray[np.float64], height: int, slack: float
) -> EvenRow | None:
    """The evenly spaced row with the most of the marks; None where there is no such row.

    Args:
        place: (N,) along the line, pixels.
        size: (N,) area of each.
        height: of the frame; marks are 1.2 to 20 percent of it apart.
        slack: how far off its place a mark may be, pixels.
    """
    if not MIN_MARKS <= len(place) <= 80:
        return None
    order = np.argsort(place)
    place, size = place[order], size[order]
    best: EvenRow | None = None
    points = [float(v) for v in place]
    low, high = max(0.012 * height, 5.0), 0.2 * height
    for start in range(len(points) - MIN_MARKS + 1):
        for following in range(start + 1, len(points)):
            step = points[following] - points[start]
            if step > high:
                break
            if step < low:
                continue
            chain = _chain(points, start, following, min(0.12 * step, 1.0 + slack))
            if len(chain) < MIN_MARKS or (best is not None and len(chain) <= best.seen):
                continue
            which = [index for index, _ in chain]
            row = _settled(place[which], np.array([float(n) for _, n in chain]), size[which])
            if row is not None and row.seen >= 0.75 * row.count and (best is None or row.seen > best.seen):
                best = row
    return best


def _chain(points: list[float], first: int, second: int, tolerance: float) -> list[tuple[int, int]]:
    """Marks (index, number) that go on evenly from two: each where the row so far says, at most two left out."""
    chain = [(first, 0), (second, 1)]
    missing, number = 0, 2
    while missing <= 2:
        last, count = chain[-1]
        step = (points[last] - points[first]) / count
        expected = points[last] + step * (number - count)
        place = bisect_left(points, expected)
        near = min(
            (i for i in (place - 1, place) if 0 <= i < len(points)), key=lambda i: abs(points[i] - expected)
        )
        if near > last and abs(points[near] - expected) <= tolerance:
            chain.append((near, number))
            missing = 0
        elif number == 2 or expected > points[-1] + tolerance:  # three in a row, or it is chance
            break
        else:
            missing += 1
        number += 1
    # One thing in step beyond a gap is something else: a trace that crosses the ruler's column.
    while len(chain) > MIN_MARKS and chain[-1][1] - chain[-2][1] > 2:
        chain.pop()
    return chain


def _settled(
    place: NDArray[np.float64], number: NDArray[np.float64], size: NDArray[np.float64]
) -> EvenRow | None:
    """The row through marks with their numbers, by least squares; None when it is not even."""
    number, first_of = np.unique(number, return_index=True)
    if len(number) < MIN_MARKS:
        return None
    place, size = place[first_of], size[first_of]
    spacing, first = (float(v) for v in np.polyfit(number, place, 1))
    if float(np.abs(first + number * spacing - place).max()) > max(1.6, 0.06 * spacing):
        return None
    return EvenRow(first, spacing, int(number[-1]) + 1, len(number), _every(number, size))


def _every(number: NDArray[np.float64], size: NDArray[np.float64]) -> int:
    """Every how many marks there is a larger one (2, 4, 5 or 10); 0 where there is no such rule."""
    large = size > 1.35 * np.median(size)
    if not large.any() or large.sum() > 0.6 * len(size):
        return 0
    for every in (10, 5, 4, 2):
        for phase in range(every):
            if np.array_equal(large, (number.astype(int) - phase) % every == 0) and large.sum() >= 2:
                return every
    return 0
