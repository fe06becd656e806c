"""A gamepad, by the bytes that Linux's joystick interface gives.

Promises:
- sticks tell how far they are moved, finely near the middle, and nothing where they rest; triggers 0 to 1;
- a button acts once when it goes down, not when it was held before; what is held is known;
- none, one that cannot be read, one that is unplugged and comes back: never trouble;
- in the practice window it slides, leans, turns and presses the probe as the mouse does, and its buttons are the keys.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from practice_parts import Joystick

from ui.practice.gamepad import LOOK_EVERY_S, Button, Gamepad

AXIS, BUTTON, INITIAL = Joystick.AXIS, Joystick.BUTTON, Joystick.INITIAL

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="gamepads are read on Linux alone")


@pytest.fixture
def kernel(tmp_path: Path) -> Joystick:
    made = Joystick(tmp_path / "js0")
    made.plug_in()
    return made


@pytest.fixture
def pad(kernel: Joystick) -> Iterator[Gamepad]:
    made = Gamepad(str(kernel.path))
    made.poll(0.0)
    assert made.there
    yield made
    made.close()


def test_sticks_and_triggers(kernel: Joystick, pad: Gamepad) -> None:
    assert pad.poll(0.0).left == (0.0, 0.0)
    kernel.send(AXIS, 0, 32767)
    kernel.send(AXIS, 1, -32768)
    kernel.send(AXIS, 3, 2000)  # it rests there
    kernel.send(AXIS, 4, 16384)
    kernel.send(AXIS, 5, 32767)
    kernel.send(AXIS | INITIAL, 2, -32767)
    sticks = pad.poll(0.0)
    assert sticks.left == (1.0, -1.0)
    assert sticks.right[0] == 0.0
    assert 0.1 < sticks.right[1] < 0.3
    assert (sticks.left_trigger, sticks.right_trigger) == (0.0, 1.0)


def test_buttons_act_once(kernel: Joystick, pad: Gamepad) -> None:
    acted: list[str] = []
    deeds = {Button.SOUTH: lambda: acted.append("south"), Button.START: lambda: acted.append("start")}
    kernel.send(BUTTON | INITIAL, Button.START, 1)
    kernel.send(BUTTON, Button.SOUTH, 1)
    kernel.send(BUTTON, Button.LEFT, 1)
    kernel.send(BUTTON, 40, 1)
    pad.poll(0.0, deeds)
    pad.poll(0.0, deeds)
    assert acted == ["south"]
    assert {Button.LEFT, Button.SOUTH, Button.START} <= pad.held
    kernel.send(BUTTON, Button.LEFT, 0)
    pad.poll(0.0, deeds)
    assert Button.LEFT not in pad.held


def test_it_may_come_and_go(kernel: Joystick, pad: Gamepad, tmp_path: Path) -> None:
    kernel.send(AXIS, 0, 32767)
    assert pad.poll(0.0).left[0] == 1.0
    kernel.unplug()
    assert pad.poll(0.0).left[0] == 0.0
    assert not pad.there
    kernel.plug_in()
    pad.poll(LOOK_EVERY_S / 2)
    assert not pad.there
    pad.poll(LOOK_EVERY_S)
    assert pad.there
    nowhere = Gamepad(str(tmp_path / "nothing*"))
    assert nowhere.poll(0.0).left == (0.0, 0.0)
    assert not nowhere.there
