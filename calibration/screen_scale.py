"""How deep a picture is, and how large its pixels: what file, person and depth ruler say, put together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.ruler import Ruler
from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.profile_file import Origin

_DISAGREE = 0.05
_GUESSED = 0.06
"""A smaller near radius, as a share of the far one, is what the finder takes where the near field is dark."""
_DEPTH_SLACK = 0.1
_ON_EDGE = 0.012
_SURE = 10
"""Marks that make a row along an edge no chance."""
_BEYOND_SIDE, _BEYOND_EDGE = 0.1, 1.0
"""Where a picture ends beyond the last mark seen, in marks. Scanners' depths are whole marks. A ruler beside the
picture has one at the end; along an edge that one would stand on the corner, where a dark picture does not show it. Of
13 real screens with a ruler beside or along the whole picture, 12 end within 0.2 marks of a whole one."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the person says, which is not looked for."""

    marker: MarkerSide | None = None
    turned: bool = False
    depth_mm: float | None = None


def by_ruler(profile: DeviceProfile, ruler: Ruler, notes: list[str]) -> DeviceProfile:
    """``profile`` with the ends that its ruler shows where the picture is too dark to."""
    s = profile.sector
    if s is None:
        return profile
    first = _radius(s, ruler, ruler.x0, ruler.y0)
    last = _radius(s, ruler, ruler.x1, ruler.y1)
    near, far = s.r_min, s.r_max
    s = _edge_by_ruler(s, ruler)
    if last > s.r_max + 0.6 * ruler.spacing:
        far = last + (_BEYOND_SIDE if ruler.along == "side" else _BEYOND_EDGE) * ruler.spacing
        notes.append(
            "the far part of the picture is dark: its depth is taken from the ruler, to a mark. Compare it with the "
            "depth on the screen, and give that if it is another (--depth-mm)"
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


def by_depth(profile: DeviceProfile, ruler: Ruler, depth_mm: float, mm: float) -> DeviceProfile:
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


def scale_of(
    frame: Frame,
    profile: DeviceProfile,
    ruler: Ruler | None,
    mark_mm: float | None,
    given: Given,
    notes: list[str],
) -> tuple[Origin | None, float | None]:
    """Who says how large a pixel is, and how many mm high it is."""
    rows = profile.depth_rows
    mm_by_ruler = None if ruler is None or mark_mm is None else mark_mm / ruler.spacing
    if frame.mm_per_px is not None:
        mm = frame.mm_per_px[1]
        if given.depth_mm is not None and abs(rows * mm - given.depth_mm) > _DEPTH_SLACK * given.depth_mm:
            raise InputError(
                f"--depth-mm {given.depth_mm:g} contradicts the file, by which the picture is {rows * mm:.0f} mm deep: "
                "leave the option out"
            )
        if ruler is not None and mm_by_ruler is not None and abs(mm_by_ruler - mm) > _DISAGREE * mm:
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
    if mm_by_ruler is not None:
        notes.append(
            f"the ruler's marks are taken for {mark_mm:g} mm: compare the depth with the screen's, and give "
            "--depth-mm if it is another"
        )
        return "ruler", mm_by_ruler
    notes.append("no depth ruler found: the scale is unknown (--depth-mm says it)")
    return None, None
