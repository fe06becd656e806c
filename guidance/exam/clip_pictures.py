"""The pictures of a kept clip, read again from its DICOM file, each with its time and its quality."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.exam.dicom_clip import PRIVATE_CREATOR, PRIVATE_GROUP
from guidance.exam.reading import intact
from guidance.exam.records import ClipRecord
from guidance.sources.dicom import open_dicom

MAX_BYTES = 1 << 30
"""Of pixels in memory; a longer clip is shown from its beginning."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipPictures:
    """A clip to look at.

    Attributes:
        pixels: of each picture, (H, W) uint8 grey or (H, W, 3) uint8 BGR; at least one.
        times_s: of each, on the stream's time line.
        qualities: of each, 0 to 1; None where it was not judged.
        problem: one line where not all is as it was kept; else None.
    """

    pixels: tuple[NDArray[np.uint8], ...]
    times_s: tuple[float, ...]
    qualities: tuple[float | None, ...]
    problem: str | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def index_at(self, t_s: float) -> int:
        """The picture that is on screen at ``t_s``."""
        return max(0, int(np.searchsorted(self.times_s, t_s + 1e-9, side="right")) - 1)

    @property
    def best(self) -> int:
        """The picture with the best quality, else the middle one."""
        judged = [(quality, -index) for index, quality in enumerate(self.qualities) if quality is not None]
        return -max(judged)[1] if judged else len(self) // 2


def load_pictures(exam: Path, clip: ClipRecord) -> ClipPictures:
    """Read the pictures of ``clip`` in the folder ``exam``.

    Raises:
        InputError: there is no file, or no picture of it can be read.
    """
    file = clip.files.get("dicom")
    if file is None:
        raise InputError(f"clip {clip.number} has no DICOM file in its record")
    path = exam / file.name
    if not path.exists():
        raise InputError(f"{path} is missing")
    problem = None if intact(exam, file) else f"{path} is not as it was kept: it was damaged or altered"
    pixels: list[NDArray[np.uint8]] = []
    times: list[float] = []
    held = 0
    try:
        with open_dicom(path, fast=True) as source:
            while (frame := source.read()) is not None:
                held += frame.pixels.nbytes
                if held > MAX_BYTES and pixels:
                    problem = f"{path} is too long to be shown whole: its first {len(pixels)} pictures are"
                    break
                pixels.append(frame.pixels)
                times.append(clip.t_start_s + frame.t_stream_s)
    except InputError as error:
        if not pixels:
            raise
        problem = str(error)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error})") from error
    return ClipPictures(tuple(pixels), tuple(times), _qualities(path, len(pixels)), problem)


def _qualities(path: Path, count: int) -> tuple[float | None, ...]:
    """Quality of each picture, as :mod:`guidance.exam.dicom_clip` wrote them; all None where it did not."""
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        value = header.private_block(PRIVATE_GROUP, PRIVATE_CREATOR)[0x02].value
        found = [float(one) for one in (value if hasattr(value, "__iter__") else [value])]
    except Exception:  # another program's file: pydicom raises nearly anything
        found = []
    known = [one if 0.0 <= one <= 1.0 else None for one in found[:count]]
    return (*known, *([None] * (count - len(known))))
