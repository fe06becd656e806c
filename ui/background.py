"""Background: lets a slow output (a recording) work on a thread of its own, so that guidance never waits for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from guidance.hint import Guidance

WAITING = 240
"""So many pictures may wait (eight seconds at 30 a second); when the disk is slower, the newest are left out."""


class Background:
    """A listener that hands each guidance to ``output`` on another thread, in order.

    Args:
        output: called with each guidance, on that one thread.
    """

    def __init__(self, output: Callable[[Guidance], object]):
        self.left_out = 0
        self.error: Exception | None = None
        self._output = output
        self._queue: queue.Queue[Guidance | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._work, name="sonoguide-output", daemon=True)
        self._thread.start()

    def __call__(self, guidance: Guidance) -> None:
        """Hand over ``guidance``; never blocks."""
        try:
            self._queue.put_nowait(guidance)
        except queue.Full:
            self.left_out += 1

    def close(self) -> None:
        """Wait until everything that was handed over is done. Idempotent."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (guidance := self._queue.get()) is not None:
            if self.error is None:
                try:
                    self._output(guidance)
                except (
                    Exception
                ) as error:  # whoever closes us asks for it; until then the queue must not fill
                    self.error = error
