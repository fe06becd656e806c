"""From what a stream's pictures showed to the device profile: the search at two scales, and the choice of a shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.preprocess import inside_picture
from guidance.sector_ends import box_edges, cut_off, near_radius, without_bars, worth
from guidance.sector_fit import ROWS, Rectangle, Wedge, evidence_of, fit_rectangle, fit_wedge, main_part
from guidance.sector_outline import Outline
from guidance.sector_presence import FINE_ROWS, presence, without_marks
from guidance.sector_refine import refine

Grey = NDArray[np.uint8]
Region = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels, inclusive."""

_MAX_WIDTH = 800
_RECTANGULAR = 0.975
_MAX_NEAR_FIELD = 0.5
_SECTOR_GAIN = 1.02
_STRETCH_GAIN = 1.08


class Extremes:
    """The brightest and the darkest that each pixel of a stream was."""

    def __init__(self) -> None:
        self.brightest: Grey | None = None
        self.darkest: Grey | None = None

    def add(self, pixels: NDArray[np.uint8]) -> None:
        """Take in a picture, (H, W) grey or (H, W, 3) BGR uint8, all of one size."""
        grey = thin(pixels)
        if self.brightest is None or self.darkest is None:
            self.brightest, self.darkest = grey, grey
        else:
            self.brightest, self.darkest = np.maximum(self.brightest, grey), np.minimum(self.darkest, grey)

    def copy(self) -> Extremes:
        """What was seen so far; pictures that come later do not change it."""
        copied = Extremes()
        copied.brightest, copied.darkest = self.brightest, self.darkest
        return copied


def thinning(width: int) -> int:
    """Every so many columns and rows of a frame so wide are looked at."""
    return max(1, round(width / _MAX_WIDTH))


