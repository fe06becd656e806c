"""DICOM ultrasound (and any other DICOM image) as a stream: header, frame times and region calibration."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from guidance.errors import InputError
from guidance.sources.base import SourceInfo, check_size
from guidance.sources.dicom_layout import Layout, Span, frame_spans
from guidance.sources.dicom_patient import says_not_adult
from guidance.sources.dicom_pixels import PixelDecoder
from guidance.sources.playback import Picture, Playback
from guidance.sources.quiet import quiet_warnings

FALLBACK_FPS = 25.0
MAX_HEADER_BYTES = 64 * 1024 * 1024
MAX_REGION_HEIGHT_MM = 400.0
"""No scanner looks deeper than about 300 mm; a calibration that says so is wrong and is not used."""


def open_dicom(path: Path, *, fast: bool = False, loop: bool = False) -> Playback:
    """A DICOM file as a stream. Frames are read and decoded one by one, so a long clip starts at once.

    Raises:
        InputError: it holds no picture, or one that cannot be decoded. A file that is cut short gives the
            frames it has, and then raises.
    """
    clip = _read_header(path)
    info = SourceInfo(
        uri=str(path),
        kind="dicom",
        fps=1.0 / clip.period_s if clip.promised > 1 else None,
        frame_count=clip.promised,
        mm_per_px=clip.mm_per_px,
        region=clip.region,
        not_adult=clip.not_adult,
    )
    return Playback(info, lambda: _play(path, clip), fast=fast, loop=loop)


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    """Header, and where each frame's bytes lie in the file."""

    header: Dataset
    layout: Layout
    promised: int
    frames: list[tuple[Span, ...]]
    time_of: Callable[[int], float]
    period_s: float
    region: tuple[int, int, int, int] | None
    mm_per_px: tuple[float, float] | None
    not_adult: bool


def _read_header(path: Path) -> _Clip:
    try:
        with path.open("rb") as file, quiet_warnings():
            header = pydicom.dcmread(file, stop_before_pixels=True, force=True)
            if file.tell() > MAX_HEADER_BYTES:
                raise InputError(f"{path}: the DICOM header is larger than 64 MB")
            layout = Layout.of(header, file, str(path))
            check_size(layout.columns, layout.rows, str(path))
            promised = _count(header)
            frames = frame_spans(file, layout, promised, os.fstat(file.fileno()).st_size)
            time_of, period_s = frame_times(header, promised)
            region, mm_per_px = region_of(header, layout)
            not_adult = says_not_adult(header)
    except InputError:
        raise
    except Exception as error:  # pydicom raises nearly anything on a damaged file
        raise _damaged(path, error) from error
    if not frames:
        raise InputError(f"{path}: the DICOM file is cut short: not one of its {promised} frames is whole")
    return _Clip(header, layout, promised, frames, time_of, period_s, region, mm_per_px, not_adult)


def _play(path: Path, clip: _Clip) -> Iterator[Picture]:
    decoder = PixelDecoder(clip.header, clip.layout, str(path))
    given = 0
    with path.open("rb") as file:
        for index, spans in enumerate(clip.frames):
            try:
                pixels = decoder.decode(_read(file, spans))
            except Exception as error:  # a decoder raises nearly anything on damaged data
                if given == 0:
                    raise error if isinstance(error, InputError) else _damaged(path, error) from error
                break
            given += 1
            yield pixels, clip.time_of(index)
    if given < clip.promised:
        raise InputError(
            f"{path}: the DICOM file is cut short: {given} of its {clip.promised} frames could be read"
        )


def _read(file: BinaryIO, spans: tuple[Span, ...]) -> bytes:
    parts = []
    for offset, length in spans:
        file.seek(offset)
        parts.append(file.read(length))
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _damaged(path: Path, error: Exception) -> InputError:
    text = " ".join(str(error).split())[:200]
    return InputError(f"{path}: the DICOM picture cannot be decoded ({text or type(error).__name__})")


def _count(header: Dataset) -> int:
    value = _number(header.get("NumberOfFrames"))
    return int(value) if value is not None and 1 <= value < 10**7 else 1


