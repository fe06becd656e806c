"""Worker: slow work of the review window (decoding a clip, writing pictures) on one thread of its own, in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from qtpy.QtCore import QCoreApplication, QObject, Signal  # type: ignore[attr-defined]


class Worker(QObject):
    """Runs jobs one after the other; what becomes of each is told on the window's thread."""

    _finished = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sonoguide-review")
        self._closed = False
        self._finished.connect(self._tell)

    def run(self, job: Callable[[], Any], then: Callable[[Any, Exception | None], None]) -> None:
        """Do ``job``; afterwards ``then(result, None)`` or ``then(None, error)``. Nothing, once it was closed."""
        if self._closed:
            return

        def work() -> None:
            try:
                result, error = job(), None
            except Exception as raised:  # whoever asked gets it
                result, error = None, raised
            self._finished.emit(then, result, error)

        self._pool.submit(work)

    def close(self) -> None:
        """Wait until every job is done and told: what was asked for is kept. Idempotent."""
        self._closed = True
        self._pool.shutdown(wait=True)
        QCoreApplication.sendPostedEvents(self)

    def _tell(
        self, then: Callable[[Any, Exception | None], None], result: Any, error: Exception | None
    ) -> None:
        then(result, error)
