"""The figures of a benchmark as a table for people."""

from __future__ import annotations

from collections.abc import Iterator

from ui.bench_report import Figures

HEADS = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9", "max": "max"}
FEW = 1000
"""With fewer frames p99.9 is the maximum."""


def lines(figures: Figures) -> list[str]:
    """``figures`` of :func:`ui.bench_report.build`, line by line."""
    notes = [*_frames(figures), *_costs(figures), *_surroundings(figures)]
    return [
        *_stages(figures),
        *(f"{name:<11} {text}" for name, text in notes),
        *_minutes(figures),
        *_streams(figures),
    ]


def _stages(figures: Figures) -> Iterator[str]:
    yield f"{'ms':<11}" + "".join(f"{head:>10}" for head in HEADS.values())
    for name, at in {"floor": figures["floor_ms"], **figures["stages_ms"]}.items():
        yield f"{name:<11}" + "".join(_cell(None if at is None else at.get(place)) for place in HEADS)


def _frames(figures: Figures) -> Iterator[tuple[str, str]]:
    yield (
        "frames",
        f"{figures['frames']} in {figures['seconds']:.1f} s ({figures['fps']:.1f} a second), "
        f"{figures['dropped']} dropped, {figures['stalls']} stalls",
    )
    yield "over floor", f"{figures['over_floor_ms']:+.3f} ms at the median, floor {figures['floor']['how']}"
    if (arrival := figures["arrival_ms"]) is not None:
        yield "jitter", f"of arrivals: {_three(arrival['jitter'])} ms"
    if (painted := figures["painted_ms"]) is not None:
        yield "painted", f"{figures['painted']} times; from capture to painted: {_three(painted)} ms"
    elif figures["not_painted_because"]:
        yield "painted", f"nothing: {figures['not_painted_because']}"
    if (batching := figures["batching"]) is not None:
        yield "batches", _batches(batching)
    if (drift := figures["drift"]) is not None:
        memory = "" if drift["rss_percent"] is None else f", memory {drift['rss_percent']:+.2f} %"
        yield "drift", f"last minutes over first: p99 x {drift['p99_ratio']:.2f}{memory}"


def _costs(figures: Figures) -> Iterator[tuple[str, str]]:
    share, beyond = 100 * figures["cpu_of_a_core"], 100 * figures["cpu_of_a_core_beyond_network"]
    yield (
        "cpu",
        f"{figures['cpu_ms_per_frame']:.2f} ms a frame, {share:.0f} % of one core, "
        f"{beyond:.0f} % beyond the network itself",
    )
    if figures["rss_mb"] is not None:
        change, held = figures["rss_mb"] - figures["rss_start_mb"], figures["source"]["megabytes"]
        pictures = "" if held is None else f", {held:.0f} MB are decoded pictures"
        yield "memory", f"{figures['rss_mb']:.1f} MB, {change:+.1f} during the run{pictures}"
    if figures["startup_s"] is not None:
        yield "start-up", f"{figures['startup_s']:.2f} s from a new process to its first guidance"
    if figures["energy_mj_per_frame"] is not None:
        yield "energy", f"{figures['energy_mj_per_frame']:.1f} mJ a frame (processor packages)"


def _surroundings(figures: Figures) -> Iterator[tuple[str, str]]:
    env, source = figures["environment"], figures["source"]
    if source["pictures"] is not None:
        width, height = source["size"]
        text = f"{source['kind']}, {source['pictures']} decoded pictures of {width} x {height}, repeated"
        if source["decode_limits"]:
            text += f"; decoding alone gives only {source['decode_fps']:.0f} a second"
        yield "source", text
    details = ", ".join(f"{name} {value}" for name, value in env["runtime_details"].items())
    yield "network", f"{env['model']} on {env['runtime']}" + (f" ({details})" if details else "")
    load = "" if env["load_1min"] is None else f", load {env['load_1min']} at the start"
    gpu = "" if env["gpu"] is None else f", {env['gpu']}"
    yield "machine", f"{env['cpu']}, {env['cores_usable']} cores{load}{gpu}"
    if figures["interrupted"]:
        yield "note", "interrupted: these are the frames until then"
    if figures["frames"] < FEW:
        yield "note", f"fewer than {FEW} frames: p99.9 is the maximum"


def _minutes(figures: Figures) -> Iterator[str]:
    if len(figures["minutes"]) > 1:
        heads = ("until s", "frames", "dropped", "p50", "p99", "max", "MB")
        yield from ("", "".join(f"{head:>10}" for head in heads))
        for m in figures["minutes"]:
            counts = f"{m['end_s']:>10.0f}{m['frames']:>10}{m['dropped']:>10}"
            yield counts + "".join(_cell(m[name]) for name in ("p50", "p99", "max", "rss_mb"))


def _streams(figures: Figures) -> Iterator[str]:
    if len(figures["streams"]) > 1:
        heads = ("stream", "frames", "dropped", "a second", "p50", "p99", "max")
        yield from ("", "".join(f"{head:>10}" for head in heads))
        for number, stream in enumerate(figures["streams"], start=1):
            at = stream["total"] or {}
            counts = f"{number:>10}{stream['frames']:>10}{stream['dropped']:>10}{stream['fps']:>10.1f}"
            yield counts + "".join(_cell(at.get(place)) for place in ("p50", "p99", "max"))


def _batches(batching: Figures) -> str:
    if batching["one_by_one"] is not None:
        return f"none: {batching['one_by_one']}"
    calls = batching["calls"]
    shares = ", ".join(f"{size}: {100 * n / calls:.0f} %" for size, n in batching["sizes"].items())
    return (
        f"{calls} calls of {batching['mean'] or 0:.2f} pictures, at most {batching['max_batch']}, waiting up to "
        f"{batching['max_wait_ms']:g} ms; calls by pictures: {shares or 'none'}"
    )


def _cell(value: float | None) -> str:
    return f"{'-' if value is None else format(value, '.3f'):>10}"


def _three(at: dict[str, float]) -> str:
    return f"p50 {at['p50']:.2f}, p99 {at['p99']:.2f}, max {at['max']:.2f}"
