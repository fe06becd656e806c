"""What the student is punished for: one scalar from its outputs and a batch of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from guidance.views import STANDARD_VIEWS, Window, window_of
from models.figures.foreshortening import APEX, FORESHORTENED, MITRAL, length_lost
from models.labels import LANDMARKS
from models.network import LANDMARK_SCALE, SCALE, Heads

WEIGHTS = {
    "view": 1.0,
    "quality": 1.5,
    "facets": 0.5,
    "adjustment": 1.5,
    "landmarks": 1.0,
    "structures": 1.5,
    "novelty": 0.5,
    "foreshortening": 0.3,
}
"""Share of each head in the total; the values bring the terms to the same order."""
OTHER_WEIGHT = 1.0 / 3.0
"""Weight of OTHER in the views' loss. Two in five drawn frames lie between views, so that the way back is learnt from
everywhere; in use it is nearer to one in five, and this weight teaches the network that (as a shift of the prior)."""


def labels_of(batch: NDArray[Any], name: str, device: torch.device) -> Tensor:
    """Field ``name`` of ``batch``, float32."""
    return torch.from_numpy(np.ascontiguousarray(batch[name], dtype=np.float32)).to(device)


def view_loss(logits: Tensor, batch: NDArray[Any]) -> Tensor:
    """Cross-entropy (N,) against soft labels, OTHER weighted."""
    wanted = labels_of(batch, "view", logits.device)
    weight = torch.ones(wanted.shape[1], device=logits.device)
    weight[-1] = OTHER_WEIGHT
    return -(wanted * weight * F.log_softmax(logits, dim=1)).sum(1)


DOUBT = 0.015
"""Share of the ventricle's length within which two pictures look alike."""
OTHER_SHARE = 0.8
"""Pictures that are OTHER for more than this are not asked whether they are foreshortened."""
_APICAL = np.array([window_of(view) is Window.APICAL for view in STANDARD_VIEWS])
CLOSE = 3.0
"""Within so many tolerances of a view its quality is a question; further off the answer is plain."""
CLOSE_WEIGHT, FAR_WEIGHT = 1.0, 0.12


def quality_loss(logits: Tensor, batch: NDArray[Any]) -> Tensor:
    """Binary cross-entropy (scalar) against soft labels, mostly of pictures close to the view.

    Else eleven plain answers of twelve would outweigh the one that the hold depends on.
    """
    wanted = labels_of(batch, "quality", logits.device)
    close = labels_of(batch, "distance", logits.device) < CLOSE
    weight = torch.where(close, CLOSE_WEIGHT, FAR_WEIGHT)
    loss = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return (loss * weight).sum() / weight.sum()


def adjustment_loss(adjustment: Tensor, scale: Tensor, batch: NDArray[Any]) -> Tensor:
    """Negative log likelihood (scalar) of a Laplace distribution with the predicted scale, near targets first.

    Heteroscedastic regression as in Kendall and Gal 2017, arXiv:1703.04977.
    """
    device = adjustment.device
    unit = torch.tensor(SCALE, device=device)
    error = (adjustment - labels_of(batch, "adjustment", device)).abs() / unit
    scale = scale / unit
    weight = (labels_of(batch, "weight", device) * nearness(batch, device))[:, :, None]
    return ((error / scale + scale.log()) * weight).sum() / (weight.sum() * 5.0 + 1e-6)


NEAR_MM, NEAR_DEG, FAR_SHARE = 12.0, 12.0, 0.1
"""A target so far off counts half as much as one that is reached, and none less than the last of these."""


def nearness(batch: NDArray[Any], device: torch.device) -> Tensor:
    """(N, V): 1 at a target, :data:`FAR_SHARE` far from it.

    Each picture is asked for the way to twelve targets; the one that it nearly shows is a twelfth of the questions and
    the one that the next hint depends on.
    """
    way = labels_of(batch, "adjustment", device)
    slide, turn = way[..., :2].norm(dim=-1), way[..., 2:].norm(dim=-1)
    near = 1.0 / (1.0 + (slide / NEAR_MM).square() + (turn / NEAR_DEG).square())
    return FAR_SHARE + (1.0 - FAR_SHARE) * near


