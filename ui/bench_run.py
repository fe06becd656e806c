"""Measuring a run: engines at work for so many seconds, what each frame took, and what that cost the machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from guidance.engine import Engine
from guidance.hint import Guidance
from guidance.latency import STAGES, percentiles
from guidance.sources import Source
from ui.bench_machine import EnergyMeter, rss_mb
from ui.bench_samples import Float32, Samples
from ui.bench_source import INTERVAL

AT = "at"
"""The column of the time at which guidance was ready, in seconds since measuring began."""

TICK_S = 0.1

FIRST_FRAMES, FIRST_FRAMES_S = 12, 10.0
"""A stream's picture is searched for at its first, fourth and tenth frame: a start that no figure is to show."""

Tick = Callable[[float], None]
"""Called now and then with the seconds that were measured so far."""


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of the run (a minute): frames, drops, latency in ms, memory in MiB at its end."""

    end_s: float
    frames: int
    dropped: int
    p50: float
    p99: float
    max: float
    rss_mb: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run cost. Processor time is of the whole process."""

    wall_s: float
    cpu_s: float
    rss_start_mb: float | None
    rss_mb: float | None
    energy_j: float | None
    windows: tuple[Window, ...]
    interrupted: bool
    errors: tuple[Exception, ...]


class StreamMeter:
    """One engine under measurement: drives it on its own thread and notes each guidance.

    Args:
        engine: not started yet.
        source: what it guides on; the engine closes it.
        arrivals: filled by the source.
        fast: every frame, one after the other; otherwise the newest wins.
        capacity: how many frames are kept.
        reopen: opens a lost live source anew.
        then: called with each guidance, on the inference thread, after it was noted.

    Attributes:
        samples: the engine's stages in ms, and :data:`AT`, of every frame since :meth:`begin`.
        seen: frames with the network's answer since the start, up to :data:`FIRST_FRAMES`.
        unjudged: guidance without the network's answer (signal lost, network failed).
        stalls: how often guidance was away for longer than it may be shown.
    """

    def __init__(
        self,
        engine: Engine,
        source: Source,
        arrivals: Samples,
        *,
        fast: bool,
        capacity: int,
        reopen: Callable[[], Source] | None = None,
        then: Sequence[Callable[[Guidance], object]] = (),
    ):
        self.engine = engine
        self.samples = Samples((AT, *STAGES), capacity)
        self.seen = 0
        self.unjudged = 0
        self.stalls = 0
        self._source = source
        self._arrivals = arrivals
        self._arrivals_before = 0
        self._fast = fast
        self._reopen = reopen
        self._then = tuple(then)
        self._failure: Exception | None = None
        self._began_ns: int | None = None
        self._last_ns = 0
        self._dropped_before = 0
        self._dropped: int | None = None
        engine.add_listener(self)

    def start(self) -> None:
        """Let the engine work; nothing is noted yet."""
        self.engine.start(self._source, fast=self._fast, reopen=self._reopen)

    def begin(self, now_ns: int) -> None:
        """Note everything from now on."""
        self._dropped_before = self.engine.dropped
        self._arrivals_before = self._arrivals.count
        self._last_ns = now_ns
        self._began_ns = now_ns

    def end(self) -> None:
        """Note nothing more; the engine goes on."""
        self._dropped = self.dropped
        self._began_ns = None

    @property
    def dropped(self) -> int:
        """Frames that the network was too late for, since :meth:`begin`."""
        return self.engine.dropped - self._dropped_before if self._dropped is None else self._dropped

    @property
    def error(self) -> Exception | None:
        """What ended it early."""
        return self._failure or self.engine.error

    def intervals(self) -> Float32:
        """Milliseconds between the arrivals of frames since :meth:`begin`."""
        return self._arrivals.values(INTERVAL, self._arrivals_before)

    def __call__(self, guidance: Guidance) -> None:
        """Note ``guidance``; on the engine's thread."""
        if self.seen < FIRST_FRAMES and guidance.prediction is not None:
            self.seen += 1
        began_ns = self._began_ns
        if began_ns is not None:
            if guidance.prediction is None:
                self.unjudged += 1
            else:
                ready_ns = guidance.t_ready_ns
                self.stalls += ready_ns - self._last_ns > self.engine.stale_after_s * 1e9
                self._last_ns = ready_ns
                self.samples.add({**guidance.latency_ms, AT: (ready_ns - began_ns) / 1e9})
        try:
            for call in self._then:
                call(guidance)
        except Exception as error:  # the engine would only log it
            self._failure = error
            self.engine.stop()


