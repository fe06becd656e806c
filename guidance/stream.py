"""guidance_stream: the engine for ``async for``. The event loop never waits for a picture or the network."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from guidance.engine import Engine
from guidance.hint import Guidance
from guidance.sources import Source


async def guidance_stream(
    engine: Engine,
    source: Source,
    max_frames: int | None = None,
    *,
    fast: bool = False,
    reopen: Callable[[], Source] | None = None,
) -> AsyncGenerator[Guidance, None]:
    """Guidance for ``source``, as :meth:`Engine.run` gives it, from a thread beside the event loop.

    Live, a slow reader gets the newest guidance; with ``fast`` every one, and the engine waits for the reader. Leaving
    the loop early, or cancelling its task, stops the engine and closes the source before anything else goes on: so use
    ``contextlib.aclosing`` around a loop that may be left by ``break``.

    Args:
        engine: drives one stream at a time.
        source: what to read; it is closed at the end.
        max_frames: process at most so many frames.
        fast: every frame, in order.
        reopen: opens a lost live source anew.

    Raises:
        InputError, RuntimeFailure: what :meth:`Engine.run` raises, after the guidance of all earlier frames.

    Example:
        >>> async for guidance in guidance_stream(engine, open_source("camera:0")):  # doctest: +SKIP
        ...     print(guidance.advice.hint)
    """
    hand = _Hand(asyncio.get_running_loop(), keep_all=fast)

    def work() -> None:
        try:
            for guidance in engine.run(source, max_frames, fast=fast, reopen=reopen):
                if not hand.over(guidance):
                    break
        except BaseException as error:  # the loop's side raises it
            hand.end(error)
        else:
            hand.end(None)

    thread = threading.Thread(target=work, name="sonoguide-stream", daemon=True)
    thread.start()
    try:
        while (guidance := await hand.next()) is not None:
            yield guidance
    finally:
        hand.release()
        engine.stop()
        source.close()  # wakes a read that waits for a device
        await _joined(thread)


class _Hand:
    """Hands guidance from the engine's thread to the event loop: one at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, keep_all: bool):
        self._loop = loop
        self._keep_all = keep_all
        self._lock = threading.Condition()
        self._ready = asyncio.Event()
        self._held: Guidance | None = None
        self._ended = self._released = False
        self._error: BaseException | None = None

    # On the engine's thread

    def over(self, guidance: Guidance) -> bool:
        """Hold ``guidance`` for the loop; False when nobody wants any more."""
        with self._lock:
            if self._keep_all:
                self._lock.wait_for(lambda: self._held is None or self._released)
            self._held = guidance
            released = self._released
        self._call()
        return not released

    def end(self, error: BaseException | None) -> None:
        """No more comes."""
        with self._lock:
            self._ended, self._error = True, error
        self._call()

    def _call(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._ready.set)

    # On the event loop

    async def next(self) -> Guidance | None:
        """The guidance held, once there is one; None at the end."""
        while True:
            self._ready.clear()
            with self._lock:
                guidance, self._held = self._held, None
                ended, error = self._ended, self._error
                self._lock.notify()
            if guidance is not None:
                return guidance
            if ended:
                if error is not None:
                    raise error
                return None
            await self._ready.wait()

    def release(self) -> None:
        """Nobody wants any more."""
        with self._lock:
            self._released = True
            self._lock.notify()


async def _joined(thread: threading.Thread) -> None:
    """Wait for ``thread`` without holding up the loop; a second cancellation does not leave it behind."""
    cancelled: asyncio.CancelledError | None = None
    while thread.is_alive():
        try:
            await asyncio.sleep(0.002)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
