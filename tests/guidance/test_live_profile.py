"""Promises of the profile of a running stream:

- a given profile is used until the screen changes; without one it is found, then watched;
- another depth, layout or opening angle is found anew: what the device and its user do stays, the scale does only
  where the ruler's marks say so;
- on a live stream no frame but the first waits for a search; on a recording the same frames give the same profiles;
- another size of the frames begins anew, whatever was being looked for.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from media import Pixels
from scanner_screen import FPS, PROFILE, SECTOR, SIZE, frames, screen

import guidance.live_profile
import guidance.sector
from guidance.coach import Coach
from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.device_latency import DeviceLatency
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.hint import State
from guidance.live_profile import LiveProfile
from guidance.model import Model
from guidance.pipeline import Pipeline
from guidance.screen_watch import ScreenState
from guidance.sector import LOOK_AT, AutoProfile
from guidance.sector_find import find_in
from guidance.sources import SourceInfo
from guidance.views import View

MOVED = Sector(380.0, 60.0, -30.0, 30.0, 5.0, 380.0)
LATE = DeviceLatency(41.0, 58.0, 17.8, "2026-01-02T03:04:05Z")


def seen(live: LiveProfile, pictures: list[Pixels], first: int = 0) -> list[DeviceProfile]:
    return [step(live, frame) for frame in frames(pictures, first)]


def step(live: LiveProfile, frame: Frame) -> DeviceProfile:
    """The profile after ``frame``."""
    profile = live.see(frame)
    live.watch(frame)
    return live.profile or profile


def after_a_change(live: LiveProfile, sector: Sector) -> DeviceProfile:
    """The profile two seconds after the screen changed to another depth and ``sector``."""
    seen(live, [screen(i) for i in range(2 * FPS)])
    return seen(live, [screen(i, step=19.0, sector=sector) for i in range(2 * FPS, 4 * FPS)], 2 * FPS)[-1]


def test_a_given_profile_is_used_until_the_layout_changes() -> None:
    live = LiveProfile(PROFILE)
    assert all(profile is PROFILE for profile in seen(live, [screen(i) for i in range(2 * FPS)]))
    after = seen(live, [screen(i, step=19.0, sector=MOVED) for i in range(2 * FPS, 4 * FPS)], 2 * FPS)
    assert after[-1].sector is not None
    assert after[-1].sector.apex_x == pytest.approx(380, abs=6)
    assert after[-1].sector.angle_right == pytest.approx(30, abs=2)
    assert after[-1].mm_per_px is None  # the scale was that of the other depth


def test_another_depth_alone_keeps_the_place_and_drops_the_scale() -> None:
    after = after_a_change(LiveProfile(PROFILE), SECTOR)
    assert after.sector == PROFILE.sector
    assert after.mm_per_px is None


def test_a_panel_beside_the_picture_leaves_the_scale() -> None:
    """The marks of the ruler stand where they stood, so the depth is the same."""

    def with_panel(picture: Pixels) -> Pixels:
        for row in range(8):
            cv2.putText(picture, f"LVOT {row}.1 cm", (4, 140 + 18 * row), 0, 0.45, 200, 1)
        return picture

    live = LiveProfile(PROFILE)
    seen(live, [screen(i) for i in range(2 * FPS)])
    states = []
    for frame in frames([with_panel(screen(i)) for i in range(2 * FPS, 4 * FPS)], 2 * FPS):
        profile = step(live, frame)
        states.append(live.state)
    assert ScreenState.CHANGED in states
    assert states[-1] is ScreenState.LIVE
    assert profile is PROFILE


def test_what_changes_by_itself_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    searches = []
    real = guidance.live_profile.find_in
    monkeypatch.setattr(guidance.live_profile, "find_in", lambda *given: searches.append(1) or real(*given))

    def with_counter(picture: Pixels, lit: bool) -> Pixels:
        marked = picture.copy()
        marked[-40:-10, 4:60] = 230 if lit else 0
        return marked

    live = LiveProfile(replace(PROFILE, mm_per_px=None, ruler=None))
    seconds = [with_counter(screen(i), lit=(i // (4 * FPS)) % 2 == 1) for i in range(24 * FPS)]
    profiles = seen(live, seconds)
    assert profiles[-1] is profiles[0]
    assert len(searches) == 1  # it changes five times
    after = after_a_change(live, MOVED)
    assert after is not profiles[0]  # another layout is still noticed


def test_another_opening_angle_is_found_though_the_crop_is_the_same() -> None:
    after = after_a_change(LiveProfile(PROFILE), replace(SECTOR, angle_left=-28.0, angle_right=28.0))
    assert after.sector is not None
    assert after.sector.angle_right == pytest.approx(28, abs=2)


def test_what_the_device_and_its_user_do_stays() -> None:
    given = replace(PROFILE, marker=MarkerSide.LEFT, turned=True, latency=LATE)
    after = after_a_change(LiveProfile(given), MOVED)
    assert after.box != given.box
    assert (after.marker, after.turned, after.latency) == (MarkerSide.LEFT, True, LATE)


def test_a_widened_screen_stays_widened() -> None:
    def widened(picture: Pixels) -> Pixels:
        return np.asarray(cv2.resize(picture, (853, 480), interpolation=cv2.INTER_LINEAR), np.uint8)

    sector = replace(SECTOR, apex_x=(SECTOR.apex_x + 0.5) * 4 / 3 - 0.5, stretch=4 / 3)
    live = LiveProfile(DeviceProfile.from_sector((853, 480), sector))
    seen(live, [widened(screen(i)) for i in range(2 * FPS)])
    after = seen(
        live, [widened(screen(i, step=19.0, sector=MOVED)) for i in range(2 * FPS, 4 * FPS)], 2 * FPS
    )
    found = after[-1].sector
    assert found is not None
    assert found.stretch == sector.stretch
    assert found.apex_x == pytest.approx(380 * 4 / 3, abs=8)
    assert found.angle_right == pytest.approx(30, abs=2)


def test_without_a_profile_it_is_found_then_watched() -> None:
    live = LiveProfile()
    found = seen(live, [screen(i) for i in range(2 * FPS)])
    assert found[LOOK_AT] is found[-1]
    assert found[-1].sector is not None
    assert found[-1].sector.apex_x == pytest.approx(300, abs=6)


def test_on_a_recording_the_same_frames_give_the_same_profiles() -> None:
    pictures = [screen(i) for i in range(2 * FPS)]
    pictures += [screen(i, step=19.0, sector=MOVED) for i in range(2 * FPS, 4 * FPS)]
    assert seen(LiveProfile(), pictures) == seen(LiveProfile(), pictures)


# Beside a live stream


class Slow:
    """The finder, which beside a stream waits until it may go on; notes on which threads it ran."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.threads: list[threading.Thread] = []

    def __call__(self, *arguments: Any) -> DeviceProfile | None:
        self.threads.append(threading.current_thread())
        if self.threads[-1] is not threading.main_thread():
            assert self.may.wait(60.0)
        return find_in(*arguments)

    def finish(self) -> None:
        """Let every search that is running come to its end."""
        self.may.set()
        for thread in self.threads:
            if thread is not threading.main_thread():
                thread.join()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    finder = Slow()
    for module in (guidance.live_profile, guidance.sector):
        monkeypatch.setattr(module, "find_in", finder)
    return finder


