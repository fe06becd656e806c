"""The memory: a small recurrent network that refines what a single frame says by what was seen before.

A foreshortened ventricle moves differently from a true one over the beat, and only a movement shows on which side of
the plane the heart lies. A gated recurrent unit (Cho et al. 2014, arXiv:1406.1078) over the student's features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from models.network import LANDMARK_SCALE, SCALE, WIDTH, Student

SIZE = 160
"""Numbers in the memory."""
HIDDEN = 192


@dataclass(frozen=True, slots=True)
class Refined:
    """Raw refined outputs, shapes as in the model contract, and the memory (N, SIZE) to keep."""

    view: Tensor
    quality: Tensor
    adjustment: Tensor
    adjustment_scale: Tensor
    landmarks: Tensor
    memory_next: Tensor


REFINED = tuple(name for name in Refined.__dataclass_fields__ if name != "memory_next")


class Memory(nn.Module):
    """Features [N, WIDTH] and memory [N, SIZE] to :class:`Refined`.

    Begins as the student's own heads: what the memory adds is learnt from nothing.
    """

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.views, self.points = student.views, student.points
        self.enter = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Dropout(0.1), nn.Linear(WIDTH, HIDDEN), nn.ReLU(inplace=True)
        )
        self.cell = nn.GRUCell(HIDDEN, SIZE)
        self.mix = nn.Sequential(nn.Linear(HIDDEN + SIZE, HIDDEN), nn.ReLU(inplace=True), nn.Dropout(0.1))
        heads = ("view", "quality", "adjustment", "scale", "landmarks")
        self.now = nn.ModuleDict()
        self.then = nn.ModuleDict()
        for name in heads:
            head = cast(nn.Linear, getattr(student, f"head_{name}"))
            self.now[name] = nn.Linear(WIDTH, head.out_features)
            self.now[name].load_state_dict(head.state_dict())
            self.then[name] = nn.Linear(HIDDEN, head.out_features)
            nn.init.zeros_(self.then[name].weight)
            nn.init.zeros_(self.then[name].bias)
        self.register_buffer("unit", torch.tensor(SCALE), persistent=False)

    def forward(self, features: Tensor, memory: Tensor) -> Refined:
        """One step."""
        entered = self.enter(features)
        following = self.cell(entered, memory)
        mixed = self.mix(torch.cat([entered, following], dim=1))

        def head(name: str) -> Tensor:
            return cast(Tensor, self.now[name](features) + self.then[name](mixed))

        unit, shape = cast(Tensor, self.unit), (-1, self.views, 5)
        return Refined(
            head("view"),
            head("quality"),
            head("adjustment").view(shape) * unit,
            head("scale").view(shape).clamp(-4.0, 2.5).exp() * unit,
            head("landmarks").view(-1, self.points, 3) * LANDMARK_SCALE,
            following,
        )


class ExportableMemory(nn.Module):
    """The memory with a tuple of tensors as output, in the order of :class:`Refined`."""

    def __init__(self, memory: Memory) -> None:
        super().__init__()
        self.inner = memory

    def forward(self, features: Tensor, memory: Tensor) -> tuple[Tensor, ...]:
        """One step."""
        refined = self.inner(features, memory)
        return tuple(getattr(refined, name) for name in Refined.__dataclass_fields__)
