"""BeamGrid: what a machine style fixes before any echo returns: beams, samples, blurs and profiles along the depth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.phantom.machine_noise import elevation_noise, gain_patches, haze_texture
from models.phantom.style import MachineStyle

Float32 = NDArray[np.float32]

NEAR_STEP_MM = 1.5
NEAR_STEPS = 32
"""Steps along the rays through the chest wall."""
_RING_MM = 3.1
_ELEVATION_FOCUS_MM = 70.0
"""Depth at which the lens of a cardiac probe makes the slice thinnest (a choice; fixed by the lens, so no setting)."""


@dataclass(frozen=True, slots=True, eq=False)
class BeamGrid:
    """Beams and samples of one machine style.

    Attributes:
        style: the machine.
        angles: (beams,) radians from the axis. ranges: (samples,) mm along the beam from the probe's face.
        step: mm from sample to sample.
        narrow, wide: lateral blur (sigma, beams) at the focus and far from it.
        axial_sigma: axial blur (sigma, samples).
        far: (samples,) 0 at the focus, 1 far from it.
        near_index: (samples,) int32 step of the chest wall's rays that each sample looks up.
        elevation: (beams, samples) mm out of plane at which each sample looks, so that the blur mixes the slice.
        haze: (beams, samples) texture of clutter and lung haze, mean 1: stationary, streaks along the arcs.
        sensitivity: (beams, samples) how well the aperture sees: near-field drop-out, patches, one side better.
        tgc: (samples,) dB of gain. near_field: (samples,) decay of the near-field clutter.
        floor: (samples,) level of the electronic noise.
        grey_table: (256,) uint8 grey map.
    """

    style: MachineStyle
    angles: Float32
    ranges: Float32
    step: float
    narrow: float
    wide: float
    axial_sigma: float
    far: Float32
    near_index: NDArray[np.int32]
    elevation: Float32
    haze: Float32
    sensitivity: Float32
    tgc: Float32
    near_field: Float32
    floor: Float32
    grey_table: NDArray[np.uint8]

    @classmethod
    def of(cls, style: MachineStyle, beams: int, samples: int) -> BeamGrid:
        """The grid of ``style`` with ``beams`` beams of ``samples`` samples each."""
        half = math.radians(style.half_angle_deg)
        ranges = np.linspace(0.5, style.depth_mm, samples, dtype=np.float32)
        step = float(ranges[1] - ranges[0])
        beam_deg = math.degrees(2 * half) / (beams - 1)
        far = np.clip(np.abs(ranges - style.focus_mm) / 85.0, 0.0, 1.0) ** 1.2
        knots = np.interp(ranges, np.linspace(0, style.depth_mm, 4), style.tgc_db)
        return cls(
            style=style,
            angles=np.linspace(-half, half, beams, dtype=np.float32),
            ranges=ranges,
            step=step,
            narrow=style.lateral_deg / beam_deg,
            wide=style.lateral_far_deg / beam_deg,
            axial_sigma=max(0.35, style.axial_mm / step),
            far=far.astype(np.float32),
            near_index=np.minimum((ranges / NEAR_STEP_MM).astype(np.int32), NEAR_STEPS - 1),
            elevation=elevation_noise(beams, samples) * _slice_sigma(style, ranges),
            haze=haze_texture(beams, samples, style.look),
            sensitivity=_sensitivity(style, beams, ranges),
            tgc=knots.astype(np.float32),
            near_field=np.exp(-ranges / np.float32(style.haze_mm)),
            floor=np.exp(ranges / 75.0) * np.float32(10.0 ** (style.noise_db / 20.0)),
            grey_table=_grey_table(style),
        )

    @property
    def noise_sigma(self) -> tuple[float, float]:
        """Blur (sigma) of the electronic noise: axial, lateral."""
        return max(0.5, 0.8 * self.axial_sigma), 0.8 * self.narrow

    @property
    def focus_gain(self) -> tuple[float, float]:
        """Factors that keep speckle's brightness through the blur: at the focus, far from it."""

        def keep(sigma: float) -> float:
            return math.sqrt(max(1.0, sigma * 2.0 * math.sqrt(math.pi)))

        k = 0.75 * keep(self.axial_sigma)
        return k * keep(self.narrow), k * keep(self.wide)

    def ring_down(self, lost: float) -> Float32:
        """(samples,) bands that a probe shows which has ``lost`` this share of its contact.

        They are reverberation between lens and crystal, and fade with depth.
        """
        bands = 0.5 + 0.5 * np.cos(self.ranges * (2 * math.pi / _RING_MM))
        return np.asarray(0.5 * lost * np.exp(-self.ranges / 7.0) * bands, dtype=np.float32)


def _slice_sigma(style: MachineStyle, ranges: Float32) -> Float32:
    """(samples,) mm: half thickness (sigma) of the slice, which opens on both sides of the elevation focus."""
    off = (ranges - _ELEVATION_FOCUS_MM) / 60.0
    return np.asarray(np.minimum(style.slice_mm * np.sqrt(1.0 + 6.0 * off * off), 3.0), dtype=np.float32)


def _sensitivity(style: MachineStyle, beams: int, ranges: Float32) -> Float32:
    side = np.linspace(-style.side_db, style.side_db, beams, dtype=np.float32)[:, None]
    db = side + gain_patches(beams, len(ranges), style.look) * np.float32(style.patch_db)
    # Where beams have not parted yet, all of them look through the same aperture.
    db *= np.minimum(ranges / 30.0, 1.0)
    near = 1.0 - style.near_loss * np.exp(-((ranges / 28.0) ** 2))
    return np.asarray(np.exp(db * np.float32(math.log(10.0) / 20.0)) * near, dtype=np.float32)


def _grey_table(style: MachineStyle) -> NDArray[np.uint8]:
    levels = np.linspace(0.0, 1.0, 256) ** style.gamma
    levels = levels + style.contrast * 0.7 * (levels * levels * (3.0 - 2.0 * levels) - levels)
    return np.clip(levels * 255.0, 0, 255).astype(np.uint8)
