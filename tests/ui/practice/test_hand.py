"""The operator's hand.

Promises:
- a slide goes over the skin where it is asked to, whatever way the probe is turned; turning leaves the place alone;
- tilt, rock and rotate are about the probe's own axes, with the signs of Adjustment;
- the probe never leaves the skin, never lies down flat, and is pressed between nothing and everything;
- the way is what was moved, and every change is told; held keys repeat, faster and faster, until released.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance.probe import Pose, adjustment_between
from guidance.views import STANDARD_VIEWS, View
from models.phantom.patient import Patient
from models.phantom.targets import angle_to_skin, view_targets
from models.phantom.thorax import skin_z
from ui.practice.hand import FLATTEST_DEG, HOLD_AFTER_S, Hand, Push, Way

PATIENT = Patient.mean()
TARGETS = view_targets(PATIENT)


def hand_at(view: View = View.A4C) -> Hand:
    return Hand(PATIENT, TARGETS[view].pose)


@pytest.mark.parametrize("view", STANDARD_VIEWS)
@pytest.mark.parametrize(("left", "head"), [(5.0, 0.0), (0.0, -4.0), (-3.0, 6.0)])
def test_a_slide_goes_where_it_is_asked_to(view: View, left: float, head: float) -> None:
    hand = hand_at(view)
    before = hand.pose
    hand.push(Push(left=left, head=head))
    moved = hand.pose.position - before.position
    assert moved[:2] == pytest.approx([left, head], abs=0.05)
    assert hand.pose.position[2] == pytest.approx(float(skin_z(PATIENT, *hand.pose.position[:2])))
    assert np.allclose(hand.pose.rotation, before.rotation)


@pytest.mark.parametrize("axis", ["tilt", "rock", "rotate"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_turns_are_about_the_own_axes(axis: str, sign: float) -> None:
    hand = hand_at()
    before = hand.pose
    hand.push(Push(**{axis: sign * 5.0}))
    done = adjustment_between(before, hand.pose)
    assert getattr(done, axis) == pytest.approx(sign * 5.0)
    assert np.abs(done.as_array()).sum() == pytest.approx(5.0, abs=1e-6)


pushes = st.builds(
    Push, st.floats(-40, 40), st.floats(-40, 40), st.floats(-30, 30), st.floats(-30, 30), st.floats(-90, 90),
    st.floats(-1, 1),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(pushes, max_size=25))
def test_the_probe_stays_on_the_skin(moves: list[Push]) -> None:
    told: list[Pose] = []
    hand = Hand(PATIENT, TARGETS[View.PLAX].pose, placed=lambda pose, press: told.append(pose))
    for push in moves:
        lean = angle_to_skin(PATIENT, hand.pose)
        hand.push(push)
        x, y, z = hand.pose.position
        assert z == pytest.approx(float(skin_z(PATIENT, x, y)))
        assert angle_to_skin(PATIENT, hand.pose) <= max(FLATTEST_DEG, lean) + 1e-9
        assert 0.0 <= hand.press <= 1.0
        assert np.allclose(hand.pose.rotation.T @ hand.pose.rotation, np.eye(3), atol=1e-6)
    assert len(told) == len(moves)


def test_the_way_is_what_was_moved() -> None:
    hand = hand_at()
    assert hand.way == Way()
    hand.push(Push(rotate=10.0))
    hand.push(Push(rotate=-10.0))
    assert hand.way.deg == pytest.approx(20.0)
    assert hand.way.mm == pytest.approx(0.0, abs=1e-9)
    hand.push(Push(head=3.0))
    assert 2.99 < hand.way.mm < 3.6  # up the slope of the skin
    hand.push(Push(press=0.1))
    assert hand.way.deg == pytest.approx(20.0)
    assert hand.press == pytest.approx(0.8)


def test_a_tap_is_one_step_and_a_held_key_repeats_faster_and_faster() -> None:
    hand = hand_at()
    start = hand.pose.position[1]
    hand.hold("up", Push(head=1.0))
    hand.hold("up", Push(head=1.0))  # the keyboard repeats
    assert hand.advance(HOLD_AFTER_S / 2)
    hand.release("up")
    assert not hand.advance(1.0)
    assert hand.pose.position[1] - start == pytest.approx(1.0, abs=0.02)

    def gained(seconds: float) -> float:
        before = hand.way.mm
        for _ in range(round(seconds * 50)):
            hand.advance(0.02)
        return hand.way.mm - before

    hand.hold("down", Push(head=-1.0))
    early, late = gained(0.5), gained(0.5)
    assert late > 1.5 * early > 0.0
    hand.release()
    assert not hand.advance(0.1)
