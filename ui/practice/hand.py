"""Hand: the operator's hand on the probe. It slides over the skin, turns the probe in its own axes, and presses.

Pure: movements in, poses out. The probe never leaves the skin, and its handle never dips into the patient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from guidance.probe import Adjustment, Pose, adjusted, pose_distance
from models.phantom.patient import Patient
from models.phantom.targets import angle_to_skin, on_skin

FLATTEST_DEG = 75.0
"""So far the beam may lean from straight in: beyond, the handle would touch the patient."""

HOLD_AFTER_S, SLOW, FAST, SPEED_UP_S = 0.18, 14.0, 42.0, 0.9
"""A key that is held repeats its step from so long on, so many times a second, faster and faster."""


@dataclass(frozen=True, slots=True)
class Push:
    """One step of a key or of a wheel.

    Attributes:
        left, head: mm over the skin towards the patient's left and the head.
        tilt, rock, rotate: degrees about the probe's own axes, signs as :class:`guidance.probe.Adjustment`.
        press: change of the pressure, 0..1.
    """

    left: float = 0.0
    head: float = 0.0
    tilt: float = 0.0
    rock: float = 0.0
    rotate: float = 0.0
    press: float = 0.0


@dataclass(frozen=True, slots=True)
class Way:
    """How far the probe has come: mm over the skin and degrees of turning."""

    mm: float = 0.0
    deg: float = 0.0

    def __add__(self, other: Way) -> Way:
        return Way(self.mm + other.mm, self.deg + other.deg)

    @property
    def both(self) -> float:
        """mm plus degrees: one figure for the length of a path."""
        return self.mm + self.deg


@dataclass(slots=True)
class _Held:
    push: Push
    since_s: float = 0.0


@dataclass(slots=True)
class Hand:
    """Holds the probe on ``patient``.

    Attributes:
        patient: on whose skin. pose: where the probe is. press: how hard, 0..1.
        placed: told of every change.
        way: how far the probe has come so far.
    """

    patient: Patient
    pose: Pose
    press: float = 0.7
    placed: Callable[[Pose, float], object] = lambda pose, press: None
    way: Way = Way()
    _held: dict[object, _Held] = field(default_factory=dict)

    def push(self, push: Push, times: float = 1.0) -> None:
        """Move by ``times`` steps of ``push``."""
        if push.press:
            self.press = min(1.0, max(0.0, self.press + times * push.press))
        before = self.pose
        slid = self._own_slide(times * push.left, times * push.head)
        turned = (times * push.tilt, times * push.rock, times * push.rotate)
        after = on_skin(self.patient, adjusted(before, Adjustment(*slid, *turned)))
        flat = angle_to_skin(self.patient, after)
        if flat > FLATTEST_DEG and flat > angle_to_skin(self.patient, before):
            after = before
        self.way = self.way + Way(*pose_distance(before, after))
        self.pose = after
        self.placed(after, self.press)

    def hold(self, key: object, push: Push) -> None:
        """``key`` went down: one step at once, more in :meth:`advance` until :meth:`release`."""
        if key not in self._held:
            self._held[key] = _Held(push)
            self.push(push)

    def release(self, key: object = None) -> None:
        """``key`` came up; None: every key did (the window lost the keyboard)."""
        if key is None:
            self._held.clear()
        else:
            self._held.pop(key, None)

    def advance(self, dt_s: float) -> bool:
        """Let the held keys work for ``dt_s`` seconds; whether any is held."""
        for held in tuple(self._held.values()):
            held.since_s += dt_s
            repeating = held.since_s - HOLD_AFTER_S
            if repeating > 0.0:
                rate = SLOW + (FAST - SLOW) * min(1.0, repeating / SPEED_UP_S)
                self.push(held.push, rate * min(dt_s, repeating))
        return bool(self._held)

    def _own_slide(self, left: float, head: float) -> tuple[float, float]:
        """(slide_x, slide_y), mm: the same slide along the probe's own axes.

        A probe that lies nearly flat hardly slides along its own axes any more; the share that cannot be had is
        left out.
        """
        axes = self.pose.rotation[:2, :2]
        damped = axes.T @ axes + 1e-4 * np.eye(2)
        x, y = np.linalg.solve(damped, axes.T @ np.array([left, head]))
        return float(x), float(y)


def slide(left: float, head: float) -> Push:
    """A slide over the skin, mm."""
    return Push(left=left, head=head)
