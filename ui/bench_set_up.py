"""Puts a benchmark together from its plan: model, streams, painting and floor; and runs it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from guidance.batching import Batcher, BatchSettings
from guidance.coach import Coach
from guidance.engine import Engine
from guidance.errors import InputError, RuntimeFailure
from guidance.hint import Guidance
from guidance.model import Model, default_model_folder
from guidance.pauses import real_time
from guidance.runtimes import Runtime
from guidance.slot import Delivery
from guidance.sources import Source
from guidance.views import View
from ui.bench_batches import Batches
from ui.bench_floor import Floor, Interleaved, SlowRuntime, ready_tensor
from ui.bench_machine import environment, usable_cores
from ui.bench_report import BEFORE_AND_AFTER, INTERLEAVED, Run
from ui.bench_run import StreamMeter, Tick, measure
from ui.bench_samples import MAX_ROWS, Float32, Samples
from ui.bench_source import INTERVAL, Live, Recording, ReplaySource, open_feed
from ui.bench_startup import startup_s
from ui.qt import offscreen_application, painting_application

if TYPE_CHECKING:
    from ui.bench_paint import PaintThread, TimedPainter

WARM_UP_S = 1.0
MINUTE_S = 60.0
FLOOR_SHARE = 0.1
"""So much of the run's time again goes to the floor before it, and as much after it, up to :data:`FLOOR_MAX_S`."""
FLOOR_MAX_S = 3.0
LIVE_FPS = 30.0
"""Pace of the floor beside a device that does not tell its own."""
FASTEST_FPS = 2000.0