def landmark_loss(landmarks: Tensor, batch: NDArray[Any]) -> Tensor:
    """Smooth absolute error (scalar) over frames that show a heart."""
    device = landmarks.device
    heart = 1.0 - labels_of(batch, "novelty", device)
    points = torch.nan_to_num(labels_of(batch, "landmarks", device)) / LANDMARK_SCALE
    off = F.smooth_l1_loss(landmarks / LANDMARK_SCALE, points, beta=0.1, reduction="none").mean((1, 2))
    return (off * heart).sum() / (heart.sum() + 1e-6)


def structure_loss(structures: Tensor, batch: NDArray[Any]) -> Tensor:
    """Binary cross-entropy plus Dice loss (scalar) of the masks."""
    side = structures.shape[-1]
    stored = batch["structures"]
    step = stored.shape[-1] // side
    small = torch.from_numpy(stored[:, step // 2 :: step, step // 2 :: step]).to(structures.device)
    channels = torch.arange(1, structures.shape[1] + 1, dtype=torch.uint8, device=structures.device)
    masks = (small[:, None] == channels[:, None, None]).float()
    likely = torch.sigmoid(structures)
    overlap = (likely * masks).sum((0, 2, 3))
    both = likely.sum((0, 2, 3)) + masks.sum((0, 2, 3))
    dice = 1.0 - ((2.0 * overlap + 1.0) / (both + 1.0)).mean()
    return F.binary_cross_entropy_with_logits(structures, masks) + 0.3 * dice


def foreshortening_loss(logits: Tensor, batch: NDArray[Any]) -> Tensor:
    """Binary cross-entropy (scalar): is a tenth of the ventricle's length lost? Asked of apical pictures alone.

    The answer is soft within :data:`DOUBT` of a tenth: no picture shows such a difference.
    """
    points = batch["landmarks"].astype(np.float32)
    apex, mitral = points[:, LANDMARKS.index(APEX)], points[:, LANDMARKS.index(MITRAL)]
    asked = (
        (batch["novelty"] < 0.5) & _APICAL[batch["distance"].argmin(1)] & (batch["view"][:, -1] < OTHER_SHARE)
    )
    lost = length_lost(np.nan_to_num(apex), np.nan_to_num(mitral))
    wanted = 1.0 / (1.0 + np.exp(-np.clip((lost - FORESHORTENED) / DOUBT, -30.0, 30.0)))
    device = logits.device
    loss = F.binary_cross_entropy_with_logits(
        logits, torch.from_numpy(wanted.astype(np.float32)).to(device), reduction="none"
    )
    weight = torch.from_numpy(asked.astype(np.float32)).to(device)
    return (loss * weight).sum() / (weight.sum() + 1e-6)


def loss_terms(heads: Heads, batch: NDArray[Any]) -> dict[str, Tensor]:
    """Each head's loss on ``batch`` (records of :data:`models.dataset.RECORD`)."""
    device = heads.view.device
    return {
        "view": view_loss(heads.view, batch).mean(),
        "quality": quality_loss(heads.quality, batch),
        "facets": F.binary_cross_entropy_with_logits(heads.facets, labels_of(batch, "facets", device)),
        "adjustment": adjustment_loss(heads.adjustment, heads.adjustment_scale, batch),
        "landmarks": landmark_loss(heads.landmarks, batch),
        "structures": structure_loss(heads.structures, batch),
        "novelty": F.binary_cross_entropy_with_logits(heads.novelty, labels_of(batch, "novelty", device)),
        "foreshortening": foreshortening_loss(heads.foreshortening, batch),
    }


def total_loss(terms: dict[str, Tensor]) -> Tensor:
    """The weighted sum of ``terms``."""
    return torch.stack([WEIGHTS[name] * value for name, value in terms.items()]).sum()
