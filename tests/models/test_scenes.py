"""Promises of the scenes that training frames are drawn from:

- careful frames have a machine set for their view, little haze and noise, contact and gel, and lie near their view;
- they are a share of the frames as asked for; without them every scene is what it was before there were any;
- focused ones are as shallow and narrow as said, a share as asked for, with the structure in question in the middle;
  without them careful frames are what they were.
"""

from __future__ import annotations

import numpy as np
import pytest

from guidance.probe import Pose, adjustment_between
from guidance.views import View
from models.phantom.heart_geometry import landmarks
from models.phantom.patient import sample_patient
from models.phantom.style import (
    CLEAREST,
    FOCUS_DEPTH,
    FOCUS_HALF_DEG,
    NARROWEST_DEG,
    SHALLOWEST_MM,
    cleared,
    sample_style,
)
from models.phantom.targets import view_targets
from models.scenes import (
    CLEAR,
    EVEN,
    FrameMix,
    Scan,
    Scene,
    centred,
    draw_view_scene,
)

CLOSE_MM, CLOSE_DEG = 30.0, 40.0


def _scenes(mix: FrameMix, count: int) -> list[Scene]:
    patient = sample_patient(np.random.default_rng(3))
    return [draw_view_scene(patient, View.A4C, np.random.default_rng(k), mix) for k in range(count)]


def _scan(scene: Scene) -> Scan:
    assert scene.scan is not None
    return scene.scan


def _off(scan: Scan) -> tuple[float, float]:
    off = adjustment_between(scan.pose, scan.targets[View.A4C].pose).as_array()
    return float(np.linalg.norm(off[:2])), float(np.linalg.norm(off[2:]))


def test_careful_frames_are_set_for_the_view_and_near_it() -> None:
    for scene in _scenes(CLEAR, 60):
        assert all(getattr(scene.style, name) <= most for name, most in CLEAREST.items())
        assert scene.style.half_angle_deg >= NARROWEST_DEG
        scan = _scan(scene)
        assert scan.gel == 1.0
        assert scan.press >= 0.55
        mm, deg = _off(scan)
        assert mm < CLOSE_MM
        assert deg < CLOSE_DEG


def test_careful_frames_are_a_share_of_all() -> None:
    def far(mix: FrameMix) -> float:
        return float(np.mean([max(_off(_scan(s))) > CLOSE_DEG for s in _scenes(mix, 300)]))

    assert all(s.careful for s in _scenes(CLEAR, 20))
    assert not any(s.careful for s in _scenes(EVEN, 20))
    assert far(CLEAR) == 0.0
    assert 0.25 * far(EVEN) < far(FrameMix(clear_share=0.5)) < 0.75 * far(EVEN)


def test_without_them_nothing_has_changed() -> None:
    patient = sample_patient(np.random.default_rng(3))
    scene = draw_view_scene(patient, View.A4C, np.random.default_rng(11))
    assert scene.style == sample_style(np.random.default_rng(11))


def test_clearing_leaves_what_the_operator_set() -> None:
    style = sample_style(np.random.default_rng(5))
    once = cleared(style)
    assert once.haze <= style.haze
    assert abs(once.tgc_db[3]) <= abs(style.tgc_db[3])
    assert once.depth_mm == style.depth_mm


FOCUSED = FrameMix(clear_share=1.0, focus_share=1.0)


def test_focused_frames_are_shallow_and_narrow() -> None:
    for scene in _scenes(FOCUSED, 40):
        goal = _scan(scene).targets[View.A4C]
        reach = float(np.linalg.norm(goal.pose.to_probe(goal.anchors), axis=1).max())
        assert SHALLOWEST_MM <= scene.style.depth_mm <= max(SHALLOWEST_MM, FOCUS_DEPTH[1] * reach)
        assert FOCUS_HALF_DEG[0] <= scene.style.half_angle_deg <= FOCUS_HALF_DEG[1]
        assert scene.careful


def test_focused_frames_are_a_share_of_the_careful_ones() -> None:
    def narrow(share: float) -> float:
        scenes = _scenes(FrameMix(clear_share=1.0, focus_share=share), 200)
        return float(np.mean([scene.style.half_angle_deg < NARROWEST_DEG for scene in scenes]))

    assert narrow(0.0) == 0.0
    assert 0.2 < narrow(0.3) < 0.4
    assert narrow(1.0) == 1.0


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_rocking_brings_a_structure_to_the_middle(share: float) -> None:
    patient = sample_patient(np.random.default_rng(3))
    pose = view_targets(patient)[View.A4C].pose
    point = landmarks(patient, 0.0).lv_mid

    def off(now: Pose) -> float:
        x, _, z = now.to_probe(point[None])[0]
        return float(np.degrees(np.arctan2(x, z)))

    assert abs(off(pose)) > 2.0
    assert off(centred(patient, pose, point, share)) == pytest.approx((1.0 - share) * off(pose), abs=0.05)
