"""What ``sonoguide calibrate sector`` does: look at a stream, write the profile and its figure, say what was found."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from calibration.profile_toml import check_place, write_profile
from calibration.screen_figure import draw_reading, summary_lines, write_figure
from calibration.screen_reading import ScreenReading, profile_file, read_screen
from calibration.screen_scale import Given
from guidance.device import MarkerSide
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.sources import SourceInfo, open_source
from ui.output import check_figure, check_output, tell
from ui.session import check_apart

MAX_FRAMES = 90
"""So many frames are looked at, however long."""


@dataclass(frozen=True, slots=True)
class SectorOptions:
    """Options of the command, as typed."""

    source: str
    out: Path
    figure: Path | None = None
    seconds: float = 4.0
    marker: str = "auto"
    convention: str = "cardiology"
    depth_mm: float | None = None
    json: str | None = None


def calibrate_sector(options: SectorOptions) -> ScreenReading:
    """Look at the stream and write what ``options`` ask for.

    Raises:
        InputError: an option, the stream or a place to write is wrong; nothing was written then.
        RuntimeFailure: the stream was lost, or the JSON file could not be written after all.
    """
    turned = options.convention == "emergency"
    if turned and options.marker == "right":
        raise InputError("--convention emergency has the marker on the left: leave --marker out")
    figure = options.figure or options.out.with_suffix(".png")
    if figure == options.out:
        raise InputError(f"{figure} cannot be profile and figure at once: give --figure another name")
    check_figure(options.figure)
    check_place(options.out)
    check_output(options.json, "--json")
    check_apart(options.source, str(options.out), figure)
    check_apart(options.source, options.json, None)
    frames, info = look(options.source, options.seconds)
    side = MarkerSide.LEFT if turned else None if options.marker == "auto" else MarkerSide(options.marker)
    reading = read_screen(
        frames, region=info.region, known=info.profile, given=Given(side, turned, options.depth_mm)
    )
    now = datetime.now().astimezone()
    name = Path(options.source).name if Path(options.source).exists() else info.kind
    file = profile_file(reading, made=now.isoformat(timespec="seconds"), source=name)
    middle = frames[len(frames) // 2].pixels
    write_figure(draw_reading(reading, middle, f"{options.out.name}: {name}"), figure)
    kept = write_profile(file, options.out, now.date().isoformat())
    tell(_as_json(reading, options.out, figure, kept), summary_lines(reading), options.json)
    for note in reading.notes:
        print(f"sonoguide: {note}", file=sys.stderr)
    if kept is not None:
        print(f"sonoguide: the older profile is kept as {kept}", file=sys.stderr)
    print(f"sonoguide: written to {options.out}; look at {figure} before you use it", file=sys.stderr)
    return reading


def look(source: str, seconds: float) -> tuple[list[Frame], SourceInfo]:
    """At most :data:`MAX_FRAMES` frames, spread over ``seconds`` of the stream, and what the source knows.

    Raises:
        InputError, RuntimeFailure: as the source does; it gave no frame.
    """
    frames: list[Frame] = []
    with open_source(source, fast=True) as stream:
        due, every = float("-inf"), seconds / MAX_FRAMES
        start: float | None = None
        while len(frames) < MAX_FRAMES and (frame := stream.read()) is not None:
            start = frame.t_stream_s if start is None else start
            if frame.t_stream_s - start > seconds:
                break
            if frame.t_stream_s >= due:
                frames.append(frame)
                due = frame.t_stream_s + every - 1e-6
        info = stream.info
    if not frames:
        raise InputError(f"{source} gave no picture: is the scanner on, and the right input chosen?")
    return frames, info


def _as_json(reading: ScreenReading, out: Path, figure: Path, kept: Path | None) -> dict[str, Any]:
    p = reading.profile
    return {
        "profile": str(out),
        "figure": str(figure),
        "kept": None if kept is None else str(kept),
        "width": p.width,
        "height": p.height,
        "sector": None if p.sector is None else asdict(p.sector),
        "window": p.window,
        "marker": p.marker.value,
        "marker_seen": reading.marker_at is not None,
        "turned": p.turned,
        "mm_per_px": p.mm_per_px,
        "scale_origin": reading.scale_origin,
        "ruler": None if reading.ruler is None else asdict(reading.ruler),
        "mark_mm": reading.mark_mm,
        "state": reading.state.value if reading.moves else None,
        "notes": list(reading.notes),
    }
