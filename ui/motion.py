"""What the probe drawing performs for a hint: from which pose to which, how far, and the ease of a cycle.

Pure: numbers in, numbers out, in the thorax frame (millimetres; x patient left, y cranial, z anterior).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import numpy as np

from guidance.directions import (
    LANDMARKS,
    PatientDirection,
    nominal_rotation,
    patient_direction,
    skin_frame,
)
from guidance.hint import Hint
from guidance.probe import FloatArray, Manoeuvre, Pose, rotation_matrix, unit
from guidance.views import View, Window, window_of
from ui.chest_shape import skin_over

PERIOD_S = 2.4
"""One cycle of the animation."""

_SIZES = {"": 0.75, "slightly": 0.5, "etwas": 0.5}  # words of every catalogue; any other is a lot

CONTACTS: Mapping[View, tuple[float, float, float]] = MappingProxyType(
    {
        View.PLAX: (26.0, 23.0, -2.0),
        View.PSAX_AV: (26.0, 23.0, -2.0),
        View.PSAX_MV: (26.0, 23.0, -2.0),
        View.PSAX_PM: (29.0, 16.0, -2.0),
        View.PSAX_APEX: (46.0, 1.0, -5.0),
        View.A4C: (105.0, -47.0, -26.0),
        View.A5C: (105.0, -47.0, -26.0),
        View.A2C: (105.0, -47.0, -26.0),
        View.A3C: (105.0, -47.0, -26.0),
        View.SC4C: (-4.0, -88.0, -6.0),
        View.SC_IVC: (-4.0, -88.0, -6.0),
        View.SSN: (0.0, 112.0, -27.0),
    }
)
"""Where the probe touches the mean virtual patient's skin, by view: :func:`models.phantom.targets.view_targets`."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """One movement to draw.

    Attributes:
        move: the manoeuvre.
        start: the probe before it.
        towards: (3,) unit vector along the skin of the end that moves: the whole probe for a slide, the tail for
            tilt and rock; the beam for a press. None for a rotation.
        place: where that is on the patient; None for a rotation or a press.
        sign: +1 or -1: for a rotation clockwise or anticlockwise, seen from behind the probe.
        size: 0.5 slightly, 0.75 plain, 1.0 a lot.
        axis: (3,) unit vector that a tilt or rock turns about.
    """

    move: Manoeuvre
    start: Pose
    towards: FloatArray | None
    place: PatientDirection | None
    sign: int
    size: float
    axis: FloatArray

    def at(self, progress: float) -> Pose:
        """The probe at ``progress`` 0..1 of the movement."""
        start = self.start
        if self.move is Manoeuvre.SLIDE and self.towards is not None:
            x, y, _ = start.position + self.towards * progress * 70.0 * self.size
            back, front = skin_over(np.array([start.position[0], x]), np.array([start.position[1], y]), 0.0)[
                :, 2
            ]
            return Pose(np.array([x, y, start.position[2] + front - back]), start.rotation)  # on the skin
        if self.move is Manoeuvre.PRESS and self.towards is not None:
            return Pose(start.position + self.towards * (progress - 1.0) * 26.0, start.rotation)
        if self.move is Manoeuvre.ROTATE:
            turn = rotation_matrix([0.0, 0.0, self.sign * self.turn_deg * progress])
            return Pose(start.position, start.rotation @ turn)
        if self.towards is None:
            return start
        turn = rotation_matrix(self.axis * self.turn_deg * progress)
        return Pose(start.position, turn @ start.rotation)

    @property
    def turn_deg(self) -> float:
        """How far a rotation, tilt or rock turns."""
        return 25.0 + 55.0 * self.size if self.move is Manoeuvre.ROTATE else 10.0 + 28.0 * self.size


@cache
def start_pose(view: View) -> Pose:
    """Where the start card of ``view`` puts the probe; OTHER stands in the parasternal window."""
    shown = view if view in CONTACTS else View.PLAX
    return Pose(np.array(CONTACTS[shown]), nominal_rotation(shown))


def skin_direction(place: PatientDirection, window: Window) -> FloatArray:
    """(3,) unit vector on the skin of ``window`` towards ``place``, also where that window does not use it."""
    marks = LANDMARKS[window]
    angle = marks[place] if place in marks else _anywhere(place)
    head, left, _ = skin_frame(window)
    return np.asarray(math.cos(math.radians(angle)) * head + math.sin(math.radians(angle)) * left)


@lru_cache(maxsize=256)
def motion_of(hint: Hint, target: View = View.OTHER) -> Motion:
    """The movement that goes with ``hint``; the probe is where the start card of ``target`` puts it."""
    start = start_pose(target)
    window = window_of(target) or Window.PARASTERNAL
    sign = hint.sign or 1
    towards, place = None, hint.place
    if hint.move is Manoeuvre.PRESS:
        towards = start.rotation[:, 2]
    elif hint.move is not Manoeuvre.ROTATE:
        if place is None:  # a host's own hint may name no place
            axis = hint.axis or ("slide_x" if hint.move is Manoeuvre.SLIDE else hint.move.value)
            place = patient_direction(target if target in CONTACTS else View.PLAX, axis, sign, start.rotation)
        towards = skin_direction(place, window)
    about = np.zeros(3)
    if hint.move in (Manoeuvre.TILT, Manoeuvre.ROCK) and towards is not None:
        about = unit(np.cross(-start.rotation[:, 2], towards))
    return Motion(hint.move, start, towards, place, sign, _SIZES.get(hint.amount, 1.0), about)


def ease(now_ns: int) -> tuple[float, float]:
    """(progress 0..1, opacity 0..1) of the animation at ``now_ns``: it rests, moves, rests and fades."""
    phase = (now_ns / 1e9 % PERIOD_S) / PERIOD_S
    t = min(1.0, max(0.0, (phase - 0.12) / 0.48))
    progress = t * t * (3.0 - 2.0 * t)
    fade_out = min(1.0, max(0.0, (1.0 - phase) / 0.12))
    fade_in = min(1.0, phase / 0.08)
    return progress, min(fade_out, fade_in)


def _anywhere(place: PatientDirection) -> float:
    """Clock angle of a landmark as any window has it."""
    return next(marks[place] for marks in LANDMARKS.values() if place in marks)
