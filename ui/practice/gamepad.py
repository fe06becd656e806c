"""Gamepad: sticks and buttons from Linux's joystick devices. Qt 6 has no module for them; elsewhere there is none here.

Layout as the kernel's xpad, hid-sony and hid-nintendo drivers report it (Documentation/input/gamepad.rst); events as
``struct js_event`` of Documentation/input/joydev/joystick-api.rst. No gamepad has confirmed it yet: tests write the
bytes that the kernel would.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from glob import glob
from types import MappingProxyType

DEVICES = "/dev/input/js*"
EVENT = struct.Struct("<IhBB")
"""Milliseconds, value, kind, number."""

_BUTTON, _AXIS, _INITIAL = 1, 2, 0x80
_FULL = 32767.0
DEAD = 0.12
"""A stick that is let go rests anywhere within this share of its way."""

LOOK_EVERY_S = 2.0
"""So often a gamepad is looked for while there is none."""


class Button(IntEnum):
    """Buttons by number: the lower, right, left and upper of the four, the shoulders, and the middle right one."""

    SOUTH, EAST, WEST, NORTH, LEFT, RIGHT, SELECT, START = range(8)


@dataclass(frozen=True, slots=True)
class Sticks:
    """How far each is moved: -1..1, right and down positive; the triggers' pull is 0..1."""

    left: tuple[float, float] = (0.0, 0.0)
    right: tuple[float, float] = (0.0, 0.0)
    left_trigger: float = 0.0
    right_trigger: float = 0.0


class Gamepad:
    """The first gamepad that can be read; it may come and go.

    Args:
        devices: pattern of the devices' paths.

    Attributes:
        held: buttons that are down.
    """

    def __init__(self, devices: str = DEVICES):
        self._devices = devices
        self._file: int | None = None
        self._axes: dict[int, float] = {}
        self._rest = b""
        self._looked_s = float("-inf")
        self.held: set[int] = set()

    @property
    def there(self) -> bool:
        """Whether there is one."""
        return self._file is not None

    def poll(
        self, now_s: float, pressed: Mapping[int, Callable[[], object]] = MappingProxyType({})
    ) -> Sticks:
        """Take in what happened, call what ``pressed`` says of each button that went down, and return the sticks."""
        if self._file is None and now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            self._open()
        for number in self._read():
            act = pressed.get(number)
            if act is not None:
                act()
        axes = self._axes
        return Sticks(
            (_beyond(axes.get(0, 0.0)), _beyond(axes.get(1, 0.0))),
            (_beyond(axes.get(3, 0.0)), _beyond(axes.get(4, 0.0))),
            (axes.get(2, -1.0) + 1.0) / 2.0,
            (axes.get(5, -1.0) + 1.0) / 2.0,
        )

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            os.close(self._file)
        self._file = None
        self._rest = b""
        self._axes.clear()
        self.held.clear()

    def _open(self) -> None:
        for path in sorted(glob(self._devices)):
            try:
                self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                return
            except OSError:  # somebody else's, or gone again
                continue

    def _read(self) -> list[int]:
        """Buttons that went down; axes and what is held are noted."""
        if self._file is None:
            return []
        try:
            data = os.read(self._file, 64 * EVENT.size)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:  # it was unplugged
            self.close()
            return []
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        down: list[int] = []
        for _, value, kind, number in EVENT.iter_unpack(data[:whole]):
            if kind & ~_INITIAL == _AXIS:
                self._axes[number] = max(-1.0, value / _FULL)
            elif kind & ~_INITIAL == _BUTTON and value:
                self.held.add(number)
                if not kind & _INITIAL:  # at the start the kernel tells what is held already
                    down.append(number)
            elif kind & ~_INITIAL == _BUTTON:
                self.held.discard(number)
        return down


def _beyond(value: float) -> float:
    """``value`` without the dead middle, finer near it: a probe is moved by millimetres."""
    past = max(0.0, abs(value) - DEAD) / (1.0 - DEAD)
    return past * past if value > 0 else -past * past
