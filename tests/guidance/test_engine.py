"""The engine: frames in, guidance out, on time.

Promises:
- every frame gets guidance with a stamp for each stage; the same frames give the same guidance;
- in fast mode every frame is processed, in order, a recording's ahead of time with the same result; live, the newest
  wins, none comes twice or out of order, and processed + dropped = delivered;
- with a network far slower than the stream, latency stays below about 2.5 inference times and does not grow, while
  drops rise;
- guidance that is too old is known to be stale, also while the network hangs;
- a lost signal, a frozen one, and its return are states; a loss that cannot be mended ends with its error, after the
  guidance of everything before;
- a frame on which the network fails pauses guidance; failing again and again ends the run;
- a listener that fails is left out after three times and harms nobody else;
- ``stop`` is prompt in every situation;
- bright, good pictures are held, captured, and end up in a clip with the frames that were dropped.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray

from guidance.capture import AutoCapture, CaptureReason, Clip, ClipBuffer
from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.engine import MAX_FAILURES, Engine
from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.grabber import GrabberSettings
from guidance.hint import Guidance, State
from guidance.latency import STAGES
from guidance.listeners import MAX_FAILURES as LISTENER_FAILURES
from guidance.model import Model
from guidance.runtimes import Runtime, TensorSpec
from guidance.sources import Source, SourceInfo
from guidance.views import View

SIZE = 64
WHOLE = DeviceProfile(SIZE, SIZE, (0.0, 0.0, float(SIZE), float(SIZE)))
QUICK = GrabberSettings(lost_after_s=0.15, frozen_after_s=0.3, first_retry_s=0.02)


def picture(brightness: float, seed: int) -> NDArray[np.uint8]:
    """Speckle of a mean brightness (0..1)."""
    noise = np.random.default_rng(seed).normal(0.0, 20.0, (SIZE, SIZE))
    return np.clip(255.0 * brightness + noise, 0, 255).astype(np.uint8)


PICTURES = {b: [picture(b, seed) for seed in range(8)] for b in (0.05, 0.5, 0.75)}


def frame_at(index: int, brightness: float = 0.5, fps: float = 30.0) -> Frame:
    pixels = PICTURES[brightness][index % 8]
    return Frame(pixels, index, time.perf_counter_ns(), index / fps, source="test")


class Pictures:
    """A source in memory: ``count`` frames, ``fps`` a second or as fast as possible."""

    def __init__(
        self,
        count: int | None,
        *,
        fps: float | None = None,
        live: bool = False,
        recorded: bool = False,
        still: bool = False,
        end: Exception | None = None,
        brightness: float = 0.5,
        profile: DeviceProfile | None = WHOLE,
    ):
        self._info = SourceInfo(
            "test:", "test", live=live, recorded=recorded, size=(SIZE, SIZE), fps=fps, profile=profile
        )
        self._count, self._fps, self._still, self._end = count, fps, still, end
        self._brightness = brightness
        self._closed = threading.Event()
        self._started_s = time.perf_counter()
        self.delivered = 0

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def read(self) -> Frame | None:
        if self._fps is not None:
            due_s = self._started_s + self.delivered / self._fps
            self._closed.wait(max(0.0, due_s - time.perf_counter()))
        if self._closed.is_set():
            return None
        if self._count is not None and self.delivered >= self._count:
            if self._end is not None:
                raise self._end
            return None
        index, self.delivered = self.delivered, self.delivered + 1
        frame = frame_at(index, self._brightness)
        return Frame(PICTURES[0.5][0], index, frame.t_capture_ns, frame.t_stream_s) if self._still else frame

    def close(self) -> None:
        self._closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Wrapped:
    """A real runtime with something done before each call; counts the calls."""

    def __init__(self, runtime: Runtime, before: Callable[[int], None]):
        self._runtime = runtime
        self._before = before
        self.calls = 0

    @property
    def name(self) -> str:
        return self._runtime.name

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        return self._runtime.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        return self._runtime.outputs

    def run(self, tensor: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        call, self.calls = self.calls, self.calls + 1
        self._before(call)
        return self._runtime.run(tensor)

    def close(self) -> None:
        self._runtime.close()


@pytest.fixture(scope="module")
def model(tiny_model_folder: Path) -> Iterator[Model]:
    with Model.load(tiny_model_folder, runtime="cpu") as loaded:
        yield loaded


def wrapped(model: Model, before: Callable[[int], None]) -> tuple[Model, Wrapped]:
    runtime = Wrapped(model.runtime, before)
    return Model(model.manifest, runtime), runtime


def engine_of(model: Model, **options: Any) -> Engine:
    options = {"profile": WHOLE, "grabber": QUICK} | options
    return Engine(model, Coach(View.A4C, model.manifest.hints), **options)


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether ``condition`` became true; generous, for a busy machine."""
    deadline = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > deadline:
            return False
        time.sleep(0.002)
    return True


