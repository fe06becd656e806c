"""Garbage collection without long pauses, for programs that own their process. The engine never touches it
itself.

A full collection over what Qt, OpenCV, pydicom and ONNX Runtime load stops every thread for 10-25 ms (65 000
objects, measured on two cores): most of a frame. Frozen objects are not looked at any more; a full
collection then takes less than 0.1 ms. The collector stays on for what is made later.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
