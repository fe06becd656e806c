"""Tracked sequences of PLUS and 3D Slicer (``.igs.mha``, ``.seq.mha``, ``.mha``) as a stream: times and poses.

Pixels stay as they were stored. ``UltrasoundImageOrientation`` tells how they lie, for the pose.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from guidance.sources.base import DEFAULT_FPS, SourceInfo
from guidance.sources.metaimage import MetaImage, read_header
from guidance.sources.playback import Picture, Playback
from guidance.tracking import Matrix, matrix_of, pixel_size, probe_pose

MAX_GAP_S = 3600.0
"""A longer pause between two pictures is a damaged clock."""

_OF_PICTURE = re.compile(r"Seq_Frame([0-9]{1,9})_(.+)")
_TRANSFORM = re.compile(r"([A-Z][A-Za-z0-9]*To[A-Z][A-Za-z0-9]*?)Transform")


@dataclass(frozen=True, slots=True)
class _Records:
    """What the header says of the pictures. ``times_s``: from the first; None without usable ones."""

    of_picture: Mapping[int, Mapping[str, str]]
    fixed: Mapping[str, Matrix]
    orientation: str
    times_s: list[float] | None

    def valid(self, index: int) -> bool:
        """Whether the recorder said so, or nothing."""
        return self.of_picture.get(index, {}).get("ImageStatus", "OK").upper() == "OK"

    def time_s(self, index: int) -> float:
        """Seconds from the first picture."""
        return index / DEFAULT_FPS if self.times_s is None else self.times_s[index]

    def transforms(self, index: int) -> dict[str, Matrix]:
        """All that are known of a picture."""
        return {**self.fixed, **_transforms(self.of_picture.get(index, {}))}


def open_sequence(path: Path, *, fast: bool = False, loop: bool = False) -> Playback:
    """A sequence as a stream, at the times that were recorded; without usable ones at 10 pictures a second.

    A picture that was recorded as invalid is left out. A transform that was not ``OK`` counts as absent.

    Raises:
        InputError: it cannot be read. A file that is cut short gives the pictures it has, and then raises.
    """
    image = read_header(path)
    of_picture, general = _sorted_fields(image.fields)
    times_s = _times(of_picture.get(index, {}) for index in range(image.count))
    orientation = general.get("UltrasoundImageOrientation", "MF")
    records = _Records(of_picture, _transforms(general), orientation, times_s)
    fps = DEFAULT_FPS if times_s is None else (len(times_s) - 1) / times_s[-1]
    info = SourceInfo(
        uri=str(path),
        kind="sequence",
        fps=fps,
        frame_count=image.count
        - sum(index < image.count and not records.valid(index) for index in of_picture),
        mm_per_px=pixel_size(records.transforms(0)),
    )
    return Playback(info, lambda: _play(image, records), fast=fast, loop=loop)


def _play(image: MetaImage, records: _Records) -> Iterator[Picture]:
    for index, pixels in enumerate(image.pictures()):
        if records.valid(index):
            pose = probe_pose(records.transforms(index), image.size, records.orientation)
            yield pixels, records.time_s(index), pose


def _times(of_picture: Iterable[Mapping[str, str]]) -> list[float] | None:
    """Seconds from the first picture; None unless there are stamps that rise throughout."""
    stamps: list[float] = []
    for fields in of_picture:
        stamp = _number(fields.get("Timestamp", ""))
        if stamp is None:
            return None
        stamps.append(stamp)
    if len(stamps) < 2 or not all(0.0 < b - a < MAX_GAP_S for a, b in pairwise(stamps)):
        return None
    return [stamp - stamps[0] for stamp in stamps]


def _sorted_fields(fields: Mapping[str, str]) -> tuple[dict[int, dict[str, str]], dict[str, str]]:
    """The fields of each picture, and those of all."""
    per_picture: dict[int, dict[str, str]] = {}
    general: dict[str, str] = {}
    for name, value in fields.items():
        if (match := _OF_PICTURE.fullmatch(name)) is None:
            general[name] = value
        else:
            per_picture.setdefault(int(match[1]), {})[match[2]] = value
    return per_picture, general


def _transforms(fields: Mapping[str, str]) -> dict[str, Matrix]:
    found: dict[str, Matrix] = {}
    for name, value in fields.items():
        match = _TRANSFORM.fullmatch(name)
        if match is None or fields.get(f"{name}Status", "OK").upper() != "OK":
            continue
        if (matrix := matrix_of(value)) is not None:
            found[match[1]] = matrix
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e12 else None
