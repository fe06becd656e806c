"""Promises of the virtual patient's numbers:

- the same seed gives the same patient, another seed another;
- chamber sizes and ejection fractions of normal hearts lie in the ASE/EACVI ranges;
- the heart beats: it shortens, thickens and opens its valves in the right order;
- the apex lies behind the chest wall, and both windows lie between ribs.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.phantom.cycle import breath, heart_phase
from models.phantom.heart_geometry import landmarks
from models.phantom.patient import Condition, Patient, Sex, sample_patient
from models.phantom.thorax import rib_centre_y
from models.phantom.windows import apical_contact

PATIENTS = [sample_patient(np.random.default_rng(seed)) for seed in range(120)]


def test_a_seed_is_a_patient() -> None:
    assert sample_patient(np.random.default_rng(5)) == sample_patient(np.random.default_rng(5))
    assert len({p.lv_length for p in PATIENTS}) == len(PATIENTS)


def test_normal_hearts_have_normal_sizes() -> None:
    normal = [p for p in PATIENTS if p.condition is Condition.NORMAL]
    for sex, lo, hi in ((Sex.MALE, 42, 58), (Sex.FEMALE, 38, 52)):
        diameters = [2 * p.lv_radius * p.scale for p in normal if p.sex is sex]
        inside = np.mean([lo <= d <= hi for d in diameters])
        assert len(diameters) > 20
        assert inside >= 0.85
    assert all(0.50 <= p.ejection_fraction <= 0.74 for p in normal)


def test_dilated_hearts_are_large_and_weak() -> None:
    dilated = [p for p in PATIENTS if p.condition is Condition.DILATED]
    assert dilated
    assert all(p.lv_radius >= 27 and p.ejection_fraction < 0.5 for p in dilated)


def test_the_cycle_goes_round() -> None:
    systole, early, late = heart_phase(0.36), heart_phase(0.52), heart_phase(0.87)
    assert systole.contraction == pytest.approx(1.0)
    assert systole.mitral == 0.0
    assert heart_phase(0.2).aortic == 1.0
    assert early.mitral > 0.9
    assert early.aortic == 0.0
    assert late.mitral > heart_phase(0.75).mitral
    assert heart_phase(0.0).contraction == pytest.approx(0.0)


@given(st.floats(-5.0, 5.0))
def test_the_cycle_is_smooth_and_valves_never_both_open(phase: float) -> None:
    now, then = heart_phase(phase), heart_phase(phase + 1e-3)
    assert min(now.mitral, now.aortic) == 0.0
    assert abs(now.contraction - then.contraction) < 0.03
    assert abs(now.mitral - then.mitral) < 0.05


@given(st.floats(0.0, 1e4))
def test_breathing_stays_within_its_depth(t_s: float) -> None:
    assert abs(breath(t_s, depth_mm=6.0)) <= 6.0 + 1e-9


@pytest.mark.parametrize("patient", PATIENTS[:40])
def test_the_apex_lies_just_behind_the_chest_wall(patient: Patient) -> None:
    marks = landmarks(patient)
    gap = (
        np.linalg.norm(apical_contact(patient, marks) - marks.apex_epicardium) - patient.fat - patient.muscle
    )
    assert -2.0 <= gap <= 25.0


def test_windows_lie_between_ribs() -> None:
    """In most patients the apical beam clears the ribs; in none do ribs overlap."""
    for patient in PATIENTS:
        levels = [float(rib_centre_y(patient, rib, 90.0)) for rib in range(2, 9)]
        assert np.all(np.diff(levels) < -2 * patient.rib_half_height)


@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_any_seed_gives_a_usable_patient(seed: int) -> None:
    patient = sample_patient(np.random.default_rng(seed))
    assert 0.1 < patient.ejection_fraction < 0.8
    assert 0.84 <= patient.rib_spacing <= 1.2
