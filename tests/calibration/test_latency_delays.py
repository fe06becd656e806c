"""Joining stamps to delays, and delays in a film of two screens.

Promises:
- a constant delay is found exactly, the first picture of a code counts, repeats are counted and change nothing;
- codes that no picture showed are missed; a code that was not on the screen, or long ago, is impossible, not a delay;
- with the driver's stamps grabber and driver add up to the whole, without them the grabber is the whole;
- the painted picture of a code is the first that was painted of it, whichever the engine dropped;
- only what lies between the two times counts, also where its picture comes later;
- in a film the delay is found within its resolution, in either order of the screens, with a shaking camera, in slow
  motion, through blended pictures; a film without both patterns is refused with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.latency_code import CODES
from calibration.latency_delays import Guided, Seen, Shown, delays_of
from calibration.latency_reader import Reading, Verdict
from calibration.latency_video import analyse_film
from guidance.errors import InputError

MS = 1_000_000


def shown(count: int, hold_ms: int = 50, first: int = 65500) -> list[Shown]:
    return [Shown((first + k) % CODES, k * hold_ms * MS - MS // 2, k * hold_ms * MS) for k in range(count)]


def seen(index: int, ms: float, code: int | None, driver_ms: float | None = None) -> Seen:
    verdict = Verdict.BLENDED if code is None else Verdict.READ
    driver_ns = None if driver_ms is None else round(driver_ms * MS)
    return Seen(index, round(ms * MS), verdict, code, driver_ns)


@settings(deadline=None)
@given(st.floats(0.0, 400.0), st.integers(0, CODES - 1), st.sampled_from([10, 25, 50]))
def test_a_constant_delay_is_found(delay_ms: float, first: int, every_ms: int) -> None:
    """Pictures come every few ms and show what was on the screen ``delay_ms`` earlier."""
    codes = shown(40, first=first)
    pictures = [
        seen(k, k * every_ms + delay_ms, codes[min(39, k * every_ms // 50)].code)
        for k in range(2000 // every_ms)
    ]
    found = delays_of(codes, pictures, [], from_ns=0, until_ns=10**12)
    assert found.values["capture"] == pytest.approx([delay_ms] * 40, abs=1e-5)
    assert found.values["grabber"] == found.values["capture"]
    assert found.values["driver"] == []
    assert (found.shown, found.missed, found.impossible) == (40, 0, 0)
    assert found.repeated == 2000 // every_ms - 40
    summary = found.summary()
    assert summary["driver"] is None
    assert summary["capture"] is not None
    assert summary["capture"]["count"] == 40


def test_missed_blended_and_impossible_pictures_are_told_apart() -> None:
    codes = shown(4)
    pictures = [
        seen(0, 30, codes[0].code),
        seen(1, 60, None),
        seen(2, 90, codes[3].code),  # comes on at 150 ms: it cannot be seen yet
        seen(3, 130, codes[2].code),
        seen(4, 160, 12),  # was never shown
        seen(5, 170, codes[2].code),
        seen(6, 6000, codes[0].code),  # a device's leftover
    ]
    found = delays_of(codes, pictures, [], from_ns=0, until_ns=10**12)
    assert found.values["capture"] == [30.0, 30.0]
    assert found.at_s == [0.0, 0.1]
    assert (found.shown, found.missed) == (4, 2)
    assert found.impossible == 3
    assert found.repeated == 1
    assert found.verdicts == {"read": 6, "unseen": 0, "faint": 0, "blended": 1, "torn": 0}


def test_parts_add_up() -> None:
    codes = shown(2)
    pictures = [
        seen(0, 20, codes[0].code, 12),
        seen(1, 35, codes[0].code, 30),
        seen(2, 80, codes[1].code, 75),
    ]
    guided = [
        Guided(1, 41 * MS, {"total": 6.0}, 50 * MS),  # the engine dropped picture 0
        Guided(2, 88 * MS, {"total": 8.0}),  # never painted
    ]
    found = delays_of(codes, pictures, guided, from_ns=0, until_ns=10**12)
    assert found.values["grabber"] == [12.0, 25.0]
    assert found.values["driver"] == [8.0, 5.0]
    assert found.values["capture"] == [20.0, 30.0]
    assert found.values["engine"] == [6.0, 8.0]
    assert found.values["paint"] == [9.0]
    assert found.values["total"] == [50.0]


def test_only_the_time_between_counts() -> None:
    codes = shown(4)
    pictures = [seen(k, 50 * k + 80, codes[k].code) for k in range(4)]
    found = delays_of(codes, pictures, [], from_ns=50 * MS, until_ns=150 * MS)
    assert found.values["capture"] == [80.0, 80.0]
    assert found.shown == 2
    assert found.verdicts["read"] == 2  # pictures that arrived at 80 and 130 ms


# Films


def film(
    delay_s: float, *, fps: float = 240.0, seconds: float = 3.0, blend: bool = True, swap: bool = False,
    only_one: bool = False, hold_s: float = 0.07,
) -> Iterator[tuple[float, list[Reading]]]:  # fmt: skip
    """What a reader finds in a shaking film: the pattern left, larger; the other right, ``delay_s`` later."""
    rng = np.random.default_rng(4)
    for number in range(round(seconds * fps)):
        at = number / fps
        found = []
        for side, late in enumerate((0.0, delay_s)):
            if only_one and side:
                continue
            phase, code = (at + 5.0 - late) / hold_s % 1.0, int((at + 5.0 - late) / hold_s)
            centre = (500.0 * (side != swap) + rng.normal(0, 6), 200.0 + rng.normal(0, 6))
            if blend and phase < 0.06:
                found.append(Reading(Verdict.BLENDED, None, centre))
            else:
                found.append(Reading(Verdict.READ, code, centre))
        yield at, found if number % 7 else found[:1]  # now and then only one is found


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("delay_s", [0.004, 0.043, 0.1234])
def test_the_delay_in_a_film_is_found(delay_s: float, swap: bool) -> None:
    found = analyse_film(film(delay_s, swap=swap))
    assert found.resolution_ms < 20.0
    assert abs(found.summary()["p50"] - 1000 * delay_s) <= found.resolution_ms / 2
    assert found.missed == 0
    assert found.shown > 30
    assert len(found.values) == len(found.at_s) == found.shown


def test_a_film_that_shows_too_little_is_refused() -> None:
    with pytest.raises(InputError, match="no picture"):
        analyse_film([])
    with pytest.raises(InputError, match="no pattern"):
        analyse_film([(0.0, []), (0.1, [Reading(Verdict.UNSEEN)])])
    with pytest.raises(InputError, match="one pattern"):
        analyse_film(film(0.1, only_one=True))
    with pytest.raises(InputError, match="ten seconds"):
        analyse_film(film(0.05, seconds=0.3))
