"""Beside: work that takes longer than a frame may, done beside the stream or, for recordings, at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """One piece of work at a time, asked for from one thread.

    Args:
        at_once: :meth:`start` does the work itself, so that the same frames always give the same guidance.
    """

    def __init__(self, *, at_once: bool) -> None:
        self._at_once = at_once
        self._work: Future[T] | None = None

    @property
    def busy(self) -> bool:
        """Work was started, and its result not taken yet."""
        return self._work is not None

    @property
    def done(self) -> bool:
        """There is a result to :meth:`take`."""
        return self._work is not None and self._work.done()

    def start(self, work: Callable[[], T], *, at_once: bool = False) -> None:
        """Begin ``work``; what it raises, :meth:`take` raises. Not while :attr:`busy`."""
        assert self._work is None
        if self._at_once or at_once:
            self._work = Future()
            self._work.set_result(work())
            return
        worker = ThreadPoolExecutor(1, thread_name_prefix="sonoguide-beside")
        self._work = worker.submit(work)
        worker.shutdown(wait=False)  # its thread ends with the work

    def take(self) -> T:
        """The result, once; waits for it."""
        assert self._work is not None
        work, self._work = self._work, None
        return work.result()

    def forget(self) -> None:
        """Whatever comes of the work is no longer wanted."""
        self._work = None
