"""Fixed noise volumes that tissue carries with it: speckle scatterers and slow modulation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.phantom.sdf import Array

Float32 = NDArray[np.float32]

SIZE = 128
"""Voxels along each edge; the volumes repeat."""
SPECKLE_MM = 0.75
SLOW_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Volumes:
    """``scatter`` (SIZE^3, 2) complex Gaussian scatterers; ``slow`` (SIZE^3,) smooth noise of unit variance."""

    scatter: Float32
    slow: Float32


@cache
def volumes() -> Volumes:
    """The noise volumes, made once from a fixed seed (24 MB)."""
    rng = np.random.default_rng(20240229)
    scatter = rng.standard_normal((SIZE**3, 2), dtype=np.float32)
    white = rng.standard_normal((SIZE, SIZE, SIZE), dtype=np.float32)
    f, fr = np.fft.fftfreq(SIZE), np.fft.rfftfreq(SIZE)
    k2 = f[:, None, None] ** 2 + f[None, :, None] ** 2 + fr[None, None, :] ** 2
    # Two scales: patches of about 6 mm and of about 3 mm.
    low = np.exp(-k2 * 2.0 * np.pi**2 * 3.0**2) * 6.0 + np.exp(-k2 * 2.0 * np.pi**2 * 1.3**2)
    slow = np.fft.irfftn(np.fft.rfftn(white) * low, s=white.shape, axes=(0, 1, 2))
    return Volumes(scatter, (slow / slow.std()).astype(np.float32).ravel())


def index_at(x: Array, y: Array, z: Array, voxel_mm: float, shift: int) -> NDArray[np.int32]:
    """Flat voxel index (int32) of points (mm); ``shift`` moves the volume so that patients differ."""
    k = np.float32(1.0 / voxel_mm)
    i = np.floor(x * k).astype(np.int32) + (shift & 127)
    j = np.floor(y * k).astype(np.int32) + (shift >> 7 & 127)
    m = np.floor(z * k).astype(np.int32) + (shift >> 14 & 127)
    index: NDArray[np.int32] = ((i & 127) << 14) | ((j & 127) << 7) | (m & 127)
    return index