def indices(guidances: list[Guidance]) -> list[int]:
    return [guidance.frame.index for guidance in guidances]


# One frame


def test_each_stage_is_stamped(model: Model) -> None:
    engine = engine_of(model)
    frame = frame_at(0)
    guidance = engine.process(frame, dropped=3)
    latency = guidance.latency_ms
    assert tuple(latency) == STAGES
    assert all(ms >= 0.0 for ms in latency.values())
    assert latency["total"] == pytest.approx(sum(latency[stage] for stage in STAGES[:-1]), abs=1e-6)
    assert latency["total"] == pytest.approx((guidance.t_ready_ns - frame.t_capture_ns) / 1e6, abs=1e-6)
    assert guidance.frame is frame
    assert guidance.dropped == 3
    assert guidance.prediction is not None
    assert engine.latest() is guidance
    assert set(engine.latency.summary()) == set(STAGES)


def test_the_same_frames_give_the_same_guidance(model: Model) -> None:
    def told(engine: Engine) -> list[dict[str, Any]]:
        lines = []
        for i, brightness in enumerate([0.05] * 20 + [0.5] * 30 + [0.75] * 50):
            line = engine.process(frame_at(i, brightness)).to_json()
            del line["latency_ms"]
            lines.append(line)
        return lines

    first = told(engine_of(model))
    assert first == told(engine_of(model))
    assert len({line["state"] for line in first}) >= 3


def test_a_profile_of_another_size_is_refused(model: Model) -> None:
    engine = engine_of(model, profile=DeviceProfile(640, 480, (0.0, 0.0, 640.0, 480.0)))
    with pytest.raises(InputError, match="profile is for 640 x 480 pixels, but this stream has 64 x 64"):
        engine.process(frame_at(0))


def test_without_a_profile_sizes_may_change(model: Model) -> None:
    engine = engine_of(model, profile=None)
    for index, size in enumerate([(120, 160), (120, 160), (240, 320), (60, 80)]):
        pixels = np.random.default_rng(index).integers(0, 255, size, dtype=np.uint8)
        engine.process(Frame(pixels, index, time.perf_counter_ns(), index / 30))
        assert engine.profile is not None
        assert (engine.profile.height, engine.profile.width) == size


def test_what_the_source_knows_of_the_picture_is_used(model: Model) -> None:
    engine = engine_of(model, profile=None)
    list(engine.run(Pictures(1), fast=True))
    assert engine.profile is WHOLE


# Delivery


def test_fast_processes_every_frame_in_order(model: Model) -> None:
    heard: list[Guidance] = []
    engine = engine_of(model, listeners=[heard.append])
    source = Pictures(50)
    given = list(engine.run(source, fast=True))
    assert indices(given) == list(range(50))
    assert heard == given
    assert {guidance.dropped for guidance in given} == {0}
    assert source.closed


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_reading_ahead_changes_nothing_but_the_times(model: Model, count: int) -> None:
    def lines(recorded: bool) -> list[dict[str, Any]]:
        found = []
        for guidance in engine_of(model).run(Pictures(count, recorded=recorded), fast=True):
            line = guidance.to_json()
            assert set(line.pop("latency_ms")) == set(STAGES)
            found.append(line)
        return found

    assert lines(recorded=True) == lines(recorded=False)


def test_a_recording_is_read_ahead_a_few_frames_and_no_further(model: Model) -> None:
    source = Pictures(200, recorded=True)
    work = engine_of(model).run(source, fast=True)
    for index in range(50):
        assert next(work).frame.index == index
        time.sleep(0.002)
        assert source.delivered - index <= 8
    work.close()
    assert source.closed
    assert source.delivered < 60
    assert not [t.name for t in threading.enumerate() if t.name.startswith("sonoguide-ahead")]


def test_a_recording_ends_with_its_error_after_all_guidance(model: Model) -> None:
    given: list[Guidance] = []
    source = Pictures(5, recorded=True, end=InputError("cut short"))
    with pytest.raises(InputError, match="cut short"):
        given.extend(engine_of(model).run(source, fast=True))
    assert indices(given) == [0, 1, 2, 3, 4]
    assert source.closed


