"""Latency: what each stage from capture to guidance took, for the newest frames, as percentiles."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

STAGES: tuple[str, ...] = ("grab", "queue", "preprocess", "infer", "coach", "total")
"""The engine's stages, in order. ``grab``: capture stamp to handing over; ``queue``: waiting for the
inference thread; ``total``: capture stamp to guidance ready. Hosts may add their own (``decode``,
``paint``)."""

PERCENTILES: Mapping[str, float] = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9}


def percentiles(values: NDArray[np.floating]) -> dict[str, float]:
    """``{"p50", "p90", "p99", "p999", "max"}`` of ``values``, of which there must be at least one.

    Percentiles are values that really occurred, the next larger where one falls between two (never an
    understatement).
    """
    at = np.percentile(values, list(PERCENTILES.values()), method="higher")
    found = dict(zip(PERCENTILES, (float(v) for v in at), strict=True))
    return {**found, "max": float(values.max())}


class StageTimer:
    """Stamps of one frame on its way: each :meth:`mark` ends a stage and begins the next.

    Times come from the caller (``time.perf_counter_ns``), so that a replay gives the same numbers.
    """

    __slots__ = ("_ms", "_start_ns", "_then_ns")

    def __init__(self, start_ns: int):
        self._start_ns = start_ns
        self._then_ns = start_ns
        self._ms: dict[str, float] = {}

    def mark(self, stage: str, now_ns: int) -> None:
        """``stage`` lasted from the previous mark until ``now_ns``; marked again, that long in addition."""
        self._ms[stage] = self._ms.get(stage, 0.0) + (now_ns - self._then_ns) / 1e6
        self._then_ns = now_ns

    def finish(self) -> dict[str, float]:
        """Milliseconds by stage, with ``total`` from the start to the last mark."""
        return {**self._ms, "total": (self._then_ns - self._start_ns) / 1e6}


class LatencyLog:
    """Rolling record of stage times; any thread may add and read.

    Args:
        capacity: newest values kept per stage (4096 are 68 s at 60 Hz; p999 needs at least 1000).
        warm_up: values of each stage that are dropped first: caches and allocators are cold, and a user
            sees them once.
    """

    def __init__(self, capacity: int = 4096, warm_up: int = 0):
        if capacity < 1 or warm_up < 0:
            raise ValueError("capacity must be at least 1 and warm_up not negative")
        self._capacity = capacity
        self._warm_up = warm_up
        self._rings: dict[str, NDArray[np.float64]] = {}
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, latency_ms: Mapping[str, float]) -> None:
        """Append one frame's stages, in milliseconds."""
        with self._lock:
            for stage, ms in latency_ms.items():
                ring = self._rings.get(stage)
                if ring is None:
                    ring = self._rings[stage] = np.zeros(self._capacity)
                    self._counts[stage] = 0
                kept = self._counts[stage] - self._warm_up
                if kept >= 0:
                    ring[kept % self._capacity] = ms
                self._counts[stage] += 1

    def values(self, stage: str) -> NDArray[np.float64]:
        """A copy of the kept values of ``stage`` in ms, oldest first; empty for an unknown stage."""
        with self._lock:
            ring = self._rings.get(stage)
            if ring is None:
                return np.zeros(0)
            kept = max(0, self._counts[stage] - self._warm_up)
            if kept <= self._capacity:
                return ring[:kept].copy()
            return np.roll(ring, -(kept % self._capacity))

    def summary(self) -> dict[str, dict[str, float]]:
        """Stage -> its :func:`percentiles` in ms, for stages with any value."""
        with self._lock:
            stages = list(self._rings)
        found = {stage: self.values(stage) for stage in stages}
        return {stage: percentiles(values) for stage, values in found.items() if values.size}
