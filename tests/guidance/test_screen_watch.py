"""Promises of the watch over a live screen:

- a changed depth (the ruler's marks move) is noticed within two seconds, other changes of the layout, too;
- a picture that stands still is frozen although ECG and clock move, a moving one is not, nor is noise movement;
- a menu over the picture is noticed, and gone when it goes;
- it costs less than 5 ms a frame (measured in docs/calibration.md; here it is only called).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from media import Pixels
from scanner_screen import FPS, PROFILE, SIZE, frames, screen

from guidance.screen_watch import ScreenState, ScreenWatch


def watched(pictures: list[Pixels], watch: ScreenWatch, first: int = 0) -> list[ScreenState]:
    return [watch.see(frame) for frame in frames(pictures, first)]


def test_a_live_screen_stays_live() -> None:
    states = watched([screen(i) for i in range(4 * FPS)], ScreenWatch(PROFILE))
    assert set(states) == {ScreenState.LIVE}


@pytest.mark.parametrize("known", [True, False], ids=["ruler known", "ruler not known"])
def test_another_depth_is_noticed_within_two_seconds(known: bool) -> None:
    watch = ScreenWatch(PROFILE if known else replace(PROFILE, ruler=None))
    assert set(watched([screen(i) for i in range(2 * FPS)], watch)) == {ScreenState.LIVE}
    after = watched([screen(i, step=19.0) for i in range(2 * FPS, 4 * FPS)], watch, 2 * FPS)
    assert ScreenState.CHANGED in after


def test_a_picture_that_stands_still_is_frozen_though_the_ecg_moves() -> None:
    watch = ScreenWatch(PROFILE)
    watched([screen(i) for i in range(2 * FPS)], watch)
    still = [screen(i, seed=1) for i in range(2 * FPS, 4 * FPS)]
    assert watched(still, watch, 2 * FPS)[FPS:] == [ScreenState.FROZEN] * FPS
    assert watched([screen(i) for i in range(4 * FPS, 5 * FPS)], watch, 4 * FPS)[1:] == [ScreenState.LIVE] * (
        FPS - 1
    )


def test_converter_noise_over_a_frozen_picture_is_no_movement() -> None:
    rng = np.random.default_rng(3)

    def noisy(i: int) -> Pixels:
        grey = screen(i, seed=1).astype(np.float32) + rng.normal(0, 2, (SIZE[1], SIZE[0]))
        return np.clip(grey, 0, 255).astype(np.uint8)

    states = watched([noisy(i) for i in range(2 * FPS)], ScreenWatch(PROFILE))
    assert states[-1] is ScreenState.FROZEN


def test_a_menu_over_the_picture_is_noticed_and_its_end_too() -> None:
    watch = ScreenWatch(PROFILE)
    watched([screen(i) for i in range(2 * FPS)], watch)

    def with_menu(i: int) -> Pixels:
        picture = screen(i)
        picture[180:330, 220:390] = 200
        picture[200:204, 230:300] = 40
        return picture

    states = watched([with_menu(i) for i in range(2 * FPS, 4 * FPS)], watch, 2 * FPS)
    assert states[-1] is ScreenState.COVERED
    states = watched([screen(i) for i in range(4 * FPS, 6 * FPS)], watch, 4 * FPS)
    assert states[-1] is ScreenState.LIVE


def test_a_recording_that_starts_over_is_learnt_anew() -> None:
    watch = ScreenWatch(PROFILE)
    watched([screen(i) for i in range(2 * FPS)], watch)
    states = watched([screen(i, step=19.0) for i in range(2 * FPS)], watch)
    assert set(states) == {ScreenState.LIVE}
