"""Reads a scanner's screen from some seconds of its stream: picture, marker, scale, and whether it stands still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from calibration.marker import find_marker
from calibration.ruler import Ruler, find_ruler, mm_of_mark
from calibration.screen_checks import check_texture, check_ultrasound
from calibration.screen_scale import Given, by_depth, by_ruler, scale_of
from guidance.device import DeviceProfile, MarkerSide
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.profile_file import (
    MarkerPart,
    Origin,
    PicturePart,
    ProfileFile,
    RulerPart,
    ScalePart,
    ScreenPart,
)
from guidance.screen_watch import ScreenState, ScreenWatch
from guidance.sector import find_sector
from guidance.sector_find import Region

_USED = 12


@dataclass(frozen=True, slots=True)
class ScreenReading:
    """What a screen shows.

    Attributes:
        profile: for the engine; with mm per pixel and the ruler's line, where found.
        scale_origin: "file" (DICOM, OpenIGTLink), "given", "ruler", or None: the scale is unknown.
        ruler, mark_mm: the depth ruler, and what one mark was taken for.
        marker_at: where the marker was seen (x, y); None: not seen, its side is the usual one or was given.
        state: of the screen at the end; FROZEN, COVERED and CHANGED make a profile doubtful.
        moves: frames were enough to tell whether the picture moves.
        notes: what a person should know, one line each.
    """

    profile: DeviceProfile
    scale_origin: Origin | None
    ruler: Ruler | None
    mark_mm: float | None
    marker_at: tuple[int, int] | None
    state: ScreenState
    moves: bool
    notes: tuple[str, ...]


def read_screen(
    frames: Sequence[Frame],
    *,
    region: Region | None = None,
    known: DeviceProfile | None = None,
    given: Given | None = None,
) -> ScreenReading:
    """What ``frames``, of one stream in time order, show.

    Args:
        frames: some seconds; one will do, but says nothing about freeze and menus.
        region: where the file says that the 2-D picture lies.
        known: the profile that the source knows exactly.
        given: what need not be looked for.

    Raises:
        InputError: the frames are black, noise, or show no ultrasound; their size changes; or the given depth
            contradicts what the file says.
    """
    given = given or Given()
    if not frames:
        raise InputError("the stream gave no picture: is the scanner on, and the right input chosen?")
    sizes = {frame.size for frame in frames}
    if len(sizes) > 1:
        raise InputError(
            "the stream's size changed meanwhile: leave the scanner's layout as it is, and try again"
        )
    chosen = [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, _USED).astype(int))]
    pictures = [frame.pixels for frame in chosen]
    check_ultrasound(pictures)
    from_file = region is not None or frames[0].mm_per_px is not None
    profile = known or find_sector(
        pictures, region=region, stretches=(1.0,) if from_file else stretches(frames[0].size)
    )
    if profile is None:
        raise InputError(
            "no ultrasound picture found: show one on the scanner, with the probe on the patient"
        )
    if known is None:
        check_texture(pictures, profile)
    notes: list[str] = []
    lasting = np.min(np.stack(pictures), axis=0)
    grey = lasting if lasting.ndim == 2 else np.asarray(cv2.cvtColor(lasting, cv2.COLOR_BGR2GRAY), np.uint8)
    ruler = find_ruler(grey, profile)
    if known is None and ruler is not None:
        profile = by_ruler(profile, ruler, notes if given.depth_mm is None else [])
    mark_mm = None if ruler is None else mm_of_mark(ruler, profile)
    origin, mm = scale_of(frames[0], profile, ruler, mark_mm, given, notes)
    if given.depth_mm is not None and origin == "given" and ruler is not None and mm is not None:
        profile = by_depth(profile, ruler, given.depth_mm, mm)
        mark_mm = mm * ruler.spacing
    seen = find_marker(lasting, profile)
    side = given.marker or (seen[0] if seen else profile.marker)
    if seen is None and given.marker is None and known is None:
        notes.append(
            "no marker seen beside the picture: taken to be on the right (--marker left, if it is not)"
        )
    elif side is MarkerSide.LEFT and not given.turned:
        notes.append(
            "the marker is on the left: the picture is mirrored for the network. If the probe is held turned by 180 "
            "degrees, as in emergency medicine, add --convention emergency"
        )
    line = None if ruler is None else (ruler.x0, ruler.y0, ruler.x1, ruler.y1)
    profile = replace(profile, marker=side, turned=given.turned, mm_per_px=mm, ruler=line)
    state, moves = _watched(frames, profile)
    if state is ScreenState.FROZEN:
        notes.append(
            "the picture stands still: unfreeze the scanner and calibrate again, if that is not meant"
        )
    elif state is ScreenState.COVERED:
        notes.append("something lies over the picture: close the menu and calibrate again")
    elif state is ScreenState.CHANGED:
        notes.append("the screen changed meanwhile: leave depth and layout as they are, and calibrate again")
    return ScreenReading(
        profile, origin, ruler, mark_mm, seen[1] if seen else None, state, moves, tuple(notes)
    )


def profile_file(reading: ScreenReading, *, made: str, source: str) -> ProfileFile:
    """What is written for ``reading``; ``made`` is a date, ``source`` names the stream."""
    p, s = reading.profile, reading.profile.sector
    if s is None:
        window = p.window or (0, 0, p.width - 1, p.height - 1)
        picture = PicturePart(shape="box", window=window)
    else:
        picture = PicturePart(
            shape="sector",
            apex_x=s.apex_x,
            apex_y=s.apex_y,
            angle_left=s.angle_left,
            angle_right=s.angle_right,
            r_min=s.r_min,
            r_max=s.r_max,
            stretch=s.stretch,
            window=p.window,
        )
    scale = ruler = None
    if p.mm_per_px is not None:
        depth = round(p.depth_rows * p.mm_per_px, 1)
        scale = ScalePart(mm_per_px=p.mm_per_px, depth_mm=depth, origin=reading.scale_origin or "hand")
    if reading.ruler is not None:
        r = reading.ruler
        ruler = RulerPart(x0=r.x0, y0=r.y0, x1=r.x1, y1=r.y1, spacing=r.spacing, mark_mm=reading.mark_mm)
    return ProfileFile(
        schema=1,
        made=made,
        source=source,
        screen=ScreenPart(width=p.width, height=p.height),
        picture=picture,
        marker=MarkerPart(side=p.marker.value, convention="emergency" if p.turned else "cardiology"),
        scale=scale,
        ruler=ruler,
    )


def stretches(size: tuple[int, int]) -> tuple[float, ...]:
    """How a capture card may have widened a screen so that its frame has this ``size``; none of it first.

    4:3 shown as 16:9, 4:3 or 5:4 as 16:10, and 16:9 squeezed into 4:3.
    """
    aspect = size[0] / size[1]
    if aspect > 1.7:
        return 1.0, 4 / 3
    if aspect > 1.5:
        return 1.0, 6 / 5
    return 1.0, 3 / 4


def _watched(frames: Sequence[Frame], profile: DeviceProfile) -> tuple[ScreenState, bool]:
    """State of the screen at the end of ``frames``, and whether they were enough to tell."""
    if len(frames) < 5 or frames[-1].t_stream_s - frames[0].t_stream_s < 0.8:
        return ScreenState.LIVE, False
    watch = ScreenWatch(profile)
    state = ScreenState.LIVE
    for frame in frames:
        state = watch.see(frame)
    return state, True
