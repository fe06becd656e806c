"""From the runs of every peer to medians, a table for people, and the same in Markdown for the README."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.peers.catalogue import PEERS

HEADS = (
    "file: over floor", "live p50", "live p99", "CPU a frame", "overload p50", "overload max", "overload frames/s",
)  # fmt: skip
_PATHS = (
    ("file", "over_floor_ms"), ("live", "latency_ms", "p50"), ("live", "latency_ms", "p99"), ("live", "cpu_ms"),
    ("overload", "latency_ms", "p50"), ("overload", "latency_ms", "max"), ("overload", "fps"),
)  # fmt: skip


def medians(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The median over ``runs`` of every number, at any depth; of anything else, what the last run says."""
    found: dict[str, Any] = {}
    for key, value in runs[-1].items():
        values = [run[key] for run in runs if key in run]
        if isinstance(value, Mapping):
            found[key] = medians(values)
        elif isinstance(value, int | float):
            found[key] = round(float(np.median(values)), 4)
        else:
            found[key] = value
    return found


def rows(figures: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """(title, cells) of each peer that ran, in the order of the catalogue."""
    for peer in PEERS:
        modes = figures["peers"].get(peer.name)
        if modes:
            yield peer.title, [_cell(modes, path) for path in _PATHS]


def text(figures: Mapping[str, Any]) -> list[str]:
    """For a terminal."""
    lines = [f"{'ms':<34}" + "".join(f"{head:>19}" for head in HEADS)]
    lines += [
        f"{title.replace('*', ''):<34}" + "".join(f"{c:>19}" for c in cells) for title, cells in rows(figures)
    ]
    return lines + [f"not here: {name}: {reason}" for name, reason in figures["unavailable"].items()]


def markdown(figures: Mapping[str, Any]) -> list[str]:
    """For a document: the table, then how it was measured."""
    env, settings = figures["environment"], figures["settings"]
    floor = [modes[mode]["floor_ms"] for modes in figures["peers"].values() for mode in modes]
    titles = {peer.name: peer.title for peer in PEERS}
    away = "; ".join(
        f"{titles.get(n, n).replace('*', '')}: {why}" for n, why in figures["unavailable"].items()
    )
    lines = [
        "| milliseconds | " + " | ".join(HEADS) + " |",
        "|---|" + "---|" * len(HEADS),
        *(f"| {title} | " + " | ".join(cells) + " |" for title, cells in rows(figures)),
        "",
        f"{env['cpu']}, {env['cores_usable']} cores, {figures['date']}: medians of {settings['rounds']} interleaved "
        f"rounds; live at {settings['rate']:g} frames/s for {settings['seconds']:g} s; the bare network call takes "
        f"{float(np.median(floor)):.2f} ms. Overload: each call of the network takes 55 ms longer.",
    ]
    return [*lines, *([] if not away else ["", f"Could not run here: {away}."])]


def _cell(modes: Mapping[str, Any], path: Sequence[str]) -> str:
    value: Any = modes
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return "-"
        value = value[key]
    return f"{value:.0f}" if value >= 100.0 else f"{value:.2f}" if path[-1] != "fps" else f"{value:.1f}"
