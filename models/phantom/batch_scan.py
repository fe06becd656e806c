"""Batched counterpart of :meth:`ScanConverter.canonical`: polar pictures into the network's square crop, on torch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from guidance.device import CANONICAL_ASPECT
from models.phantom.beam_grid import BeamGrid

_OUTSIDE = -9.0
"""Coordinate far outside the polar picture, where it is black."""


class BatchScanConverter:
    """Maps the polar pictures of B beamformers onto squares of ``size`` pixels.

    ``scale`` and ``shift`` (shares of the crop) of each imitate an inexact crop, as in :class:`ScanConverter`.
    ``inside`` is (B, size, size) bool: the sector.
    """

    def __init__(
        self,
        grids: Sequence[BeamGrid],
        size: int,
        scale: Sequence[float],
        shift: Sequence[tuple[float, float]],
        device: torch.device,
    ) -> None:
        half = [math.radians(g.style.half_angle_deg) for g in grids]
        rows = [
            (g.style.curve_mm * math.cos(h), g.style.curve_mm, g.style.depth_mm, h, s, dx, dy, g.step)
            for g, h, s, (dx, dy) in zip(grids, half, scale, shift, strict=True)
        ]
        packed = torch.from_numpy(np.array(rows, dtype=np.float32)).to(device)
        top, radius, depth, edge, zoom, dx, dy, step = packed.T[..., None, None]
        beams, samples = len(grids[0].angles), len(grids[0].ranges)
        span = radius + depth - top
        u = (torch.arange(size, device=device, dtype=torch.float32) + 0.5) / size - 0.5
        x = (u / zoom + dx) * (CANONICAL_ASPECT * span)
        z = (u[:, None] / zoom + 0.5 + dy) * span + top
        r, angle = torch.hypot(x, z), torch.atan2(x, z.clamp(min=1e-6))
        self.inside = (z > 0) & (r <= radius + depth) & (r >= radius) & (angle.abs() <= edge)
        start = float(grids[0].ranges[0])
        sample = ((r - radius - start) / step).clamp(0, samples - 1)
        beam = (angle + edge) * (beams - 1) / (2 * edge)
        places = torch.stack([sample * 2 / (samples - 1) - 1, beam * 2 / (beams - 1) - 1], dim=-1)
        self._places = torch.where(self.inside[..., None], places, _OUTSIDE)

    def picture(self, grey: Tensor) -> Tensor:
        """(B, size, size) uint8: the polar pictures ``grey`` as seen on a screen, black outside the sector."""
        found = grid_sample(grey[:, None].float(), self._places, mode="bilinear", align_corners=True)
        return found[:, 0].round().to(torch.uint8)

    def labels(self, label: Tensor, step: int = 1) -> Tensor:
        """(B, size / step, size / step) uint8: labels at the middle of every ``step``-th pixel, 0 outside."""
        places = self._places[:, step // 2 :: step, step // 2 :: step]
        found = grid_sample(label[:, None].float(), places, mode="nearest", align_corners=True)
        return found[:, 0].to(torch.uint8)
