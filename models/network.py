"""The student: one compact network for a CPU, with every output of the model contract.

Plain dense ReLU convolutions in residual blocks (He et al. 2015, arXiv:1512.03385): no squeeze-excite, no hard-swish,
which would gain nothing from INT8, and no depthwise convolutions, which are bound by memory on a CPU: measured on two
AVX-512 cores in bfloat16, this network trains at 250 frames a second, an inverted-bottleneck one of fewer
multiply-adds (115 million against 166) at 105. The last feature map is flattened, not averaged: where a structure lies
in the sector is what the adjustment is read from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from guidance.views import STANDARD_VIEWS
from models.labels import LANDMARKS
from models.phantom.tissue import STRUCTURES

SCALE = (30.0, 30.0, 25.0, 25.0, 40.0)
"""Units of the adjustment head: mm, mm, degrees x 3."""
LANDMARK_SCALE = 50.0
WIDTH = 384
POSE_WIDTH = 768
"""Hidden units between the features and where things are: products of angles and lengths are no linear readout."""
QUARTER, EIGHTH, SIXTEENTH = 32, 64, 112
"""Channels at a quarter, an eighth and a sixteenth of the input."""


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, *, relu: bool = True) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    if relu:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class _Residual(nn.Module):
    """Two 3 x 3 convolutions and a skip."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(channels, channels, 3), _conv(channels, channels, 3, relu=False))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + cast(Tensor, self.body(x)))


@dataclass(frozen=True, slots=True)
class Heads:
    """Raw outputs, shapes as in the model contract: N frames, V views, C structures, L landmarks, WIDTH features."""

    view: Tensor
    quality: Tensor
    facets: Tensor
    adjustment: Tensor
    adjustment_scale: Tensor
    structures: Tensor
    landmarks: Tensor
    novelty: Tensor
    foreshortening: Tensor
    features: Tensor

    def float(self) -> Heads:
        """The same in float32, for the losses."""
        return Heads(**{name: getattr(self, name).float() for name in OUTPUTS})


OUTPUTS = tuple(Heads.__dataclass_fields__)


class Student(nn.Module):
    """Image [N, 1, 192, 192] in 0..1 (standardised) to :class:`Heads`."""

    def __init__(self) -> None:
        super().__init__()
        self.views, self.points, self.masks = len(STANDARD_VIEWS), len(LANDMARKS), len(STRUCTURES)
        self.stem = nn.Sequential(_conv(1, 16, 3, 2), _conv(16, QUARTER, 3, 2))
        self.eighth = nn.Sequential(_conv(QUARTER, EIGHTH, 3, 2), _Residual(EIGHTH))
        self.sixteenth = nn.Sequential(
            _conv(EIGHTH, SIXTEENTH, 3, 2), _Residual(SIXTEENTH), _Residual(SIXTEENTH)
        )
        self.last = nn.Sequential(_conv(SIXTEENTH, 160, 3, 2), _Residual(160), _conv(160, 64, 1))
        self.neck = nn.Sequential(nn.Flatten(), nn.Linear(64 * 6 * 6, WIDTH), nn.ReLU(inplace=True))
        self.pose = nn.Sequential(
            nn.Linear(WIDTH, POSE_WIDTH), nn.ReLU(inplace=True), nn.Linear(POSE_WIDTH, WIDTH)
        )
        nn.init.zeros_(cast(nn.Linear, self.pose[2]).weight)
        nn.init.zeros_(cast(nn.Linear, self.pose[2]).bias)
        self.head_view = nn.Linear(WIDTH, self.views + 1)
        self.head_quality = nn.Linear(WIDTH, self.views)
        self.head_facets = nn.Linear(WIDTH, 4)
        self.head_adjustment = nn.Linear(WIDTH, self.views * 5)
        self.head_scale = nn.Linear(WIDTH, self.views * 5)
        self.head_landmarks = nn.Linear(WIDTH, self.points * 3)
        self.head_novelty = nn.Linear(WIDTH, 1)
        self.head_foreshortening = nn.Linear(WIDTH, 1)
        # Outlines at a quarter of the input: what lies where comes from deep features, its edge from early ones.
        self.mask_fine, self.mask_coarse = nn.Conv2d(EIGHTH, 48, 1), nn.Conv2d(SIXTEENTH, 48, 1)
        self.mask_edges, self.mask_deep = nn.Conv2d(QUARTER, 32, 1), nn.Conv2d(48, 32, 1)
        self.mask_out = nn.Sequential(
            nn.ReLU(inplace=True),
            nn.Conv2d(32, 16, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(16, self.masks, 1),
        )
        self.register_buffer("unit", torch.tensor(SCALE), persistent=False)

    def forward(self, image: Tensor) -> Heads:
        """Run the network."""
        edges = self.stem(image)
        fine = self.eighth(edges)
        coarse = self.sixteenth(fine)
        features = self.neck(self.last(coarse))
        pose = features + self.pose(features)
        deep = torch.relu(_doubled(self.mask_coarse(coarse)) + self.mask_fine(fine))
        masks = self.mask_out(self.mask_edges(edges) + _doubled(self.mask_deep(deep)))
        shape = (-1, self.views, 5)
        unit = cast(Tensor, self.unit)
        log_scale = self.head_scale(pose).view(shape).clamp(-4.0, 2.5)
        return Heads(
            self.head_view(features),
            self.head_quality(features),
            self.head_facets(features),
            self.head_adjustment(pose).view(shape) * unit,
            log_scale.exp() * unit,
            masks,
            self.head_landmarks(pose).view(-1, self.points, 3) * LANDMARK_SCALE,
            self.head_novelty(features).squeeze(1),
            self.head_foreshortening(features).squeeze(1),
            features,
        )


def _doubled(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")


class Exportable(nn.Module):
    """The student with a tuple of tensors as output, in the order of :data:`OUTPUTS`."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Run the network."""
        heads = self.student(image)
        return tuple(getattr(heads, name) for name in OUTPUTS)
