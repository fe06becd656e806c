"""Patient directions: turns a movement along a probe axis into words an operator can see on the patient's
skin.

A skin clock face lies on each acoustic window: 0 degrees = patient's head, positive towards the patient's
left, as in :class:`guidance.views.StartCard`. Landmarks stand where they lie as seen from the window, to the
nearest few degrees; "left hip" and "right hip" follow the teaching convention (opposite the shoulders), as
the start cards do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

import numpy as np

from guidance.probe import AXES, Adjustment, FloatArray, Pose, rotation_matrix, unit
from guidance.views import START_CARDS, View, Window, window_of


class PatientDirection(StrEnum):
    """Where to, on the patient. Never a bare left or right."""

    HEAD = "head"
    LEFT_SHOULDER = "left_shoulder"
    ARMPIT = "armpit"
    PATIENT_LEFT = "patient_left"
    LEFT_HIP = "left_hip"
    FEET = "feet"
    RIGHT_HIP = "right_hip"
    BREASTBONE = "breastbone"
    PATIENT_RIGHT = "patient_right"
    RIGHT_SHOULDER = "right_shoulder"


_D = PatientDirection
_CHEST: dict[PatientDirection, float] = {
    _D.HEAD: 0.0,
    _D.LEFT_SHOULDER: 45.0,
    _D.PATIENT_LEFT: 90.0,
    _D.LEFT_HIP: 135.0,
    _D.FEET: 180.0,
    _D.RIGHT_HIP: 225.0,
    _D.BREASTBONE: 270.0,
    _D.RIGHT_SHOULDER: 315.0,
}
_APEX: dict[PatientDirection, float] = {
    _D.HEAD: 0.0,
    _D.ARMPIT: 35.0,
    _D.PATIENT_LEFT: 90.0,
    _D.LEFT_HIP: 135.0,
    _D.FEET: 180.0,
    _D.RIGHT_HIP: 220.0,
    _D.BREASTBONE: 262.0,
    _D.RIGHT_SHOULDER: 310.0,
}
_BELLY: dict[PatientDirection, float] = {
    _D.PATIENT_RIGHT if d is _D.BREASTBONE else d: angle for d, angle in _CHEST.items()
}
_NOTCH: dict[PatientDirection, float] = {
    _D.HEAD: 0.0,
    _D.LEFT_SHOULDER: 90.0,
    _D.FEET: 180.0,
    _D.RIGHT_SHOULDER: 270.0,
}

LANDMARKS: Mapping[Window, Mapping[PatientDirection, float]] = MappingProxyType(
    {
        Window.PARASTERNAL: MappingProxyType(_CHEST),
        Window.APICAL: MappingProxyType(_APEX),
        Window.SUBCOSTAL: MappingProxyType(_BELLY),
        Window.SUPRASTERNAL: MappingProxyType(_NOTCH),
    }
)
"""Clock position (degrees) of each landmark, seen from each window."""

SKIN_NORMALS: Mapping[Window, tuple[float, float, float]] = MappingProxyType(
    {
        Window.PARASTERNAL: (0.12, 0.0, 0.99),
        Window.APICAL: (0.49, 0.0, 0.87),
        Window.SUBCOSTAL: (0.0, -0.18, 0.98),
        Window.SUPRASTERNAL: (0.0, 0.30, 0.95),
    }
)
"""Outward skin normal at each window in the thorax frame, for the mean torso of the virtual patient."""

_STICKINESS_DEG = 15.0


@cache
def skin_frame(window: Window) -> FloatArray:
    """(3, 3) float64, read-only: rows point to the head, to the patient's left and outwards on the skin."""
    normal = unit(SKIN_NORMALS[window])
    head = unit(np.array([0.0, 1.0, 0.0]) - normal[1] * normal)
    frame = np.stack([head, np.cross(head, normal), normal])
    frame.setflags(write=False)
    return frame


@cache
def nominal_rotation(view: View) -> FloatArray:
    """(3, 3) float64, read-only: the probe's axes (columns) in the thorax frame at ``view``'s start card."""
    card, window = START_CARDS[view], window_of(view)
    assert window is not None  # every view with a card has a window
    head, left, normal = skin_frame(window)
    angle = math.radians(card.marker_clock_deg)
    on_skin = math.cos(angle) * head + math.sin(angle) * left
    beam = np.asarray(card.beam)
    marker = on_skin - (on_skin @ beam) / (normal @ beam) * normal  # across the beam, and still at that hour
    rotation = Pose.looking(np.zeros(3), beam, marker).rotation
    rotation.setflags(write=False)
    return rotation


def estimated_rotation(view: View, adjustment: Adjustment) -> FloatArray:
    """(3, 3): the probe's axes now, if ``adjustment`` leads to the nominal pose of ``view``."""
    turn = rotation_matrix([adjustment.tilt, adjustment.rock, adjustment.rotate])
    return np.asarray(nominal_rotation(view) @ turn.T)


def travel(axis: str, sign: int, rotation: FloatArray) -> FloatArray:
    """(3,) thorax frame: where the moving end goes for an adjustment of ``sign`` along ``axis``.

    Slides move the whole probe along its x or y. Tilt and rock move the handle's tail, opposite to the beam:
    + tilt takes the tail to +y, + rock takes it to -x (away from the marker).

    Raises:
        ValueError: rotation about the beam has no such direction.
    """
    x, y = rotation[:, 0], rotation[:, 1]
    if axis == "slide_x":
        return sign * x
    if axis in ("slide_y", "tilt"):
        return sign * y
    if axis == "rock":
        return -sign * x
    raise ValueError(f"'{axis}' leads nowhere on the skin (axes: {', '.join(AXES[:4])})")


def clock_deg(vector: FloatArray, window: Window) -> float:
    """Direction of ``vector`` (thorax frame) on the skin clock of ``window``, 0..360 degrees."""
    along = skin_frame(window) @ vector
    return math.degrees(math.atan2(float(along[1]), float(along[0]))) % 360.0


def landmark_vector(direction: PatientDirection, window: Window) -> FloatArray:
    """(3,) unit vector on the skin of ``window`` towards ``direction``, thorax frame: for those who act on a
    hint.

    Raises:
        KeyError: the window does not use that landmark.
    """
    angle = math.radians(LANDMARKS[window][direction])
    head, left, _ = skin_frame(window)
    return np.asarray(math.cos(angle) * head + math.sin(angle) * left)


def patient_direction(
    view: View, axis: str, sign: int, rotation: FloatArray, previous: PatientDirection | None = None
) -> PatientDirection:
    """The landmark that the moving end heads for. ``previous`` is kept while it is nearly as near.

    Args:
        view: the target view: its window sets the landmarks.
        axis, sign: the adjustment, as in :func:`travel`.
        rotation: (3, 3) the probe's axes in the thorax frame (tracked, estimated or nominal).
        previous: what was said before.
    """
    window = window_of(view)
    assert window is not None  # OTHER is no target
    marks = LANDMARKS[window]
    angle = clock_deg(travel(axis, sign, rotation), window)
    nearest = min(marks, key=lambda d: _apart(angle, marks[d]))
    if previous is not None and previous in marks:
        margin = _apart(angle, marks[previous]) - _apart(angle, marks[nearest])
        return previous if margin <= _STICKINESS_DEG else nearest
    return nearest


def _apart(a: float, b: float) -> float:
    return abs((a - b + 180.0) % 360.0 - 180.0)