@pytest.mark.parametrize("bad", [{2}, set(range(3, 99))])
def test_a_network_that_fails_on_a_recording(model: Model, bad: set[int]) -> None:
    def fail(call: int) -> None:
        if call in bad:
            raise RuntimeFailure("not a number")

    failing, _ = wrapped(model, fail)
    given: list[Guidance] = []
    work = engine_of(failing).run(Pictures(50, recorded=True), fast=True)
    if len(bad) == 1:
        given.extend(work)
        assert indices(given) == list(range(50))
        assert [g.frame.index for g in given if g.prediction is None] == [2]
    else:
        with pytest.raises(RuntimeFailure, match="not a number"):
            given.extend(work)
        assert len(given) == 3 + MAX_FAILURES - 1


def test_max_frames(model: Model) -> None:
    for fast in (True, False):
        source = Pictures(None, fps=200.0)
        assert len(list(engine_of(model).run(source, max_frames=7, fast=fast))) == 7
        assert source.closed


def test_live_never_repeats_nor_reorders_and_counts_what_it_drops(model: Model) -> None:
    slow, _ = wrapped(model, lambda _: time.sleep(0.02))
    engine = engine_of(slow)
    source = Pictures(100, fps=200.0)
    given = list(engine.run(source))
    seen = indices(given)
    assert seen == sorted(set(seen))
    assert seen[-1] == 99
    assert given[-1].dropped == engine.dropped > 0
    assert len(given) + engine.dropped == source.delivered == 100


def test_latency_is_bounded_while_drops_rise(model: Model) -> None:
    slow, _ = wrapped(model, lambda _: time.sleep(0.06))
    engine = engine_of(slow)
    given = list(engine.run(Pictures(150, fps=100.0)))[2:]
    infer = np.median([g.latency_ms["infer"] for g in given])
    total = np.array([g.latency_ms["total"] for g in given])
    assert infer >= 60.0
    assert np.percentile(total, 90) < 2.5 * infer
    half = len(total) // 2
    assert np.median(total[half:]) < 1.5 * np.median(total[:half])
    drops = [g.dropped for g in given]
    assert all(earlier < later for earlier, later in itertools.pairwise(drops[:-1]))
    assert drops[-1] > 2 * len(given)


def test_the_newest_submitted_frame_wins(model: Model) -> None:
    entered, go = threading.Semaphore(0), threading.Semaphore(0)

    def gate(_: int) -> None:
        entered.release()
        assert go.acquire(timeout=10.0)

    gated, _ = wrapped(model, gate)
    heard: list[Guidance] = []
    with engine_of(gated, listeners=[heard.append]) as engine:
        engine.start()
        engine.submit(frame_at(0))
        assert entered.acquire(timeout=10.0)
        for index in range(1, 6):
            engine.submit(frame_at(index))
        go.release()
        assert entered.acquire(timeout=10.0)
        go.release()
        assert wait_for(lambda: len(heard) == 2)
    assert indices(heard) == [0, 5]
    assert heard[1].dropped == 4
    assert heard[1].latency_ms["queue"] > 0.0


def test_listeners_are_called_on_the_inference_thread(model: Model) -> None:
    names: list[str] = []
    with engine_of(model, listeners=[lambda _: names.append(threading.current_thread().name)]) as engine:
        engine.start()
        engine.submit(frame_at(0))
        assert wait_for(lambda: names)
    assert names[0] == "sonoguide-inference"


def test_misuse_is_refused(model: Model) -> None:
    engine = engine_of(model)
    with pytest.raises(RuntimeError, match="start"):
        engine.submit(frame_at(0))
    with engine:
        engine.start()
        with pytest.raises(RuntimeError, match="stop it first"):
            engine.start()
        with pytest.raises(RuntimeError, match="stop it first"):
            engine.run(Pictures(1))
    engine.submit(frame_at(0))  # a host's last frame may come late


def test_runs_again_after_stop(model: Model) -> None:
    engine = engine_of(model)
    for _ in range(2):
        engine.start()
        engine.submit(frame_at(0))
        assert wait_for(engine.latest)
        assert engine.stop()
    assert indices(list(engine.run(Pictures(3), fast=True))) == [0, 1, 2]


# Staleness and signal


def test_staleness(model: Model) -> None:
    engine = engine_of(model, stale_after_s=0.25)
    assert engine.is_stale()
    seen_ns = engine.process(frame_at(0)).frame.t_capture_ns
    assert engine.age_s(seen_ns + 100_000_000) == pytest.approx(0.1)
    assert not engine.is_stale(seen_ns + 249_000_000)
    assert engine.is_stale(seen_ns + 251_000_000)


