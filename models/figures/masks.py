"""Masks: how well the structures that a model outlines lie over the true ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.figures.statistics import mean
from models.figures.truth import Bools

MIN_PIXELS = 20
"""A structure of fewer true pixels (of 48 x 48) is only grazed; it counts in the pooled Dice alone."""


@dataclass(frozen=True, slots=True)
class DiceFigures:
    """Dice coefficients 2 |A and B| / (|A| + |B|) (Dice 1945, Ecology 26:297-302) on frames of a heart.

    Attributes:
        mean: mean over structures of ``by_structure``.
        by_structure: pooled: pixels of all frames counted together, so that outlining what is not there costs too.
        by_frame: mean over the frames in which the structure has at least 20 true pixels.
        by_frame_mean: mean over structures of ``by_frame``.
        frames: structure -> how many such frames.
    """

    mean: float
    by_structure: dict[str, float]
    by_frame_mean: float
    by_frame: dict[str, float]
    frames: dict[str, int]


def overlap(logits: NDArray[Any], mask: NDArray[np.uint8]) -> NDArray[np.int32]:
    """(C, 3) pixels of one frame: in both, stated, true.

    Args:
        logits: (C, s, s), a pixel is stated where it is positive; enlarged or shrunk to the mask's size first.
        mask: (m, m), 0 = none, else channel + 1.
    """
    side = mask.shape[0]
    if logits.shape[1] != side:
        logits = np.stack([cv2.resize(c, (side, side), interpolation=cv2.INTER_LINEAR) for c in logits])
    stated = logits > 0.0
    true = mask[None] == np.arange(1, len(logits) + 1, dtype=np.uint8)[:, None, None]
    return np.stack([(stated & true).sum((1, 2)), stated.sum((1, 2)), true.sum((1, 2))], 1).astype(np.int32)


def dice_figures(structures: Sequence[str], counts: NDArray[np.int32], hearts: Bools) -> DiceFigures:
    """Figures of ``counts`` (n, C, 3), see :func:`overlap`, on the frames ``hearts`` (n,)."""
    of_hearts = counts[hearts].astype(np.int64)
    pooled = dice(of_hearts.sum(0))
    single = dice(of_hearts)
    large = of_hearts[..., 2] >= MIN_PIXELS
    by_frame = {name: mean(single[large[:, c], c]) for c, name in enumerate(structures)}
    by_structure = {name: float(pooled[c]) for c, name in enumerate(structures)}
    return DiceFigures(
        mean=_mean_known(by_structure.values()),
        by_structure=by_structure,
        by_frame_mean=_mean_known(by_frame.values()),
        by_frame=by_frame,
        frames={name: int(large[:, c].sum()) for c, name in enumerate(structures)},
    )


def dice(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Dice coefficient of counts (..., 3); nan where there is neither a stated nor a true pixel."""
    both, total = counts[..., 0], counts[..., 1] + counts[..., 2]
    return np.where(total > 0, 2.0 * both / np.maximum(total, 1), np.nan)


def _mean_known(values: Any) -> float:
    known = [v for v in values if not math.isnan(v)]
    return sum(known) / len(known) if known else math.nan
