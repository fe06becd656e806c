"""Adjustment: how far the stated way to a target is from the true one, beside what always answering zero scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.views import View
from models.figures.statistics import mean
from models.figures.truth import Bools, Truth


@dataclass(frozen=True, slots=True)
class ViewError:
    """Errors towards one view's target: of how many frames, per axis (mm, mm, degrees x 3), their mean, and of zero."""

    view: str
    pairs: int
    error: tuple[float, ...]
    pooled: float
    zero: float


@dataclass(frozen=True, slots=True)
class AdjustmentFigures:
    """Mean absolute errors of the adjustment.

    Attributes:
        pooled: mean over views of the mean over axes of the mean absolute error: millimetres and degrees averaged as
            if they were one unit, every view weighing the same. So EchoWorld pools its errors (Yue et al. 2025,
            arXiv:2504.13065), over six axes of which the skin leaves five here, and over real scans, not virtual
            patients: the numbers are of one kind but not of one test.
        zero_pooled: the same of always answering zero.
        pairs: frames and targets within 30 mm and 30 degrees on each axis, through an open window.
        any_distance_pooled, any_distance_zero, any_distance_pairs: the same of all targets of every frame of a heart,
            however far.
        by_view: the parts of ``pooled``.
    """

    pooled: float
    zero_pooled: float
    pairs: int
    any_distance_pooled: float
    any_distance_zero: float
    any_distance_pairs: int
    by_view: tuple[ViewError, ...]


def adjustment_figures(views: tuple[View, ...], stated: NDArray[Any], truth: Truth) -> AdjustmentFigures:
    """Figures of adjustments ``stated`` (n, V, 5)."""
    error, zero = np.abs(stated - truth.adjustment), np.abs(truth.adjustment)
    near = by_view(views, error, zero, truth.near)
    anywhere = np.broadcast_to(truth.heart[:, None], truth.near.shape)
    every = by_view(views, error, zero, anywhere)
    return AdjustmentFigures(
        pooled=over_views([v.pooled for v in near]),
        zero_pooled=over_views([v.zero for v in near]),
        pairs=sum(v.pairs for v in near),
        any_distance_pooled=over_views([v.pooled for v in every]),
        any_distance_zero=over_views([v.zero for v in every]),
        any_distance_pairs=sum(v.pairs for v in every),
        by_view=near,
    )


def by_view(
    views: tuple[View, ...], error: NDArray[Any], zero: NDArray[Any], counted: Bools
) -> tuple[ViewError, ...]:
    """One :class:`ViewError` a view, of absolute errors (n, V, 5) where ``counted`` (n, V)."""
    return tuple(
        ViewError(
            view=str(view),
            pairs=int(rows.sum()),
            error=tuple(mean(error[rows, v, axis]) for axis in range(error.shape[2])),
            pooled=mean(error[rows, v]),
            zero=mean(zero[rows, v]),
        )
        for v, (view, rows) in enumerate(zip(views, counted.T, strict=True))
    )


def over_views(values: Sequence[float]) -> float:
    """Mean of what is known; views without a single pair are left out."""
    known = [v for v in values if not math.isnan(v)]
    return sum(known) / len(known) if known else math.nan