def measure(
    meters: Sequence[StreamMeter],
    seconds: float,
    *,
    warm_up_s: float,
    window_s: float,
    stagger_s: float = 0.0,
    measuring: Callable[[bool], None] = lambda on: None,
    tick: Tick = lambda done_s: None,
) -> Measured:
    """Run every stream, and measure for ``seconds`` after ``warm_up_s``. Ctrl-C ends it early, with what there is.

    Args:
        meters: one a stream.
        seconds: how long to measure; less when all streams end.
        warm_up_s: caches and allocators are cold at first, and a user sees that once. It lasts until each stream has
            had :data:`FIRST_FRAMES`, too, but no longer than :data:`FIRST_FRAMES_S`.
        window_s: length of a :class:`Window`.
        stagger_s: between the starts of streams: real devices do not send in step.
        measuring: called with True when measuring begins, with False when it ends.
        tick: called about ten times a second.
    """
    windows: list[Window] = []
    interrupted = False
    cost: _Cost | None = None
    try:
        for meter in meters:
            meter.start()
            time.sleep(stagger_s)
        _sleep(meters, warm_up_s)
        _first_frames(meters)
        measuring(True)
        cost = _Cost()
        now_ns = time.perf_counter_ns()
        for meter in meters:
            meter.begin(now_ns)
        cut = _Cut(meters)
        while (done_s := cost.wall_s()) < seconds and _at_work(meters):
            tick(done_s)
            end_s = min(seconds, (cut.count + 1) * window_s)
            time.sleep(min(TICK_S, max(0.001, end_s - done_s)))
            if cost.wall_s() >= end_s:
                windows += cut.window(end_s)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        if cost is not None:
            for meter in meters:
                meter.end()
            cost.stop()
            measuring(False)
        for meter in meters:
            meter.engine.stop()
    errors = tuple(meter.error for meter in meters if meter.error is not None)
    if cost is None:
        return Measured(0.0, 0.0, None, None, None, (), interrupted, errors)
    return Measured(
        cost.wall_s(), cost.cpu_s, cost.rss_start_mb, cost.rss_mb, cost.energy_j, tuple(windows), interrupted,
        errors,
    )  # fmt: skip


class _Cost:
    """Time, processor time, memory and energy since it was made, until :meth:`stop`."""

    def __init__(self) -> None:
        self.rss_start_mb = self.rss_mb = rss_mb()
        self.energy_j: float | None = None
        self.cpu_s = 0.0
        self._energy = EnergyMeter()
        self._end: float | None = None
        self._cpu = time.process_time()
        self._began = time.perf_counter()

    def wall_s(self) -> float:
        return (time.perf_counter() if self._end is None else self._end) - self._began

    def stop(self) -> None:
        self._end = time.perf_counter()
        self.cpu_s = time.process_time() - self._cpu
        self.energy_j = self._energy.joules()
        self.rss_mb = rss_mb()


class _Cut:
    """Cuts what came since the last cut into a :class:`Window`."""

    def __init__(self, meters: Sequence[StreamMeter]):
        self._meters = meters
        self._counts = [0] * len(meters)
        self._dropped = 0
        self.count = 0

    def window(self, end_s: float) -> list[Window]:
        """The window that ends now; none where no frame came."""
        self.count += 1
        pairs = zip(self._meters, self._counts, strict=True)
        total = np.concatenate([m.samples.values("total", since) for m, since in pairs])
        self._counts = [m.samples.count for m in self._meters]
        before, self._dropped = self._dropped, sum(m.dropped for m in self._meters)
        if not total.size:
            return []
        at = percentiles(total)
        return [
            Window(
                end_s, total.size, self._dropped - before, at["p50"], at["p99"], at["max"], rss_mb()
            )
        ]  # fmt: skip


def _at_work(meters: Sequence[StreamMeter]) -> bool:
    """Whether no stream has failed and one is still running."""
    return all(m.error is None for m in meters) and any(m.engine.running for m in meters)


def _first_frames(meters: Sequence[StreamMeter]) -> None:
    until = time.perf_counter() + FIRST_FRAMES_S
    while any(m.seen < FIRST_FRAMES for m in meters) and time.perf_counter() < until and _at_work(meters):
        time.sleep(TICK_S / 4.0)


def _sleep(meters: Sequence[StreamMeter], seconds: float) -> None:
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0.0 and _at_work(meters):
        time.sleep(min(TICK_S, left))
