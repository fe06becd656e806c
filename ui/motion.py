"""What the probe drawing shows for a hint: which end moves, which way, how far, and the ease of a cycle.

Pure: text and numbers in, numbers out. Directions on screen follow someone who looks at the patient's chest:
head up, feet down, the patient's left on the right of the screen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from guidance.directions import LANDMARKS, PatientDirection
from guidance.hint import Hint
from guidance.probe import Manoeuvre
from guidance.views import View, Window, window_of

PERIOD_S = 2.0

_WORDS: tuple[tuple[str, PatientDirection], ...] = (
    ("left shoulder", PatientDirection.LEFT_SHOULDER),
    ("right shoulder", PatientDirection.RIGHT_SHOULDER),
    ("left hip", PatientDirection.LEFT_HIP),
    ("right hip", PatientDirection.RIGHT_HIP),
    ("armpit", PatientDirection.ARMPIT),
    ("breastbone", PatientDirection.BREASTBONE),
    ("patient's left", PatientDirection.PATIENT_LEFT),
    ("patient's right", PatientDirection.PATIENT_RIGHT),
    ("head", PatientDirection.HEAD),
    ("feet", PatientDirection.FEET),
)
_CLOCK_DEG = {
    PatientDirection.PATIENT_RIGHT: 270.0,
    PatientDirection.ARMPIT: 35.0,
    **LANDMARKS[Window.PARASTERNAL],
}


@dataclass(frozen=True, slots=True)
class Motion:
    """One movement to draw.

    Attributes:
        move: the manoeuvre.
        towards: (x, y) unit vector on the chest (see the module); None where no place is named.
        place: the word for the end of the arrow, such as ``"head"``; empty where there is none.
        turn: +1 clockwise or away (as the manoeuvre goes), -1 the other way; 0 unknown.
        size: 0.5 slightly, 0.75 plain, 1.0 a lot.
        tail: True when the hint moves the handle's tail, False when it moves the beam or the whole probe.
    """

    move: Manoeuvre
    towards: tuple[float, float] | None
    place: str
    turn: int
    size: float
    tail: bool


def motion_of(hint: Hint, view: View = View.OTHER) -> Motion:
    """The drawing that goes with ``hint``; landmarks lie as seen from the window of ``view``, the target."""
    direction, line = hint.direction.lower(), hint.text.lower()
    found = next((pair for pair in _WORDS if pair[0] in direction), None)
    towards, place = None, ""
    if found is not None:
        place = found[0]
        window = window_of(view)
        clock = LANDMARKS[window].get(found[1]) if window is not None else None
        angle = math.radians(_CLOCK_DEG[found[1]] if clock is None else clock)
        towards = (math.sin(angle), -math.cos(angle))
    turn = 0
    words = f"{direction} {line}"
    if any(w in words for w in ("anticlockwise", "anti-clockwise", "counterclockwise", "counter-clockwise")):
        turn = -1
    elif "clockwise" in words:
        turn = 1
    elif any(w in words for w in ("away", "lighter", "less", "ease off")):
        turn = -1
    elif "marker" in words or hint.move is Manoeuvre.PRESS:
        turn = 1
    size = {"slightly": 0.5, "a lot": 1.0}.get(hint.amount.lower(), 0.75)
    return Motion(hint.move, towards, place, turn, size, "tail" in words)


def ease(now_ns: int) -> tuple[float, float]:
    """(progress 0..1, opacity 0..1) of the animation at ``now_ns``: it rests, moves, rests and fades."""
    phase = (now_ns / 1e9 % PERIOD_S) / PERIOD_S
    t = min(1.0, max(0.0, (phase - 0.12) / 0.48))
    progress = t * t * (3.0 - 2.0 * t)
    fade_out = min(1.0, max(0.0, (1.0 - phase) / 0.12))
    fade_in = min(1.0, phase / 0.08)
    return progress, min(fade_out, fade_in)
