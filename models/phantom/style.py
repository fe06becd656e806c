"""MachineStyle: how one scanner, its settings and its video chain draw the same echoes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class MachineStyle:
    """Settings of one machine.

    Attributes:
        depth_mm: depth of the picture. half_angle_deg: half of the sector's opening.
        curve_mm: radius of the curved top (0 = pointed sector).
        axial_mm: axial point spread (sigma). lateral_deg, lateral_far_deg: lateral point spread (sigma) at the focus
            and far from it. focus_mm: transmit focus.
        gain_db: overall gain error (0 = right). dynamic_range_db: range shown. gamma, contrast: grey map; ``contrast``
            0 = none, 1 = strong S-curve.
        tgc_db: (4,) gain offsets from near to far.
        noise_db: electronic noise floor. side_lobe: level of the lateral clutter. haze: near-field haze.
        specular: brightness of interfaces. texture: contrast of the slow tissue modulation.
        smooth_px: smoothing of the picture after scan conversion (pixels of a 192-pixel crop).
        persistence: share of the previous frame that remains (0..0.8).
    """

    depth_mm: float = 160.0
    half_angle_deg: float = 42.0
    curve_mm: float = 0.0
    axial_mm: float = 0.45
    lateral_deg: float = 0.95
    lateral_far_deg: float = 2.1
    focus_mm: float = 75.0
    gain_db: float = 0.0
    dynamic_range_db: float = 58.0
    gamma: float = 1.15
    contrast: float = 0.2
    tgc_db: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    noise_db: float = -66.0
    side_lobe: float = 0.03
    haze: float = 0.3
    specular: float = 1.0
    texture: float = 1.0
    smooth_px: float = 0.0
    persistence: float = 0.2


def sample_style(rng: np.random.Generator) -> MachineStyle:
    """Draw a machine and its settings; about one in five is badly set (gain, depth)."""

    def normal(mean: float, sd: float, lo: float, hi: float) -> float:
        return float(np.clip(rng.normal(mean, sd), lo, hi))

    badly = rng.random() < 0.2
    return MachineStyle(
        depth_mm=normal(158, 34 if badly else 14, 95, 240),
        half_angle_deg=normal(41, 5, 28, 50),
        curve_mm=0.0 if rng.random() < 0.4 else float(rng.uniform(3, 16)),
        axial_mm=normal(0.5, 0.14, 0.3, 1.0),
        lateral_deg=normal(1.0, 0.25, 0.6, 1.8),
        lateral_far_deg=normal(2.2, 0.5, 1.3, 3.8),
        focus_mm=normal(80, 15, 45, 120),
        gain_db=normal(0, 11 if badly else 4, -24, 20),
        dynamic_range_db=normal(55, 9, 36, 78),
        gamma=normal(1.25, 0.3, 0.7, 2.2),
        contrast=float(rng.uniform(0, 0.9)),
        tgc_db=(normal(-4, 6, -20, 8), normal(0, 2.5, -7, 7), normal(0, 2.5, -7, 7), normal(0, 4, -10, 8)),
        noise_db=normal(-68, 5, -80, -52),
        side_lobe=float(np.exp(rng.uniform(np.log(0.004), np.log(0.09)))),
        haze=float(rng.gamma(1.2, 0.25)),
        specular=float(np.exp(rng.normal(0.0, 0.35))),
        texture=float(rng.uniform(0.5, 1.7)),
        smooth_px=0.0 if rng.random() < 0.4 else float(rng.uniform(0.3, 1.1)),
        persistence=float(rng.uniform(0.0, 0.5)),
    )
