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
        residual_db_mm: attenuation (dB/mm, two ways) that time-gain compensation leaves; negative brightens the deep.
        noise_db: electronic noise floor. side_lobe: level of the lateral clutter.
        haze, haze_mm: level of the near-field reverberation that veils cavity and wall alike, and the depth by which
            it falls to 1/e. near_loss: share (0..1) of the echo that is lost at the face of the probe.
        specular: brightness of interfaces. texture: contrast of the slow tissue modulation. fibre_db: how much (dB)
            myocardium that the beam runs along echoes less than where it crosses the wall.
        slice_mm: half thickness (sigma) of the slice at its thinnest; it opens to 3 mm at most near and deep.
        patch_db: spread of the smooth gain patches that a partly covered aperture leaves. side_db: how much (dB) the
            right edge is brighter than the middle, and the left one darker.
        shadow_fill: level of the haze that fills shadows of ribs. lung_haze, lung_haze_mm: level of the haze behind
            lung, and the way (mm) over which it falls to 1/e. lung_lines: level of the A-lines.
        harmonic: tissue harmonic imaging; nothing is drawn by it, but it goes with less clutter and narrower beams.
        look: picks the machine's stationary noise.
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
    residual_db_mm: float = 0.012
    noise_db: float = -66.0
    side_lobe: float = 0.03
    haze: float = 0.3
    haze_mm: float = 20.0
    near_loss: float = 0.3
    specular: float = 1.0
    texture: float = 1.0
    fibre_db: float = 10.0
    slice_mm: float = 0.6
    patch_db: float = 2.0
    side_db: float = 0.0
    shadow_fill: float = 0.015
    lung_haze: float = 0.08
    lung_haze_mm: float = 45.0
    lung_lines: float = 0.02
    harmonic: bool = True
    look: int = 0
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


FILL, GAIN_OFF_DB, NARROWEST_DEG = 0.8, 4.0, 36.0
"""What an operator settles for: share of the depth at which the deepest structure lies; gain so far from right; half
angle."""
SHALLOWEST_MM, DEEPEST_MM = 90.0, 240.0


def set_up(style: MachineStyle, reach_mm: float) -> MachineStyle:
    """``style`` with depth, gain and width set for a view whose structures reach ``reach_mm`` from the probe.

    :func:`sample_style` draws single pictures, badly set ones among them; in an exam somebody sets the machine for each
    view, and a view that is hidden by a wrong depth is not one that the patient cannot give.
    """
    off = style.gain_db + 0.5 * (style.tgc_db[1] + style.tgc_db[2])
    return replace(
        style,
        depth_mm=float(np.clip(reach_mm / FILL, SHALLOWEST_MM, DEEPEST_MM)),
        gain_db=style.gain_db - off + float(np.clip(off, -GAIN_OFF_DB, GAIN_OFF_DB)),
        half_angle_deg=max(style.half_angle_deg, NARROWEST_DEG),
    )


CLEAREST = {"haze": 0.4, "side_lobe": 0.05, "patch_db": 2.5, "noise_db": -62.0}
"""What a machine that is set with care, on somebody easy to scan, adds to the picture at most (a choice)."""


def cleared(style: MachineStyle) -> MachineStyle:
    """``style`` with little haze, clutter and noise, and its time-gain curve half as far from level."""
    low = {name: min(getattr(style, name), most) for name, most in CLEAREST.items()}
    near, upper, lower, far = style.tgc_db
    return replace(style, tgc_db=(0.5 * near, 0.5 * upper, 0.5 * lower, 0.5 * far), **low)


FOCUS_DEPTH, FOCUS_HALF_DEG = (1.02, 1.3), (20.0, 34.0)
"""Depth against that of the deepest anchor, and half angle, of a focused picture (choices)."""


