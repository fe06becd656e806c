"""Newest: hands values from any thread to waiting coroutines. Nobody waits for a slow one; the newest wins."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """The newest value and its number. Putting never blocks and never queues.

    Args:
        loop: where the waiting coroutines run.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._value: T | None = None
        self._number = 0
        self._waking = False  # one call into the loop at a time, however many values come meanwhile
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def value(self) -> T | None:
        """The newest value; None before the first."""
        return self._value

    @property
    def number(self) -> int:
        """How many values were put so far."""
        return self._number

    def put(self, value: T) -> None:
        """From any thread: replace the value and wake who waits."""
        with self._lock:
            self._value = value
            self._number += 1
            if self._waking:
                return
            self._waking = True
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        with self._lock:
            self._waking = False
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def after(self, number: int) -> tuple[int, T]:
        """The newest value and its number, as soon as that is above ``number``. For the loop's own coroutines."""
        while True:
            with self._lock:
                if self._number > number and self._value is not None:
                    return self._number, self._value
            one = self._loop.create_future()
            self._waiting.append(one)
            await one
