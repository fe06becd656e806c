"""Keeps decoders from writing to stderr: what went wrong reaches the user as one error of ours."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import cv2


class _OpenCvSilence:
    """OpenCV's log level is one per process: silent while anybody needs it, then what it was before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._level = 0

    def acquire(self) -> None:
        with self._lock:
            # FFmpeg inside OpenCV reads its level once, when the first stream is opened; -8 is AV_LOG_QUIET.
            os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
            if self._users == 0:
                self._level = cv2.utils.logging.getLogLevel()
                cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
            self._users += 1

    def release(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                cv2.utils.logging.setLogLevel(self._level)


_silence = _OpenCvSilence()
_warnings_lock = threading.Lock()


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """OpenCV and the FFmpeg inside it write nothing to stderr. Nests, and may be held by several threads."""
    _silence.acquire()
    try:
        yield
    finally:
        _silence.release()


@contextmanager
def quiet_warnings() -> Iterator[None]:
    """Python warnings of a decoder are dropped (pydicom warns about harmless flaws of many real files).

    ``warnings.catch_warnings`` is one per process until Python 3.14: the lock keeps our own threads apart.
    """
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
