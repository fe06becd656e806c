"""Patient: the numbers that make one virtual patient, and the distributions they are drawn from.

Chamber sizes and ejection fractions follow the ASE/EACVI ranges (Lang et al. 2015, J Am Soc Echocardiogr 28:1-39):
LVIDd 42-58 mm (men) / 38-52 mm (women), EF 52-72 % / 54-74 %, RV base 25-41 mm, sinus of Valsalva 34 +- 3 / 30 +- 3 mm.
The heart's axis and the geometry of ribs, lung and chest wall are choices without a single source.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np


class Sex(StrEnum):
    """Sex, as the reference ranges use it."""

    FEMALE = "female"
    MALE = "male"


class Condition(StrEnum):
    """What, beyond normal variation, this patient's heart or chest has."""

    NORMAL = "normal"
    HYPERTROPHY = "hypertrophy"
    DILATED = "dilated"
    EFFUSION = "effusion"
    EMPHYSEMA = "emphysema"
    SEPTAL_HYPERTROPHY = "septal hypertrophy"


class Position(StrEnum):
    """How the patient lies. On the left side the heart falls forward and the lung gives way."""

    LEFT_LATERAL = "left lateral"
    SUPINE = "supine"


class Chest(StrEnum):
    """Build of the chest, as far as it makes scanning harder."""

    USUAL = "usual"
    BARREL = "barrel chest"
    NARROW_INTERSPACES = "narrow interspaces"
    POOR_WINDOWS = "poor windows"


@dataclass(frozen=True, slots=True)
class Patient:
    """One virtual patient. Lengths in mm at end-diastole, angles in degrees; ``scale`` multiplies the whole heart.

    Attributes:
        sex, age_years, bmi: group membership; they shift the distributions below.
        condition: pathology group.
        scale: overall heart size.
        lv_radius, lv_length: inner radius at the base and apex-to-base length of the LV cavity.
        wall, wall_apex: LV wall thickness at mid level and at the apex.
        ejection_fraction: 0..1.
        rv_radius: RV semi-axis away from the septum. rv_azimuth: where around the LV the RV sits.
        la_size, ra_size, aorta_size, mitral_size: factors.
        axis_azimuth, axis_elevation, axis_roll: deviation of the heart's long axis and rotation from the nominal.
        base_x, base_y, base_z: centre of the LV base in the thorax frame.
        half_width, half_depth: semi-axes of the torso's cross-section. fat, muscle: thickness over the ribs.
        rib_offset, rib_spacing, rib_half_height: position, spacing factor and half height of the ribs.
        cardiac_notch: how far the lung's edge lies from nominal (positive uncovers more heart).
        ivc_radius: radius of the inferior vena cava. effusion: pericardial fluid thickness.
        heart_rate: beats a minute. attenuation, clutter: acoustic difficulty (1 and 0.5 are average).
        myocardium_db, pericardium_db, blood_db: echo level differences. texture_seed: picks the speckle.
        position, chest: how the patient lies, and the build of the chest.
        bow, bow_azimuth: how far the LV's long axis is bowed at mid-level, and towards which azimuth.
        apex_taper: narrowing of the LV's apical third, as a share (negative: rounder).
        septal_bulge, septal_level, septal_extent: thickening of the septum into the cavity (mm), its centre as a share
            of the length (negative: below the base), and its half extent along it (mm).
        trabeculae: height of the ridges at the apex (mm). false_tendon: radius of one across the LV, 0 = none.
        ivc_collapse: share of the IVC's width lost from expiration to quiet inspiration.
    """

    sex: Sex = Sex.MALE
    age_years: float = 50.0
    bmi: float = 25.0
    condition: Condition = Condition.NORMAL
    scale: float = 1.0
    lv_radius: float = 24.0
    lv_length: float = 85.0
    wall: float = 9.0
    wall_apex: float = 6.5
    ejection_fraction: float = 0.62
    rv_radius: float = 28.0
    rv_azimuth: float = 13.0
    la_size: float = 1.0
    ra_size: float = 1.0
    aorta_size: float = 1.0
    mitral_size: float = 1.0
    axis_azimuth: float = 0.0
    axis_elevation: float = 0.0
    axis_roll: float = 0.0
    base_x: float = 32.0
    base_y: float = 8.0
    base_z: float = -90.0
    half_width: float = 162.0
    half_depth: float = 107.0
    fat: float = 7.5
    muscle: float = 11.5
    rib_offset: float = 0.0
    rib_spacing: float = 1.0
    rib_half_height: float = 5.8
    cardiac_notch: float = 2.0
    ivc_radius: float = 8.5
    effusion: float = 0.0
    heart_rate: float = 70.0
    attenuation: float = 1.0
    clutter: float = 0.5
    myocardium_db: float = 0.0
    pericardium_db: float = 0.0
    blood_db: float = 0.0
    texture_seed: int = 0
    position: Position = Position.LEFT_LATERAL
    chest: Chest = Chest.USUAL
    bow: float = 2.0
    bow_azimuth: float = 60.0
    apex_taper: float = 0.03
    septal_bulge: float = 0.0
    septal_level: float = -0.12
    septal_extent: float = 11.0
    trabeculae: float = 1.5
    false_tendon: float = 0.0
    ivc_collapse: float = 0.35

    @classmethod
    def mean(cls) -> Patient:
        """The nominal patient: every field at its centre."""
        from models.phantom.windows import with_apex_at_wall, with_open_windows

        return with_open_windows(with_apex_at_wall(cls(), 7.0), 0.0, 0.0)


