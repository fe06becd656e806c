"""Reads a scanner's screen from some seconds of its stream: picture, marker, scale, and whether it stands still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.marker import find_marker
from calibration.ruler import Ruler, find_ruler, mm_of_mark
from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.preprocess import picture_mask
from guidance.profile_file import (
    MarkerPart,
    Origin,
    PicturePart,
    ProfileFile,
    RulerPart,
    ScalePart,
    ScreenPart,
    depth_rows,
)
from guidance.screen_watch import ScreenState, ScreenWatch
from guidance.sector import find_sector
from guidance.sector_find import Region

_USED = 12
_DARK = 12
_DISAGREE = 0.05
_GUESSED = 0.06
"""A smaller near radius, as a share of the far one, is what the finder takes where the near field is dark."""
_DEPTH_SLACK = 0.1
_ON_EDGE = 0.012
_SURE = 10
"""Marks that make a row along an edge no chance."""
_PAPER = 100
_DENSE = 0.2


@dataclass(frozen=True, slots=True)
class Given:
    """What the person says, which is not looked for."""

    marker: MarkerSide | None = None
    turned: bool = False
    depth_mm: float | None = None


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
    given: Given = Given(),
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
        profile = _by_ruler(profile, ruler, notes if given.depth_mm is None else [])
    mark_mm = None if ruler is None else mm_of_mark(ruler, profile)
    origin, mm = _scale(frames[0], profile, ruler, mark_mm, given, notes)
    if given.depth_mm is not None and origin == "given" and ruler is not None and mm is not None:
        profile = _by_depth(profile, ruler, given.depth_mm, mm)
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
        depth = round(depth_rows(s, p.window) * p.mm_per_px, 1)
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


def check_ultrasound(pictures: Sequence[NDArray[np.uint8]]) -> None:
    """Make sure that ``pictures`` are neither black nor noise.

    Raises:
        InputError: which they are.
    """
    if max(int(picture.max()) for picture in pictures) <= _DARK:
        raise InputError("the stream is black: is the scanner on, and its output switched to this input?")
    grey = pictures[0] if pictures[0].ndim == 2 else cv2.cvtColor(pictures[0], cv2.COLOR_BGR2GRAY)
    level = grey.astype(np.float32) - float(grey.mean())
    power = float((level * level).mean())
    if power < 1.0:
        raise InputError(
            "the stream is of one grey: is the scanner on, and its output switched to this input?"
        )
    alike = [float((level[1:] * level[:-1]).mean()), float((level[:, 1:] * level[:, :-1]).mean())]
    if max(alike) < 0.2 * power:
        raise InputError("the stream is noise: is the cable in, and the right input chosen?")


def check_texture(pictures: Sequence[NDArray[np.uint8]], profile: DeviceProfile) -> None:
    """Make sure that what was found looks like ultrasound: dense, on a dark ground, and mostly without colour.

    Raises:
        InputError: it looks like a desktop or a page of text.
    """
    inside = picture_mask(profile)
    picture = pictures[len(pictures) // 2]
    values = picture[inside]
    channel = picture if picture.ndim == 2 else picture[:, :, 1]
    count = np.bincount(channel[inside], minlength=256)
    ground = int(count.argmax())
    page = ground > _PAPER and count[ground] > 0.4 * count.sum()
    # Letters and lines are thin: hardly anything of them is left without its rim. Tissue is dense.
    drawn = ((np.abs(channel.astype(np.int16) - ground) > 6) & inside).astype(np.uint8)
    left = cv2.erode(drawn, np.ones((5, 5), np.uint8))
    thin = int(left.sum()) < _DENSE * int(drawn.sum())
    colourful = False
    if picture.ndim == 3:
        most, least = values.max(axis=1).astype(np.int16), values.min(axis=1).astype(np.int16)
        bright = most > 40
        colourful = bool(bright.any()) and float((most - least > 60)[bright].mean()) > 0.5
    if page or thin or colourful:
        raise InputError(
            "no ultrasound on this screen, but text, windows or pictures: bring the scanner's picture to the front"
        )


def _by_ruler(profile: DeviceProfile, ruler: Ruler, notes: list[str]) -> DeviceProfile:
    """``profile`` with the ends that its ruler shows where the picture is too dark to."""
    s = profile.sector
    if s is None:
        return profile
    first = _radius(s, ruler, ruler.x0, ruler.y0)
    last = _radius(s, ruler, ruler.x1, ruler.y1)
    near, far = s.r_min, s.r_max
    s = _edge_by_ruler(s, ruler)
    if last > s.r_max + 0.6 * ruler.spacing:
        far = last + 0.5 * ruler.spacing
        notes.append(
            "the far part of the picture is dark: its depth is taken from the ruler, to half a mark. The depth on "
            "the screen makes it exact (--depth-mm)"
        )
    # A ruler begins at the face of the probe. Where that was seen it says more: a first mark may be hidden.
    guessed = s.r_min < _GUESSED * s.r_max
    if ruler.along == "side" and 0.0 <= first < (
        0.45 * s.r_max if guessed else s.r_min - 0.25 * ruler.spacing
    ):
        near = first
    if s == profile.sector and (near, far) == (s.r_min, s.r_max):
        return profile
    return _with_sector(profile, replace(s, r_min=near, r_max=far))


def _edge_by_ruler(s: Sector, ruler: Ruler) -> Sector:
    """``s`` with the edge on which its ruler stands: marks in line with the apex stand on the edge itself."""
    if ruler.along == "side" or ruler.seen < _SURE:
        return s
    dx, dy = (ruler.x1 - ruler.x0) / s.stretch, ruler.y1 - ruler.y0
    length = float(np.hypot(dx, dy))
    off = abs((ruler.x0 - s.apex_x) / s.stretch * dy - (ruler.y0 - s.apex_y) * dx) / max(length, 1e-6)
    angle = float(np.degrees(np.arctan2(dx, dy)))
    edge = s.angle_right if ruler.along == "right" else s.angle_left
    if off > _ON_EDGE * s.r_max or abs(angle - edge) > 4.0:
        return s
    return replace(s, angle_right=angle) if ruler.along == "right" else replace(s, angle_left=angle)


def _by_depth(profile: DeviceProfile, ruler: Ruler, depth_mm: float, mm: float) -> DeviceProfile:
    """``profile`` as deep as the person says, where its ruler runs on beyond what shows."""
    s = profile.sector
    if s is None or _radius(s, ruler, ruler.x1, ruler.y1) < s.r_max - 0.6 * ruler.spacing:
        return profile
    return _with_sector(profile, replace(s, r_max=s.r_min + depth_mm / mm))


def _with_sector(profile: DeviceProfile, sector: Sector) -> DeviceProfile:
    size = (profile.width, profile.height)
    box = DeviceProfile.from_sector(size, sector).box
    return replace(profile, sector=sector, box=box)


def _radius(s: Sector, ruler: Ruler, x: float, y: float) -> float:
    """Radius of the sector that a mark at (x, y) stands for."""
    if ruler.along == "side":
        return y - s.apex_y
    return float(np.hypot((x - s.apex_x) / s.stretch, y - s.apex_y))


def _scale(
    frame: Frame,
    profile: DeviceProfile,
    ruler: Ruler | None,
    mark_mm: float | None,
    given: Given,
    notes: list[str],
) -> tuple[Origin | None, float | None]:
    """Who says how large a pixel is, and how many mm high it is."""
    rows = depth_rows(profile.sector, profile.window)
    by_ruler = None if ruler is None or mark_mm is None else mark_mm / ruler.spacing
    if frame.mm_per_px is not None:
        mm = frame.mm_per_px[1]
        if given.depth_mm is not None and abs(rows * mm - given.depth_mm) > _DEPTH_SLACK * given.depth_mm:
            raise InputError(
                f"--depth-mm {given.depth_mm:g} contradicts the file, by which the picture is {rows * mm:.0f} mm deep: "
                "leave the option out"
            )
        if ruler is not None and by_ruler is not None and abs(by_ruler - mm) > _DISAGREE * mm:
            apart = mm * ruler.spacing
            notes.append(f"the ruler's marks would be {apart:.1f} mm apart by the file: the file is believed")
        return "file", mm
    if profile.mm_per_px is not None:
        return "file", profile.mm_per_px
    if given.depth_mm is not None:
        if ruler is None:
            return "given", given.depth_mm / rows
        # Marks are whole, so the depth need not be: it only says what a mark is worth.
        mark = given.depth_mm / (rows / ruler.spacing)
        usual = min((1.0, 2.0, 5.0, 10.0, 20.0, 50.0), key=lambda step: abs(np.log(step / mark)))
        if abs(usual - mark) > 0.12 * usual:
            raise InputError(
                f"--depth-mm {given.depth_mm:g} would make the ruler's marks {mark:.1f} mm apart, which no scanner "
                "does: read the depth on the screen again"
            )
        return "given", usual / ruler.spacing
    if by_ruler is not None:
        notes.append(
            f"the ruler's marks are taken for {mark_mm:g} mm: compare the depth with the screen's, and give "
            "--depth-mm if it is another"
        )
        return "ruler", by_ruler
    notes.append("no depth ruler found: the scale is unknown (--depth-mm says it)")
    return None, None


def _watched(frames: Sequence[Frame], profile: DeviceProfile) -> tuple[ScreenState, bool]:
    """State of the screen at the end of ``frames``, and whether they were enough to tell."""
    if len(frames) < 5 or frames[-1].t_stream_s - frames[0].t_stream_s < 0.8:
        return ScreenState.LIVE, False
    watch = ScreenWatch(profile)
    state = ScreenState.LIVE
    for frame in frames:
        state = watch.see(frame)
    return state, True
