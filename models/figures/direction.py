"""Direction: how often the stated movement goes the right way, by the size of the error, and where a hint is given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.probe import AXES
from models.figures.statistics import wilson95
from models.figures.truth import Truth

SIZES: tuple[tuple[float, float], ...] = ((2.0, 5.0), (5.0, 10.0), (10.0, 20.0), (20.0, math.inf))
"""Bins of the true error, mm or degrees: from the first, below the second."""
WORTH = (5.0, 5.0, 4.0, 4.0, 4.0)
"""A true error of at least this (mm, mm, degrees x 3) is worth a hint."""
AT_LEAST = 0.8
"""Confidence in the direction that the coach asks for while the target view is on screen."""


@dataclass(frozen=True, slots=True)
class Directions:
    """Errors counted, how many are stated with the right sign, their share, and its Wilson interval."""

    errors: int
    right: int
    share: float
    ci95: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class SizeFigures:
    """Errors of one size, on all axes together: all of them, and those that a hint would be given for."""

    size: str
    all: Directions
    hinted: Directions


@dataclass(frozen=True, slots=True)
class DirectionFigures:
    """Share of errors stated with the right sign; each axis of a near pair of frame and target is one error.

    Attributes:
        hinted: where the true error is at least 5 mm or 4 degrees and the coach would ask for this axis (see
            :mod:`models.figures.hinting`). The headline.
        confident: where the true error is so large and the calibrated confidence in the sign at least 0.8, whatever
            else the coach would say.
        all: where the true error is so large, said or not.
        hinted_any_distance: as ``hinted``, to every target of every frame of a heart, however far.
        hinted_by_axis: as ``hinted``, by axis.
        given: share of the errors of ``all`` that are in ``hinted``.
        by_size: by size of the true error.
    """

    hinted: Directions
    confident: Directions
    all: Directions
    hinted_any_distance: Directions
    hinted_by_axis: dict[str, Directions]
    given: float
    by_size: tuple[SizeFigures, ...]


def direction_figures(
    stated: NDArray[Any], confidence: NDArray[Any], asked: NDArray[np.bool_], truth: Truth
) -> DirectionFigures:
    """Figures of adjustments ``stated``, confidences in their signs and axes ``asked`` for, each (n, V, 5)."""
    true = truth.adjustment
    right = np.sign(stated) == np.sign(true)
    size = np.abs(true)
    worth = size >= np.asarray(WORTH, dtype=true.dtype)
    near = np.broadcast_to(truth.near[..., None], true.shape)
    heart = np.broadcast_to(truth.heart[:, None, None], true.shape)
    hinted = near & worth & asked
    in_bins = [(near & (size >= low) & (size < high), _named(low, high)) for low, high in SIZES]
    every = count(right, near & worth)
    found = count(right, hinted)
    return DirectionFigures(
        hinted=found,
        confident=count(right, near & worth & (confidence >= AT_LEAST)),
        all=every,
        hinted_any_distance=count(right, heart & worth & asked),
        hinted_by_axis={axis: count(right[..., k], hinted[..., k]) for k, axis in enumerate(AXES)},
        given=found.errors / every.errors if every.errors else math.nan,
        by_size=tuple(
            SizeFigures(name, count(right, inside), count(right, inside & asked)) for inside, name in in_bins
        ),
    )


def count(right: NDArray[np.bool_], counted: NDArray[np.bool_]) -> Directions:
    """How many of the errors ``counted`` are ``right``."""
    errors, hits = int(counted.sum()), int((right & counted).sum())
    return Directions(errors, hits, hits / errors if errors else math.nan, wilson95(hits, errors))


def _named(low: float, high: float) -> str:
    return f">= {low:g}" if math.isinf(high) else f"{low:g}-{high:g}"
