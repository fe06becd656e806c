"""Playback: the one Source behind every recording. It paces, repeats and stamps; the kinds decode."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.frame import Frame
from guidance.probe import Pose
from guidance.sources.base import DEFAULT_FPS, SourceInfo
from guidance.sources.pacing import Pacer

Picture = tuple[NDArray[np.uint8], float] | tuple[NDArray[np.uint8], float, Pose | None]
"""(H, W) grey or (H, W, 3) BGR uint8 pixels, the media time in seconds from the first picture, and the probe's pose
where it was tracked.
"""


class Playback:
    """A recording as a Source.

    The first picture is decoded at once, so that a file that cannot be used fails when it is opened.

    Args:
        info: what the header says; ``size`` is filled in from the first picture.
        pictures: gives a new iterator over the recording's pictures at each call.
        fast: give frames as fast as they decode.
        loop: begin again after the last frame; indices and times go on rising.

    Raises:
        InputError: there is no first picture.
    """

    def __init__(
        self, info: SourceInfo, pictures: Callable[[], Iterator[Picture]], *, fast: bool, loop: bool
    ) -> None:
        self._pictures = pictures
        self._loop = loop
        self._pacer = Pacer(fast=fast)
        self._lock = threading.Lock()  # decoding is never interrupted by close()
        self._closed = False
        self._iterator = pictures()
        self._offset_s = 0.0
        self._last_s = 0.0
        self._index = 0
        self._next: Picture | None = next(self._iterator, None)
        if self._next is None:
            raise InputError(f"{info.uri}: holds no picture")
        height, width = self._next[0].shape[:2]
        self._info = replace(info, size=(width, height), recorded=True)

    @property
    def info(self) -> SourceInfo:
        """What is known about the recording."""
        return self._info

    def read(self) -> Frame | None:
        """The next frame, when it is due; None at the end."""
        with self._lock:
            picture = None if self._closed else self._advance()
        if picture is None:
            return None
        pixels, media_s, pose = picture
        self._pacer.wait_until(media_s)
        index, self._index = self._index, self._index + 1
        return Frame(
            pixels,
            index,
            time.perf_counter_ns(),
            media_s,
            source=self._info.uri,
            mm_per_px=self._info.mm_per_px,
            pose=pose,
        )

    def close(self) -> None:
        """Stop: a sleeping read returns at once, later reads give None."""
        self._pacer.stop()
        with self._lock:
            if not self._closed:
                self._closed = True
                self._next = None
                _finish(self._iterator)

    def _advance(self) -> tuple[NDArray[np.uint8], float, Pose | None] | None:
        if self._next is not None:
            picture, self._next = self._next, None
        else:
            found = next(self._iterator, None)
            if found is None and self._loop:
                self._offset_s = self._last_s + 1.0 / (self._info.fps or DEFAULT_FPS)
                self._iterator = self._pictures()
                found = next(self._iterator, None)
            if found is None:
                return None
            picture = found
        self._last_s = picture[1] + self._offset_s
        return picture[0], self._last_s, picture[2] if len(picture) == 3 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _finish(iterator: Iterator[Picture]) -> None:
    """Run the ``finally`` parts of a generator, which let go of its file."""
    close = getattr(iterator, "close", None)
    if close is not None:
        close()
