"""Against pauses of the Python interpreter, for programs that own their process. The engine never does it itself.

*Garbage.* A full collection over what Qt, OpenCV, pydicom and ONNX Runtime load stops every thread for 10-25 ms (65 000
objects, measured on two cores): most of a frame. Frozen objects are not looked at any more; a full collection then
takes less than 0.1 ms. The collector stays on for what is made later.

*Threads.* A call of the network leaves the interpreter to the other threads, and must have it back at its end. A thread
that paints, coaches or writes gives it up only once it has been asked for so long as ``sys.getswitchinterval()`` says:
5 ms, where nobody sets it. docs/benchmarks.md has what less of it gains.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_S = 2e-4
"""Longest that a thread which needs the interpreter waits for another one's Python code."""


@contextmanager
def quiet_gc() -> Iterator[None]:
    """Collect once, then spare everything that lives now from further collections until the block ends.

    Process-wide: for the command line and for hosts that choose so, after everything is loaded.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def quick_switches(interval_s: float = SWITCH_S) -> Iterator[None]:
    """Until the block ends, a thread that needs the interpreter waits for at most ``interval_s`` seconds.

    Process-wide, as :func:`quiet_gc`. A shorter interval that was set before stays.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, interval_s))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def real_time() -> Iterator[None]:
    """:func:`quiet_gc` and :func:`quick_switches`: what sonoguide's own programs run in."""
    with quiet_gc(), quick_switches():
        yield