def thin(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey picture of at most about 800 columns. Pixels are left out, not averaged: speckle must survive."""
    step = thinning(pixels.shape[1])
    part = np.ascontiguousarray(pixels[::step, ::step])
    return part if part.ndim == 2 else np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def find_in(
    seen: Extremes,
    size: tuple[int, int],
    region: Region | None,
    marker: MarkerSide,
    mm_per_px: float | None,
    stretches: Sequence[float] = (1.0,),
) -> DeviceProfile | None:
    """The profile of the device that drew what was ``seen``, frames of ``size``; see ``find_sector``."""
    if seen.brightest is None or seen.darkest is None:
        return None
    if region is None:
        return _find(seen.brightest, seen.darkest, size, marker, mm_per_px, stretches)
    # What lies outside the region is unknown, as what lies outside the frame: it is cut off first.
    x0, y0 = max(region[0], 0), max(region[1], 0)
    x1, y1 = min(region[2], size[0] - 1), min(region[3], size[1] - 1)
    step = thinning(size[0])
    part = np.s_[-(-y0 // step) : y1 // step + 1, -(-x0 // step) : x1 // step + 1]
    inner = (x1 - x0 + 1, y1 - y0 + 1)
    if min(inner) < 48:
        return None
    found = _find(seen.brightest[part], seen.darkest[part], inner, marker, mm_per_px, stretches)
    return None if found is None else _moved(found, size, (x0, y0, x1, y1))


def _moved(found: DeviceProfile, size: tuple[int, int], region: Region) -> DeviceProfile:
    """``found`` in a region of a frame, as the profile of that frame."""
    x0, y0, _, _ = region
    window = region
    if found.window is not None:
        a, b, c, d = found.window
        window = (a + x0, b + y0, c + x0, d + y0)
    if found.sector is None:
        return DeviceProfile.from_window(size, window, found.marker, found.mm_per_px)
    s = found.sector
    moved = replace(s, apex_x=s.apex_x + x0, apex_y=s.apex_y + y0)
    return DeviceProfile.from_sector(size, moved, found.marker, found.mm_per_px, window)


def _find(
    brightest: Grey,
    darkest: Grey,
    size: tuple[int, int],
    marker: MarkerSide,
    mm_per_px: float | None,
    stretches: Sequence[float],
) -> DeviceProfile | None:
    if min(size) < 48:
        return None
    evidence = evidence_of(brightest)
    activity = cv2.resize(
        cv2.subtract(brightest, darkest), evidence.shape[::-1], interpolation=cv2.INTER_AREA
    )
    main = main_part(evidence, np.asarray(activity, dtype=np.float32))
    if main is None:
        return None
    part, other = main
    wedge, rectangle = fit_wedge(part), fit_rectangle(part)
    present = presence(brightest, (part > 0.3).astype(np.uint8))
    shown = without_marks(present)
    second = cv2.resize(other.astype(np.uint8), present.shape[::-1], interpolation=cv2.INTER_NEAREST)
    shown[second > 0] = 0.0
    boxed = _from_rectangle(rectangle, present, size, marker, mm_per_px)
    plausible = _plausible(wedge)
    if not plausible:  # the sides of the hull may still be a sector's
        wedge = replace(wedge, half_angle=min(max(wedge.half_angle, 20.0), 45.0))
    refined = _refined(present, shown, wedge, size, stretches)
    if refined is None:
        return boxed
    sector, window = refined
    rectangular = not plausible or rectangle.score >= _RECTANGULAR * wedge.score
    found = DeviceProfile.from_sector(size, sector, marker, mm_per_px, window)
    if rectangular and boxed is None and not plausible:
        return None
    if rectangular and boxed is not None:
        # A sector that is cut off on both sides may still be the better shape.
        in_box, in_sector = _fine_mask(boxed, shown.shape), _fine_mask(found, shown.shape)
        corners = in_box & ~in_sector
        empty = corners.mean() > 0.02 * in_box.mean() and float(shown[corners].mean()) < 0.3
        if not empty or worth(shown, in_sector) < _SECTOR_GAIN * worth(shown, in_box):
            return boxed
    return found


def _refined(
    present: NDArray[np.float32],
    shown: NDArray[np.float32],
    wedge: Wedge,
    size: tuple[int, int],
    stretches: Sequence[float],
) -> tuple[Sector, Region | None] | None:
    """The sector in pixels of the frame, and where it is cut off; None where it fell outside the frame."""
    start = _outline(wedge)
    outline, stretch = refine(_squeezed(shown, stretches[0]), start.squeezed(stretches[0])), stretches[0]
    for other in stretches[1:]:
        tried = refine(_squeezed(shown, other), start.squeezed(other))
        if tried.score > _STRETCH_GAIN * outline.score:
            outline, stretch = tried, other
    shown_then, present = _squeezed(shown, stretch), _squeezed(present, stretch)
    if not 16.0 <= outline.angle_right - outline.angle_left <= 130.0:
        return None
    near = near_radius(without_bars(shown_then, present, outline), outline)
    if near > _MAX_NEAR_FIELD * outline.r_max:  # only a far band shows (gel or air): the near field is dark
        near = 0.05 * outline.r_max
    fine = size[1] / FINE_ROWS
    sector = Sector(
        apex_x=(outline.apex_x + 0.5) * stretch * fine - 0.5,
        apex_y=(outline.apex_y + 0.5) * fine - 0.5,
        angle_left=outline.angle_left,
        angle_right=outline.angle_right,
        r_min=near * fine,
        r_max=outline.r_max * fine,
        stretch=stretch,
    )
    inside = _fine_mask(DeviceProfile.from_sector(size, sector), shown.shape)
    if not inside.any():
        return None
    first, last = cut_off(shown, inside)
    columns = np.flatnonzero(inside.any(axis=0))
    if first == columns[0] and last == columns[-1]:
        return sector, None
    return sector, (
        0 if first == columns[0] else round(first * fine),
        0,
        size[0] - 1 if last == columns[-1] else min(round((last + 1) * fine), size[0]) - 1,
        size[1] - 1,
    )


def _squeezed(present: NDArray[np.float32], stretch: float) -> NDArray[np.float32]:
    """A map of a widened screen, with columns as long as its rows."""
    if stretch == 1.0:
        return present
    narrow = (round(present.shape[1] / stretch), present.shape[0])
    return np.asarray(cv2.resize(present, narrow, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _fine_mask(profile: DeviceProfile, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which cells of a map of ``shape`` the profile's picture covers."""
    scale = profile.height / shape[0]
    x, y = np.meshgrid((np.arange(shape[1]) + 0.5) * scale - 0.5, (np.arange(shape[0]) + 0.5) * scale - 0.5)
    return inside_picture(profile, x, y)


def _outline(wedge: Wedge) -> Outline:
    k = FINE_ROWS / ROWS
    return Outline(
        (wedge.apex_x + 0.5) * k - 0.5,
        (wedge.apex_y + 0.5) * k - 0.5,
        -wedge.half_angle,
        wedge.half_angle,
        wedge.r_min * k,
        wedge.r_max * k,
    )


def _plausible(wedge: Wedge) -> bool:
    return 10.0 <= wedge.half_angle <= 65.0 and wedge.r_max - wedge.r_min >= 0.2 * ROWS


def _from_rectangle(
    found: Rectangle,
    present: NDArray[np.float32],
    size: tuple[int, int],
    marker: MarkerSide,
    mm_per_px: float | None,
) -> DeviceProfile | None:
    if found.x1 - found.x0 < 0.15 * ROWS or found.y1 - found.y0 < 0.15 * ROWS:
        return None
    k, (rows, columns) = FINE_ROWS // ROWS, present.shape
    coarse = (found.x0 * k, found.y0 * k, min(found.x1 * k, columns) - 1, min(found.y1 * k, rows) - 1)
    x0, y0, x1, y1 = box_edges(present, coarse)
    fine = size[1] / FINE_ROWS
    window = (
        round(x0 * fine),
        round(y0 * fine),
        min(round((x1 + 1) * fine), size[0]) - 1,
        min(round((y1 + 1) * fine), size[1]) - 1,
    )
    return DeviceProfile.from_window(size, window, marker, mm_per_px)
