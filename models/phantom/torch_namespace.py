"""The array namespace ``xp`` of the phantom's solids for torch: the names of numpy that they use, same results.

Only the batched renderer imports it, so that nothing else needs torch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

exp = torch.exp
sin = torch.sin
sqrt = torch.sqrt
abs = torch.abs


def where(mask: Tensor, a: Any, b: Any) -> Tensor:
    """As :func:`numpy.where`. Two Python ints make labels: uint8, a quarter of the memory of numpy's answer."""
    if isinstance(a, int) and isinstance(b, int):
        return torch.full_like(mask, b, dtype=torch.uint8).masked_fill_(mask, a)
    return torch.where(mask, a, b)


def minimum(a: Any, b: Any) -> Tensor:
    """As :func:`numpy.minimum`; either may be a number."""
    if isinstance(b, Tensor):
        return torch.minimum(a, b) if isinstance(a, Tensor) else b.clamp(max=a)
    return a.clamp(max=b)


def maximum(a: Any, b: Any) -> Tensor:
    """As :func:`numpy.maximum`; either may be a number."""
    if isinstance(b, Tensor):
        return torch.maximum(a, b) if isinstance(a, Tensor) else b.clamp(min=a)
    return a.clamp(min=b)


def clip(a: Tensor, lo: Any, hi: Any) -> Tensor:
    """As :func:`numpy.clip`; bounds may be numbers or tensors."""
    if isinstance(lo, Tensor) or isinstance(hi, Tensor):
        return minimum(maximum(a, lo), hi)
    return a.clamp(lo, hi)
