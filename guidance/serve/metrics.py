"""Metrics: what a server tells Prometheus of its stream, in the text format that Prometheus reads.

A listener of the engine. It counts and adds; what must be asked for (clients, the spool) is asked when somebody reads.
The package is prometheus_client, Prometheus' own and without dependencies; each server has a registry of its own.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from guidance.errors import InputError
from guidance.hint import Guidance, State

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RATE_OVER_S = 5.0
"""Frames a second are the mean of so many seconds."""

BUCKETS_S = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.133, 0.25, 0.5, 1.0)
"""Upper bounds of the latency histogram; 0.25 s is where guidance is too old to be shown."""


class Metrics:
    """Counts the guidance of one stream. :meth:`publish` on the engine's thread, :meth:`text` on any.

    Args:
        clients: kind of client -> how many are connected now.
        spool: how many files wait for an archive; None: nobody knows.
        steady: a clock that never jumps, in seconds.

    Raises:
        InputError: prometheus_client is not installed.
    """

    def __init__(
        self,
        clients: Callable[[], dict[str, int]],
        spool: Callable[[], int] | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        try:
            import prometheus_client as prometheus  # optional
        except ImportError as error:
            raise InputError(
                "/metrics needs the package prometheus-client: pip install 'sonoguide[serve]'"
            ) from error
        self._generate = prometheus.generate_latest
        self._registry: Any = prometheus.CollectorRegistry()
        own: dict[str, Any] = {"registry": self._registry}
        self._frames = prometheus.Counter("sonoguide_frames", "Frames that guidance was given on", **own)
        self._dropped = prometheus.Counter(
            "sonoguide_frames_dropped", "Frames left out because a newer one was there", **own
        )
        self._rate = prometheus.Gauge(
            "sonoguide_frames_per_second", f"Frames a second, mean of {RATE_OVER_S:g} s", **own
        )
        self._stages = prometheus.Histogram(
            "sonoguide_stage_seconds", "What each stage of a frame took", ["stage"], buckets=BUCKETS_S, **own
        )
        self._state = prometheus.Gauge("sonoguide_state", "1 for the coach's state now", ["state"], **own)
        self._clients = prometheus.Gauge("sonoguide_clients", "Clients connected now", ["kind"], **own)
        self._spool = (
            None
            if spool is None
            else prometheus.Gauge("sonoguide_spool_files", "Files that wait for an archive", **own)
        )
        self._ask_clients, self._ask_spool, self._steady = clients, spool, steady
        self._times: deque[float] = deque(maxlen=4096)
        self._last: int | None = None
        self._lost = 0
        self._now: State | None = None

    def publish(self, guidance: Guidance) -> None:
        """Count ``guidance``; never blocks. The same frame again (no signal) counts once."""
        self._now = guidance.advice.state
        if guidance.frame.index == self._last:
            return
        self._last = guidance.frame.index
        self._frames.inc()
        new = guidance.dropped - self._lost
        self._dropped.inc(new if new >= 0 else guidance.dropped)  # a stream that begins again counts anew
        self._lost = guidance.dropped
        self._times.append(self._steady())
        for stage, ms in guidance.latency_ms.items():
            self._stages.labels(stage).observe(ms / 1000.0)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        since = self._steady() - RATE_OVER_S
        self._rate.set(sum(moment > since for moment in tuple(self._times)) / RATE_OVER_S)
        now = self._now
        for state in State:
            self._state.labels(state.value).set(state is now)
        for kind, count in self._ask_clients().items():
            self._clients.labels(kind).set(count)
        if self._spool is not None and self._ask_spool is not None:
            self._spool.set(self._ask_spool())
        return bytes(self._generate(self._registry))
