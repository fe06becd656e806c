"""Pacing: what is drawn ahead of its time waits until it is due."""

from __future__ import annotations

import threading
import time


def stopped_before(t_stream_s: float, began_ns: int, stopped: threading.Event) -> bool:
    """Wait until a stream begun at ``began_ns`` (``perf_counter_ns``) is at ``t_stream_s``; True where it stopped."""
    return stopped.wait(max(0.0, t_stream_s - (time.perf_counter_ns() - began_ns) / 1e9))
