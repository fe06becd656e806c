"""GrabbedSource: pictures that come when they are asked for, as a live stream at a steady rate."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.sources.base import SourceInfo, check_size


class PictureTaker(Protocol):
    """What takes one picture at a time."""

    def grab(self) -> NDArray[np.uint8]:
        """(H, W, 3) BGR, now. Raises whatever its system raises when it cannot."""

    def close(self) -> None:
        """Let go of it."""


class GrabbedSource:
    """Pictures of ``taker`` at ``fps`` a second.

    Args:
        taker: takes them; closed with the source.
        what: it is, for messages, such as "the screen".
        kind: of source.
        fps: pictures a second.
        uri: what the user called it.

    Raises:
        InputError: no picture comes, or none of a usual size.
    """

    def __init__(self, taker: PictureTaker, what: str, kind: str, fps: float, uri: str) -> None:
        self._taker, self._what, self._uri = taker, what, uri
        self._closed = threading.Event()
        self._lock = threading.Lock()
        try:
            first = taker.grab()
            check_size(first.shape[1], first.shape[0], uri)
        except InputError:
            taker.close()
            raise
        except Exception as error:  # what it raises differs by system
            taker.close()
            raise InputError(f"{uri}: {what} cannot be grabbed ({line(error)})") from error
        self._info = SourceInfo(uri=uri, kind=kind, live=True, size=(first.shape[1], first.shape[0]), fps=fps)
        self._period_s = 1.0 / fps
        self._index = 0
        self._due_s = time.perf_counter()
        self._opened_ns = time.perf_counter_ns()

    @property
    def info(self) -> SourceInfo:
        """What is known about the pictures."""
        return self._info

    def read(self) -> Frame | None:
        """A picture when the next one is due; None after :meth:`close`.

        Raises:
            RuntimeFailure: it can no longer be grabbed.
        """
        self._closed.wait(max(0.0, self._due_s - time.perf_counter()))
        # A slow grab is not made up for: pictures in a rush would show nothing new.
        self._due_s = max(self._due_s + self._period_s, time.perf_counter())
        with self._lock:
            if self._closed.is_set():
                return None
            try:
                pixels = self._taker.grab()
            except Exception as error:
                raise RuntimeFailure(
                    f"{self._uri}: {self._what} can no longer be grabbed ({line(error)})"
                ) from error
        now_ns = time.perf_counter_ns()
        index, self._index = self._index, self._index + 1
        return Frame(pixels, index, now_ns, (now_ns - self._opened_ns) * 1e-9, source=self._uri)

    def close(self) -> None:
        """Let go of the taker, and wake a sleeping :meth:`read`. Idempotent."""
        self._closed.set()
        with self._lock:
            self._taker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def line(error: BaseException) -> str:
    """What ``error`` says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
