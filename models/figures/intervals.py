"""Intervals: how often the stated 90 % interval holds the true adjustment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.probe import AXES
from models.figures.statistics import mean
from models.figures.truth import Truth


@dataclass(frozen=True, slots=True)
class CoverageFigures:
    """Coverage of near pairs of frame and target: overall (all axes together), by axis, and by view."""

    overall: float
    by_axis: dict[str, float]
    by_view: tuple[float, ...]
    pairs: int


def covered(stated: NDArray[Any], half_width90: NDArray[Any], true: NDArray[Any]) -> NDArray[np.bool_]:
    """Where ``true`` lies within ``half_width90`` of ``stated``, ends included; all of one shape."""
    return np.asarray(np.abs(stated - true) <= half_width90)


def coverage_figures(inside: NDArray[np.bool_], truth: Truth) -> CoverageFigures:
    """Figures of ``inside`` (n, V, 5), see :func:`covered`."""
    near = inside[truth.near]
    return CoverageFigures(
        overall=mean(near),
        by_axis={axis: mean(near[:, k]) for k, axis in enumerate(AXES)},
        by_view=tuple(mean(inside[rows, v]) for v, rows in enumerate(truth.near.T)),
        pairs=len(near),
    )
