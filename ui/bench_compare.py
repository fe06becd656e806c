"""Two benchmarks side by side: ratios stage by stage, and what became slower than the machine explains."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from ui.bench_report import STAGE_ORDER, Figures

LIMIT = 1.2
"""A ratio above it is a regression."""

NOISE_MS = 0.05
"""Differences below it are those of a clock and a scheduler, whatever their ratio."""

_PLACES = ("p50", "p99")
_SETTINGS = ("rate", "fast", "slow_ms", "streams", "batch", "batch_wait_ms", "delivery", "painting")
_ENVIRONMENT = ("cpu", "cores_usable", "governor", "gpu", "runtime", "model_sha256", "memory_sha256")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both runs. ``ratio`` is new / old; None where one of them does not have it."""

    name: str
    old: float | None
    new: float | None
    regression: bool

    @property
    def ratio(self) -> float | None:
        """New over old."""
        return self.new / self.old if self.new is not None and self.old else None


def read_figures(path: Path) -> Figures:
    """The figures that an earlier benchmark wrote to ``path``.

    Raises:
        InputError: there are none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): give the JSON of a benchmark") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: give what sonoguide bench --json wrote") from error
    if not _plausible(found):
        raise InputError(f"{path} holds no benchmark: give what sonoguide bench --json wrote")
    return dict(found)


def compare(old: Figures, new: Figures) -> list[Row]:
    """Every figure of both, the floor first.

    A stage is a regression where its ratio exceeds :data:`LIMIT` and exceeds the floor's ratio as much: what a slower
    or busier machine does to everything is named once, as the floor's.
    """
    rows: list[Row] = []
    machine = dict.fromkeys(_PLACES, 1.0)
    for place in _PLACES:
        row = _row(f"floor {place}", old["floor_ms"].get(place), new["floor_ms"].get(place), 1.0)
        machine[place] = row.ratio or 1.0
        rows.append(row)
    for stage in STAGE_ORDER:
        for place in _PLACES:
            before, after = (_at(figures["stages_ms"].get(stage), place) for figures in (old, new))
            rows.append(_row(f"{stage} {place}", before, after, machine[place]))
    rows.append(_row("cpu a frame", old.get("cpu_ms_per_frame"), new.get("cpu_ms_per_frame"), machine["p50"]))
    rows.append(_row("start-up, s", old.get("startup_s"), new.get("startup_s"), machine["p50"]))
    rows.append(_row("memory", old.get("rss_mb"), new.get("rss_mb"), 1.0))
    return rows


def differences(old: Figures, new: Figures) -> list[str]:
    """One line for each setting or part of the surroundings that is not the same."""
    found = []
    for part, names in (("settings", _SETTINGS), ("environment", _ENVIRONMENT)):
        before, after = old.get(part) or {}, new.get(part) or {}
        found += [
            f"{name}: {before.get(name)}, now {after.get(name)}"
            for name in names
            if before.get(name) != after.get(name)
        ]
    return found


def lines(old: Figures, new: Figures) -> list[str]:
    """The comparison for people."""
    rows = compare(old, new)
    told = [f"{'':<16}{'old':>10}{'new':>10}{'ratio':>8}"]
    for row in rows:
        if row.old is not None and row.new is not None:
            ratio = "-" if row.ratio is None else f"{row.ratio:.2f}"
            mark = "  regression" if row.regression else ""
            told.append(f"{row.name:<16}{row.old:>10.3f}{row.new:>10.3f}{ratio:>8}{mark}")
    told += [f"not the same: {line}" for line in differences(old, new)]
    worse = [f"{row.name} x {row.ratio:.2f}" for row in rows if row.regression]
    told.append(f"regressions above {LIMIT}: {', '.join(worse) if worse else 'none'}")
    return told


def as_json(old: Figures, new: Figures) -> Figures:
    """The comparison as plain values."""
    rows = compare(old, new)
    return {
        "ratios": {row.name: round(row.ratio, 4) for row in rows if row.ratio is not None},
        "regressions": [row.name for row in rows if row.regression],
        "not_the_same": differences(old, new),
    }


def _row(name: str, old: float | None, new: float | None, machine: float) -> Row:
    worse = bool(old and new is not None and new - old > NOISE_MS and new / old > LIMIT * max(1.0, machine))
    return Row(name, old, new, worse)


def _at(places: dict[str, float] | None, place: str) -> float | None:
    return None if places is None else places.get(place)


def _plausible(found: Any) -> bool:
    """Whether every figure that is compared has its type: the file may be anything, and edited by hand."""
    if not isinstance(found, dict):
        return False
    floor, stages = found.get("floor_ms"), found.get("stages_ms")
    if not isinstance(floor, dict) or not isinstance(stages, dict):
        return False
    tables = [floor, *(stages.get(stage) for stage in STAGE_ORDER)]
    figures = [found.get("cpu_ms_per_frame"), found.get("rss_mb"), found.get("startup_s")]
    for table in tables:
        if table is not None and not isinstance(table, dict):
            return False
        figures += [] if table is None else [table.get(place) for place in _PLACES]
    parts = [found.get("settings"), found.get("environment")]
    return (
        all(figure is None or (isinstance(figure, int | float) and figure >= 0.0) for figure in figures)
        and all(part is None or isinstance(part, dict) for part in parts)
        and all(isinstance(floor.get(place), int | float) for place in _PLACES)
    )
