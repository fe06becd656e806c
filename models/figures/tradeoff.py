"""Trade-offs: how much guidance a stricter threshold costs, and how much wrong guidance it spares.

Two questions with one answer each: from which confidence in a sign a movement may be asked for, and from which quality
a view may be held. A threshold is right when its risk is one that somebody has agreed to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.figures.truth import Truth

CONFIDENCES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99)
QUALITIES = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
RIGHT, NEARLY = 1.0, 1.2
"""Distances of the judge: the right picture, and what a reader would hardly tell from it."""
FEW = 30
"""Fewer cases than this say nothing about a risk."""


@dataclass(frozen=True, slots=True)
class HintPoint:
    """Movements asked for from one confidence on, where the stated error exceeds its tolerance and the target is near.

    Attributes:
        confidence: least stated confidence in the sign.
        guided: share of the true errors beyond the tolerance that are asked to be mended.
        wrong: share of the movements asked for that lead away. asked: how many they are.
    """

    confidence: float
    guided: float
    wrong: float
    asked: int


@dataclass(frozen=True, slots=True)
class HoldPoint:
    """Pictures of a view held from one quality on.

    Attributes:
        quality: least stated quality of the nearest view.
        found: share of the right pictures that are held.
        wrong: share of the held that are not right. nearly: share of the held beyond 1.2 tolerances.
        held: how many are held.
    """

    quality: float
    found: float
    wrong: float
    nearly: float
    held: int


@dataclass(frozen=True, slots=True)
class TradeOff:
    """Both curves, thresholds rising, and the thresholds that the model has now (None: not known)."""

    hints: tuple[HintPoint, ...]
    holds: tuple[HoldPoint, ...]
    sign_confidence: float | None = None
    hold_quality: float | None = None


def trade_off(
    stated: NDArray[Any],
    confidence: NDArray[Any],
    quality: NDArray[Any],
    tolerance: tuple[float, ...],
    truth: Truth,
    in_use: tuple[float, float] | None = None,
) -> TradeOff:
    """Curves of adjustments ``stated``, confidences in their signs (n, V, 5), and calibrated ``quality`` (n, V).

    ``in_use``: the confidence of hints and the quality of holds that the model has now.
    """
    true = truth.adjustment
    limit = np.asarray(tolerance, dtype=true.dtype)
    near = np.broadcast_to(truth.near[..., None], true.shape)
    worth, said = near & (np.abs(true) > limit), near & (np.abs(stated) > limit)
    agree = np.sign(stated) == np.sign(true)
    hints = []
    for least in CONFIDENCES:
        asked = said & (confidence >= least)
        count = int(asked.sum())
        hints.append(
            HintPoint(least, _share(asked & agree & worth, worth), _share(asked & ~agree, asked), count)
        )
    rows = np.flatnonzero(truth.heart)
    best, distance = quality[rows, truth.nearest[rows]], truth.distance[rows, truth.nearest[rows]]
    right = truth.clear[rows]
    holds = []
    for least in QUALITIES:
        held = best >= least
        holds.append(
            HoldPoint(
                least,
                _share(held & right, right),
                _share(held & (distance > RIGHT), held),
                _share(held & (distance > NEARLY), held),
                int(held.sum()),
            )
        )
    return TradeOff(tuple(hints), tuple(holds), *(in_use or (None, None)))


def hold_threshold(points: tuple[HoldPoint, ...], risk: float) -> float | None:
    """The lowest quality from which on no point holds more than ``risk`` wrong pictures; None if there is none."""
    return lowest_threshold([(p.quality, p.wrong, p.held) for p in points], risk)


def hint_threshold(points: tuple[HintPoint, ...], risk: float) -> float | None:
    """The lowest confidence from which on no more than ``risk`` of the movements lead away; None if there is none."""
    return lowest_threshold([(p.confidence, p.wrong, p.asked) for p in points], risk)


def lowest_threshold(points: list[tuple[float, float, int]], risk: float) -> float | None:
    """The lowest threshold from which on no more than ``risk`` is wrong; None if there is none.

    ``points`` are (threshold, share that is wrong, cases), thresholds rising; fewer cases than :data:`FEW` say nothing.
    """
    found = None
    for threshold, wrong, cases in reversed(points):
        if cases < FEW:
            continue
        if wrong > risk:
            break
        found = threshold
    return found


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    total = int(whole.sum())
    return int(part.sum()) / total if total else math.nan
