"""MachineStyle: how one scanner, its settings and its video chain draw the same echoes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np


class Machines(StrEnum):
    """Families of machines: those that training draws from, and those kept for tests."""

    KNOWN = "known"
    HELD_OUT = "held_out"


class Family(StrEnum):
    """A kind of machine with a look of its own."""

    COMMON = "common"
    HANDHELD = "handheld"
    PREMIUM = "premium"
    ANALOGUE = "analogue"


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
        family: what kind of machine it is; nothing is drawn by it.
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
    family: Family = Family.COMMON


HELD_OUT = (Family.HANDHELD, Family.PREMIUM, Family.ANALOGUE)


def sample_style(rng: np.random.Generator, machines: Machines = Machines.KNOWN) -> MachineStyle:
    """Draw a machine and its settings from the families that training knows, or from those kept for tests."""
    common = _common(rng)
    if machines is Machines.KNOWN:
        return common
    return _of_family(HELD_OUT[int(rng.integers(len(HELD_OUT)))], common, rng)


def _of_family(family: Family, common: MachineStyle, rng: np.random.Generator) -> MachineStyle:
    """``common``, with what marks ``family`` drawn from ranges at the edge of the common ones or beyond.

    Handhelds: few channels, so wide beams, more clutter and noise, and heavy smoothing and persistence to hide it.
    Premium carts: narrow beams, little clutter, wide dynamic range with a steep grey map. Analogue machines: short
    dynamic range, coarse axial resolution, no smoothing. The figures are choices that give these looks.
    """

    def between(lo: float, hi: float) -> float:
        return float(rng.uniform(lo, hi))

    if family is Family.HANDHELD:
        return replace(
            common, family=family, lateral_deg=between(1.5, 2.1), lateral_far_deg=between(3.0, 4.5),
            axial_mm=between(0.7, 1.1), dynamic_range_db=between(42, 52), gamma=between(1.4, 2.0),
            noise_db=between(-60, -52), side_lobe=between(0.07, 0.13), smooth_px=between(0.9, 1.6),
            curve_mm=between(6, 18), persistence=between(0.4, 0.7),
        )  # fmt: skip
    if family is Family.PREMIUM:
        return replace(
            common, family=family, lateral_deg=between(0.5, 0.7), lateral_far_deg=between(1.0, 1.4),
            axial_mm=between(0.28, 0.4), dynamic_range_db=between(66, 84), contrast=between(0.8, 1.2),
            gamma=between(1.3, 1.8), noise_db=between(-84, -76), side_lobe=between(0.002, 0.005),
            haze=between(0.0, 0.1), half_angle_deg=between(38, 52), curve_mm=0.0,
        )  # fmt: skip
    return replace(
        common, family=family, dynamic_range_db=between(30, 38), gamma=between(0.6, 0.85), contrast=0.0,
        axial_mm=between(0.9, 1.3), texture=between(1.5, 2.2), smooth_px=0.0, half_angle_deg=between(28, 38),
        noise_db=between(-62, -54), persistence=0.0,
    )  # fmt: skip


def _common(rng: np.random.Generator) -> MachineStyle:
    """Any ordinary machine; about one in five is badly set (gain, depth)."""

    def normal(mean: float, sd: float, lo: float, hi: float) -> float:
        return float(np.clip(rng.normal(mean, sd), lo, hi))

    badly = rng.random() < 0.2
    return MachineStyle(
        depth_mm=normal(158, 34 if badly else 14, 95, 240),
        half_angle_deg=normal(40, 7, 24, 50),
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