def frame_times(header: Dataset, count: int) -> tuple[Callable[[int], float], float]:
    """Media time in seconds of each of ``count`` frames, and the mean period.

    Sources in order: FrameTimeVector (ms between frames, its first entry says nothing), FrameTime (ms),
    RecommendedDisplayFrameRate, CineRate (frames/s), then 25 frames/s. Outside 1 ms to 10 s they are ignored.
    """
    vector = header.get("FrameTimeVector")
    if vector is not None and not isinstance(vector, str) and count > 1:
        steps = [_number(value) for value in vector] if hasattr(vector, "__iter__") else []
        if len(steps) >= count and all(
            step is not None and 1.0 <= step <= 10_000.0 for step in steps[1:count]
        ):
            times = np.cumsum([0.0, *(step for step in steps[1:count] if step is not None)]) / 1000.0
            return (lambda index: float(times[index])), float(times[-1]) / (count - 1)
    period = _period(header)
    return (lambda index: index * period), period


def _period(header: Dataset) -> float:
    frame_time = _number(header.get("FrameTime"))
    if frame_time is not None and 1.0 <= frame_time <= 10_000.0:
        return frame_time / 1000.0
    for keyword in ("RecommendedDisplayFrameRate", "CineRate"):
        rate = _number(header.get(keyword))
        if rate is not None and 0.1 <= rate <= 1000.0:
            return 1.0 / rate
    return 1.0 / FALLBACK_FPS


def region_of(
    header: Dataset, layout: Layout
) -> tuple[tuple[int, int, int, int] | None, tuple[float, float] | None]:
    """Bounds (x0, y0, x1, y1, inclusive pixels) of the 2-D picture and (x, y) mm per pixel; None if unsaid.

    Takes the largest 2-D tissue region, else colour flow region. PhysicalDelta is in cm per pixel where the
    units are 3 (PS3.3 C.8.5.5). Without regions, PixelSpacing (mm, row spacing first).
    """
    best: tuple[tuple[int, int, int], Any] | None = None
    for item in header.get("SequenceOfUltrasoundRegions") or ():
        bounds = _bounds(item, layout)
        kind = _number(item.get("RegionDataType"))
        if bounds is None or _number(item.get("RegionSpatialFormat")) != 1 or kind not in (1, 2):
            continue
        area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
        rank = (1 if kind == 1 else 0, area, -bounds[0])
        if best is None or rank > best[0]:
            best = (rank, (bounds, _region_mm(item, bounds)))
    if best is not None:
        found: tuple[tuple[int, int, int, int], tuple[float, float] | None] = best[1]
        return found
    spacing = header.get("PixelSpacing")
    if spacing is not None and not isinstance(spacing, str) and len(spacing) == 2:
        row, column = _number(spacing[0]), _number(spacing[1])
        if row and column and 0.0 < row < 100.0 and 0.0 < column < 100.0:
            return None, (column, row)
    return None, None


def _bounds(item: Dataset, layout: Layout) -> tuple[int, int, int, int] | None:
    names = ("RegionLocationMinX0", "RegionLocationMinY0", "RegionLocationMaxX1", "RegionLocationMaxY1")
    values = [_number(item.get(name)) for name in names]
    if any(value is None for value in values):
        return None
    x0, y0, x1, y1 = (int(value) for value in values if value is not None)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, layout.columns - 1), min(y1, layout.rows - 1)
    return (x0, y0, x1, y1) if x1 - x0 >= 16 and y1 - y0 >= 16 else None


def _region_mm(item: Dataset, bounds: tuple[int, int, int, int]) -> tuple[float, float] | None:
    if _number(item.get("PhysicalUnitsXDirection")) != 3 or _number(item.get("PhysicalUnitsYDirection")) != 3:
        return None
    dx, dy = _number(item.get("PhysicalDeltaX")), _number(item.get("PhysicalDeltaY"))
    if not dx or not dy:
        return None
    mm = abs(dx) * 10.0, abs(dy) * 10.0
    height = (bounds[3] - bounds[1] + 1) * mm[1]
    return mm if 1.0 <= height <= MAX_REGION_HEIGHT_MM else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
