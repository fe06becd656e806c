"""Which key moves the probe how, and the words of the help."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qtpy.QtCore import Qt

from ui.practice.hand import Push

STEP_MM, STEP_DEG, STEP_PRESS = 1.0, 1.0, 0.02
"""What one tap on a key does; a key that is held repeats it."""

MOVES: Mapping[int, Push] = MappingProxyType(
    {
        Qt.Key.Key_Up: Push(head=STEP_MM),
        Qt.Key.Key_Down: Push(head=-STEP_MM),
        Qt.Key.Key_Right: Push(left=STEP_MM),
        Qt.Key.Key_Left: Push(left=-STEP_MM),
        # The letters stand round the tail and take it there; + tilt takes it to +y, + rock away from the marker.
        Qt.Key.Key_W: Push(tilt=STEP_DEG),
        Qt.Key.Key_S: Push(tilt=-STEP_DEG),
        Qt.Key.Key_A: Push(rock=STEP_DEG),
        Qt.Key.Key_D: Push(rock=-STEP_DEG),
        Qt.Key.Key_E: Push(rotate=STEP_DEG),
        Qt.Key.Key_Q: Push(rotate=-STEP_DEG),
        Qt.Key.Key_X: Push(press=STEP_PRESS),
        Qt.Key.Key_Z: Push(press=-STEP_PRESS),
    }
)

HELP = (
    ("Slide over the skin", "drag on the chest", "arrow keys"),
    ("Tilt and rock: take the tail along", "Shift + drag", "W  S   A  D"),
    ("Rotate", "wheel", "Q  E"),
    ("Press", "Ctrl + wheel", "Z  X"),
    ("Look at the chest from elsewhere", "right button + drag", ""),
    ("This is the picture", "", "Space"),
    ("A hint, please", "", "Enter"),
    ("Next patient; again; give up", "", "N   R   G"),
    ("Hints; fading; re-test on your own", "", "H   F   T"),
    ("Full screen; this help; close", "", "F11   F1   Ctrl+Q"),
)
"""What, by mouse, by keyboard."""
