"""Promises of guidance.directions:

- a start card's nominal probe points its marker at the card's hour and its beam where the card says;
- clock directions on the skin: 0 to the head, 90 to the patient's left;
- known cases come out as a teacher would say them;
- opposite signs of a movement name different places, and every movement has one in every view;
- tilt and rock name the place where the tail goes, opposite to the beam;
- the name said before is kept while the angle is hardly nearer to another;
- from an adjustment the present orientation is recovered.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.directions import (
    LANDMARKS,
    PatientDirection,
    clock_deg,
    estimated_rotation,
    landmark_vector,
    nominal_rotation,
    patient_direction,
    skin_frame,
    travel,
)
from guidance.probe import AXES, Adjustment, Pose, adjusted, adjustment_between
from guidance.views import STANDARD_VIEWS, START_CARDS, View, Window, window_of

D = PatientDirection
ON_SKIN = AXES[:4]


def apart(a: float, b: float) -> float:
    return abs((a - b + 180.0) % 360.0 - 180.0)


@pytest.mark.parametrize("view", STANDARD_VIEWS)
def test_nominal_probe_follows_the_start_card(view: View) -> None:
    card, window = START_CARDS[view], window_of(view)
    assert window is not None
    rotation = nominal_rotation(view)
    assert apart(clock_deg(rotation[:, 0], window), card.marker_clock_deg) < 1e-6
    assert rotation[:, 2] @ np.asarray(card.beam) == pytest.approx(np.linalg.norm(card.beam))
    assert np.linalg.det(rotation) == pytest.approx(1.0)


@pytest.mark.parametrize("window", Window)
def test_skin_clock(window: Window) -> None:
    assert apart(clock_deg(np.array([0.0, 1.0, 0.0]), window), 0.0) < 1e-6  # to the head
    assert apart(clock_deg(np.array([1.0, 0.0, 0.0]), window), 90.0) < 1e-6  # to the patient's left
    for place, angle in LANDMARKS[window].items():
        vector = landmark_vector(place, window)
        assert apart(clock_deg(vector, window), angle) < 1e-6
        assert abs(vector @ skin_frame(window)[2]) < 1e-9


@pytest.mark.parametrize(
    ("view", "axis", "sign", "place"),
    [
        (View.PLAX, "slide_x", 1, D.RIGHT_SHOULDER),  # marker at 10:30
        (View.PLAX, "tilt", 1, D.LEFT_SHOULDER),
        (View.PSAX_PM, "slide_x", 1, D.LEFT_SHOULDER),  # marker at 1:30
        (View.A4C, "slide_x", 1, D.PATIENT_LEFT),  # marker at 2 o'clock, on the flank
        (View.A4C, "slide_x", -1, D.BREASTBONE),
        (View.A4C, "rock", 1, D.BREASTBONE),  # beam to the marker, tail away from it
        (View.A4C, "tilt", 1, D.FEET),  # tail to the feet aims at the head: towards A5C
        (View.SC4C, "slide_x", 1, D.PATIENT_LEFT),
        (View.SC4C, "tilt", -1, D.HEAD),  # raises the tail of a flat probe
        (View.SC_IVC, "slide_y", -1, D.PATIENT_RIGHT),
    ],
)
def test_known_cases(view: View, axis: str, sign: int, place: PatientDirection) -> None:
    assert patient_direction(view, axis, sign, nominal_rotation(view)) is place


def test_tilting_the_apical_tail_to_the_feet_aims_at_the_head() -> None:
    rotation = nominal_rotation(View.A4C)
    before = Pose(np.zeros(3), rotation)
    beam = adjusted(before, Adjustment(0.0, 0.0, 10.0, 0.0, 0.0)).rotation[:, 2]
    assert beam[1] > before.rotation[1, 2]  # + tilt, whose words are "tail towards the feet"


@pytest.mark.parametrize("view", STANDARD_VIEWS)
@pytest.mark.parametrize("axis", ON_SKIN)
def test_opposite_signs_name_different_places(view: View, axis: str) -> None:
    rotation, window = nominal_rotation(view), window_of(view)
    assert window is not None
    there, back = (patient_direction(view, axis, sign, rotation) for sign in (1, -1))
    assert there is not back
    assert apart(LANDMARKS[window][there], LANDMARKS[window][back]) > 100.0


@pytest.mark.parametrize("view", STANDARD_VIEWS)
@given(turn=st.floats(0.0, 360.0), axis=st.sampled_from(ON_SKIN), sign=st.sampled_from((1, -1)))
def test_the_place_lies_where_the_end_goes(view: View, turn: float, axis: str, sign: int) -> None:
    window = window_of(view)
    assert window is not None
    start = Pose(np.zeros(3), nominal_rotation(view))
    rotation = adjusted(start, Adjustment(0.0, 0.0, 0.0, 0.0, turn % 359.0)).rotation
    place = patient_direction(view, axis, sign, rotation)
    # Followed to the letter, the words lead within 50 degrees of the way (45 at the notch, with four places).
    way = skin_frame(window)[:2] @ travel(axis, sign, rotation)
    said = skin_frame(window)[:2] @ landmark_vector(place, window)
    assert way @ said >= math.cos(math.radians(50.0)) * np.linalg.norm(way)


@pytest.mark.parametrize(("axis", "column"), [("tilt", 1), ("rock", 0)])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_tail_goes_opposite_to_the_beam(axis: str, column: int, sign: int) -> None:
    pose = Pose(np.zeros(3), nominal_rotation(View.PLAX))
    moved = adjusted(pose, Adjustment(**{**dict.fromkeys(AXES, 0.0), axis: 10.0 * sign}))
    tail = -(moved.rotation[:, 2] - pose.rotation[:, 2])
    assert tail @ travel(axis, sign, pose.rotation) > 0.0
    assert abs(tail @ pose.rotation[:, 1 - column]) < 1e-6


def test_rotation_about_the_beam_has_no_place() -> None:
    with pytest.raises(ValueError, match="rotate"):
        travel("rotate", 1, nominal_rotation(View.A4C))


def test_what_was_said_is_kept_near_the_border() -> None:
    pose = Pose(np.zeros(3), nominal_rotation(View.PLAX))  # marker at 313: right shoulder 315, head 360

    def at(turn: float) -> np.ndarray:
        return adjusted(pose, Adjustment(0.0, 0.0, 0.0, 0.0, turn)).rotation

    first = patient_direction(View.PLAX, "slide_x", 1, at(0.0))
    assert first is D.RIGHT_SHOULDER
    beyond = at(28.0)
    assert patient_direction(View.PLAX, "slide_x", 1, beyond) is D.HEAD
    assert patient_direction(View.PLAX, "slide_x", 1, beyond, previous=first) is first
    assert patient_direction(View.PLAX, "slide_x", 1, at(45.0), previous=first) is D.HEAD
    elsewhere = D.PATIENT_RIGHT  # no landmark of this window
    assert patient_direction(View.PLAX, "slide_x", 1, beyond, previous=elsewhere) is D.HEAD


@given(st.sampled_from(STANDARD_VIEWS), st.tuples(*[st.floats(-60.0, 60.0)] * 3))
def test_orientation_is_recovered_from_the_adjustment(view: View, turn: tuple[float, float, float]) -> None:
    target = Pose(np.zeros(3), nominal_rotation(view))
    now = adjusted(target, Adjustment(0.0, 0.0, *turn))
    recovered = estimated_rotation(view, adjustment_between(now, target))
    assert np.allclose(recovered, now.rotation, atol=1e-4)
