"""Promises of guidance.probe:

- the probe frame is right-handed: y = z x x;
- every sign of an Adjustment is the one that the documentation draws (one picture a test);
- ``adjusted(pose, adjustment_between(pose, target))`` is the target, but for the shift along the beam;
- no adjustment leads nowhere; a rotation vector and its matrix are each other's inverse;
- ``to_probe`` and ``to_thorax`` undo each other; distances are symmetric and zero only for the same pose.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.probe import (
    Adjustment,
    Pose,
    adjusted,
    adjustment_between,
    pose_distance,
    rotation_matrix,
    rotation_vector,
    unit,
)

STRAIGHT = Pose.looking([0.0, 0.0, 0.0], beam=[0.0, 0.0, -1.0], marker=[1.0, 0.0, 0.0])
"""Probe on the front of the chest, beam straight down, marker to the patient's left."""

coordinates = st.floats(-150.0, 150.0)
points = st.tuples(coordinates, coordinates, coordinates)
turns = st.tuples(*[st.floats(-100.0, 100.0)] * 3)  # at most 173 degrees: below the ambiguity at 180


@st.composite
def poses(draw: st.DrawFn) -> Pose:
    return Pose(np.array(draw(points)), rotation_matrix(draw(turns)))


def near(a: object, b: object, tol: float = 1e-6) -> bool:
    return bool(np.allclose(a, b, atol=tol))


def only(**axes: float) -> Adjustment:
    return Adjustment(**{"slide_x": 0.0, "slide_y": 0.0, "tilt": 0.0, "rock": 0.0, "rotate": 0.0, **axes})


def test_frame_is_right_handed() -> None:
    r"""
    .. code::

        marker x ->      seen from the front, the beam z goes into the page;
        y = z x x        y points down the page, to the feet
        |
        v
    """
    x, y, z = STRAIGHT.rotation.T
    assert near(y, np.cross(z, x))
    assert near(y, [0.0, -1.0, 0.0])
    assert near(np.linalg.det(STRAIGHT.rotation), 1.0)


def test_positive_slides_go_to_the_marker_and_along_y() -> None:
    """
    .. code::

          + slide_x          [probe] ---> x (marker)
          + slide_y          [probe]
                                |
                                v y
    """
    assert near(adjusted(STRAIGHT, only(slide_x=10.0)).position, 10.0 * STRAIGHT.rotation[:, 0])
    assert near(adjusted(STRAIGHT, only(slide_y=10.0)).position, 10.0 * STRAIGHT.rotation[:, 1])


def test_positive_tilt_swings_the_beam_to_minus_y_and_the_tail_to_plus_y() -> None:
    r"""
    .. code::

              tail                            tail
               |                              /
               |            + tilt           /
        -------o------- y   ----->    ------o------- y      looking along the marker axis x
               |                           /
               v beam                     v beam
    """
    moved = adjusted(STRAIGHT, only(tilt=20.0))
    y, beam = STRAIGHT.rotation[:, 1], moved.rotation[:, 2]
    assert beam @ y == pytest.approx(-np.sin(np.radians(20.0)))
    tail = -beam
    assert tail @ y > 0.3
    assert near(moved.rotation[:, 0], STRAIGHT.rotation[:, 0])  # the marker stays where it points


def test_positive_rock_swings_the_beam_to_the_marker_and_the_tail_away() -> None:
    r"""
    .. code::

              tail                       tail
               |                           \
               |            + rock          \
        -------o------- x   ----->    -------o------ x      looking against y
               |                              \
               v beam                          v beam
    """
    moved = adjusted(STRAIGHT, only(rock=20.0))
    x, beam = STRAIGHT.rotation[:, 0], moved.rotation[:, 2]
    assert beam @ x == pytest.approx(np.sin(np.radians(20.0)))
    assert -beam @ x < -0.3
    assert near(moved.rotation[:, 1], STRAIGHT.rotation[:, 1])


