"""Confidence: temperatures for probabilities, conformal factors for intervals, from answers with known truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.manifest import Calibration
from guidance.views import View

Floats = NDArray[np.floating[Any]]

_TEMPERATURES = np.exp(np.linspace(math.log(0.3), math.log(4.0), 120))
_TINY = 1e-30


def view_temperature(logits: Floats, target: Floats) -> float:
    """Temperature that minimises the cross-entropy of softmax(logits / T) (n, k) against soft targets (n, k).

    Guo et al. 2017, arXiv:1706.04599.
    """

    def loss(t: float) -> float:
        z = logits / t
        z = z - z.max(1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
        return float(-(target * log_p).sum(1).mean())

    return float(min(_TEMPERATURES, key=loss))


def temperature_of_labels(logits: Floats, allowed: NDArray[np.bool_]) -> float:
    """As :func:`view_temperature`, for labels (n, k) of which each allows one class or several.

    The loss is :func:`loss_of_labels`.
    """
    return float(min(_TEMPERATURES, key=lambda t: loss_of_labels(logits, allowed, float(t))))


def loss_of_labels(logits: Floats, allowed: NDArray[np.bool_], temperature: float) -> float:
    """Mean of minus the logarithm of the probability of all that a label allows, softmax(logits / T), (n, k).

    The likelihood of a partial label (Cour, Sapp, Taskar 2011, JMLR 12:1501-1536); of one class, the cross-entropy.
    """
    z = logits / temperature
    z = np.exp(z - z.max(1, keepdims=True))
    return float(-np.log(np.maximum((z * allowed).sum(1) / z.sum(1), _TINY)).mean())


def quality_temperature(logits: Floats, target: Floats) -> float:
    """Temperature that minimises :func:`quality_loss`."""
    return float(min(_TEMPERATURES, key=lambda t: quality_loss(logits, target, float(t))))


def quality_loss(logits: Floats, target: Floats, temperature: float) -> float:
    """Mean binary cross-entropy of sigmoid(logits / T) against soft targets."""
    z = logits / temperature
    return float((np.logaddexp(0.0, z) - target * z).mean())


def interval_factors(
    error: Floats, scale: Floats, level: float = 0.9
) -> tuple[float, float, float, float, float]:
    """Per axis, the factor f so that error <= f x scale in a share ``level`` of the rows (n, 5).

    Split conformal prediction with the finite-sample correction (Romano et al. 2019, arXiv:1905.03222).

    Raises:
        ValueError: too few rows for the level.
    """
    n = len(error)
    rank = math.ceil((n + 1) * level)
    if rank > n:
        raise ValueError(f"{n} frames are too few for {level:.0%} intervals")
    score = np.sort(np.abs(error) / np.maximum(scale, 1e-6), axis=0)[rank - 1]
    a, b, c, d, e = (float(s) for s in score)
    return a, b, c, d, e


ENOUGH = 200
"""Pairs of frame and target from which on a target has factors of its own: its 90th percentile is then known to a few
percent."""


def factors_by_view(
    error: Floats, scale: Floats, target: NDArray[np.intp], views: Sequence[View]
) -> dict[View, tuple[float, float, float, float, float]]:
    """:func:`interval_factors` of each target by itself (Mondrian conformal prediction), where it has rows enough.

    Args:
        error, scale: (m, 5) of pairs of frame and target. target: (m,) index into ``views``.
    """
    rows = {view: target == k for k, view in enumerate(views)}
    return {v: interval_factors(error[r], scale[r]) for v, r in rows.items() if r.sum() >= ENOUGH}


def fit_calibration(
    *,
    view_logits: Floats,
    view_target: Floats,
    quality_logits: Floats,
    quality_target: Floats,
    error: Floats,
    scale: Floats,
    target: NDArray[np.intp],
    views: Sequence[View],
) -> Calibration:
    """Everything of :class:`guidance.manifest.Calibration` from one set of answers.

    ``error`` and ``scale`` (m, 5) hold the pairs of frame and target that hints will be given for; ``target`` (m,) says
    which of ``views`` each pair is of.
    """
    return Calibration(
        view_temperature=view_temperature(view_logits, view_target),
        quality_temperature=quality_temperature(quality_logits, quality_target),
        interval90_factor=interval_factors(error, scale),
        interval90_by_view=factors_by_view(error, scale, target, views),
    )
