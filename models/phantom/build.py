"""Build of a patient beyond sizes: the shape of the LV within its size, how the patient lies, and the chest's build.

Drawn after everything in :func:`models.phantom.patient.sample_patient`, so that sizes of a seed do not depend on it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.phantom.patient import Chest, Condition, Patient, Position

SEPTAL_SHARE = 0.3
"""Of hypertrophied hearts, those whose septum alone is thick (choice)."""
SUPINE_SHARE = 0.3
"""Patients who lie on the back although the views ask for the left side (choice)."""
TENDON_SHARE = 0.3
"""Patients with a false tendon that shows (choice)."""
CHESTS = (Chest.USUAL, Chest.BARREL, Chest.NARROW_INTERSPACES, Chest.POOR_WINDOWS)
CHEST_PREVALENCE = (0.76, 0.06, 0.11, 0.07)
"""Builds of patients without emphysema, who all have a barrel chest (choice)."""


def clipped_normal(rng: np.random.Generator, mean: float, sd: float, lo: float, hi: float) -> float:
    """A normal draw, limited to ``lo`` and ``hi``."""
    return float(np.clip(rng.normal(mean, sd), lo, hi))


def with_inner_shape(patient: Patient, rng: np.random.Generator) -> Patient:
    """``patient`` with the shape of the LV within its size, trabeculae and collapse of the IVC drawn."""

    dilated = patient.condition is Condition.DILATED
    old = np.clip((patient.age_years - 60.0) / 15.0, 0.0, 1.0)
    patient = replace(
        patient,
        bow=clipped_normal(rng, 2.0, 1.2, 0.0, 5.0),
        bow_azimuth=float(rng.uniform(0.0, 360.0)),
        apex_taper=clipped_normal(rng, -0.06 if dilated else 0.03, 0.05, -0.13, 0.13),
        # A basal septal bulge comes with age and pressure.
        septal_bulge=clipped_normal(rng, 0.3 + 1.6 * old, 0.7, 0.0, 4.0),
        septal_level=clipped_normal(rng, -0.12, 0.03, -0.20, -0.05),
        septal_extent=clipped_normal(rng, 11.0, 2.0, 7.0, 16.0),
        trabeculae=clipped_normal(rng, 1.5 + (0.3 if dilated else 0.0), 0.5, 0.4, 2.8),
        false_tendon=float(rng.uniform(0.6, 1.1)) if rng.random() < TENDON_SHARE else 0.0,
        ivc_collapse=clipped_normal(rng, 0.35, 0.12, 0.08, 0.60),
    )
    if patient.condition is Condition.HYPERTROPHY and rng.random() < SEPTAL_SHARE:
        patient = replace(
            patient,
            condition=Condition.SEPTAL_HYPERTROPHY,
            wall=clipped_normal(rng, 10.5, 0.8, 9.0, 12.0),
            lv_radius=patient.lv_radius + 1.5,
            septal_bulge=clipped_normal(rng, 6.0, 1.5, 4.0, 9.0),
            septal_level=clipped_normal(rng, -0.35, 0.06, -0.45, -0.25),
            septal_extent=clipped_normal(rng, 26.0, 4.0, 18.0, 34.0),
        )
    return patient


def with_position_and_chest(patient: Patient, rng: np.random.Generator) -> tuple[Patient, float, float]:
    """``patient`` as it lies and with the build of its chest; more gap at the apex (mm); factor on window offsets."""
    gap, offset = 0.0, 1.0
    if rng.random() < SUPINE_SHARE:
        # On the back the heart sinks back towards the spine and the midline, and the lung comes between.
        patient = replace(
            patient,
            position=Position.SUPINE,
            base_x=patient.base_x - 5.0,
            base_z=patient.base_z - 4.0,
            cardiac_notch=max(patient.cardiac_notch - 9.0, -20.0),
        )
        gap += 4.0
    chest = CHESTS[int(rng.choice(len(CHESTS), p=CHEST_PREVALENCE))]
    if patient.condition is Condition.EMPHYSEMA:
        return replace(patient, chest=Chest.BARREL), gap, offset
    if chest is Chest.BARREL:
        patient = replace(
            patient, half_depth=patient.half_depth + 10.0, axis_elevation=patient.axis_elevation - 4.0
        )
        gap += 2.0
    elif chest is Chest.NARROW_INTERSPACES:
        patient = replace(patient, rib_half_height=min(patient.rib_half_height + 1.7, 8.0))
        offset = 1.5
    elif chest is Chest.POOR_WINDOWS:
        patient = replace(
            patient,
            rib_half_height=min(patient.rib_half_height + 0.8, 8.0),
            cardiac_notch=max(patient.cardiac_notch - 16.0, -24.0),
            attenuation=min(patient.attenuation + 0.35, 1.8),
            clutter=min(patient.clutter + 0.4, 1.4),
        )
        gap, offset = gap + 4.0, 3.0
    return replace(patient, chest=chest), gap, offset
