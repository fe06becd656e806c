"""Reliability: whether what is called 80 % probable is right in 80 of 100 frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.figures.truth import Truth

BINS = 15


@dataclass(frozen=True, slots=True)
class Bin:
    """Frames of similar confidence: mean confidence, share right, how many."""

    confidence: float
    right: float
    frames: int


@dataclass(frozen=True, slots=True)
class ReliabilityFigures:
    """Expected calibration error of the most probable view, OTHER included, at the manifest's temperature.

    Over frames in the mix that is met in use (:func:`models.figures.truth.mix_in_use`): probabilities depend on it.

    Attributes:
        ece: over all of these frames; right = the most probable view by the soft label.
        ece_clear: over clear frames alone; right = the nearest view.
        ece_soft: over all of these frames; right = the share that the soft label gives the named view. Where a frame
            lies between two views neither name is wholly right, and this counts it so.
        temperature: the manifest's. bins: of ``ece``, for the diagram.
    """

    ece: float
    ece_clear: float
    ece_soft: float
    temperature: float
    bins: tuple[Bin, ...]


def reliability_figures(logits: NDArray[Any], temperature: float, truth: Truth) -> ReliabilityFigures:
    """Figures of view ``logits`` (n, V + 1)."""
    kept, clear = truth.in_use, truth.clear
    p = softmax(logits, temperature)
    named, confidence = p.argmax(1), p.max(1)
    bins = equal_mass_bins(confidence[kept], (named == truth.view.argmax(1))[kept])
    soft = truth.view[np.arange(len(p)), named]
    return ReliabilityFigures(
        ece=expected_error(bins),
        ece_clear=expected_error(equal_mass_bins(confidence[clear], (named == truth.nearest)[clear])),
        ece_soft=expected_error(equal_mass_bins(confidence[kept], soft[kept])),
        temperature=temperature,
        bins=bins,
    )


def softmax(logits: NDArray[Any], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities (n, k) of ``logits`` (n, k) / ``temperature``."""
    z = logits.astype(np.float64) / temperature
    weights = np.exp(z - z.max(1, keepdims=True))
    return np.asarray(weights / weights.sum(1, keepdims=True))


def equal_mass_bins(confidence: NDArray[Any], right: NDArray[Any], bins: int = BINS) -> tuple[Bin, ...]:
    """Frames in order of confidence, cut into ``bins`` parts of equal size (to within one frame), lowest first.

    Equal mass rather than equal width, so that no part is almost empty (Nguyen and O'Connor 2015, arXiv:1508.05154).
    """
    order = np.argsort(confidence, kind="stable")
    return tuple(
        Bin(float(confidence[part].mean()), float(right[part].mean()), len(part))
        for part in np.array_split(order, bins)
        if len(part)
    )


def expected_error(bins: tuple[Bin, ...]) -> float:
    """Expected calibration error: |confidence - share right|, mean over frames (Guo et al. 2017, arXiv:1706.04599)."""
    total = sum(b.frames for b in bins)
    if total == 0:
        return math.nan
    return sum(b.frames * abs(b.confidence - b.right) for b in bins) / total
