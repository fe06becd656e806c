"""What the student is punished for: one scalar from its outputs and a batch of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from models.network import LANDMARK_SCALE, SCALE, Heads

WEIGHTS = {
    "view": 1.0,
    "quality": 1.5,
    "facets": 0.5,
    "adjustment": 1.0,
    "landmarks": 1.0,
    "structures": 1.5,
    "novelty": 0.3,
}
"""Share of each head in the total; the values bring the terms to the same order."""


def _tensor(a: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32))


def loss_terms(heads: Heads, batch: NDArray[Any]) -> dict[str, Tensor]:
    """Each head's loss on ``batch`` (records of :data:`models.dataset.RECORD`).

    Adjustments have a Laplace likelihood with predicted scale (heteroscedastic, Kendall and Gal 2017,
    arXiv:1703.04977); views, quality and facets are cross-entropies against soft labels.
    """
    device = heads.view.device

    def label(name: str) -> Tensor:
        return _tensor(batch[name]).to(device)

    view = -(label("view") * F.log_softmax(heads.view, dim=1)).sum(1).mean()
    heart = 1.0 - label("novelty")
    quality = F.binary_cross_entropy_with_logits(heads.quality, label("quality"))
    facets = F.binary_cross_entropy_with_logits(heads.facets, label("facets"))
    novelty = F.binary_cross_entropy_with_logits(heads.novelty, label("novelty"))

    unit = torch.tensor(SCALE, device=device)
    error = (heads.adjustment - label("adjustment")).abs() / unit
    scale = heads.adjustment_scale / unit
    weight = label("weight")[:, :, None]
    adjustment = ((error / scale + scale.log()) * weight).sum() / (weight.sum() * 5.0 + 1e-6)

    points = torch.nan_to_num(label("landmarks")) / LANDMARK_SCALE
    off = F.smooth_l1_loss(heads.landmarks / LANDMARK_SCALE, points, beta=0.1, reduction="none").mean((1, 2))
    landmarks = (off * heart).sum() / (heart.sum() + 1e-6)

    side = heads.structures.shape[-1]
    stored = batch["structures"]
    step = stored.shape[-1] // side
    small = torch.from_numpy(stored[:, step // 2 :: step, step // 2 :: step].astype(np.int64)).to(device)
    masks = F.one_hot(small, heads.structures.shape[1] + 1).movedim(-1, 1)[:, 1:].float()
    overlap = (torch.sigmoid(heads.structures) * masks).sum((0, 2, 3))
    both = torch.sigmoid(heads.structures).sum((0, 2, 3)) + masks.sum((0, 2, 3))
    dice = 1.0 - ((2.0 * overlap + 1.0) / (both + 1.0)).mean()
    structures = F.binary_cross_entropy_with_logits(heads.structures, masks) + 0.3 * dice
    return {
        "view": view,
        "quality": quality,
        "facets": facets,
        "adjustment": adjustment,
        "landmarks": landmarks,
        "structures": structures,
        "novelty": novelty,
    }


def total_loss(terms: dict[str, Tensor]) -> Tensor:
    """The weighted sum of ``terms``."""
    return torch.stack([WEIGHTS[name] * value for name, value in terms.items()]).sum()
