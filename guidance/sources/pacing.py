"""Pacer: lets a recording arrive at its own rate, as a live stream does, and never hurries to catch up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MAX_WAIT_S = 10.0
"""No single frame is waited for longer: a damaged or hostile time stamp must not hang the stream."""

MAX_LATE_S = 1.0
"""Later than this, the clock starts anew: after a pause the recording goes on, it does not race."""


class Pacer:
    """Sleeps until a frame's media time is due; interruptible from another thread.

    Args:
        fast: never sleep.
        clock: monotonic seconds.
        sleep: sleeps for so many seconds; the default wakes at once on :meth:`stop`.
    """

    def __init__(
        self,
        *,
        fast: bool = False,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._fast = fast
        self._clock = clock
        self._stopped = threading.Event()
        self._sleep = self._stopped.wait if sleep is None else sleep
        self._origin: float | None = None

    def wait_until(self, media_s: float) -> None:
        """Return when the frame with media time ``media_s`` (seconds) is due; the first is due at once."""
        if self._fast:
            return
        now = self._clock()
        if self._origin is None:
            self._origin = now - media_s
        due = self._origin + media_s
        if due - now > MAX_WAIT_S or now - due > MAX_LATE_S:
            wait = min(max(due - now, 0.0), MAX_WAIT_S)
            self._origin = now + wait - media_s
        else:
            wait = due - now
        if wait > 0.0 and not self._stopped.is_set():
            self._sleep(wait)

    def due_s(self) -> float:
        """The media time that is due now; 0 before the first frame."""
        return 0.0 if self._origin is None else self._clock() - self._origin

    def stop(self) -> None:
        """Wake a sleeping :meth:`wait_until`; later calls do not sleep."""
        self._stopped.set()
