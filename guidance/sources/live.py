"""LiveCapture: the Source behind every device and address that OpenCV can open. Loss is an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.sources.base import SourceInfo, check_size
from guidance.sources.quiet import quiet_opencv

_OLDEST_STAMP_NS = 5_000_000_000


class LiveCapture:
    """A live source on a ``cv2.VideoCapture``.

    Args:
        connect: opens the capture.
        uri: what the user called it.
        kind: for :class:`SourceInfo`.
        absent: the one-line error when it does not open or gives no first picture.
        stamped: the driver stamps its pictures on the monotonic clock (V4L2), in ``CAP_PROP_POS_MSEC``.

    Raises:
        InputError: it does not open, or gives no first picture.
    """

    def __init__(
        self,
        connect: Callable[[], cv2.VideoCapture],
        *,
        uri: str,
        kind: str,
        absent: str,
        stamped: bool = False,
    ) -> None:
        self._uri = uri
        self._stamped = stamped
        self._lock = threading.Lock()  # a capture must not be released while it reads
        self._cleanup = ExitStack()
        self._closed = threading.Event()
        with ExitStack() as undo:
            undo.enter_context(quiet_opencv())
            try:
                self._capture = connect()
                undo.callback(self._capture.release)
                ok, pixels = self._capture.read() if self._capture.isOpened() else (False, None)
            except cv2.error:
                ok, pixels = False, None
            if not ok or pixels is None:
                raise InputError(absent)
            self._opened_ns = time.perf_counter_ns()
            self._first: NDArray[np.uint8] | None = np.asarray(pixels, dtype=np.uint8)
            check_size(self._first.shape[1], self._first.shape[0], uri)
            self._cleanup = undo.pop_all()
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self._index = 0
        self._info = SourceInfo(
            uri=uri,
            kind=kind,
            live=True,
            size=(self._first.shape[1], self._first.shape[0]),
            fps=fps if 0.1 <= fps <= 1000.0 else None,
        )

    @property
    def info(self) -> SourceInfo:
        """What is known about the device."""
        return self._info

    def read(self) -> Frame | None:
        """The next picture that the device sends; None after :meth:`close`.

        Raises:
            RuntimeFailure: the device is gone or silent.
        """
        try:
            return self._read()
        finally:
            if self._closed.is_set():
                self.close()  # the close that came while we were reading left it to us

    def _read(self) -> Frame | None:
        with self._lock:
            if self._closed.is_set():
                return None
            driver_ns: int | None = None
            if self._first is not None:
                pixels, self._first = self._first, None
                stamp_ns = self._opened_ns
            else:
                try:
                    ok, found = self._capture.read()
                except cv2.error:
                    ok, found = False, None
                stamp_ns = time.perf_counter_ns()
                if not ok or found is None:
                    raise RuntimeFailure(f"{self._uri}: the stream is lost; check the cable and the device")
                pixels = np.asarray(found, dtype=np.uint8)
                driver_ns = self._driver_stamp(stamp_ns)
        index, self._index = self._index, self._index + 1
        return Frame(
            pixels,
            index,
            stamp_ns,
            (stamp_ns - self._opened_ns) * 1e-9,
            source=self._uri,
            t_driver_ns=driver_ns,
        )

    def _driver_stamp(self, now_ns: int) -> int | None:
        """The driver's stamp of the picture just read; None where it has none, or one of another clock."""
        if not self._stamped:
            return None
        stamp_ns = round(self._capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6)
        return stamp_ns if 0 <= now_ns - stamp_ns < _OLDEST_STAMP_NS else None

    def close(self) -> None:
        """Let go of the device; a read that is under way does it when it returns. Never blocks."""
        self._closed.set()
        if self._lock.acquire(blocking=False):
            try:
                self._cleanup.close()
            finally:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
