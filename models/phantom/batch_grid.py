"""BatchGrid: the :class:`BeamGrid` of each machine of a batch, stacked on a device, with its blurs as matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.phantom.batch_filters import gaussian_matrices
from models.phantom.beam_grid import BeamGrid


@dataclass(frozen=True, slots=True, eq=False)
class BatchGrid:
    """B machine styles with N beams of S samples. Float32 tensors, broadcastable to (B, N, S) unless said otherwise.

    Attributes:
        angles: (B, N, 1) radians. sin, cos: of them. ranges: (B, 1, S) mm. step: (B, 1, 1) mm.
        curve, top: (B, 1, 1) mm: radius of the curved top, and of its middle above the face's edges.
        elevation, haze, sensitivity: (B, N, S), as in :class:`BeamGrid`.
        far, gain_db, near_field, floor: (B, 1, S), as in :class:`BeamGrid`; ``gain_db`` is overall gain and TGC.
        near_index: (B, 1, S) int64. grey_table: (B, 256) uint8.
        range_db, texture, specular, side_lobe, haze_level, residual_db_mm, fibre_db, shadow_fill, lung_haze,
        lung_haze_mm, lung_lines: (B, 1, 1), of the styles.
        focus_gain: (2, B, 1, 1).
        axial, noise_axial: (B, S, S) blur along the beam. narrow, wide, noise_lateral: (B, N, N) across.
    """

    angles: Tensor
    sin: Tensor
    cos: Tensor
    ranges: Tensor
    step: Tensor
    curve: Tensor
    top: Tensor
    elevation: Tensor
    haze: Tensor
    sensitivity: Tensor
    far: Tensor
    gain_db: Tensor
    near_field: Tensor
    floor: Tensor
    near_index: Tensor
    grey_table: Tensor
    range_db: Tensor
    texture: Tensor
    specular: Tensor
    side_lobe: Tensor
    haze_level: Tensor
    residual_db_mm: Tensor
    fibre_db: Tensor
    shadow_fill: Tensor
    lung_haze: Tensor
    lung_haze_mm: Tensor
    lung_lines: Tensor
    focus_gain: Tensor
    axial: Tensor
    noise_axial: Tensor
    narrow: Tensor
    wide: Tensor
    noise_lateral: Tensor

    @classmethod
    def of(cls, grids: Sequence[BeamGrid], device: torch.device) -> BatchGrid:
        """``grids``, all with as many beams and samples, stacked on ``device``."""
        beams, samples = len(grids[0].angles), len(grids[0].ranges)
        styles = [g.style for g in grids]

        def rows(values: Sequence[object]) -> Tensor:
            return torch.from_numpy(np.array(values, dtype=np.float32)).to(device)

        def numbers(values: Sequence[float]) -> Tensor:
            return rows(values)[:, None, None]

        angles = rows([g.angles for g in grids])[..., None]
        noise = [g.noise_sigma for g in grids]
        return cls(
            angles=angles,
            sin=torch.sin(angles),
            cos=torch.cos(angles),
            ranges=rows([g.ranges for g in grids])[:, None],
            step=numbers([g.step for g in grids]),
            curve=numbers([s.curve_mm for s in styles]),
            top=numbers([s.curve_mm * math.cos(math.radians(s.half_angle_deg)) for s in styles]),
            elevation=rows([g.elevation for g in grids]),
            haze=rows([g.haze for g in grids]),
            sensitivity=rows([g.sensitivity for g in grids]),
            far=rows([g.far for g in grids])[:, None],
            gain_db=rows([g.style.gain_db + g.tgc for g in grids])[:, None],
            near_field=rows([g.near_field for g in grids])[:, None],
            floor=rows([g.floor for g in grids])[:, None],
            near_index=torch.from_numpy(np.array([g.near_index for g in grids], np.int64)).to(device)[
                :, None
            ],
            grey_table=torch.from_numpy(np.array([g.grey_table for g in grids])).to(device),
            range_db=numbers([s.dynamic_range_db for s in styles]),
            texture=numbers([s.texture for s in styles]),
            specular=numbers([s.specular for s in styles]),
            side_lobe=numbers([s.side_lobe for s in styles]),
            haze_level=numbers([s.haze for s in styles]),
            residual_db_mm=numbers([s.residual_db_mm for s in styles]),
            fibre_db=numbers([s.fibre_db for s in styles]),
            shadow_fill=numbers([s.shadow_fill for s in styles]),
            lung_haze=numbers([s.lung_haze for s in styles]),
            lung_haze_mm=numbers([s.lung_haze_mm for s in styles]),
            lung_lines=numbers([s.lung_lines for s in styles]),
            focus_gain=rows([g.focus_gain for g in grids]).mT[..., None, None],
            axial=gaussian_matrices([g.axial_sigma for g in grids], samples, device, replicate=True),
            noise_axial=gaussian_matrices([axial for axial, _ in noise], samples, device, replicate=False),
            narrow=gaussian_matrices([g.narrow for g in grids], beams, device, replicate=True),
            wide=gaussian_matrices([g.wide for g in grids], beams, device, replicate=True),
            noise_lateral=gaussian_matrices(
                [lateral for _, lateral in noise], beams, device, replicate=False
            ),
        )
