"""Interrupts: SIGTERM and a closed terminal end a run as Ctrl-C does, so that recordings are finished."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 130
"""What a shell expects of a program that Ctrl-C ended."""


SIGNALS = tuple(
    s for name in ("SIGINT", "SIGTERM", "SIGHUP") if (s := getattr(signal, name, None)) is not None
)
"""What ends a run; Windows has no SIGHUP."""


class Interrupted(KeyboardInterrupt):
    """Somebody ended the run."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into :class:`Interrupted` on the main thread; further ones are ignored.

    The second of two signals must not break the finishing of a recording that the first one began.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)
        raise Interrupted

    with handling(interrupt):
        yield


@contextmanager
def handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let ``handler`` have :data:`SIGNALS` until the block ends. For the main thread."""
    before = {one: signal.signal(one, handler) for one in SIGNALS}
    try:
        yield
    finally:
        for one, previous in before.items():
            signal.signal(one, previous)
