"""Promises of the watch over a live screen:

- a changed depth (the ruler's marks move) is noticed within two seconds, other changes of the layout, too;
- a picture that stands still is frozen although ECG and clock move, a moving one is not, nor is noise movement;
- a menu over the picture is noticed, and gone when it goes;
- it costs less than 5 ms a frame (measured in docs/calibration.md; here it is only called).
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from media import Pixels, speckled_sector

from guidance.device import DeviceProfile, Sector
from guidance.frame import Frame
from guidance.live_profile import LiveProfile
from guidance.screen_watch import ScreenState, ScreenWatch
from guidance.sector import LOOK_AT

SIZE = (640, 480)
SECTOR = Sector(300.0, 40.0, -38.0, 38.0, 8.0, 400.0)
RULER_X = 560
PROFILE = replace(
    DeviceProfile.from_sector(SIZE, SECTOR, mm_per_px=0.4), ruler=(RULER_X, 48.0, RULER_X, 440.0)
)
FPS = 25


def screen(index: int, *, step: float = 25.0, sector: Sector = SECTOR, seed: int | None = None) -> Pixels:
    """A frame with text, ruler, clock and ECG; tissue from ``seed`` (the index, unless it stands still)."""
    rng = np.random.default_rng(index if seed is None else seed)
    picture = speckled_sector(SIZE, sector, rng)
    for row in range(4):
        cv2.putText(picture, f"ABC {row}", (4, 30 + 18 * row), 0, 0.5, 180, 1)
    for k in range(int(392 / step) + 1):
        y = round(48 + k * step)
        picture[y : y + 2, RULER_X - 3 : RULER_X + 3] = 220
    cv2.putText(picture, f"12:30:{index // FPS:02d}", (540, 20), 0, 0.45, 200, 1)
    x = np.arange(90, 500)
    y = (466 - 10 * np.exp(-((((x + 7 * index) % 80) - 40) ** 2) / 20.0)).astype(int)
    cv2.polylines(picture, [np.stack([x, y], 1).astype(np.int32)], False, 160, 1)
    return picture


def watched(pictures: list[Pixels], watch: ScreenWatch, first: int = 0) -> list[ScreenState]:
    return [watch.see(Frame(p, first + i, 0, (first + i) / FPS)) for i, p in enumerate(pictures)]


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


# LiveProfile


def seen(live: LiveProfile, pictures: list[Pixels], first: int = 0) -> list[DeviceProfile]:
    return [live.see(Frame(p, first + i, 0, (first + i) / FPS)) for i, p in enumerate(pictures)]


def test_a_given_profile_is_used_until_the_layout_changes() -> None:
    live = LiveProfile(PROFILE)
    assert all(profile is PROFILE for profile in seen(live, [screen(i) for i in range(2 * FPS)]))
    moved = Sector(380.0, 60.0, -30.0, 30.0, 5.0, 380.0)
    after = seen(live, [screen(i, step=19.0, sector=moved) for i in range(2 * FPS, 4 * FPS)], 2 * FPS)
    assert after[-1].sector is not None
    assert after[-1].sector.apex_x == pytest.approx(380, abs=6)
    assert after[-1].sector.angle_right == pytest.approx(30, abs=2)
    assert after[-1].mm_per_px is None  # the scale was that of the other depth


def test_another_depth_alone_keeps_the_place_and_drops_the_scale() -> None:
    live = LiveProfile(PROFILE)
    seen(live, [screen(i) for i in range(2 * FPS)])
    after = seen(live, [screen(i, step=19.0) for i in range(2 * FPS, 4 * FPS)], 2 * FPS)
    assert after[-1].sector == PROFILE.sector
    assert after[-1].mm_per_px is None


def test_on_a_live_stream_the_search_runs_beside_it() -> None:
    live = LiveProfile(PROFILE, live=True)
    seen(live, [screen(i) for i in range(2 * FPS)])
    moved = Sector(380.0, 60.0, -30.0, 30.0, 5.0, 380.0)
    pictures = [screen(i, step=19.0, sector=moved) for i in range(8)]
    found = PROFILE
    for i in range(2 * FPS, 60 * FPS):  # as many frames as the search takes
        found = live.see(Frame(pictures[i % 8], i, 0, i / FPS))
        if found is not PROFILE:
            break
    assert found.sector is not None
    assert found.sector.apex_x == pytest.approx(380, abs=6)


def test_without_a_profile_it_is_found_then_watched() -> None:
    live = LiveProfile()
    found = seen(live, [screen(i) for i in range(2 * FPS)])
    assert found[LOOK_AT] is found[-1]
    assert found[-1].sector is not None
    assert found[-1].sector.apex_x == pytest.approx(300, abs=6)
