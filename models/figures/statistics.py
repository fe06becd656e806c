"""Statistics that more than one figure is made of, each with its source. Nothing to count is nan, or None."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Z95 = 1.959964


def wilson95(hits: int, total: int) -> tuple[float, float] | None:
    """95 % interval of a share (Wilson 1927, J Am Stat Assoc 22:209-212); None of nothing.

    It takes the trials for independent: frames of one patient are not, so for those it is too narrow.
    """
    if total == 0:
        return None
    p, z2 = hits / total, _Z95 * _Z95
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z95 * math.sqrt(p * (1 - p) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == total else min(1.0, middle + half)
    return round(low, 4), round(high, 4)


def mean(values: NDArray[Any]) -> float:
    """Mean of all elements; nan of none."""
    return float(np.mean(values, dtype=np.float64)) if values.size else math.nan


def auroc(score: NDArray[Any], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: probability that a positive scores above a negative (ties count half).

    The Mann-Whitney statistic (Hanley and McNeil 1982, Radiology 143:29-36). nan without both kinds.
    """
    n_pos = int(positive.sum())
    n_neg = len(positive) - n_pos
    if n_pos == 0 or n_neg == 0:
        return math.nan
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return float((ranks[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def icc21(ratings: NDArray[Any]) -> float:
    """ICC(2,1) of ``ratings`` (n subjects, k raters): two-way random effects, absolute agreement, single rater.

    Shrout and Fleiss 1979, Psychol Bull 86:420-428: (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n), with the
    mean squares between subjects, between raters (judges) and of the rest. nan for fewer than two subjects or raters,
    or where nothing varies.
    """
    x = np.asarray(ratings, dtype=np.float64)
    n, k = x.shape
    if n < 2 or k < 2:
        return math.nan
    grand, rows, columns = x.mean(), x.mean(1), x.mean(0)
    between = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    judges = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    rest = float(((x - rows[:, None] - columns[None, :] + grand) ** 2).sum()) / ((n - 1) * (k - 1))
    whole = between + (k - 1) * rest + k * (judges - rest) / n
    return (between - rest) / whole if whole > 0.0 else math.nan
