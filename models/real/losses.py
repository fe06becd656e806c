"""What the student is punished for on real pictures: only where their labels say something."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from models.network import OUTPUTS, Heads


def part_of(heads: Heads, start: int, stop: int | None = None) -> Heads:
    """The answers for the frames ``start`` to ``stop - 1``."""
    return Heads(**{name: getattr(heads, name)[start:stop] for name in OUTPUTS})


def real_terms(heads: Heads, rows: NDArray[Any]) -> dict[str, Tensor]:
    """Each head's loss on ``rows`` (:data:`models.real.shards.REAL_RECORD`); zero, with no gradient, of nothing known.

    Heads without real labels (adjustment, landmarks, facets, foreshortening) are not in it: virtual frames teach them.
    """
    return {
        "view": view_loss(heads.view, rows),
        "quality": quality_loss(heads.quality, rows),
        "structures": structure_loss(heads.structures, rows),
        "novelty": novelty_loss(heads.novelty, rows),
    }


def view_loss(logits: Tensor, rows: NDArray[Any]) -> Tensor:
    """Minus the logarithm (scalar) of the probability of all that the label allows.

    The likelihood of a partial label (Cour, Sapp, Taskar 2011, JMLR 12:1501-1536); of a single view it is the
    cross-entropy.
    """
    allowed = _tensor(rows["views"], torch.bool, logits.device)
    known = allowed.any(1)
    log_p = F.log_softmax(logits, dim=1).masked_fill(~allowed, -torch.inf)
    # Rows without a label are left out before the logarithm: a sum of nothing has no gradient.
    return -torch.logsumexp(log_p[known], dim=1).sum() / known.sum().clamp(min=1)


def quality_loss(logits: Tensor, rows: NDArray[Any]) -> Tensor:
    """Binary cross-entropy (scalar) of the labelled view's quality, where one view is labelled and graded."""
    views = rows["views"][:, :-1]
    quality = rows["quality"].astype(np.float32)
    known = (rows["views"].sum(1) == 1) & (views.sum(1) == 1) & np.isfinite(quality)
    chosen = _tensor(views & known[:, None], torch.bool, logits.device)
    wanted = _tensor(quality[known], torch.float32, logits.device)
    loss = F.binary_cross_entropy_with_logits(logits[chosen], wanted, reduction="sum")
    return loss / max(1, int(known.sum()))


def structure_loss(structures: Tensor, rows: NDArray[Any]) -> Tensor:
    """Binary cross-entropy plus Dice loss (scalar) over the outlined structures alone."""
    side = structures.shape[-1]
    stored = rows["structures"]
    step = stored.shape[-1] // side
    small = _tensor(stored[:, step // 2 :: step, step // 2 :: step], torch.int64, structures.device)
    masks = F.one_hot(small, structures.shape[1] + 1).movedim(-1, 1)[:, 1:].float()
    known = _tensor(rows["known"], torch.float32, structures.device)[:, :, None, None]
    pixels = known.sum() * side * side
    bce = F.binary_cross_entropy_with_logits(structures, masks, reduction="none")
    likely = torch.sigmoid(structures) * known
    overlap = (likely * masks).sum((0, 2, 3))
    both = likely.sum((0, 2, 3)) + (masks * known).sum((0, 2, 3))
    there = known.amax((0, 2, 3))
    dice = ((1.0 - (2.0 * overlap + 1.0) / (both + 1.0)) * there).sum() / there.sum().clamp(min=1.0)
    return (bce * known).sum() / pixels.clamp(min=1.0) + 0.3 * dice


def novelty_loss(logits: Tensor, rows: NDArray[Any]) -> Tensor:
    """Binary cross-entropy (scalar): a labelled view of a heart is nothing novel. OTHER may be anything."""
    heart = rows["views"].any(1) & ~rows["views"][:, -1]
    known = _tensor(heart, torch.bool, logits.device)
    loss = F.binary_cross_entropy_with_logits(logits[known], torch.zeros_like(logits[known]), reduction="sum")
    return loss / known.sum().clamp(min=1)


def _tensor(values: NDArray[Any], dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).to(device=device, dtype=dtype)