def test_guidance_goes_stale_while_the_network_hangs(model: Model) -> None:
    hang = threading.Event()
    hung, _ = wrapped(model, lambda call: None if call == 0 else hang.wait(20.0))
    with engine_of(hung, stale_after_s=0.1) as engine:
        engine.start()
        engine.submit(frame_at(0))
        assert wait_for(engine.latest)
        for index in range(1, 10):
            engine.submit(frame_at(index))
            time.sleep(0.03)
        assert engine.is_stale()
        latest = engine.latest()
        assert latest is not None
        assert latest.frame.index == 0
        hang.set()


def test_silence_is_no_signal_and_frames_end_it(model: Model) -> None:
    heard: list[Guidance] = []
    with engine_of(model, listeners=[heard.append]) as engine:
        engine.start()
        engine.submit(frame_at(0))
        assert wait_for(lambda: any(g.advice.state is State.NO_SIGNAL for g in heard))
        assert not engine.is_stale()  # it is said anew while it lasts
        assert indices(heard) == [0] * len(heard)
        engine.submit(frame_at(1))
        assert wait_for(lambda: heard[-1].frame.index == 1)
    back = next(g for g in heard if g.frame.index == 1)
    assert back.prediction is not None
    assert back.advice.state is not State.NO_SIGNAL


def test_a_frozen_picture_is_said_and_not_inferred(model: Model) -> None:
    counted, runtime = wrapped(model, lambda _: None)
    engine = engine_of(counted)
    given = list(engine.run(Pictures(60, fps=60.0, live=True, still=True)))
    states = [g.advice.state for g in given]
    frozen = states.count(State.FROZEN)
    assert frozen > 10
    assert set(states[-10:]) == {State.FROZEN}
    assert runtime.calls == len(given) - frozen


def test_a_loss_ends_with_its_error_after_all_guidance(model: Model) -> None:
    engine = engine_of(model)
    given: list[Guidance] = []
    with pytest.raises(RuntimeFailure, match="unplugged"):
        given.extend(engine.run(Pictures(5, fps=50.0, live=True, end=RuntimeFailure("unplugged"))))
    assert indices(given)[-1] == 4
    assert given[-1].advice.state is State.NO_SIGNAL


@pytest.mark.parametrize("fast", [True, False])
def test_a_damaged_file_ends_with_its_error_after_all_guidance(model: Model, fast: bool) -> None:
    given: list[Guidance] = []
    with pytest.raises(InputError, match="cut short"):
        given.extend(engine_of(model).run(Pictures(5, fps=50.0, end=InputError("cut short")), fast=fast))
    assert indices(given)[-1] == 4


def test_a_lost_source_that_comes_back_goes_on(model: Model) -> None:
    def reopen() -> Source:
        return Pictures(5, fps=50.0, live=True)

    source = Pictures(5, fps=50.0, live=True, end=RuntimeFailure("unplugged"))
    seen = indices(list(engine_of(model).run(source, reopen=reopen)))
    assert seen == sorted(seen)
    assert seen[-1] == 9


def test_the_background_keeps_its_error(model: Model) -> None:
    engine = engine_of(model)
    engine.start(Pictures(3, end=InputError("cut short")), fast=True)
    assert wait_for(lambda: not engine.running)
    assert isinstance(engine.error, InputError)


# The network fails


def test_a_failed_frame_pauses_guidance_and_the_next_goes_on(model: Model) -> None:
    def fail(call: int) -> None:
        if call == 2:
            raise RuntimeFailure("not a number")

    failing, _ = wrapped(model, fail)
    given = list(engine_of(failing).run(Pictures(6), fast=True))
    assert indices(given) == list(range(6))
    assert [g.prediction is None for g in given] == [False, False, True, False, False, False]
    assert given[2].advice.state is State.PAUSED
    assert tuple(given[2].latency_ms) == STAGES


def test_failing_again_and_again_ends_the_run(model: Model) -> None:
    def fail(call: int) -> None:
        if call >= 3:
            raise RuntimeFailure("the device is gone")

    failing, runtime = wrapped(model, fail)
    given: list[Guidance] = []
    with pytest.raises(RuntimeFailure, match="device is gone"):
        given.extend(engine_of(failing).run(Pictures(50), fast=True))
    assert runtime.calls == 3 + MAX_FAILURES
    assert len(given) == 3 + MAX_FAILURES - 1


# Listeners