_CONDITIONS = (
    Condition.NORMAL,
    Condition.HYPERTROPHY,
    Condition.DILATED,
    Condition.EFFUSION,
    Condition.EMPHYSEMA,
)
_PREVALENCE = (0.68, 0.10, 0.10, 0.05, 0.07)


def sample_patient(rng: np.random.Generator) -> Patient:
    """Draw a patient. The same generator state gives the same patient."""
    from models.phantom.build import with_inner_shape, with_position_and_chest
    from models.phantom.windows import with_apex_at_wall, with_open_windows

    def normal(mean: float, sd: float, lo: float, hi: float) -> float:
        return float(np.clip(rng.normal(mean, sd), lo, hi))

    female = bool(rng.random() < 0.5)
    age = normal(52, 17, 18, 90)
    bmi = normal(26, 4.5, 17, 42)
    heavy = (bmi - 25.0) / 4.5
    condition = _CONDITIONS[int(rng.choice(len(_CONDITIONS), p=_PREVALENCE))]
    patient = Patient(
        sex=Sex.FEMALE if female else Sex.MALE,
        age_years=age,
        bmi=bmi,
        condition=condition,
        scale=normal(0.97 if female else 1.03, 0.06, 0.84, 1.18),
        lv_radius=normal(23.0 if female else 24.6, 1.7, 19.0, 29.0),
        lv_length=normal(84, 4.5, 72, 98),
        wall=normal(8.7 if female else 9.4, 1.0, 6.8, 12.0),
        wall_apex=normal(6.5, 0.8, 4.5, 9.0),
        ejection_fraction=normal(0.63, 0.05, 0.50, 0.74),
        rv_radius=normal(28, 2.2, 22, 35),
        rv_azimuth=normal(13, 5, 2, 26),
        la_size=normal(1.0 + 0.003 * (age - 50), 0.08, 0.82, 1.35),
        ra_size=normal(1.0, 0.08, 0.82, 1.25),
        aorta_size=normal((0.95 if female else 1.03) + 0.0015 * (age - 50), 0.06, 0.82, 1.25),
        mitral_size=normal(1.0, 0.05, 0.88, 1.14),
        axis_azimuth=normal(0, 7, -17, 17),
        axis_elevation=normal(2.0 * heavy, 6, -17, 17),
        axis_roll=normal(0, 7, -17, 17),
        base_x=normal(32, 5, 20, 44),
        base_y=normal(8 + 1.5 * heavy, 6, -6, 22),
        base_z=normal(-90 - 2.0 * heavy, 4.5, -104, -78),
        half_width=normal((154 if female else 167) + 5 * heavy, 7, 135, 195),
        half_depth=normal((102 if female else 110) + 4 * heavy, 7, 86, 134),
        fat=normal(7.5 + 3.3 * heavy, 2.5, 2.5, 25),
        muscle=normal(10.5 if female else 12.5, 2.2, 6, 18),
        rib_half_height=normal(5.6, 0.6, 4.4, 7.4),
        cardiac_notch=normal(2, 7, -14, 18),
        ivc_radius=normal(8.5, 1.6, 5, 13),
        heart_rate=normal(70, 12, 45, 115),
        attenuation=normal(1.0 + 0.12 * heavy, 0.18, 0.6, 1.6),
        clutter=normal(0.5 + 0.1 * heavy, 0.25, 0.0, 1.3),
        myocardium_db=normal(0, 2.5, -6, 6),
        pericardium_db=normal(0, 2.5, -6, 5),
        blood_db=normal(0, 3.0, -7, 7),
        texture_seed=int(rng.integers(1 << 30)),
    )
    if condition is Condition.HYPERTROPHY:
        patient = replace(
            patient,
            wall=normal(13, 1.5, 11, 17),
            lv_radius=patient.lv_radius - 2.0,
            la_size=patient.la_size * 1.12,
        )
    elif condition is Condition.DILATED:
        patient = replace(
            patient,
            lv_radius=normal(29.5, 2.0, 27, 35),
            ejection_fraction=normal(0.32, 0.08, 0.15, 0.48),
            la_size=patient.la_size * 1.15,
            wall=patient.wall - 0.8,
        )
    elif condition is Condition.EFFUSION:
        patient = replace(patient, effusion=normal(7, 3, 3, 15))
    elif condition is Condition.EMPHYSEMA:
        patient = replace(
            patient,
            half_depth=patient.half_depth + 12,
            cardiac_notch=normal(-10, 4, -18, -4),
            axis_elevation=patient.axis_elevation - 6,
            base_y=patient.base_y - 6,
        )
    gap = normal(7, 4, 1, 20)
    apical, parasternal = float(rng.normal(0, 2.0)), float(rng.normal(0, 2.0))
    patient = with_inner_shape(patient, rng)
    patient, more_gap, offset = with_position_and_chest(patient, rng)
    patient = with_apex_at_wall(patient, min(gap + more_gap, 22.0))
    return with_open_windows(patient, offset * apical, offset * parasternal)
