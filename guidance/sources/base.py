"""What every stream of pictures is: the Source protocol, what it tells about itself, how large it may be."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from guidance.device import DeviceProfile
from guidance.errors import InputError
from guidance.frame import Frame

MAX_SIDE = 8192
MAX_PIXELS = 4096 * 4096
"""Largest picture that is decoded at all: a hostile header must not make us allocate gigabytes."""

DEFAULT_FPS = 10.0
"""Rate of pictures that have none of their own (a folder of images, a repeated still)."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known about a stream before its first frame is read.

    Attributes:
        uri: the path or address it was opened with.
        kind: ``"video"``, ``"dicom"``, ``"images"``, ``"image"``, ``"camera"``, ``"phantom"``
            or a plug-in's own word.
        live: pictures come when the device sends them, and the device may vanish.
        recorded: the pictures do not depend on when they are read or what is done meanwhile: some may be read ahead.
        size: (width, height) in pixels.
        fps: nominal frames per second.
        frame_count: how many frames the header promises; None for live and unknown.
        mm_per_px: (x, y) physical size of a pixel in mm.
        region: (x0, y0, x1, y1) in pixels, inclusive: where the file says that the 2-D picture lies.
        profile: the device profile, where the source knows it exactly (the phantom).
        not_adult: the source says that this is a child or a fetus.
    """

    uri: str
    kind: str
    live: bool = False
    recorded: bool = False
    size: tuple[int, int] | None = None
    fps: float | None = None
    frame_count: int | None = None
    mm_per_px: tuple[float, float] | None = None
    region: tuple[int, int, int, int] | None = None
    profile: DeviceProfile | None = None
    not_adult: bool = False


@runtime_checkable
class Source(Protocol):
    """A stream of frames. One thread reads; any thread may close. Use it as a context manager."""

    @property
    def info(self) -> SourceInfo:
        """What is known about the stream."""
        ...

    def read(self) -> Frame | None:
        """Block until the next frame is due; None at the end of the stream and after :meth:`close`.

        Raises:
            InputError: a file is damaged from here on; all frames before it were given.
            RuntimeFailure: a live device or its connection is lost.
        """
        ...

    def close(self) -> None:
        """Let go of the device or file, and wake a sleeping :meth:`read`. Calling it twice is harmless."""
        ...

    def __enter__(self) -> Self:
        """The source itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        ...


def check_size(width: int, height: int, uri: str) -> None:
    """Refuse pictures without pixels, and larger than any scanner makes.

    Raises:
        InputError: the size is not between 1 x 1 and :data:`MAX_PIXELS`.
    """
    if width < 1 or height < 1:
        raise InputError(f"{uri}: its picture has no pixels ({width} x {height})")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise InputError(
            f"{uri}: its picture of {width} x {height} pixels is too large; scale it to at most 4096 x 4096"
        )
