"""The figures of a latency measurement as JSON and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from calibration.latency_video import FilmDelays
from ui.latency_run import Measured

Figures = dict[str, Any]

PARTS = ("grabber", "driver", "capture", "engine", "paint", "total")
MEANING = {
    "grabber": "screen to driver",
    "driver": "driver to program",
    "capture": "screen to program",
    "engine": "picture to guidance",
    "paint": "guidance to swapped",
    "total": "screen to swapped",
}
PLACES = ("min", "p50", "p90", "p99", "max")
ENOUGH_CODES = 100
"""Of fewer, p99 is the largest."""


def figures_of(
    measured: Measured,
    *,
    source: str,
    screen: Mapping[str, Any],
    measured_at: str,
    environment: Mapping[str, Any],
) -> Figures:
    """Everything about a run as plain values; a delay that was not measured is null."""
    refresh_ms = 1000.0 / screen["refresh_hz"]
    delays = measured.delays
    return {
        "method": "pattern",
        "measured_at": measured_at,
        "source": source,
        "size": list(measured.size),
        "screen": dict(screen),
        "delays_ms": {part: _rounded(places) for part, places in delays.summary().items()},
        "resolution_ms": round(refresh_ms + measured.shown_ms, 3),
        "resolution_parts_ms": {"refresh": round(refresh_ms, 3), "painting": round(measured.shown_ms, 3)},
        "capture_interval_ms": _rounded(measured.interval_ms),
        "engine_stages_ms": {name: _rounded(places) for name, places in measured.stages_ms.items()},
        "codes": {"shown": delays.shown, "seen": delays.shown - delays.missed, "missed": delays.missed},
        "pictures": {
            **delays.verdicts,
            "repeated": delays.repeated,
            "impossible": delays.impossible,
            "left_out": measured.left_out,
            "dropped_by_engine": measured.dropped,
        },
        "seconds": round(measured.seconds, 3),
        "cut_short": measured.cut_short,
        "environment": dict(environment),
    }


def film_figures(film: FilmDelays, *, source: str, fps: float, measured_at: str) -> Figures:
    """Everything about a film as plain values."""
    return {
        "method": "film",
        "measured_at": measured_at,
        "source": source,
        "film_fps": fps,
        "delays_ms": {"photon_to_pixel": _rounded(film.summary())},
        "resolution_ms": round(film.resolution_ms, 3),
        "codes": {"shown": film.shown, "seen": film.shown - film.missed, "missed": film.missed},
        "pictures": {"all": film.pictures, "both_read": film.both},
    }


def lines(figures: Figures) -> list[str]:
    """The table for people."""
    rows = [f"{'ms':<17}{'':<22}" + "".join(f"{place:>9}" for place in PLACES)]
    for part, places in figures["delays_ms"].items():
        if part == "capture" and figures["delays_ms"]["driver"] is None:
            continue  # it is the grabber's row again
        cells = "".join(f"{'-' if places is None else format(places[p], '.1f'):>9}" for p in PLACES)
        rows.append(f"{part:<17}{_meaning(part, figures):<22}{cells}")
    return [*rows, *(f"{name:<17}{text}" for name, text in _notes(figures))]


def _meaning(part: str, figures: Figures) -> str:
    if part == "grabber" and figures["delays_ms"].get("driver") is None:
        return "screen to program"
    return MEANING.get(part, "screen to screen")


def _notes(figures: Figures) -> Iterator[tuple[str, str]]:
    codes, pictures = figures["codes"], figures["pictures"]
    if figures["method"] == "film":
        yield (
            "resolution",
            f"{figures['resolution_ms']:.1f} ms, from a film at {figures['film_fps']:g} pictures/s",
        )
        yield "codes", f"{codes['seen']} followed, {codes['missed']} never came on the second screen"
        yield "pictures", f"{pictures['all']}, both patterns read in {pictures['both_read']}"
        return
    yield (
        "resolution",
        f"{figures['resolution_ms']:.1f} ms: each delay is up to one refresh of the screen too long",
    )
    interval = figures["capture_interval_ms"]
    yield (
        "picture every",
        f"p50 {interval['p50']:.1f}, p99 {interval['p99']:.1f} ms; waiting for the next one is part of a delay",
    )
    yield "codes", f"{codes['seen']} of {codes['shown']} seen, {codes['missed']} missed"
    if codes["seen"] < ENOUGH_CODES:
        yield "note", f"so few codes hardly tell p99: it wants {ENOUGH_CODES}, so measure longer (--seconds)"
    rejected = ", ".join(
        f"{pictures[name]} {name}" for name in ("blended", "torn", "faint", "unseen", "impossible")
    )
    yield "pictures", f"{pictures['read']} read, {pictures['repeated']} of them repeats; refused: {rejected}"
    if pictures["left_out"]:
        yield "note", f"{pictures['left_out']} pictures were not read: this machine is too busy"
    if figures["delays_ms"]["driver"] is None:
        yield "note", "this source has no driver's stamp: grabber and driver are one figure"
    if figures["cut_short"]:
        yield "note", "ended early: these are the codes until then"


def _rounded(places: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if places is None else {name: round(value, 3) for name, value in places.items()}