def test_a_failing_listener_is_left_out_and_harms_nobody(
    model: Model, caplog: pytest.LogCaptureFixture
) -> None:
    calls = itertools.count(1)
    heard: list[Guidance] = []
    latest_call = 0

    def broken(_: Guidance) -> None:
        nonlocal latest_call
        latest_call = next(calls)
        raise ValueError("a bug in the host")

    engine = engine_of(model, listeners=[broken, heard.append])
    given = list(engine.run(Pictures(20), fast=True))
    assert heard == given
    assert latest_call == LISTENER_FAILURES
    assert len(caplog.records) == LISTENER_FAILURES
    assert "left out" in caplog.messages[-1]
    assert "a bug in the host" in caplog.text


def test_a_listener_that_recovers_stays(model: Model) -> None:
    calls: list[int] = []

    def shaky(guidance: Guidance) -> None:
        calls.append(guidance.frame.index)
        if guidance.frame.index % 2:
            raise ValueError("every other time")

    list(engine_of(model, listeners=[shaky]).run(Pictures(20), fast=True))
    assert calls == list(range(20))


def test_listeners_come_and_go(model: Model) -> None:
    engine = engine_of(model)
    heard: list[Guidance] = []
    engine.add_listener(heard.append)
    engine.process(frame_at(0))
    engine.remove_listener(heard.append)
    engine.process(frame_at(1))
    assert indices(heard) == [0]


# Stopping


@pytest.mark.parametrize("situation", ["idle", "in the network", "waiting for a frame"])
def test_stop_is_prompt(model: Model, situation: str) -> None:
    busy, runtime = wrapped(model, lambda _: time.sleep(0.1))
    engine = engine_of(busy, stale_after_s=30.0)
    if situation == "waiting for a frame":
        engine.start(Pictures(None, fps=0.05))  # the next frame is due in 20 s
    else:
        engine.start()
    if situation == "in the network":
        engine.submit(frame_at(0))
    if situation != "idle":
        assert wait_for(lambda: runtime.calls)
    began_s = time.perf_counter()
    assert engine.stop()
    assert time.perf_counter() - began_s < 3.0
    assert not engine.running
    assert engine.error is None


def test_a_run_ends_when_stopped_from_a_listener_or_another_thread(model: Model) -> None:
    engine = engine_of(model)
    engine.add_listener(lambda g: engine.stop() if g.frame.index >= 3 else None)
    assert indices(list(engine.run(Pictures(None), fast=True))) == [0, 1, 2, 3]
    source = Pictures(None, fps=100.0)
    engine = engine_of(model)
    timer = threading.Timer(0.2, engine.stop)
    timer.start()
    assert list(engine.run(source))
    timer.join()
    assert source.closed


def test_an_abandoned_run_closes_its_source(model: Model) -> None:
    source = Pictures(None, fps=100.0)
    run = engine_of(model).run(source)
    next(run)
    run.close()
    assert source.closed


# From pictures to a clip


def test_good_pictures_are_held_and_captured_in_a_clip(model: Model) -> None:
    clips: list[Clip] = []
    buffer = ClipBuffer(seconds=20.0)
    capture = AutoCapture(buffer, clips.append, seconds=2.0)
    engine = engine_of(model, clips=buffer, listeners=[capture])
    states = [engine.process(frame_at(i, 0.05)).advice.state for i in range(30)]
    assert State.HOLD not in states
    states = [engine.process(frame_at(i, 0.75)).advice.state for i in range(30, 150)]
    order = [state for state, _ in itertools.groupby(states)]
    assert order[-2:] == [State.HOLD, State.CAPTURED]
    (clip,) = clips
    assert clip.view is View.A4C
    assert clip.reason is CaptureReason.HOLD
    assert clip.duration_s == pytest.approx(2.0, abs=0.05)
    assert clip.mean_quality is not None
    assert clip.mean_quality > 0.5


def test_clips_hold_the_frames_that_were_dropped(model: Model) -> None:
    slow, _ = wrapped(model, lambda _: time.sleep(0.05))
    buffer = ClipBuffer(seconds=20.0)
    engine = engine_of(slow, clips=buffer)
    given = list(engine.run(Pictures(60, fps=100.0)))
    clip = buffer.last(20.0, View.A4C, CaptureReason.MANUAL)
    assert clip is not None
    assert [frame.index for frame in clip.frames] == list(range(60))
    judged = [f.index for f, q in zip(clip.frames, clip.qualities, strict=True) if q is not None]
    assert judged == indices(given)
    assert len(judged) < 60
