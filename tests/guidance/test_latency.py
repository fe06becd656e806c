"""Latency bookkeeping.

Promises:
- the stages of a frame add up to its total;
- percentiles are values that occurred, never below the exact ones, and ordered;
- the record is rolling, bounded, in order, and can be filled from several threads;
"""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guidance.latency import PERCENTILES, LatencyLog, StageTimer

MS = st.floats(0.0, 1e4)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
def test_stages_add_up_to_the_total(steps_ns: list[int]) -> None:
    timer = StageTimer(1_000)
    now = 1_000
    for i, step in enumerate(steps_ns):
        now += step
        timer.mark(f"stage{i}", now)
    latency = timer.finish()
    assert latency["total"] == pytest.approx(sum(steps_ns) / 1e6)
    assert sum(ms for stage, ms in latency.items() if stage != "total") == pytest.approx(latency["total"])


@given(st.lists(MS, min_size=1, max_size=200))
def test_percentiles_occurred_and_never_understate(values: list[float]) -> None:
    log = LatencyLog()
    for value in values:
        log.add({"infer": value})
    summary = log.summary()["infer"]
    assert list(summary) == [*PERCENTILES, "max"]
    assert all(value in values for value in summary.values())
    assert sorted(summary.values()) == list(summary.values())
    for name, percent in PERCENTILES.items():
        assert summary[name] >= np.percentile(values, percent) - 1e-9
    assert summary["max"] == max(values)


@given(st.lists(MS, max_size=50), st.integers(1, 20), st.integers(0, 5))
def test_keeps_the_newest_in_order(values: list[float], capacity: int, warm_up: int) -> None:
    log = LatencyLog(capacity, warm_up)
    for value in values:
        log.add({"total": value})
    assert log.values("total").tolist() == values[warm_up:][-capacity:]


def test_stages_may_differ_between_frames() -> None:
    log = LatencyLog()
    log.add({"infer": 1.0})
    log.add({"infer": 2.0, "paint": 3.0})
    assert set(log.summary()) == {"infer", "paint"}
    assert log.values("infer").tolist() == [1.0, 2.0]
    assert log.values("unknown").size == 0


def test_several_threads_lose_nothing() -> None:
    log = LatencyLog(10_000)

    def fill() -> None:
        for _ in range(1_000):
            log.add({"total": 1.0})

    threads = [threading.Thread(target=fill) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.values("total").sum() == 4_000.0


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        LatencyLog(0)
