"""A short run of ``sonoguide bench``, for the tests of what it measures and of its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ui.bench_report import Run
from ui.bench_set_up import Plan, measure_plan


def measured(folder: Path, **options: Any) -> Run:
    """A short run on the pictures in ``folder``."""
    return measure_plan(Plan(str(folder), **{"seconds": 0.5, "warm_up_s": 0.2, "paint": False, **options}))
