"""Background: lets a slow output (a recording) work on a thread of its own, so that guidance never waits for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from guidance.hint import Guidance

WAITING = 60
"""So many pictures may wait: two seconds at 30 a second, and with them at most 0.4 GB of 1080p in colour."""


class Background:
    """A listener that hands each guidance to ``output`` on another thread, in order.

    Args:
        output: called with each guidance, on that one thread.
        wait: when :data:`WAITING` are not done yet, wait for it (a recording that is processed as fast as possible);
            otherwise the newest is left out (a live stream).
    """

    def __init__(self, output: Callable[[Guidance], object], *, wait: bool = False):
        self.left_out = 0
        self._wait = wait
        self._error: Exception | None = None
        self._output = output
        self._queue: queue.Queue[Guidance | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._work, name="sonoguide-output", daemon=True)
        self._thread.start()

    def __call__(self, guidance: Guidance) -> None:
        """Hand over ``guidance``."""
        try:
            self._queue.put(guidance, block=self._wait)
        except queue.Full:
            self.left_out += 1

    def close(self) -> None:
        """Wait until everything that was handed over is done. Idempotent.

        Raises:
            Exception: what ``output`` raised; it was not called again after that.
        """
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _work(self) -> None:
        while (guidance := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self._output(guidance)
                except Exception as error:  # whoever closes us gets it; until then the queue must not fill
                    self._error = error
