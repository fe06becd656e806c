"""Worker processes for long work: one pool, and an end at once where the work is broken off."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any


@contextmanager
def processes(
    workers: int, begin: Callable[..., object] | None = None, *args: Any
) -> Iterator[ProcessPoolExecutor]:
    """A pool of ``workers`` processes, each of which first calls ``begin(*args)``.

    Not forked: a fork of a process with other threads can wait for ever on a lock that one of them held, and one of a
    process that has looked for a GPU cannot use it. Ctrl-C reaches every process of a terminal: the workers leave it to
    this one. When an error, an interrupt or the end of a generator leaves the block, what still runs is ended, not
    waited for.
    """
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (begin, args))
    try:
        yield pool
    except BaseException:
        _end(pool)
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(begin: Callable[..., object] | None, args: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if begin is not None:
        begin(*args)


def _end(pool: ProcessPoolExecutor) -> None:
    """Python 3.14 has a public way (``terminate_workers``); before, the pool's own list is the only one."""
    public = getattr(pool, "terminate_workers", None)
    if public is not None:
        public()
        return
    for process in list((pool._processes or {}).values()):
        process.terminate()
