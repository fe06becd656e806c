"""Promises of what is inside the virtual patient, counted from its tissues:

- the ventricle that is drawn has a normal volume (ASE/EACVI, Lang 2015) and ejects what the patient's EF says;
- the left atrium is a reservoir: larger at end-systole; the tricuspid annulus descends about 20 mm;
- A2C shows hardly any right ventricle; A3C and A5C show left ventricle, left atrium and aorta; PSAX-AV shows right
  ventricle, pulmonary artery on the right and right atrium on the left of the aorta; SSN shows branches of the arch;
- the mitral valve in short axis is a mouth that opens in diastole, wider than high, and is shut in systole;
- the ventricle narrows towards its apex by its taper, a septal bulge thickens the septum alone, trabeculae roughen;
- the inferior vena cava narrows on inspiration by the patient's collapse.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from guidance.views import View
from models.phantom.anatomy import Body, Points, beam_points, look_inside
from models.phantom.cycle import heart_phase
from models.phantom.heart import heart_tissue, to_material
from models.phantom.heart_geometry import heart_geometry
from models.phantom.patient import Condition, Patient, sample_patient
from models.phantom.targets import view_targets
from models.phantom.texture import SLOW_MM, index_at, volumes
from models.phantom.tissue import Tissue

MEAN = Patient.mean()
DRAWN = [sample_patient(np.random.default_rng(seed)) for seed in range(8)]
DIASTOLE, SYSTOLE, FILLING = 0.0, 0.36, 0.62
STEP_MM = 2.5


def tissue_in_heart(patient: Patient, phase: float, *axes: NDArray[np.float32]) -> NDArray[np.int32]:
    """Labels on a grid of heart-frame points at ``phase``."""
    g = heart_geometry(patient, heart_phase(phase))
    x, y, z = (a.ravel() for a in np.meshgrid(*axes, indexing="ij"))
    m = to_material(np, x, y, z, g)
    rough = volumes().slow[index_at(*m, SLOW_MM, patient.texture_seed)]
    label, _ = heart_tissue(np, *m, rough, g)
    return np.asarray(label, dtype=np.int32).reshape([len(a) for a in axes])


@lru_cache(maxsize=32)
def volumes_ml(patient: Patient, phase: float) -> dict[Tissue, float]:
    """Volume of the left chambers and the LV wall, ml."""
    axes = [np.arange(a, b, STEP_MM, dtype=np.float32) for a, b in ((-60, 60), (-60, 60), (-115, 75))]
    label = tissue_in_heart(patient, phase, *axes)
    voxel = (STEP_MM * patient.scale) ** 3 / 1e3
    return {t: float((label == t).sum()) * voxel for t in (Tissue.LV, Tissue.LA, Tissue.LV_WALL)}


@lru_cache(maxsize=64)
def picture(patient: Patient, view: View, phase: float = FILLING) -> NDArray[np.int32]:
    """(axial, lateral) labels of the sector's plane at the view's target, one a millimetre; 160 deep, 90 degrees."""
    z, x = np.meshgrid(
        np.arange(1, 160, dtype=np.float32), np.arange(-110, 111, dtype=np.float32), indexing="ij"
    )
    one = np.float32(1.0)
    points = beam_points(view_targets(patient)[view].pose, x, z)
    label = look_inside(Body.at(patient, phase, 0.0), points, Points(one, one, one)).label
    label[(np.abs(x) > z) | (np.hypot(x, z) > 160)] = int(Tissue.OUTSIDE)
    return label


def share(label: NDArray[np.int32], tissue: Tissue) -> float:
    """Share of the sector."""
    return float((label == int(tissue)).sum() / (np.pi / 4 * 160**2))


def centre_x(label: NDArray[np.int32], tissue: Tissue) -> float:
    """Mean column of ``tissue``: larger is further right."""
    return float(np.nonzero(label == int(tissue))[1].mean())


def test_the_ventricle_has_a_normal_volume() -> None:
    """Men 62-150 ml."""
    assert 85 < volumes_ml(MEAN, DIASTOLE)[Tissue.LV] < 140


@pytest.mark.parametrize("patient", [MEAN, *DRAWN])
def test_the_ventricle_ejects_what_the_patient_says(patient: Patient) -> None:
    before, after = volumes_ml(patient, DIASTOLE), volumes_ml(patient, SYSTOLE)
    ejected = 1.0 - after[Tissue.LV] / before[Tissue.LV]
    assert ejected == pytest.approx(patient.ejection_fraction, abs=0.11)
    assert after[Tissue.LV_WALL] == pytest.approx(before[Tissue.LV_WALL], rel=0.15)


@pytest.mark.parametrize("patient", [MEAN, *DRAWN])
def test_the_left_atrium_is_largest_at_end_systole(patient: Patient) -> None:
    small, large = volumes_ml(patient, DIASTOLE)[Tissue.LA], volumes_ml(patient, SYSTOLE)[Tissue.LA]
    assert 1.25 * small < large < 2.2 * small


def test_the_tricuspid_annulus_descends() -> None:
    """TAPSE, normal from 17 mm: where the annulus' free side at end-diastole has gone by end-systole."""
    g = heart_geometry(MEAN, heart_phase(SYSTOLE))
    z = np.arange(-50.0, 20.0, 0.1, dtype=np.float32)
    x = np.full_like(z, MEAN.lv_radius + 34.0)
    _, _, was = to_material(np, x, np.full_like(z, -2.0), z, g)
    now = float(z[np.argmin(np.abs(was - (-7.0)))])
    assert 15 < -7.0 - now < 24