@given(poses())
def test_positive_rotate_is_clockwise_seen_from_behind(pose: Pose) -> None:
    r"""
    .. code::

             marker                    marker
               |                        /
               o     + rotate          o         seen by the operator, from behind the probe along the beam
             (dot)   ------->
    """
    up, forward = pose.rotation[:, 0], pose.rotation[:, 2]
    right = np.cross(forward, up)  # of a viewer who looks along the beam with the marker up
    marker = adjusted(pose, only(rotate=30.0)).rotation[:, 0]
    assert np.degrees(np.arctan2(marker @ right, marker @ up)) == pytest.approx(30.0)


@given(poses(), poses())
def test_adjusting_by_the_adjustment_between_reaches_the_target(pose: Pose, target: Pose) -> None:
    if pose_distance(pose, target)[1] > 179.0:
        return  # half a turn has two axes
    reached = adjusted(pose, adjustment_between(pose, target))
    assert near(reached.rotation, target.rotation, 1e-4)
    rest = pose.rotation.T @ (target.position - reached.position)
    assert near(rest[:2], 0.0, 1e-6)  # what is left is along the beam, where the skin decides


@given(poses(), st.tuples(*[st.floats(-90.0, 90.0)] * 5))
def test_adjustment_between_finds_the_adjustment_that_was_made(pose: Pose, values: tuple[float, ...]) -> None:
    made = Adjustment.from_array(values)
    if np.linalg.norm(values[2:]) > 179.0:
        return
    assert near(adjustment_between(pose, adjusted(pose, made)).as_array(), values, 1e-3)


@given(poses())
def test_no_adjustment_leads_nowhere(pose: Pose) -> None:
    assert near(adjustment_between(pose, pose).as_array(), 0.0, 1e-3)
    assert pose_distance(pose, adjusted(pose, only())) == pytest.approx((0.0, 0.0), abs=1e-3)


@given(turns)
def test_rotation_vector_undoes_rotation_matrix(turn: tuple[float, ...]) -> None:
    assert near(rotation_vector(rotation_matrix(turn)), turn, 1e-3)  # OpenCV rounds 0.0006 degrees to none


@given(poses(), st.lists(points, min_size=1, max_size=5))
def test_probe_and_thorax_coordinates_undo_each_other(pose: Pose, where: list[tuple[float, ...]]) -> None:
    assert near(pose.to_thorax(pose.to_probe(where)), where, 1e-6)
    assert pose.to_probe(where).shape == (len(where), 3)


def test_a_point_on_the_beam_has_only_depth() -> None:
    pose = Pose.looking([10.0, 20.0, 0.0], beam=[0.3, 0.2, -0.9], marker=[1.0, 0.0, 0.0])
    ahead = pose.position + 50.0 * unit([0.3, 0.2, -0.9])
    assert near(pose.to_probe(ahead), [0.0, 0.0, 50.0])


@given(poses(), poses())
def test_distance_is_symmetric(a: Pose, b: Pose) -> None:
    assert pose_distance(a, b) == pytest.approx(pose_distance(b, a), abs=1e-3)


@given(points, points)
def test_looking_keeps_the_beam_and_the_side_of_the_marker(
    beam: tuple[float, ...], marker: tuple[float, ...]
) -> None:
    if np.linalg.norm(np.cross(beam, marker)) < 1.0:
        return  # parallel: no pose
    pose = Pose.looking([0.0, 0.0, 0.0], beam, marker)
    assert near(pose.rotation.T @ pose.rotation, np.eye(3), 1e-6)
    assert near(pose.rotation[:, 2], unit(beam))
    assert pose.rotation[:, 0] @ np.asarray(marker) > 0.0


def test_a_zero_vector_has_no_direction() -> None:
    with pytest.raises(ValueError, match="no direction"):
        unit([0.0, 0.0, 0.0])


def test_array_and_adjustment_are_the_same_in_the_order_of_axes() -> None:
    a = Adjustment(1.0, 2.0, 3.0, 4.0, 5.0)
    assert a.as_array().tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert Adjustment.from_array(a.as_array()) == a