Then = Callable[[Guidance], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure.

    Attributes:
        source: address of the stream.
        seconds: how long, after the warm-up.
        rate: frames a second of each stream; None: its own.
        fast: every frame, one after the other, unpaced.
        slow_ms: what each call of the network takes longer than it needs.
        streams: how many at once.
        delivery: which frame a slow network gets.
        paint: paint the guidance as well, where Qt is there.
        draw: a figure will be drawn afterwards, so Qt must be there.
        model: folder; None: the model that comes along.
        runtime: name.
        warm_up_s: not measured.
        window_s: length of the stretches whose drift is told.
        batching: how the pictures of several streams are joined; None: they are not.
        startup: measure also how long a new process takes to its first guidance, where the source is a recording.
    """

    source: str
    seconds: float
    rate: float | None = None
    fast: bool = False
    slow_ms: float = 0.0
    streams: int = 1
    delivery: Delivery = Delivery.NEWEST
    paint: bool = True
    draw: bool = False
    model: Path | None = None
    runtime: str = "auto"
    warm_up_s: float = WARM_UP_S
    window_s: float = MINUTE_S
    batching: BatchSettings | None = None
    startup: bool = False


def measure_plan(plan: Plan, tick: Tick = lambda done_s: None) -> Run:
    """Do what ``plan`` says. The floor is measured between the frames of a single fast stream, else before and after.

    Raises:
        InputError, RuntimeFailure: what is wrong with the model, the stream or Qt, before anything was measured.
    """
    with ExitStack() as held:
        model = held.enter_context(Model.load(plan.model or default_model_folder(), runtime=plan.runtime))
        feed = open_feed(plan.source)
        if isinstance(feed, Live):
            held.callback(feed.close)
        rate = _rate(plan, feed)
        start = _startup(plan, feed)
        painter, no_paint = _painter(plan, rate)
        surroundings = environment(model)
        floor = Floor(_slowed(model.runtime, plan), _tensor(model, feed))
        between = Interleaved(floor) if plan.fast and plan.streams == 1 else None
        beside = _paint_thread(painter, held) if plan.streams > 1 or not plan.fast else None
        then: list[Then] = [call for call in (beside or painter, between) if call is not None]
        batches = None if plan.batching is None else _batches(plan, plan.batching, model, held)
        joined = None if batches is None else batches.batcher
        meters = [
            _meter(plan, number, model, feed, rate, then, held, joined) for number in range(plan.streams)
        ]

        def measuring(on: bool) -> None:
            if batches is not None:
                batches.measuring(on)
            if painter is not None:
                painter.measuring = on
            if between is not None:
                between.on = on

        with real_time():
            if between is None:
                _floor(plan, feed, rate, floor)
            measured = measure(
                meters,
                plan.seconds,
                warm_up_s=plan.warm_up_s,
                window_s=plan.window_s,
                stagger_s=1.0 / (plan.streams * rate) if rate and plan.streams > 1 else 0.0,
                measuring=measuring,
                tick=tick,
            )
            try:
                if (between is None and not measured.interrupted) or not floor.times_ms:
                    _floor(plan, feed, rate, floor)
            except KeyboardInterrupt:  # what was measured is worth its report
                measured = replace(measured, interrupted=True)
        if beside is not None and beside.error is not None:
            raise beside.error
        return Run(
            settings=_settings(plan, rate, model, painter is not None),
            environment=surroundings,
            rate=rate,
            measured=measured,
            meters=meters,
            floor=floor,
            floor_how=BEFORE_AND_AFTER if between is None else INTERLEAVED,
            painted=None if painter is None else painter.samples,
            no_paint=no_paint,
            recording=feed if isinstance(feed, Recording) else None,
            batches=batches,
            startup_s=start,
        )


def _batches(plan: Plan, settings: BatchSettings, model: Model, held: ExitStack) -> Batches:
    """What joins the streams' pictures. On the processor as many calls at once as without it: one for each core."""
    lanes = (usable_cores() or 1) if model.runtime_name == "cpu" else 1
    batcher = Batcher(_slowed(model.runtime, plan), model.input_shape, replace(settings, lanes=lanes))
    held.callback(batcher.close)
    return Batches(batcher)


def _rate(plan: Plan, feed: Recording | Live) -> float | None:
    """Frames a second of each stream; None: as fast as possible, or as a device sends them.

    Raises:
        InputError: a device is to be paced.
    """
    if isinstance(feed, Live):
        if plan.fast or plan.rate is not None:
            option = "--fast" if plan.fast else "--rate"
            raise InputError(f"{plan.source} is live and comes at its own rate: leave out {option}")
        return None
    return None if plan.fast else plan.rate or feed.rate


def _startup(plan: Plan, feed: Recording | Live) -> float | None:
    if not plan.startup or isinstance(feed, Live):  # most devices serve one process only
        return None
    return startup_s(plan.source, model=plan.model, runtime=plan.runtime)


def _painter(plan: Plan, rate: float | None) -> tuple[TimedPainter | None, str | None]:
    """What paints; or None and why nothing does.

    Raises:
        RuntimeFailure: a figure is wanted, and Qt cannot start.
    """
    if plan.draw:  # first: an application for pictures cannot become one for widgets
        offscreen_application()
    if not plan.paint:
        return None, "--no-paint"
    try:
        painting_application()
    except RuntimeFailure as error:
        return None, str(error).partition(":")[0]
    from ui.bench_paint import TimedPainter

    return TimedPainter(plan.streams * _capacity(plan, rate)), None


def _paint_thread(painter: TimedPainter | None, held: ExitStack) -> PaintThread | None:
    if painter is None:
        return None
    from ui.bench_paint import PaintThread

    thread = PaintThread(painter)
    held.callback(thread.close)
    return thread


def _meter(
    plan: Plan,
    number: int,
    model: Model,
    feed: Recording | Live,
    rate: float | None,
    then: list[Then],
    held: ExitStack,
    joined: Batcher | None,
) -> StreamMeter:
    """Stream ``number``, with an engine of its own; the runtime is shared where several threads may call it."""
    if joined is not None:
        stream = joined.stream()
        held.callback(stream.close)
        model = model.on(stream)
    elif number and not _shared(model):
        folder = plan.model or default_model_folder()
        model = held.enter_context(Model.load(folder, runtime=model.runtime_name))
    manifest = model.manifest
    if joined is None and (plan.slow_ms or number):
        model = model.on(_slowed(model.runtime, plan))
    target = View.A4C if View.A4C in manifest.views else manifest.views[0]
    engine = Engine(model, Coach(target, manifest.hints), delivery=plan.delivery)
    arrivals = Samples((INTERVAL,), _capacity(plan, rate))
    reopen: Callable[[], Source] | None = None
    source: Source
    if isinstance(feed, Live):
        source, reopen = feed.open(arrivals), partial(feed.open, arrivals)
        held.callback(source.close)
    else:
        source = ReplaySource(feed, rate, arrivals)
    return StreamMeter(
        engine,
        source,
        arrivals,
        fast=plan.fast,
        capacity=_capacity(plan, rate),
        reopen=reopen,
        then=then,
    )


def _shared(model: Model) -> bool:
    return bool(getattr(model.runtime, "concurrent", False))


def _slowed(runtime: Runtime, plan: Plan) -> Runtime:
    return SlowRuntime(runtime, plan.slow_ms) if plan.slow_ms else runtime


def _tensor(model: Model, feed: Recording | Live) -> Float32:
    """Something for the bare call to look at: a picture of the stream, or noise where none has come yet."""
    spec = model.manifest.input
    if isinstance(feed, Recording):
        return ready_tensor(feed.frames[0].pixels, spec)
    noise = np.random.default_rng(0).integers(0, 256, (spec.size, spec.size), dtype=np.uint8)
    return ready_tensor(noise, spec)


def _floor(plan: Plan, feed: Recording | Live, rate: float | None, floor: Floor) -> None:
    pace = feed.info.fps or LIVE_FPS if isinstance(feed, Live) else rate
    floor.paced(min(FLOOR_MAX_S, FLOOR_SHARE * plan.seconds), pace)


def _capacity(plan: Plan, rate: float | None) -> int:
    """Rows that a stream needs, with some to spare; a fast one's rate is not known."""
    if rate is not None:
        return min(MAX_ROWS, round(1.1 * rate * plan.seconds) + 100)
    return min(MAX_ROWS // plan.streams, round(FASTEST_FPS * plan.seconds) + 100)


def _settings(plan: Plan, rate: float | None, model: Model, painting: bool) -> dict[str, Any]:
    return {
        "source": plan.source,
        "seconds": plan.seconds,
        "rate": rate,
        "fast": plan.fast,
        "slow_ms": plan.slow_ms,
        "streams": plan.streams,
        "networks": 1 if plan.batching is not None or _shared(model) else plan.streams,
        "batch": None if plan.batching is None else plan.batching.max_batch,
        "batch_wait_ms": None if plan.batching is None else plan.batching.max_wait_ms,
        "delivery": plan.delivery.value,
        "painting": painting,
        "warm_up_s": plan.warm_up_s,
    }
