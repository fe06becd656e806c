"""Scan conversion: polar pictures to pixels, on a screen or in the network's canonical crop."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import CANONICAL_ASPECT, DeviceProfile, Sector
from models.phantom.beamform import Beamformer


class ScanConverter:
    """Maps one beamformer's polar grid onto a picture of ``size`` (width, height).

    ``sector`` is the geometry in that picture's pixels; its ``r_max - r_min`` spans the depth.
    """

    def __init__(self, beamformer: Beamformer, size: tuple[int, int], sector: Sector) -> None:
        self.size, self.sector = size, sector
        width, height = size
        self._map(
            beamformer, *np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        )

    @classmethod
    def canonical(
        cls, beamformer: Beamformer, size: int, *, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)
    ) -> ScanConverter:
        """Straight into the network's square of ``size`` pixels, as an exact crop would give.

        ``scale`` and ``shift`` (shares of the crop) imitate an inexact one: >1 cuts into the picture.
        """
        self = cls.__new__(cls)
        self.size = (size, size)
        radius, depth = beamformer.style.curve_mm, beamformer.style.depth_mm
        half = math.radians(beamformer.style.half_angle_deg)
        top = radius * math.cos(half)
        span = radius + depth - top
        u = (np.arange(size, dtype=np.float32) + 0.5) / size
        x_mm = ((u - 0.5) / scale + shift[0]) * (CANONICAL_ASPECT * span)
        z_mm = ((u - 0.5) / scale + 0.5 + shift[1]) * span + top
        x, y = np.meshgrid(x_mm.astype(np.float32), z_mm.astype(np.float32))
        self.sector = Sector(0.0, 0.0, -math.degrees(half), math.degrees(half), radius, radius + depth)
        self._map(beamformer, x, y)
        return self

    def _map(self, b: Beamformer, x: NDArray[np.float32], y: NDArray[np.float32]) -> None:
        s = self.sector
        dx, dy = x - s.apex_x, y - s.apex_y
        r, angle = np.hypot(dx, dy), np.arctan2(dx, np.maximum(dy, 1e-6))
        span = s.r_max - s.r_min
        depth = (r - s.r_min) * (b.style.depth_mm / span)
        sample = (depth - b.ranges[0]) / b.step
        beam = (angle - b.angles[0]) / (b.angles[1] - b.angles[0])
        self.inside = (dy > 0) & (r <= s.r_max) & (r >= s.r_min) & (np.abs(angle) <= b.angles[-1])
        self._sample = np.where(self.inside, np.clip(sample, 0, len(b.ranges) - 1), -9.0).astype(np.float32)
        self._beam = np.where(self.inside, beam, -9.0).astype(np.float32)

    def picture(self, grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W) uint8: the polar picture on the screen, black outside the sector."""
        return np.asarray(
            cv2.remap(
                grey,
                self._sample,
                self._beam,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=0,
            )
        )

    def labels(self, label: NDArray[np.int32]) -> NDArray[np.uint8]:
        """(H, W) uint8: tissue labels on the screen, nearest neighbour, 0 outside."""
        return np.asarray(
            cv2.remap(
                label.astype(np.uint8),
                self._sample,
                self._beam,
                cv2.INTER_NEAREST,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=0,
            )
        )


def screen_sector(beamformer: Beamformer, size: tuple[int, int], margin: float = 0.03) -> DeviceProfile:
    """The largest centred sector on a screen of ``size`` (width, height), and its profile with mm per pixel."""
    s = beamformer.style
    width, height = size
    half = math.radians(s.half_angle_deg)
    outer = s.curve_mm + s.depth_mm
    top = s.curve_mm * math.cos(half)
    scale = min(
        height * (1 - 2 * margin) / (outer - top), width * (1 - 2 * margin) / (2 * outer * math.sin(half))
    )
    y0 = (height - (outer - top) * scale) / 2
    sector = Sector(
        (width - 1) / 2,
        y0 - top * scale,
        -s.half_angle_deg,
        s.half_angle_deg,
        s.curve_mm * scale,
        outer * scale,
    )
    return DeviceProfile.from_sector(size, sector, mm_per_px=1.0 / scale)
