"""Grading: how well the stated quality of a picture agrees with the true one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.figures.statistics import auroc, icc21, mean
from models.figures.truth import Truth

GOOD, BAD = 0.6, 0.3
"""True quality above the first is a good picture, below the second a bad one; between, readers would differ."""


@dataclass(frozen=True, slots=True)
class GradingFigures:
    """Quality of the nearest view, stated (at the manifest's temperature) and true, on frames of a heart.

    Attributes:
        auc: telling good pictures (true quality above 0.6) from bad ones (below 0.3).
        icc: ICC(2,1) between stated and true quality, absolute agreement.
        error: mean absolute difference. frames: how many of a heart. good, bad: how many of them are so.
    """

    auc: float
    icc: float
    error: float
    frames: int
    good: int
    bad: int


def grading_figures(logits: NDArray[Any], temperature: float, truth: Truth) -> GradingFigures:
    """Figures of quality ``logits`` (n, V)."""
    rows = np.flatnonzero(truth.heart)
    nearest = truth.nearest[rows]
    true = truth.quality[rows, nearest].astype(np.float64)
    stated = 0.5 + 0.5 * np.tanh(0.5 * logits[rows, nearest].astype(np.float64) / temperature)
    good, bad = true > GOOD, true < BAD
    either = good | bad
    return GradingFigures(
        auc=auroc(logits[rows, nearest][either], good[either]),
        icc=icc21(np.stack([stated, true], axis=1)),
        error=mean(np.abs(stated - true)),
        frames=len(rows),
        good=int(good.sum()),
        bad=int(bad.sum()),
    )
