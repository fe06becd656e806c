"""A film of two screens, taken by a phone in slow motion: the pattern, and sonoguide's window that shows it again.

The film needs no clock but its own: how much later does a code come on the second screen than on the first? That is
everything from photon to pixel, both screens included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from calibration.latency_code import CODES
from calibration.latency_reader import Reading, Verdict
from guidance.errors import InputError
from guidance.latency import percentiles

FEWEST = 5
"""Codes that must have been seen on both screens; fewer say nothing."""

LONGEST_GAP_S = 0.1
"""A change between two readable pictures further apart than this is not placed in time."""


@dataclass(frozen=True, slots=True)
class FilmDelays:
    """Milliseconds from a code on the pattern's screen to the same code in sonoguide's window.

    Attributes:
        values: one for each code that appeared on both, in the order of time.
        at_s: when each appeared on the first screen.
        resolution_ms: median width of the interval in which a delay lies (from unreadable and few pictures).
        pictures, both: pictures of the film, and those in which both patterns could be read.
        shown, missed: codes that appeared on the first screen; those that never appeared on the second.
    """

    values: list[float]
    at_s: list[float]
    resolution_ms: float
    pictures: int
    both: int
    shown: int
    missed: int

    def summary(self) -> dict[str, float]:
        """Count, min and percentiles in ms."""
        found = percentiles(np.asarray(self.values))
        return {"count": len(self.values), "min": min(self.values), **found}


@dataclass(slots=True)
class _Screen:
    """Where one of the two patterns is, and when each of its codes appeared: the interval (before, at) in seconds."""

    centre: tuple[float, float]
    appeared: dict[int, tuple[float, float]] = field(default_factory=dict)
    last: tuple[int, float] | None = None

    def see(self, reading: Reading, at_s: float) -> None:
        if reading.centre is not None:
            self.centre = reading.centre
        if reading.code is None:
            return
        if self.last is not None and self.last[0] != reading.code and at_s - self.last[1] <= LONGEST_GAP_S:
            self.appeared.setdefault(reading.code, (self.last[1], at_s))
        self.last = reading.code, at_s


def analyse_film(pictures: Iterable[tuple[float, list[Reading]]]) -> FilmDelays:
    """Delays in a film, given as (true time in seconds, patterns in the picture) of every picture.

    Which pattern is the first is found by its codes: the other one is behind. The camera may shake, but not so far
    that one pattern comes where the other was.

    Raises:
        InputError: the film does not show both patterns, or not long enough.
    """
    screens: list[_Screen] = []
    count = both = most = 0
    ahead: list[int] = []
    for at_s, found in pictures:
        count += 1
        readings = [reading for reading in found if reading.centre is not None][:2]
        most = max(most, len(readings))
        if not screens:
            if len(readings) == 2:
                screens = [_Screen(reading.centre) for reading in readings if reading.centre is not None]
            else:
                continue
        codes: list[int | None] = [None, None]
        for number, reading in zip(_places(screens, readings), readings, strict=True):
            if number is None:
                continue
            screens[number].see(reading, at_s)
            codes[number] = reading.code if reading.verdict is Verdict.READ else None
        if codes[0] is not None and codes[1] is not None:
            both += 1
            ahead.append((codes[0] - codes[1] + CODES // 2) % CODES - CODES // 2)
    if count == 0:
        raise InputError("the film holds no picture: film both screens again")
    if most < 2 or not ahead:
        seen = (
            "no pattern" if most == 0 else "one pattern" if most == 1 else "two patterns, never both clear,"
        )
        raise InputError(
            f"{seen} in the film: film the pattern and sonoguide's window side by side, sharp, and each at least "
            "a fifth of the picture wide"
        )
    if float(np.median(ahead)) < 0:
        screens.reverse()
    return _delays(screens[0], screens[1], count, both)


def _places(screens: list[_Screen], readings: list[Reading]) -> list[int | None]:
    """Which screen each reading (one or two) is of: the nearest; None where it is near neither (a picture of one)."""
    centres = np.array([screen.centre for screen in screens])
    near = 0.3 * float(np.hypot(*(centres[0] - centres[1])))
    found: list[int | None] = []
    for reading in readings:
        distances = [float(np.hypot(*(np.array(reading.centre) - centre))) for centre in centres]
        number = int(np.argmin(distances))
        found.append(number if distances[number] < near and number not in found else None)
    return found


def _delays(first: _Screen, second: _Screen, pictures: int, both: int) -> FilmDelays:
    values, widths, at_s = [], [], []
    last_s = max((at for code, (_, at) in first.appeared.items() if code in second.appeared), default=0.0)
    shown = missed = 0
    for code, (before, at) in first.appeared.items():
        echo = second.appeared.get(code)
        if echo is None:
            late = at < last_s  # later ones may have come on after the film's end
            shown, missed = shown + late, missed + late
            continue
        shown += 1
        # A code came on somewhere between two pictures: the middle is the best guess, on both screens.
        values.append(1000.0 * ((echo[0] + echo[1]) - (before + at)) / 2.0)
        widths.append(1000.0 * ((echo[1] - echo[0]) + (at - before)))
        at_s.append(at)
    if len(values) < FEWEST:
        raise InputError(
            f"only {len(values)} codes can be followed from one screen to the other: film for ten seconds or "
            "longer, at 120 pictures a second or more, from a stand"
        )
    return FilmDelays(values, at_s, float(np.median(widths)), pictures, both, shown, missed)
