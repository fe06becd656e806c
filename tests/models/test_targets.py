"""Promises of target views and of the judge:

- a target pose is a right picture of its own view, and of no other view's;
- the relations between views are the textbook's (A4C to A2C is about -60 degrees of rotation, and so on);
- every target stands on the skin, and moving keeps the probe on the skin;
- the judge agrees with what each movement does.
"""

from __future__ import annotations

import numpy as np
import pytest

from guidance.probe import Adjustment, adjusted, adjustment_between
from guidance.views import STANDARD_VIEWS, START_CARDS, View
from models.phantom.judge import judge
from models.phantom.patient import Patient, sample_patient
from models.phantom.targets import on_skin, view_targets
from models.phantom.thorax import skin_z

PATIENTS = [Patient.mean(), *(sample_patient(np.random.default_rng(s)) for s in range(12))]


@pytest.mark.parametrize("patient", PATIENTS)
def test_targets_are_right_pictures(patient: Patient) -> None:
    targets = view_targets(patient)
    assert set(targets) == set(STANDARD_VIEWS)
    for view, target in targets.items():
        own = judge(target.pose, target)
        assert own.right_picture, view
        assert own.strict
        others = [v for v in STANDARD_VIEWS if v is not view and judge(target.pose, targets[v]).right_picture]
        # The four and five chamber views are one small tilt apart.
        assert set(others) <= {View.A4C, View.A5C}


def test_textbook_relations() -> None:
    """A4C to A2C and A3C by counter-clockwise rotation, to A5C by a small tilt, PLAX to PSAX clockwise by ninety."""
    t = {v: target.pose for v, target in view_targets(Patient.mean()).items()}
    assert adjustment_between(t[View.A4C], t[View.A2C]).rotate == pytest.approx(-60, abs=8)
    assert adjustment_between(t[View.A4C], t[View.A3C]).rotate == pytest.approx(-120, abs=10)
    a5c = adjustment_between(t[View.A4C], t[View.A5C])
    assert a5c.tilt == pytest.approx(6, abs=3)
    assert abs(a5c.rotate) < 3
    assert adjustment_between(t[View.PLAX], t[View.PSAX_AV]).rotate == pytest.approx(92, abs=10)
    assert adjustment_between(t[View.PSAX_AV], t[View.PSAX_MV]).tilt == pytest.approx(-20, abs=6)


@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_start_cards_agree_with_the_mean_patient(view: View) -> None:
    """Marker clock within an hour and beam within 25 degrees of the start card that operators see."""
    rotation = view_targets(Patient.mean())[view].pose.rotation
    clock = np.degrees(np.arctan2(rotation[0, 0], rotation[1, 0]))
    card = START_CARDS[view]
    assert abs((clock - card.marker_clock_deg + 180) % 360 - 180) <= 30
    beam = np.array(card.beam) / np.linalg.norm(card.beam)
    assert float(beam @ rotation[:, 2]) > np.cos(np.radians(25))


def test_the_probe_stays_on_the_skin() -> None:
    patient = PATIENTS[3]
    rng = np.random.default_rng(1)
    for target in view_targets(patient).values():
        offset = np.concatenate([rng.uniform(-60, 60, 2), rng.uniform(-45, 45, 3)])
        pose = on_skin(patient, adjusted(target.pose, Adjustment.from_array(offset)))
        x, y, z = pose.position
        assert z == pytest.approx(float(skin_z(patient, x, y)))
        np.testing.assert_allclose(pose.rotation.T @ pose.rotation, np.eye(3), atol=1e-9)


@pytest.mark.parametrize(
    ("offset", "wrong"),
    [
        ((0, 0, 0, 0, 40), "plane_mm"),
        ((0, 0, 15, 0, 0), "plane_mm"),
        ((0, 15, 0, 0, 0), "plane_mm"),
        ((0, 0, 0, 20, 0), "in_plane_deg"),
        ((45, 0, 0, 0, 0), "in_plane_mm"),
    ],
)
def test_each_movement_spoils_its_own_figure(offset: tuple[float, ...], wrong: str) -> None:
    """Rotation, tilt and elevational slide leave the plane; rock and lateral slide move the picture within it."""
    target = view_targets(Patient.mean())[View.A4C]
    moved = judge(adjusted(target.pose, Adjustment.from_array(offset)), target)
    assert not moved.right_picture
    limits = {"plane_mm": 6.0, "in_plane_deg": 10.0, "in_plane_mm": 25.0}
    assert getattr(moved, wrong) > limits[wrong]
