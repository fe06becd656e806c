"""What ``sonoguide bench`` does: checks its options, measures, and tells, writes and draws what came out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from guidance.batching import BatchSettings
from guidance.errors import InputError, RuntimeFailure
from guidance.slot import Delivery
from ui.bench_compare import as_json, read_figures
from ui.bench_compare import lines as comparison_lines
from ui.bench_report import Figures, build
from ui.bench_set_up import WARM_UP_S, Plan, measure_plan
from ui.bench_table import lines
from ui.interrupts import Interrupted, interruptible
from ui.output import check_figure, check_output, progress, tell
from ui.session import check_apart

DEFAULT_S = 10.0


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """Options of ``sonoguide bench``, as typed."""

    source: str
    seconds: float | None = None
    rate: float | None = None
    fast: bool = False
    slow_ms: float = 0.0
    streams: int = 1
    delivery: str = Delivery.NEWEST.value
    soak: float | None = None
    paint: bool = True
    startup: bool = True
    json: str | None = None
    figure: Path | None = None
    compare: Path | None = None
    model: Path | None = None
    runtime: str = "auto"
    batch: int | None = None
    batch_wait_ms: float | None = None


def run(options: BenchOptions) -> Figures:
    """Measure, and report; returns the figures. An interrupt ends the measuring, not the report.

    Raises:
        InputError: what is wrong with the options, the model, the stream or the outputs.
        RuntimeFailure: what ended the run early, after its report; or an output could not be written.
        Interrupted: somebody ended it; what was measured until then has been reported.
    """
    plan = plan_of(options)
    old = None if options.compare is None else read_figures(options.compare)
    with interruptible():
        with progress(plan.seconds) as tick:
            measured = measure_plan(plan, tick)
        ending: BaseException | None = next(iter(measured.measured.errors), None)
        if measured.measured.interrupted:
            ending = Interrupted()
        if measured.frames == 0:
            raise ending or RuntimeFailure(
                f"no picture was through in {plan.seconds:g} s: measure longer with --seconds"
            )
        figures = build(measured)
        if old is not None:
            figures["comparison"] = as_json(old, figures)
        table = lines(figures) + ([] if old is None else ["", *comparison_lines(old, figures)])
        tell(figures, table, options.json)
        if options.figure is not None:
            from ui.bench_figure import draw_bench  # needs Qt

            draw_bench(measured, figures, options.figure)
        if ending is not None:
            raise ending
    return figures


def plan_of(options: BenchOptions) -> Plan:
    """What to measure, or what is wrong with ``options``; nothing is touched yet.

    Raises:
        InputError: options that exclude each other, or an output that cannot be written.
    """
    numbers = {
        "--seconds": options.seconds,
        "--rate": options.rate,
        "--slow-ms": options.slow_ms,
        "--soak": options.soak,
        "--batch-wait-ms": options.batch_wait_ms,
    }
    for name, value in numbers.items():  # a range lets NaN through
        if value is not None and not math.isfinite(value):
            raise InputError(f"{name} {value}: give a number")
    if options.fast and options.rate is not None:
        raise InputError("--fast and --rate exclude each other: give one of them")
    if options.batch_wait_ms is not None and options.batch is None:
        raise InputError("--batch-wait-ms goes with --batch: give both")
    if options.soak is not None and options.seconds is not None:
        raise InputError("--soak and --seconds exclude each other: give one of them")
    if options.delivery not in list(Delivery):
        raise InputError(f"unknown delivery '{options.delivery}': choose one of {', '.join(Delivery)}")
    check_output(options.json, "--json")
    check_figure(options.figure)
    for place in (options.json, None if options.figure is None else str(options.figure)):
        check_apart(options.source, place, None)
    seconds = 60.0 * options.soak if options.soak is not None else options.seconds or DEFAULT_S
    return Plan(
        source=options.source,
        seconds=seconds,
        rate=options.rate,
        fast=options.fast,
        slow_ms=options.slow_ms,
        streams=options.streams,
        delivery=Delivery(options.delivery),
        paint=options.paint,
        draw=options.figure is not None,
        model=options.model,
        runtime=options.runtime,
        batching=_batching(options),
        startup=options.startup,
        warm_up_s=min(WARM_UP_S, seconds / 4.0),
    )


def _batching(options: BenchOptions) -> BatchSettings | None:
    if options.batch is None:
        return None
    if options.batch_wait_ms is None:
        return BatchSettings(options.batch)
    return BatchSettings(options.batch, options.batch_wait_ms)
