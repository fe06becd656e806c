"""Teach, then fade.

Promises:
- right pictures in a row make hints sparser, wrong ones denser, never beyond the ends; a mixed record changes nothing;
- each step waits, shows and ends as its rule says; another movement waits anew, but a need is not left for ever;
- whoever asks gets a hint at once, at every step; without a hint to show there is none.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.practice.fading import ASKED_S, RULES, Fade, HintFader, fade_after

TILT, ROCK = ("tilt", 1), ("rock", -1)


def shown(fader: HintFader, seconds: float, key: object = TILT, start: float = 0.0) -> list[bool]:
    """At ten pictures a second."""
    return [fader.shows(start + k / 10, key) for k in range(round(10 * seconds))]


def test_two_in_a_row_change_the_level() -> None:
    assert fade_after([]) is Fade.AT_ONCE
    assert fade_after([True]) is Fade.AT_ONCE
    assert fade_after([True] * 2) is Fade.LATE
    assert fade_after([True] * 4) is Fade.RARE
    assert fade_after([True] * 20) is Fade.ASKED
    assert fade_after([True] * 4 + [False] * 2) is Fade.LATE
    assert fade_after([True] * 2 + [True, False] * 9) is Fade.LATE
    assert fade_after([False] * 9) is Fade.AT_ONCE


@given(st.lists(st.booleans()), st.booleans())
def test_one_more_attempt_changes_at_most_one_step_and_in_its_direction(
    before: list[bool], right: bool
) -> None:
    change = fade_after([*before, right]) - fade_after(before)
    assert change in ((0, 1) if right else (0, -1))


def test_at_once_means_always() -> None:
    assert all(shown(HintFader(Fade.AT_ONCE), 12))


def test_late_waits_and_then_stays() -> None:
    wait = RULES[Fade.LATE].wait_s
    seen = shown(HintFader(Fade.LATE), 3 * wait)
    assert seen.index(True) == pytest.approx(10 * wait, abs=1)
    assert all(seen[seen.index(True) :])


def test_another_movement_waits_anew() -> None:
    wait = RULES[Fade.LATE].wait_s
    fader = HintFader(Fade.LATE)
    assert shown(fader, wait + 1)[-1]
    after = shown(fader, 2 * wait, ROCK, wait + 1)
    assert not after[0]
    assert after.index(True) == pytest.approx(10 * wait, abs=1)


def test_hints_that_change_all_the_time_are_not_withheld_for_ever() -> None:
    wait = RULES[Fade.LATE].wait_s
    fader = HintFader(Fade.LATE)
    seen = [fader.shows(k / 10, (TILT, ROCK)[k // 10 % 2]) for k in range(round(25 * wait))]
    assert seen.index(True) == pytest.approx(20 * wait, abs=1)


def test_rare_ends_by_itself_and_comes_again() -> None:
    rule = RULES[Fade.RARE]
    assert rule.show_s is not None
    seen = shown(HintFader(Fade.RARE), 2 * (rule.wait_s + rule.show_s))
    first = seen.index(True)
    assert first == pytest.approx(10 * rule.wait_s, abs=1)
    assert seen[first:].index(False) == pytest.approx(10 * rule.show_s, abs=1)
    assert sum(seen) >= 1.9 * 10 * rule.show_s - 3


@pytest.mark.parametrize("fade", list(Fade))
def test_whoever_asks_gets_one_at_once(fade: Fade) -> None:
    fader = HintFader(fade)
    fader.shows(0.0, TILT)
    fader.ask(0.1)
    assert all(shown(fader, ASKED_S - 0.1, start=0.1))
    assert not fader.shows(0.2, None)


def test_unasked_nothing_comes_at_the_last_step() -> None:
    fader = HintFader(Fade.ASKED)
    assert not any(shown(fader, 100))
    assert math.isinf(fader.wait_s(100.0))


def test_what_is_solved_is_forgotten() -> None:
    fader = HintFader(Fade.LATE)
    shown(fader, 3.5)
    shown(fader, 2.0, None, 3.5)
    assert not any(shown(fader, 3.5, start=5.5))