def test_no_frame_but_the_first_waits_for_a_search(slow: Slow) -> None:
    auto = AutoProfile(beside=True)
    stream = frames([screen(i) for i in range(3 * LOOK_AT)])
    profiles = [auto.see(frame) for frame in stream]
    assert [thread is threading.main_thread() for thread in slow.threads] == [True, False]
    assert all(profile is profiles[0] for profile in profiles)
    assert not auto.settled
    for number in (2, 3):  # the second search, and the one that was due meanwhile
        slow.finish()
        found = auto.see(stream[0])
        assert len(slow.threads) == 3, number
    assert auto.settled
    assert slow.threads.count(threading.main_thread()) == 1
    assert found.sector is not None
    assert found.sector.apex_x == pytest.approx(300, abs=6)


def test_on_a_live_stream_a_change_is_looked_for_beside_it(slow: Slow) -> None:
    live = LiveProfile(PROFILE, beside=True)
    seen(live, [screen(i) for i in range(2 * FPS)])
    pictures = [screen(i, step=19.0, sector=MOVED) for i in range(2 * FPS, 4 * FPS)]
    assert all(profile is PROFILE for profile in seen(live, pictures, 2 * FPS))
    assert len(slow.threads) == 1
    slow.finish()
    found = step(live, Frame(pictures[-1], 4 * FPS, 0, 4.0))
    assert found.sector is not None
    assert found.sector.apex_x == pytest.approx(380, abs=6)


def test_another_size_forgets_what_is_being_looked_for(slow: Slow) -> None:
    live = LiveProfile(beside=True)
    for frame in frames([screen(i) for i in range(2 * FPS)]):
        step(live, frame)
        slow.finish()
    slow.may.clear()
    found = len(slow.threads)
    seen(live, [screen(i, step=19.0, sector=MOVED) for i in range(2 * FPS, 4 * FPS)], 2 * FPS)
    assert len(slow.threads) == found + 1
    small = [np.ascontiguousarray(screen(i)[::2, ::2]) for i in range(4 * FPS, 5 * FPS)]
    for frame in frames(small, 4 * FPS):
        profile = step(live, frame)
        slow.finish()
        assert (profile.width, profile.height) == (SIZE[0] // 2, SIZE[1] // 2)
    assert profile.sector is not None
    assert profile.sector.apex_x == pytest.approx(150, abs=4)


# In the pipeline


def test_a_picture_that_stands_still_is_frozen_only_where_it_should_live(tiny_model_folder: Path) -> None:
    model = Model.load(tiny_model_folder)
    for live in (True, False):
        pipeline = Pipeline(model, Coach(View.A4C, model.manifest.hints), PROFILE)
        pipeline.restart(SourceInfo(uri="camera:0", kind="camera", live=live))
        still = [screen(i, seed=1) for i in range(2 * FPS)]
        told = []
        for frame in frames(still):
            told.append(pipeline(frame, time.perf_counter_ns()))
            pipeline.watch(frame)
        assert (told[-1].advice.state is State.FROZEN) is live
        assert (told[-1].prediction is None) is live
    model.close()


def test_a_profile_for_another_screen_is_refused() -> None:
    with pytest.raises(InputError, match="profile is for 640 x 480 pixels, but this stream has 64 x 48"):
        LiveProfile(PROFILE).see(Frame(np.zeros((48, 64), np.uint8), 0, 0, 0.0))
    assert LiveProfile(PROFILE).state is ScreenState.LIVE
