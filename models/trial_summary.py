"""What a trial amounts to: counts with intervals, medians, and every group by name, the worst first of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from models.figures.statistics import wilson95
from models.trial import GROUPS, TrialRun

MIN_GROUP = 10
"""Smaller groups are reported, but none is called the worst on so few runs."""


def summarise(runs: Sequence[TrialRun]) -> dict[str, Any]:
    """Figures of a trial, ready for JSON; shares are of the runs whose view the patient can give.

    ``held`` counts runs that ended holding the right picture, ``held_any`` those that ended in HOLD at all.
    """
    guided = [r for r in runs if r.guided and r.possible]
    unguided = [r for r in runs if not r.guided and r.possible]
    wrong, confident = sum(r.wrong_way for r in guided), sum(r.confident for r in guided)
    by_group = {
        name: {value: _share_of(of) for value, of in sorted(_split(guided, _member(name)).items())}
        for name in GROUPS
    }
    return {
        "on": "virtual patients",
        "patients": len({r.seed for r in runs}),
        "runs": len(guided),
        "held": _share(r.reached for r in guided),
        "held_ci95": wilson95(sum(r.reached for r in guided), len(guided)),
        "held_any": _share(r.held for r in guided),
        "strict": _share(r.strict for r in guided),
        "unguided_runs": len(unguided),
        "unguided_held": _share(r.reached for r in unguided),
        "unguided_held_ci95": wilson95(sum(r.reached for r in unguided), len(unguided)),
        "not_possible": len({(r.seed, r.view) for r in runs if not r.possible}),
        "seconds_median": _median(r.seconds for r in guided),
        "unguided_seconds_median": _median(r.seconds for r in unguided),
        "path_ratio_median": _median(r.path / max(r.direct, 1.0) for r in guided if r.reached),
        "moves_median": _median(r.moves for r in guided if r.reached),
        "final_pose_mm_median": _median(r.pose_mm for r in guided),
        "final_pose_deg_median": _median(r.pose_deg for r in guided),
        "diagnostic": _share(r.quality >= 0.5 for r in guided),
        "hints": sum(r.hints for r in guided),
        "confident_hints": confident,
        "wrong_way": round(wrong / confident, 4) if confident else None,
        "by_view": {
            str(view): {**_share_of(of), "not_possible": _impossible(runs, view)}
            for view, of in _split([r for r in runs if r.guided], lambda r: str(r.view)).items()
        },
        "by_group": by_group,
        "worst_group": _worst(by_group),
    }


def _member(name: str) -> Callable[[TrialRun], str]:
    return lambda r: str(getattr(r, name))


def _split(runs: Sequence[TrialRun], key: Callable[[TrialRun], str]) -> dict[str, list[TrialRun]]:
    found: dict[str, list[TrialRun]] = {}
    for r in runs:
        found.setdefault(key(r), []).append(r)
    return found


def _share_of(runs: Sequence[TrialRun]) -> dict[str, Any]:
    given = [r for r in runs if r.possible]
    hits = sum(r.reached for r in given)
    return {"runs": len(given), "held": _share(r.reached for r in given), "ci95": wilson95(hits, len(given))}


def _impossible(runs: Sequence[TrialRun], view: str) -> int:
    return sum(1 for r in runs if r.guided and not r.possible and str(r.view) == view)


def _worst(by_group: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Any] | None:
    large = [
        {"group": value, "of": name, **figures}
        for name, values in by_group.items()
        for value, figures in values.items()
        if figures["runs"] >= MIN_GROUP
    ]
    return min(large, key=lambda g: (g["held"], -g["runs"])) if large else None


def _share(hits: Iterable[bool]) -> float | None:
    found = list(hits)
    return round(sum(found) / len(found), 4) if found else None


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(float(np.median(found)), 3) if found else None
