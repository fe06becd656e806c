"""Grabber and latest-frame slot: what they promise.

- The slot gives the newest frame, each at most once; what nobody took is counted; it never grows.
- ``newest`` gives what waits at once, ``fresh`` only what arrives after the question.
- Closing wakes whoever waits; the last frame is still given.
- The grabber always reads, however slow the consumer, and ends cleanly with its source or by stop().
- A live picture that does not change is frozen; one that does not come is lost; recordings are neither.
- A lost live source is opened again with growing waits; indices and times go on rising.
- Whatever a source raises ends in a state, never in a dead thread's traceback.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media import grey_frames, index_of, write_video

from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.grabber import Delivery, FreezeWatch, Grabber, GrabberSettings, LatestFrame
from guidance.signal import Signal
from guidance.sources import Source, SourceInfo, open_source

QUICK = GrabberSettings(lost_after_s=0.3, frozen_after_s=0.05, first_retry_s=0.01, last_retry_s=0.05)


def frame(index: int, level: int | None = None) -> Frame:
    pixels = np.full((48, 64), index * 10 % 256 if level is None else level, np.uint8)
    return Frame(pixels, index, time.perf_counter_ns(), index * 0.01, source="test")


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)


# The slot


def test_the_newest_frame_replaces_and_is_given_once() -> None:
    slot = LatestFrame()
    for index in range(5):
        slot.put(frame(index))
    taken = slot.get(0.0)
    assert taken is not None
    assert taken.index == 4
    assert slot.dropped == 4
    assert slot.get(0.0) is None


@given(st.lists(st.booleans(), max_size=40), st.sampled_from(Delivery))
def test_every_frame_is_taken_or_dropped_or_waiting(puts: list[bool], delivery: Delivery) -> None:
    slot = LatestFrame(delivery)
    put, taken = 0, []
    for is_put in puts:
        if is_put:
            slot.put(frame(put))
            put += 1
        elif (found := slot.get(0.0)) is not None:
            taken.append(found.index)
    slot.close()
    if (last := slot.get()) is not None:
        taken.append(last.index)
    assert len(taken) + slot.dropped == put
    assert taken == sorted(set(taken))


def test_fresh_passes_over_what_waits_and_takes_what_arrives() -> None:
    slot = LatestFrame(Delivery.FRESH)
    slot.put(frame(0))
    threading.Timer(0.05, lambda: slot.put(frame(1))).start()
    taken = slot.get(5.0)
    assert taken is not None
    assert taken.index == 1
    assert slot.dropped == 1


@pytest.mark.parametrize("delivery", Delivery)
def test_the_last_frame_before_the_close_is_given(delivery: Delivery) -> None:
    slot = LatestFrame(delivery)
    slot.put(frame(7))
    slot.close()
    slot.put(frame(8))
    taken = slot.get()
    assert taken is not None
    assert taken.index == 7
    assert slot.closed
    assert slot.get() is None


def test_closing_wakes_whoever_waits() -> None:
    slot = LatestFrame()
    results: list[Frame | None] = []
    threads = [threading.Thread(target=lambda: results.append(slot.get())) for _ in range(3)]
    for thread in threads:
        thread.start()
    slot.close()
    for thread in threads:
        thread.join(2.0)
    assert results == [None, None, None]


# The grabber


class Scripted:
    """A live source that plays a script: frames, pauses in seconds, exceptions."""

    def __init__(self, script: Iterable[Frame | float | Exception], *, live: bool = True) -> None:
        self.info = SourceInfo(uri="scripted", kind="test", live=live)
        self.closed = threading.Event()
        self._steps = self._play(script)

    def _play(self, script: Iterable[Frame | float | Exception]) -> Iterator[Frame]:
        for step in script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Frame):
                yield step
            else:
                self.closed.wait(step)

    def read(self) -> Frame | None:
        return None if self.closed.is_set() else next(self._steps, None)

    def close(self) -> None:
        self.closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def test_it_reads_on_while_the_consumer_is_slow(tmp_path: Path) -> None:
    path = str(write_video(tmp_path / "a.mp4", grey_frames(16), 100.0))
    slot, seen = LatestFrame(), []
    grabber = Grabber(open_source(path), slot, on_frame=lambda frame: seen.append(frame.index))
    grabber.start()
    taken = []
    while (found := slot.get(5.0)) is not None:
        taken.append((found.index, index_of(found.pixels)))
        time.sleep(0.045)
    assert seen == list(range(16))
    assert len(taken) + slot.dropped == 16
    assert slot.dropped >= 4
    assert all(index == shown for index, shown in taken)
    assert taken[-1][0] == 15
    assert grabber.ended
    assert grabber.error is None
    assert grabber.stop()


def test_stop_wakes_a_sleeping_recording_and_closes_it(tmp_path: Path) -> None:
    source = open_source(str(write_video(tmp_path / "a.mp4", grey_frames(5), 0.5)))
    slot = LatestFrame()
    grabber = Grabber(source, slot)
    grabber.start()
    assert slot.get(5.0) is not None
    started = time.perf_counter()
    assert grabber.stop()
    assert time.perf_counter() - started < 1.5  # the next frame is due after two seconds
    assert slot.closed
    assert source.read() is None


def test_stop_before_start_closes_the_source() -> None:
    source, slot = Scripted([frame(0)]), LatestFrame()
    assert Grabber(source, slot).stop()
    assert source.closed.is_set()
    assert slot.closed


def test_a_live_picture_that_stands_still_is_frozen_until_it_moves() -> None:
    moving = [step for index in range(5) for step in (frame(index), 0.01)]
    still = [step for index in range(5, 15) for step in (frame(index, level=99), 0.02)]
    gate = threading.Event()
    states: dict[str, Signal] = {}
    slot = LatestFrame()

    def watch(found: Frame) -> None:
        name = "moving" if found.index == 4 else "still" if found.index == 14 else "again"
        if found.index in (4, 14, 17):
            states[name] = grabber.signal()  # as of the frame before
        if found.index == 17:
            gate.set()

    again = [step for index in (15, 16, 17) for step in (frame(index), 0.01)]
    grabber = Grabber(Scripted([*moving, *still, *again]), slot, on_frame=watch, settings=QUICK)
    grabber.start()
    assert gate.wait(5.0)
    assert states == {"moving": Signal.LIVE, "still": Signal.FROZEN, "again": Signal.LIVE}
    grabber.stop()


def test_a_recording_is_never_frozen(tmp_path: Path) -> None:
    stills = [np.full((48, 64, 3), 80, np.uint8)] * 12
    grabber = Grabber(
        open_source(str(write_video(tmp_path / "a.mp4", stills, 60.0))), LatestFrame(), settings=QUICK
    )
    states = set()
    grabber.start()
    while not grabber.ended:
        states.add(grabber.signal())
        time.sleep(0.005)
    assert states <= {Signal.LIVE, Signal.LOST}
    assert Signal.LIVE in states


@given(st.integers(0, 255), st.integers(-2, 2), st.integers(0, 8), st.booleans())
def test_flicker_and_a_clock_do_not_hide_a_freeze_but_a_moving_picture_does(
    level: int, flicker: int, clock: int, moves: bool
) -> None:
    rng = np.random.default_rng(level)
    first = rng.integers(0, 256, (480, 640), dtype=np.uint8)
    second = np.clip(first.astype(int) + flicker, 0, 255).astype(np.uint8)
    second[-24:-8, : 8 * clock] ^= 255  # a clock of 64 x 16 pixels in a corner
    if moves:
        second[100:300, 200:400] = rng.integers(0, 256, (200, 200), dtype=np.uint8)
    watch = FreezeWatch()
    assert watch.see(first, 1_000) == 0
    assert watch.see(second, 5_000) == (0 if moves else 4_000)


def test_silence_is_a_loss_and_a_picture_ends_it_even_the_same() -> None:
    slot = LatestFrame()
    grabber = Grabber(Scripted([frame(0), 0.8, frame(1, level=0), 60.0]), slot, settings=QUICK)
    grabber.start()
    assert slot.get(5.0) is not None
    assert grabber.signal() is Signal.LIVE
    wait_for(lambda: grabber.signal() is Signal.LOST)
    assert slot.get(5.0) is not None
    assert grabber.signal() is Signal.LIVE
    assert grabber.stop()


def test_a_lost_source_is_opened_again_with_rising_indices_and_times() -> None:
    lost = RuntimeFailure("unplugged")
    attempts: list[float] = []
    states: list[Signal] = []
    scripts = [
        [frame(0, 1), 0.01, frame(1, 2), lost],
        None,
        None,
        [frame(0, 3), 0.01, frame(1, 4), lost],
        [frame(0, 5), 60.0],
    ]

    def reopen() -> Source:
        attempts.append(time.monotonic())
        states.append(grabber.signal())
        script = scripts[len(attempts)]
        if script is None:
            raise InputError("not there yet")
        return Scripted(script)

    seen: list[Frame] = []
    first = Scripted(scripts[0] or [])
    grabber = Grabber(first, LatestFrame(), on_frame=seen.append, reopen=reopen, settings=QUICK)
    grabber.start()
    wait_for(lambda: len(seen) == 5)
    assert first.closed.is_set()
    assert [int(found.pixels[0, 0]) for found in seen] == [1, 2, 3, 4, 5]
    assert all(later.index > earlier.index for earlier, later in pairwise(seen))
    assert all(later.t_stream_s >= earlier.t_stream_s for earlier, later in pairwise(seen))
    assert states == [Signal.LOST] * 4
    assert grabber.reconnections == 2
    assert grabber.signal() is Signal.LIVE
    assert attempts[2] - attempts[1] > 0.9 * 2 * QUICK.first_retry_s  # the wait has doubled
    assert grabber.stop()
    assert grabber.error is None


@pytest.mark.parametrize(
    ("error", "live"),
    [
        (RuntimeFailure("unplugged"), True),
        (InputError("cut short"), False),
        (ZeroDivisionError("a bug"), True),
    ],
)
def test_what_ends_a_source_early_is_kept_and_the_frames_before_it_too(error: Exception, live: bool) -> None:
    slot = LatestFrame()
    grabber = Grabber(Scripted([frame(0), frame(1), error], live=live), slot)
    grabber.start()
    wait_for(lambda: grabber.ended)
    taken = slot.get()
    assert taken is not None
    assert taken.index == 1
    assert slot.get() is None
    assert grabber.error is error
    assert grabber.stop()


def test_a_failing_callback_ends_the_grabber_in_a_state_not_in_a_traceback() -> None:
    def fail(_: Frame) -> None:
        raise OSError("disk full")

    slot = LatestFrame()
    grabber = Grabber(Scripted([frame(0), 60.0]), slot, on_frame=fail)
    grabber.start()
    wait_for(lambda: grabber.ended)
    assert isinstance(grabber.error, OSError)
    assert slot.closed


def test_stop_while_reconnecting_does_not_wait_for_the_next_attempt() -> None:
    def absent() -> Source:
        raise InputError("gone for good")

    settings = GrabberSettings(first_retry_s=30.0, last_retry_s=30.0)
    script: list[Frame | float | Exception] = [frame(0), RuntimeFailure("unplugged")]
    grabber = Grabber(Scripted(script), LatestFrame(), reopen=absent, settings=settings)
    grabber.start()
    wait_for(lambda: grabber.signal() is Signal.LOST)
    started = time.perf_counter()
    assert grabber.stop()
    assert time.perf_counter() - started < 3.0
