"""Recordings: an MP4 of the display, and PNGs. Written under a temporary name and renamed whole when closed."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError, RuntimeFailure
from guidance.hint import Guidance
from guidance.sources.quiet import quiet_opencv

CODECS = ("avc1", "mp4v")
"""Tried in this order: H.264 plays everywhere, MPEG-4 part 2 can be written everywhere."""

LONGEST_GAP_S = 2.0
"""A gap in the stream is filled with its last picture, up to this long."""


class Mp4File:
    """Pictures into an MP4 at a constant rate. What is written survives an error or an interrupt, once closed.

    A process that is killed leaves a temporary file without an index, which no player opens.

    Args:
        path: where the file will be; replaced when it exists. Its folder must exist.
        size: (width, height) of every picture, even numbers.
        fps: pictures a second.

    Raises:
        InputError: it cannot be written there.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float):
        if path.suffix.lower() != ".mp4":
            raise InputError(f"{path}: recordings are MP4 files: choose a name that ends in .mp4")
        _check_folder(path)
        self.path = path
        self.frames = 0
        self._size = size
        self._temporary = path.with_name(f".{path.stem}.{os.getpid()}.part.mp4")
        writer = _open_writer(self._temporary, size, fps)
        if writer is None:
            self._temporary.unlink(missing_ok=True)
            raise InputError(f"{path}: no MP4 can be written here: check the folder's rights and free space")
        self._writer: cv2.VideoWriter | None = writer

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append ``picture``, (H, W, 3) uint8 BGR of the file's size.

        Raises:
            ValueError: another size (a programming error), or the file is closed.
        """
        if self._writer is None or picture.shape != (self._size[1], self._size[0], 3):
            raise ValueError(f"cannot write a picture of shape {picture.shape} to {self.path}")
        with quiet_opencv():
            self._writer.write(picture)
        self.frames += 1

    def close(self) -> None:
        """Finish the file and give it its name; without a frame nothing is left behind. Idempotent.

        Raises:
            RuntimeFailure: the file could not be finished (the disk is full).
        """
        writer, self._writer = self._writer, None
        if writer is None:
            return
        with quiet_opencv():
            writer.release()
        if self.frames == 0:
            self._temporary.unlink(missing_ok=True)
            return
        try:
            if not _plays(self._temporary):  # OpenCV says nothing when it cannot write
                raise OSError(0, "its pictures could not be written")
            _finish(self._temporary, self.path)
        except OSError as error:
            raise RuntimeFailure(
                f"{self.path} could not be finished ({error.strerror}): free some space; "
                f"what was written is in {self._temporary}"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Recorder:
    """The display of a run as an MP4, and its last picture as a PNG beside it.

    Guidance is painted as it was when it became ready, on the stream's own time line: a clip that was processed
    faster than it plays still plays at its own rate.

    Args:
        path: the MP4.
        fps: rate of the stream; 30 where it is not known.
        size: (width, height) in pixels.
        **options: for :func:`ui.painter.paint_guidance`.

    Raises:
        InputError: it cannot be written there.
        RuntimeFailure: Qt cannot paint here.
    """

    def __init__(
        self, path: Path, fps: float | None = None, size: tuple[int, int] = (1280, 720), **options: Any
    ):
        from ui.qt import painting_application

        self._fps = min(120.0, max(1.0, fps or 30.0))
        self._size = size
        self._options = options
        self._file = Mp4File(path, size, self._fps)
        try:
            self._application = painting_application()
        except BaseException:
            self._file.close()
            raise
        self._last: NDArray[np.uint8] | None = None
        self._slot = 0
        self._origin_s: float | None = None
        self._previous_s = 0.0

    @property
    def path(self) -> Path:
        """The MP4."""
        return self._file.path

    @property
    def still_path(self) -> Path:
        """The PNG of the last picture."""
        return self._file.path.with_suffix(".png")

    @property
    def frames(self) -> int:
        """Pictures written so far, repeated ones too."""
        return self._file.frames

    def __call__(self, guidance: Guidance) -> None:
        """Append the display of ``guidance`` at its time on the stream."""
        from ui.still import render_still

        t_s = guidance.frame.t_stream_s
        if self._origin_s is None:
            self._origin_s = t_s
        elif (
            not 0.0 <= t_s - self._previous_s <= LONGEST_GAP_S
        ):  # the stream began anew, or was away for long
            step_s = 1.0 / self._fps if t_s < self._previous_s else LONGEST_GAP_S
            self._origin_s += t_s - self._previous_s - step_s
        self._previous_s = t_s
        due = round((t_s - self._origin_s) * self._fps) + 1
        while self._last is not None and self._file.frames < due - 1:
            self._file.write(self._last)
        now_ns = 1 + round(t_s * 1e9)
        shown = replace(guidance, t_ready_ns=now_ns)
        self._last = render_still(shown, self._size, now_ns=now_ns, **self._options)
        if self._file.frames < due:
            self._file.write(self._last)

    def close(self) -> None:
        """Finish the MP4 and write the PNG. Idempotent.

        Raises:
            RuntimeFailure: they could not be finished.
        """
        last, self._last = self._last, None
        self._file.close()
        if last is not None:
            write_png(self.still_path, last)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write ``picture`` (grey or BGR) to ``path``: whole, or not at all.

    Raises:
        InputError: its folder does not exist or may not be written to.
        RuntimeFailure: it could not be written.
    """
    _check_folder(path)
    ok, data = cv2.imencode(".png", picture)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if not ok:
            raise OSError("cannot be encoded")
        temporary.write_bytes(data.tobytes())
        _finish(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise RuntimeFailure(
            f"{path} could not be written ({error.strerror or error}): free some space"
        ) from error


def _open_writer(path: Path, size: tuple[int, int], fps: float) -> cv2.VideoWriter | None:
    for codec in CODECS:
        with quiet_opencv():
            writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), fps, size)
            if writer.isOpened():
                return writer
            writer.release()
    return None


def _plays(path: Path) -> bool:
    """Whether the file can be opened; its index is written last, so a full disk leaves it without."""
    with quiet_opencv():
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        plays = capture.isOpened()
        capture.release()
    return plays


def _check_folder(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a folder: give the name of a file")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder: make it first, or choose another place")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path.parent} may not be written to: choose another place")


def _finish(temporary: Path, path: Path) -> None:
    """Make sure that the bytes are on the disk, then give the file its name in one step."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