@pytest.mark.parametrize("patient", [MEAN, *DRAWN])
def test_apical_views_show_their_own_chambers(patient: Patient) -> None:
    two, three, five = (picture(patient, view) for view in (View.A2C, View.A3C, View.A5C))
    assert share(two, Tissue.RV) < 0.01
    assert share(two, Tissue.RA) < 0.01
    assert share(two, Tissue.LA) > 0.02
    assert share(three, Tissue.LA) > 0.02
    for label in (three, five):
        assert share(label, Tissue.LV) > 0.08
        assert share(label, Tissue.AORTA) > 0.006
    assert share(three, Tissue.RV) < (0.3 if patient is MEAN else 0.4) * share(three, Tissue.LV)
    root = np.nonzero(three[:, 110:] == int(Tissue.AORTA))[0]
    assert root.size > 100
    assert centre_x(three, Tissue.LA) < 110 + np.nonzero(three[:, 110:] == int(Tissue.AORTA))[1].mean()


@pytest.mark.parametrize("patient", [MEAN, *DRAWN[:4]])
def test_the_outflow_wraps_round_the_aortic_valve(patient: Patient) -> None:
    label = picture(patient, View.PSAX_AV)
    near = label.copy()
    near[110:] = 0  # the descending aorta lies deep
    assert share(label, Tissue.RV) > 0.02
    assert share(label, Tissue.PULMONARY_ARTERY) > 0.005
    assert (
        centre_x(label, Tissue.RA) < centre_x(near, Tissue.AORTA) < centre_x(label, Tissue.PULMONARY_ARTERY)
    )


def test_the_arch_has_branches() -> None:
    """Above the arch, rows near the probe cut two or three separate vessels."""
    aorta = picture(MEAN, View.SSN) == int(Tissue.AORTA)
    runs = (np.diff(aorta.astype(int), axis=1) == 1).sum(axis=1)
    assert runs[:90].max() >= 2


def mouth(phase: float) -> tuple[float, float, float]:
    """Area (mm^2), width and height (mm) of the blood within the leaflets' ring 8 mm below the annulus."""
    g = heart_geometry(MEAN, heart_phase(phase))
    a = np.arange(-24.0, 24.0, 0.5, dtype=np.float32)
    level = np.float32(-8.0)
    b, d = (m.ravel() for m in np.meshgrid(a, a, indexing="ij"))
    x = float(g.mitral_x) + d * 0.5 - b * np.float32(np.sqrt(0.75))
    y = float(g.mitral_y) + d * np.float32(np.sqrt(0.75)) + b * 0.5
    label, _ = heart_tissue(np, x, y, np.full_like(x, level), np.zeros_like(x), g)
    valve = (label == int(Tissue.VALVE)).reshape(len(a), len(a))
    count, regions = cv2.connectedComponents((~valve).astype(np.uint8), connectivity=4)
    edge = set(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]]).tolist())
    inner = [k for k in range(1, count) if k not in edge]
    if not inner:
        return 0.0, 0.0, 0.0
    best = regions == max(inner, key=lambda k: int((regions == k).sum()))
    rows, columns = np.nonzero(best)
    return float(best.sum()) * 0.25, float(np.ptp(rows)) * 0.5, float(np.ptp(columns)) * 0.5


def test_the_mitral_mouth_opens_and_shuts() -> None:
    area, width, height = mouth(FILLING)
    assert 150 < area < 800  # normal valves: 4 to 6 square centimetres wide open
    assert width > 1.3 * height
    assert mouth(0.52)[0] > area
    assert mouth(SYSTOLE)[0] < 30


def radius_at(patient: Patient, level: float, azimuth_deg: float) -> float:
    """Inner radius of the LV at ``level`` of its length towards an azimuth, mm, at end-diastole."""
    g = heart_geometry(patient, heart_phase(DIASTOLE))
    r = np.arange(0.0, 40.0, 0.1, dtype=np.float32)
    a = np.radians(azimuth_deg)
    x, y = r * np.float32(np.cos(a)), r * np.float32(np.sin(a))
    z = np.full_like(r, level * patient.lv_length)
    label, _ = heart_tissue(np, x, y, z, np.zeros_like(r), g)
    return float(r[label == int(Tissue.LV_WALL)].min())


def test_shape_of_the_ventricle() -> None:
    plain = replace(MEAN, bow=0.0, trabeculae=0.0, apex_taper=0.0)
    pointed = replace(plain, apex_taper=0.1)
    bulging = replace(plain, septal_bulge=4.0)
    assert radius_at(pointed, -0.7, 80) < radius_at(plain, -0.7, 80) - 0.8
    assert radius_at(bulging, -0.12, 35) < radius_at(plain, -0.12, 35) - 2.5
    assert radius_at(bulging, -0.12, 215) == pytest.approx(radius_at(plain, -0.12, 215), abs=0.2)
    round_rough = replace(plain, trabeculae=1.5)
    around = [radius_at(round_rough, -0.8, a) - radius_at(plain, -0.8, a) for a in range(0, 360, 5)]
    assert np.std(around) > 0.25


def test_thick_septa_are_drawn() -> None:
    """Some hypertrophied hearts are thick in the septum alone."""
    many = [sample_patient(np.random.default_rng(seed)) for seed in range(200)]
    thick = [p for p in many if p.condition is Condition.SEPTAL_HYPERTROPHY]
    assert thick
    assert all(p.septal_bulge >= 4.0 for p in thick)


def test_the_vena_cava_collapses_on_inspiration() -> None:
    out, full = (float(heart_geometry(MEAN, heart_phase(0.0), b).ivc_radius) for b in (7.0, -7.0))
    assert full / out == pytest.approx(1.0 - MEAN.ivc_collapse, abs=1e-3)
