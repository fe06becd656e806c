"""Listeners: who is told about each Guidance. One that fails is logged, then left out; the others go on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from guidance.hint import Guidance

Listener = Callable[[Guidance], object]

MAX_FAILURES = 3
"""A listener that fails so many times in a row is not called any more."""

_log = logging.getLogger(__name__)


class Listeners:
    """An ordered set of listeners; any thread may add and remove, also a listener while it is called."""

    def __init__(self, listeners: Iterable[Listener] = ()):
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = tuple(listeners)
        self._failures: dict[Listener, int] = {}

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        """Call ``listener`` from the next guidance on; adding it again clears its failures."""
        with self._lock:
            self._failures.pop(listener, None)
            if listener not in self._listeners:
                self._listeners = (*self._listeners, listener)

    def remove(self, listener: Listener) -> None:
        """Do not call ``listener`` any more. Unknown listeners are ignored."""
        with self._lock:
            self._listeners = tuple(known for known in self._listeners if known != listener)
            self._failures.pop(listener, None)

    def tell(self, guidance: Guidance) -> None:
        """Call every listener, in the order they were added, on the calling thread."""
        for listener in self._listeners:
            try:
                listener(guidance)
            except Exception:  # somebody else's code; guidance must go on
                self._failed(listener)
            else:
                self._failures.pop(listener, None)

    def _failed(self, listener: Listener) -> None:
        count = self._failures.get(listener, 0) + 1
        if count < MAX_FAILURES:
            self._failures[listener] = count
            _log.exception("listener %r failed", listener)
        else:
            _log.exception("listener %r failed %d times in a row: left out from now on", listener, count)
            self.remove(listener)
