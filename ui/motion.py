"""What the probe drawing shows for a hint: which way the moving end goes, how far, and the ease of a cycle.

Pure: numbers in, numbers out. Directions on screen follow someone who looks at the patient's chest: head up, feet
down, the patient's left on the right of the screen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from guidance.directions import LANDMARKS, PatientDirection
from guidance.hint import Hint
from guidance.probe import Manoeuvre
from guidance.views import View, Window, window_of

PERIOD_S = 2.0
"""One cycle of the animation."""

_ELSEWHERE_DEG = {
    **LANDMARKS[Window.PARASTERNAL],
    PatientDirection.ARMPIT: LANDMARKS[Window.APICAL][PatientDirection.ARMPIT],
    PatientDirection.PATIENT_RIGHT: LANDMARKS[Window.SUBCOSTAL][PatientDirection.PATIENT_RIGHT],
}
_SIZES = {"slightly": 0.5, "a lot": 1.0}


@dataclass(frozen=True, slots=True)
class Motion:
    """One movement to draw.

    Attributes:
        move: the manoeuvre.
        towards: (x, y) unit vector on the chest (see the module) of the end that moves: the whole probe for a
            slide, the tail for tilt and rock. None where the hint names no place.
        place: the word for where it goes; empty where there is none.
        sign: +1 or -1: for a rotation clockwise or anticlockwise.
        size: 0.5 slightly, 0.75 plain, 1.0 a lot.
    """

    move: Manoeuvre
    towards: tuple[float, float] | None
    place: str
    sign: int
    size: float

    @property
    def side(self) -> int:
        """+1 when the end goes to the right of a side drawing: the patient's left or the head; else -1."""
        if self.towards is None:
            return self.sign
        x, y = self.towards
        return (1 if x > 0 else -1) if abs(x) >= abs(y) else (1 if y < 0 else -1)


def motion_of(hint: Hint, target: View = View.OTHER) -> Motion:
    """The drawing that goes with ``hint``; landmarks lie as seen from the window of ``target``."""
    towards, place = None, ""
    if hint.place is not None:
        window = window_of(target)
        seen = LANDMARKS[window] if window is not None and hint.place in LANDMARKS[window] else _ELSEWHERE_DEG
        angle = math.radians(seen[hint.place])
        towards = (math.sin(angle), -math.cos(angle))
        place = hint.direction.removeprefix("towards ").removeprefix("the ")
    return Motion(hint.move, towards, place, hint.sign or 1, _SIZES.get(hint.amount, 0.75))


def ease(now_ns: int) -> tuple[float, float]:
    """(progress 0..1, opacity 0..1) of the animation at ``now_ns``: it rests, moves, rests and fades."""
    phase = (now_ns / 1e9 % PERIOD_S) / PERIOD_S
    t = min(1.0, max(0.0, (phase - 0.12) / 0.48))
    progress = t * t * (3.0 - 2.0 * t)
    fade_out = min(1.0, max(0.0, (1.0 - phase) / 0.12))
    fade_in = min(1.0, phase / 0.08)
    return progress, min(fade_out, fade_in)
