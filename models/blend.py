"""Blend: the mean of two students of which one was taught on from the other.

Between the two ends of a fine-tuning the loss is flat, and half way the network often answers better than at either,
pictures from elsewhere above all (Wortsman et al. 2022, arXiv:2109.01903). Statistics of activations are no weights:
those of the mean are measured anew.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.network import Student
from models.train import to_input

BATCH = 64


def blend(one: Student, other: Student, images: NDArray[np.uint8], share: float = 0.5) -> Student:
    """A student with ``share`` of the weights of ``other`` and the rest of ``one``'s; both stay as they are.

    Args:
        one, other: ends of one fine-tuning: of students that were taught apart the mean knows nothing.
        images: (n, S, S) pictures as in training, at least a batch, on which normalisation is measured.
        share: 0..1.
    """
    mean = copy.deepcopy(other)
    theirs, ours = other.state_dict(), one.state_dict()
    mean.load_state_dict(
        {
            name: torch.lerp(ours[name], value, share) if value.dtype.is_floating_point else value
            for name, value in theirs.items()
        }
    )
    norms = [module for module in mean.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    mean.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over the batches
        norm.train()
    with torch.no_grad():
        for start in range(0, max(1, len(images) - BATCH + 1), BATCH):
            mean(to_input(images[start : start + BATCH]))
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum
    mean.eval()
    return mean