def focused(style: MachineStyle, reach_mm: float, rng: np.random.Generator) -> MachineStyle:
    """``style`` shallow and narrow: for a high frame rate, or to measure one chamber.

    ASE names such pictures beside the standard ones (ventricle-focused apical views without the atria, zoomed valves;
    Mitchell et al. 2019, doi:10.1016/j.echo.2018.06.004); they keep the view's name.
    """
    depth = max(SHALLOWEST_MM, reach_mm * float(rng.uniform(*FOCUS_DEPTH)))
    return replace(style, depth_mm=depth, half_angle_deg=float(rng.uniform(*FOCUS_HALF_DEG)))


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
            noise_db=between(-60, -52), side_lobe=between(0.16, 0.28), smooth_px=between(0.9, 1.6),
            slice_mm=between(1.1, 1.6), curve_mm=between(6, 18), persistence=between(0.4, 0.7),
        )  # fmt: skip
    if family is Family.PREMIUM:
        return replace(
            common, family=family, lateral_deg=between(0.5, 0.7), lateral_far_deg=between(1.0, 1.4),
            axial_mm=between(0.28, 0.4), dynamic_range_db=between(66, 84), contrast=between(0.8, 1.2),
            gamma=between(1.3, 1.8), noise_db=between(-84, -76), side_lobe=between(0.002, 0.006),
            slice_mm=between(0.2, 0.35), harmonic=True,
            haze=between(0.0, 0.1), half_angle_deg=between(38, 52), curve_mm=0.0,
        )  # fmt: skip
    return replace(
        common, family=family, dynamic_range_db=between(30, 38), gamma=between(0.6, 0.85), contrast=0.0,
        axial_mm=between(1.4, 1.9), texture=between(1.5, 2.2), smooth_px=0.0, half_angle_deg=between(28, 38),
        noise_db=between(-62, -54), persistence=0.0, harmonic=False, slice_mm=between(1.0, 1.4),
    )  # fmt: skip


SHALLOW_SHARE = 0.3
"""Share of pictures that show little more than the left ventricle (a choice)."""
HARMONIC_SHARE = 0.75
"""Share of harmonic imaging, the default of today's machines (a choice)."""


def _common(rng: np.random.Generator) -> MachineStyle:
    """Any ordinary machine; about one in five is badly set (gain, depth).

    The distributions are choices, wide enough to hold what machines and operators differ in: operators turn up the far
    gain and down the near one; a shallow picture often has a narrow sector.
    """

    def normal(mean: float, sd: float, lo: float, hi: float) -> float:
        return float(np.clip(rng.normal(mean, sd), lo, hi))

    def spread(lo: float, hi: float) -> float:
        return float(np.exp(rng.uniform(np.log(lo), np.log(hi))))

    badly = rng.random() < 0.2
    shallow = rng.random() < SHALLOW_SHARE
    narrow = rng.random() < (0.6 if shallow else 0.15)
    harmonic = bool(rng.random() < HARMONIC_SHARE)
    clean = 0.5 if harmonic else 1.0
    return MachineStyle(
        depth_mm=float(rng.uniform(95, 130)) if shallow else normal(158, 34 if badly else 14, 95, 240),
        half_angle_deg=float(rng.uniform(25, 35)) if narrow else normal(39, 7, 22, 50),
        curve_mm=0.0 if rng.random() < 0.4 else float(rng.uniform(3, 16)),
        axial_mm=normal(0.72, 0.22, 0.3, 1.35),
        lateral_deg=normal(0.9 if harmonic else 1.15, 0.22, 0.55, 1.8),
        lateral_far_deg=normal(1.7 if harmonic else 2.2, 0.4, 1.0, 3.8),
        focus_mm=normal(80, 15, 45, 120),
        gain_db=normal(-1.5, 9 if badly else 4, -22, 18),
        dynamic_range_db=normal(55, 9, 36, 78),
        gamma=normal(1.25, 0.3, 0.7, 2.2),
        contrast=float(rng.uniform(0, 0.9)),
        tgc_db=(
            normal(0, 7, -20, 14),
            normal(-1.5, 2.5, -8, 6),
            normal(0.5, 2.5, -6, 8),
            normal(4, 4.5, -8, 14),
        ),
        residual_db_mm=normal(0.016 if harmonic else 0.006, 0.014, -0.02, 0.06),
        noise_db=normal(-67 if harmonic else -70, 5, -80, -52),
        side_lobe=clean * spread(0.015, 0.16),
        haze=clean * float(rng.gamma(1.2, 0.65)),
        haze_mm=spread(8, 28),
        near_loss=float(rng.uniform(0.0, 0.7)),
        specular=float(np.exp(rng.normal(0.0, 0.35))),
        texture=float(rng.uniform(0.5, 1.8)),
        fibre_db=float(rng.uniform(5, 17)),
        slice_mm=spread(0.35, 1.1),
        patch_db=float(rng.uniform(0.5, 4.5)),
        side_db=normal(0, 2.0, -6, 6),
        shadow_fill=spread(0.006, 0.08),
        lung_haze=spread(0.03, 0.25),
        lung_haze_mm=spread(25, 110),
        lung_lines=spread(0.004, 0.04),
        smooth_px=0.0 if rng.random() < 0.4 else float(rng.uniform(0.3, 1.1)),
        persistence=float(rng.uniform(0.0, 0.5)),
        harmonic=harmonic,
        look=int(rng.integers(1 << 20)),
    )
