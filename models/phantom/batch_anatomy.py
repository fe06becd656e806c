"""Batched counterpart of :mod:`models.phantom.anatomy` on torch: what is inside many patients at many points.

The solids are the very functions of the numpy path. Here every point is tested against the heart: on a device that
costs less than picking out the points that are near it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from guidance.probe import Pose
from models.phantom import torch_namespace as xp
from models.phantom.anatomy import NO_HEART_MM, STREAK, Body, Points, crossing_cos2, near_heart
from models.phantom.heart import heart_tissue, to_heart, to_material
from models.phantom.heart_geometry import HeartGeometry, stack_geometries
from models.phantom.texture import SIZE, SLOW_MM, SPECKLE_MM, volumes
from models.phantom.thorax import ThoraxGeometry, stack_thoraxes, thorax_tissue
from models.phantom.tissue import Tissue


@dataclass(frozen=True, slots=True, eq=False)
class BatchBody:
    """B patients, each at an instant: fields are float32 tensors (B, 1, 1), vectors (3, B, 1, 1).

    ``shift`` is (3, B, 1, 1) int32: voxels that each patient's noise volumes are moved by.
    """

    heart: HeartGeometry
    thorax: ThoraxGeometry
    shift: Tensor

    @classmethod
    def of(cls, bodies: Sequence[Body], device: torch.device) -> BatchBody:
        """``bodies`` stacked, on ``device``."""
        seeds = np.array([b.patient.texture_seed for b in bodies], dtype=np.int64)
        shift = np.stack([seeds & 127, seeds >> 7 & 127, seeds >> 14 & 127]).astype(np.int32)
        return cls(
            _on(device, stack_geometries([b.heart for b in bodies])),
            _on(device, stack_thoraxes([b.thorax for b in bodies])),
            torch.from_numpy(shift.reshape(3, -1, 1, 1)).to(device),
        )


def _on(device: torch.device, geometry: Any) -> Any:
    """``geometry`` with each of its arrays as a tensor on ``device``."""
    values = {f.name: torch.from_numpy(getattr(geometry, f.name)).to(device) for f in fields(geometry)}
    return type(geometry)(**values)


@dataclass(frozen=True, slots=True, eq=False)
class BatchInside:
    """What lies at (B, N, S) points, as :class:`models.phantom.anatomy.Inside`; ``label`` is uint8."""

    label: Tensor
    material: Points
    slow: Tensor
    wall_cos2: Tensor


class Noise:
    """The noise volumes of :mod:`models.phantom.texture` on one device."""

    def __init__(self, device: torch.device) -> None:
        self._slow = torch.from_numpy(volumes().slow).to(device)
        self._scatter = torch.from_numpy(volumes().scatter).to(device)

    def slow(self, p: Points, shift: Tensor) -> Tensor:
        """Slow noise at the points ``p`` of (B, N, S)."""
        return self._slow.index_select(0, _voxel(p, SLOW_MM, shift).flatten()).view_as(p.x)

    def scatter(self, p: Points, shift: Tensor) -> Tensor:
        """(B, 2, N, S): real and imaginary scatterers at the points ``p`` of (B, N, S)."""
        found = self._scatter.index_select(0, _voxel(p, SPECKLE_MM, shift).flatten())
        return found.view(*p.x.shape, 2).movedim(-1, 1)


def _voxel(p: Points, voxel_mm: float, shift: Tensor) -> Tensor:
    """Flat voxel index (int32), as :func:`models.phantom.texture.index_at`."""
    k = float(np.float32(1.0 / voxel_mm))
    i, j, m = (
        (torch.floor(a * k).to(torch.int32) + s) & (SIZE - 1)
        for a, s in zip((p.x, p.y, p.z), shift, strict=True)
    )
    return (i << 14) | (j << 7) | m


def look_inside(body: BatchBody, p: Points, beam: Points, noise: Noise) -> BatchInside:
    """Classify the points ``p`` (B, N, S); ``beam`` is the direction of sound there (broadcastable)."""
    g = body.heart
    x, y, z = to_heart(p.x, p.y, p.z, g)
    near = near_heart(x, y, z)
    m = Points(*to_material(xp, x, y, z, g))
    heart_label, hull = heart_tissue(xp, m.x, m.y, m.z, noise.slow(m, body.shift), g)
    own = near & (heart_label != int(Tissue.OUTSIDE))
    hull = torch.where(near, hull, NO_HEART_MM)
    label = torch.where(own, heart_label, thorax_tissue(xp, p.x, p.y, p.z, hull, body.thorax))
    material = Points(
        *(torch.where(own, a, b) for a, b in ((m.x, p.x), (m.y, p.y), (m.z, p.z)))  # the heart's own speckle
    )
    cos2 = torch.where(own, crossing_cos2(xp, x, y, beam, g), 1.0)
    stretched = torch.where(own, material.z * float(STREAK), material.z)
    slow = noise.slow(Points(material.x, material.y, stretched), body.shift)
    return BatchInside(label, material, slow, cos2)


@dataclass(frozen=True, slots=True, eq=False)
class BatchPose:
    """Where B probes are: ``origin`` and the axes ``ex`` (lateral), ``ey``, ``ez`` (beam): float32 (3, B, 1, 1)."""

    origin: Tensor
    ex: Tensor
    ey: Tensor
    ez: Tensor

    @classmethod
    def of(cls, poses: Sequence[Pose], device: torch.device) -> BatchPose:
        """``poses`` stacked, on ``device``."""
        rows = np.array([[p.position, *p.rotation.T] for p in poses], dtype=np.float32)
        origin, ex, ey, ez = torch.from_numpy(rows).to(device).permute(1, 2, 0)[..., None, None]
        return cls(origin, ex, ey, ez)

    def points(self, lateral: Tensor, axial: Tensor, elevation: Tensor | None = None) -> Points:
        """Points at ``lateral`` and ``axial`` mm, (B, N, S), in the thorax frame; ``elevation`` mm beside the plane."""
        beside = 0.0 if elevation is None else elevation
        return Points(
            *(
                self.origin[i] + lateral * self.ex[i] + axial * self.ez[i] + beside * self.ey[i]
                for i in range(3)
            )
        )

    def directions(self, sin: Tensor, cos: Tensor) -> Points:
        """Unit vectors in the image planes, by the sine and cosine of their angle to the beam axis."""
        return Points(*(sin * self.ex[i] + cos * self.ez[i] for i in range(3)))
