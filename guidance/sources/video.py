"""Video files (MP4, MOV, AVI, MPEG, MKV, GIF ...) at their own rate; network streams (RTSP, HTTP) live."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from guidance.errors import InputError
from guidance.sources.base import SourceInfo, check_size
from guidance.sources.live import LiveCapture
from guidance.sources.playback import Picture, Playback
from guidance.sources.quiet import quiet_opencv

FALLBACK_FPS = 25.0
OPEN_TIMEOUT_MS = 5000
READ_TIMEOUT_MS = 2000
_INDEXED = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"AVI ")


def open_video(path: Path, *, fast: bool = False, loop: bool = False) -> Playback:
    """A video file as a stream.

    Raises:
        InputError: it cannot be decoded.
    """
    with quiet_opencv():
        capture = _open(path)
        try:
            fps = _usable_fps(capture.get(cv2.CAP_PROP_FPS))
            count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        finally:
            capture.release()
    info = SourceInfo(uri=str(path), kind="video", fps=fps, frame_count=count if 0 < count < 10**8 else None)
    return Playback(info, lambda: _play(path, info), fast=fast, loop=loop)


def open_stream(url: str) -> LiveCapture:
    """A network stream (``rtsp://``, ``http://`` ...) as a live source: a stall or an end is a loss.

    Raises:
        InputError: nothing answers at ``url``.
    """
    timeouts = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        OPEN_TIMEOUT_MS,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        READ_TIMEOUT_MS,
    ]
    return LiveCapture(
        lambda: cv2.VideoCapture(url, cv2.CAP_FFMPEG, timeouts),
        uri=url,
        kind="video",
        absent=f"{url}: no video stream answers there; check the address and that the sender runs",
    )


def _open(path: Path) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise InputError(f"{path}: the video cannot be decoded; the file is cut short or damaged")
    width, height = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    try:
        check_size(width, height, str(path))
    except InputError:
        capture.release()
        raise
    return capture


def _play(path: Path, info: SourceInfo) -> Iterator[Picture]:
    period = 1.0 / (info.fps or FALLBACK_FPS)
    with quiet_opencv():
        capture = _open(path)
        try:
            given, media_s, start_s = 0, 0.0, 0.0
            while True:
                ok, pixels = capture.read()
                if not ok:
                    break
                stamp_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
                if given == 0:
                    start_s = stamp_s
                else:
                    # Variable rates are honoured; stamps that stand still, run back or leap are not.
                    step = stamp_s - start_s - media_s
                    media_s += step if 0.0 < step < 10.0 else period
                given += 1
                yield np.asarray(pixels, dtype=np.uint8), media_s
        finally:
            capture.release()
    if given == 0 or _cut_short(path, given, info.frame_count):
        raise InputError(
            f"{path}: the video is cut short or damaged: "
            f"{given} of its {info.frame_count or 'unknown number of'} frames could be read"
        )


def _cut_short(path: Path, given: int, promised: int | None) -> bool:
    """Only containers with an index promise an exact count; others estimate it from the bit rate."""
    if promised is None or given >= promised * 0.95 or given >= promised - 3:
        return False
    with path.open("rb") as file:
        head = file.read(12)
    return head[4:8] in _INDEXED or head[8:12] in _INDEXED


def _usable_fps(fps: float) -> float:
    return fps if math.isfinite(fps) and 0.1 <= fps <= 1000.0 else FALLBACK_FPS
