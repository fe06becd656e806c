"""The figures of a benchmark as plain values, made from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.latency import percentiles
from ui.bench_batches import Batches
from ui.bench_floor import Floor
from ui.bench_run import Measured, StreamMeter, Window
from ui.bench_samples import Samples
from ui.bench_source import Recording

STAGE_ORDER = ("grab", "decode", "queue", "preprocess", "infer", "coach", "paint", "total")
INTERLEAVED = "interleaved"
"""One bare call after every few frames of the run; such calls count neither as its time nor as its cost."""

BEFORE_AND_AFTER = "before and after"

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Everything that was measured.

    Attributes:
        settings: options in force, as plain values.
        environment: of :func:`ui.bench_machine.environment`.
        rate: frames a second of each stream that were asked for; None: as fast as possible, or as they come.
        painted: of :class:`ui.bench_paint.TimedPainter`; None where nothing was painted, for the reason ``no_paint``.
        recording: None for a live source.
        batches: how the streams' pictures were joined; None where they were not.
        startup_s: of :func:`ui.bench_startup.startup_s`; None where it was not measured.
    """

    settings: Figures
    environment: Figures
    rate: float | None
    measured: Measured
    meters: Sequence[StreamMeter]
    floor: Floor
    floor_how: str
    painted: Samples | None
    no_paint: str | None
    recording: Recording | None
    batches: Batches | None = None
    startup_s: float | None = None

    def stage(self, name: str) -> NDArray[np.floating]:
        """Milliseconds of every frame in stage ``name``, of all streams; empty where it was not measured."""
        if name == "decode":
            return np.zeros(0) if self.recording is None else self.recording.decode_ms
        if name in ("paint", "painted"):
            return np.zeros(0) if self.painted is None else self.painted.values(name)
        return np.concatenate([meter.samples.values(name) for meter in self.meters])

    @property
    def frames(self) -> int:
        """Frames with guidance from the network."""
        return sum(meter.samples.count for meter in self.meters)


def build(run: Run) -> Figures:
    """The figures of ``run``, which has at least one frame."""
    done, floor, frames = run.measured, np.asarray(run.floor.times_ms), run.frames
    wall_s, cpu_s = done.wall_s, done.cpu_s
    if run.floor_how == INTERLEAVED:
        wall_s, cpu_s = wall_s - float(floor.sum()) / 1e3, cpu_s - run.floor.cpu_s
    dropped = sum(meter.dropped for meter in run.meters)
    stages = {name: _places(run.stage(name)) for name in STAGE_ORDER}
    at_floor = percentiles(floor)
    beyond_s = cpu_s - frames * run.floor.cpu_s / len(floor)
    total = stages["total"] or {}
    return {
        "floor_ms": {name: _ms(at_floor[name]) for name in ("p50", "p99")},
        "stages_ms": stages,
        "frames": frames,
        "dropped": dropped,
        "cpu_ms_per_frame": _ms(1e3 * cpu_s / frames),
        "rss_mb": _mb(done.rss_mb),
        "environment": run.environment,
        "settings": run.settings,
        "seconds": _ms(done.wall_s),
        "fps": round(frames / wall_s, 2),
        "over_floor_ms": _ms(total["p50"] - at_floor["p50"]),
        "floor": {"how": run.floor_how, "calls": len(floor)},
        "cpu_of_a_core": round(cpu_s / wall_s, 4),
        "cpu_of_a_core_beyond_network": round(beyond_s / wall_s, 4),
        "startup_s": None if run.startup_s is None else round(run.startup_s, 3),
        "rss_start_mb": _mb(done.rss_start_mb),
        "energy_mj_per_frame": None if done.energy_j is None else _ms(1e3 * done.energy_j / frames),
        "arrival_ms": _arrivals(run),
        "painted_ms": _places(run.stage("painted")),
        "painted": 0 if run.painted is None else run.painted.count,
        "not_painted_because": run.no_paint,
        "stalls": sum(meter.stalls for meter in run.meters),
        "without_network": sum(meter.unjudged for meter in run.meters),
        "source": _source(run),
        "streams": [
            {
                "frames": m.samples.count,
                "dropped": m.dropped,
                "fps": round(m.samples.count / wall_s, 2),
                "total": _places(m.samples.values("total")),
            }
            for m in run.meters
        ],
        "batching": None if run.batches is None else run.batches.figures(),
        "minutes": [_minute(window) for window in done.windows],
        "drift": drift(done.windows),
        "interrupted": done.interrupted,
    }


def drift(windows: Sequence[Window]) -> Figures | None:
    """How the last third of the minutes differs from the first: ratio of the median p99, change of memory.

    None with fewer than three minutes. The first minute, in which memory settles, is left out where four remain.
    """
    kept = list(windows[1:] if len(windows) > 4 else windows)
    if len(kept) < 3:
        return None
    third = len(kept) // 3
    first, last = kept[:third], kept[-third:]
    p99 = [float(np.median([w.p99 for w in part])) for part in (first, last)]
    memory = [[w.rss_mb for w in part if w.rss_mb is not None] for part in (first, last)]
    percent = None
    if all(memory):
        before, after = (float(np.median(part)) for part in memory)
        percent = round(100.0 * (after - before) / before, 3)
    return {"p99_ratio": round(p99[1] / p99[0], 4), "rss_percent": percent}


def _arrivals(run: Run) -> Figures | None:
    """Intervals between frames, and how far they are from even."""
    if run.settings["fast"]:
        return None
    found = [meter.intervals() for meter in run.meters]
    found = [interval for interval in found if interval.size]
    if not found:
        return None
    uneven = [abs(i - (1e3 / run.rate if run.rate else float(np.median(i)))) for i in found]
    return {"interval": _places(np.concatenate(found)), "jitter": _places(np.concatenate(uneven))}


def _source(run: Run) -> Figures:
    recording = run.recording
    if recording is None:
        return {"kind": "live", "pictures": None, "megabytes": None, "size": None, "fps": None,
                "decode_fps": None, "decode_limits": None}  # fmt: skip
    mean_ms = float(recording.decode_ms.mean()) if recording.decode_ms.size else 0.0
    fps = 1e3 / mean_ms if mean_ms > 0.0 else None
    return {
        "kind": recording.info.kind,
        "pictures": len(recording.frames),
        "megabytes": round(recording.megabytes, 2),
        "size": list(recording.frames[0].size),
        "fps": recording.info.fps,
        "decode_fps": None if fps is None else round(fps, 1),
        "decode_limits": fps is not None and run.rate is not None and fps < run.rate,
    }


def _minute(window: Window) -> Figures:
    return {name: round(v, 4) if isinstance(v, float) else v for name, v in asdict(window).items()}


def _places(values: NDArray[np.floating]) -> Mapping[str, float] | None:
    return {name: _ms(v) for name, v in percentiles(values).items()} if values.size else None


def _ms(value: float) -> float:
    return round(float(value), 4)


def _mb(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
