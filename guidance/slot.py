"""LatestFrame: the slot between the grabber and the network. It holds the newest frame; it is no queue."""

from __future__ import annotations

import threading
import time
from enum import StrEnum

from guidance.frame import Frame


class Delivery(StrEnum):
    """Which frame a consumer that comes back for more is given."""

    NEWEST = "newest"
    """The newest that it has not had yet, at once: most frames a second."""

    FRESH = "fresh"
    """The next to arrive, however new the waiting one is: lowest latency when the consumer is slow."""


class LatestFrame:
    """A slot of capacity one. Putting replaces; no frame is given twice; frames nobody took are counted.

    Any thread may put, any may get.
    """

    def __init__(self, delivery: Delivery = Delivery.NEWEST) -> None:
        self._delivery = delivery
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._dropped = 0
        self._closed = False

    @property
    def dropped(self) -> int:
        """How many frames were replaced or passed over before anybody took them."""
        with self._changed:
            return self._dropped

    @property
    def closed(self) -> bool:
        """No frame will come any more (one may still wait to be taken)."""
        with self._changed:
            return self._closed

    def put(self, frame: Frame) -> None:
        """Make ``frame`` the newest. Never blocks; after :meth:`close` it does nothing."""
        with self._changed:
            if self._closed:
                return
            self._dropped += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def get(self, timeout_s: float | None = None) -> Frame | None:
        """Wait for a frame and take it; None if none came in ``timeout_s`` seconds, or if closed and empty.

        The last frame before :meth:`close` is always given, whatever the delivery.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            if self._delivery is Delivery.FRESH and self._frame is not None and not self._closed:
                self._frame = None
                self._dropped += 1
            while self._frame is None and not self._closed:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0.0:
                    return None
                self._changed.wait(left)
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Say that no frame will come any more, and wake everybody who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
