"""Where the ultrasound picture lies on a screen, found from the first frames: a sector, a box, or all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.frame import Frame
from guidance.preprocess import inside_picture
from guidance.sector_fit import (
    ROWS,
    Rectangle,
    Wedge,
    evidence_of,
    fit_rectangle,
    fit_wedge,
    main_part,
)
from guidance.sector_refine import (
    FINE_ROWS,
    Outline,
    box_edges,
    cut_off,
    near_radius,
    presence,
    refine,
    without_bars,
    without_marks,
    worth,
)

Region = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels, inclusive."""

LOOK_AT = 10
"""Frames after which a found profile is settled."""

_LOOKS = (1, 4, LOOK_AT)
_RETRY_EVERY = 15
_MAX_WIDTH = 800
_RECTANGULAR = 0.975
_MAX_NEAR_FIELD = 0.5
_SECTOR_GAIN = 1.02
_STRETCH_GAIN = 1.08


def find_sector(
    pictures: Sequence[NDArray[np.uint8]],
    *,
    region: Region | None = None,
    marker: MarkerSide = MarkerSide.RIGHT,
    mm_per_px: float | None = None,
    stretches: Sequence[float] = (1.0,),
) -> DeviceProfile | None:
    """Profile of the device that drew ``pictures``.

    Args:
        pictures: one to about ten pictures of one size, (H, W) grey or (H, W, 3) BGR uint8.
        region: where the file says that the 2-D picture lies; nothing outside it is looked at.
        marker: side of the marker; it is not read from the picture.
        mm_per_px: pixel size, passed on.
        stretches: how a capture card may have widened the screen (:class:`Sector`), the likeliest first; another one
            must fit clearly better.

    Returns:
        A profile with a sector, or with a box only where the picture has no sector's shape (linear probes,
        zoom); None when there is nothing that looks like ultrasound.
    """
    if not pictures:
        return None
    seen = Extremes()
    for picture in pictures:
        seen.add(_thin(picture))
    size = (int(pictures[0].shape[1]), int(pictures[0].shape[0]))
    return _find(seen, size, region, marker, mm_per_px, stretches)


def whole_frame(size: tuple[int, int], marker: MarkerSide = MarkerSide.RIGHT) -> DeviceProfile:
    """Profile that shows the whole frame of ``size`` (width, height), centred, without a sector."""
    return DeviceProfile.from_window(size, (0, 0, size[0] - 1, size[1] - 1), marker)


class Extremes:
    """The brightest and the darkest that each pixel of a stream was."""

    def __init__(self) -> None:
        self.brightest: NDArray[np.uint8] | None = None
        self.darkest: NDArray[np.uint8] | None = None

    def add(self, grey: NDArray[np.uint8]) -> None:
        """Take in a picture (H, W)."""
        if self.brightest is None or self.darkest is None:
            self.brightest, self.darkest = grey, grey
        else:
            self.brightest, self.darkest = np.maximum(self.brightest, grey), np.minimum(self.darkest, grey)


class AutoProfile:
    """Watches a stream and knows its profile: after the first frame, better after the tenth, then for good.

    While nothing is found the profile is the whole frame, and it looks on. A new frame size starts anew.
    """

    def __init__(self, *, region: Region | None = None, marker: MarkerSide = MarkerSide.RIGHT) -> None:
        self._region = region
        self._marker = marker
        self._profile: DeviceProfile | None = None
        self._found = False
        self._extremes = Extremes()
        self._seen = 0

    @property
    def settled(self) -> bool:
        """The profile will not change while the frame size stays."""
        return self._found and self._seen >= LOOK_AT

    def see(self, frame: Frame) -> DeviceProfile:
        """Take in a frame; returns the profile to use for it, the same object while it does not change."""
        profile = self._profile
        if profile is not None and (profile.width, profile.height) != frame.size:
            self._found, self._extremes, self._seen, profile = False, Extremes(), 0, None
        if profile is not None and self.settled:
            return profile
        thin = _thin(frame.pixels)
        self._extremes.add(thin)
        self._seen += 1
        if self._seen in _LOOKS or (not self._found and self._seen % _RETRY_EVERY == 0):
            found = _find(self._extremes, frame.size, self._region, self._marker, _isotropic(frame.mm_per_px))
            if found is not None:
                if not self._found and self._seen > LOOK_AT:
                    self._extremes, self._seen = Extremes(), 1  # refine from here on, as at the start
                self._found, profile = True, found
        self._profile = profile or whole_frame(frame.size, self._marker)
        return self._profile


def _isotropic(mm_per_px: tuple[float, float] | None) -> float | None:
    """One pixel size for both directions, where they agree to two percent."""
    if mm_per_px is None or abs(mm_per_px[0] - mm_per_px[1]) > 0.02 * mm_per_px[1]:
        return None
    return (mm_per_px[0] + mm_per_px[1]) / 2.0


def _thin(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey picture of at most about 800 columns. Pixels are left out, not averaged: speckle must survive."""
    step = max(1, round(pixels.shape[1] / _MAX_WIDTH))
    part = np.ascontiguousarray(pixels[::step, ::step])
    return part if part.ndim == 2 else np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _find(
    seen: Extremes,
    size: tuple[int, int],
    region: Region | None,
    marker: MarkerSide,
    mm_per_px: float | None,
    stretches: Sequence[float] = (1.0,),
) -> DeviceProfile | None:
    brightest, darkest = seen.brightest, seen.darkest
    if min(size) < 48 or brightest is None or darkest is None:
        return None
    evidence = evidence_of(brightest)
    scale = size[1] / ROWS
    if region is not None:
        x0, y0, x1, y1 = region
        mask = np.zeros_like(evidence)
        mask[int(y0 / scale) : int(y1 / scale) + 1, int(x0 / scale) : int(x1 / scale) + 1] = 1.0
        evidence = evidence * mask
    activity = cv2.resize(
        cv2.subtract(brightest, darkest), evidence.shape[::-1], interpolation=cv2.INTER_AREA
    )
    main = main_part(evidence, np.asarray(activity, dtype=np.float32))
    if main is None:
        return None
    part, other = main
    wedge, rectangle = fit_wedge(part), fit_rectangle(part)
    present = _present(brightest, part, region, size)
    shown = without_marks(present)
    second = cv2.resize(other.astype(np.uint8), present.shape[::-1], interpolation=cv2.INTER_NEAREST)
    shown[second > 0] = 0.0
    boxed = _from_rectangle(rectangle, shown, size, marker, mm_per_px)
    if not _plausible(wedge):
        return boxed
    refined = _refined(present, shown, wedge, size, region, stretches)
    if refined is None:
        return boxed
    sector, window = refined
    rectangular = rectangle.score >= _RECTANGULAR * wedge.score
    found = DeviceProfile.from_sector(size, sector, marker, mm_per_px, window)
    if (
        rectangular and boxed is not None
    ):  # a sector that is cut off on both sides may still be the better shape
        in_box, in_sector = _fine_mask(boxed, shown.shape), _fine_mask(found, shown.shape)
        corners = in_box & ~in_sector
        empty = corners.mean() > 0.02 * in_box.mean() and float(shown[corners].mean()) < 0.1
        if not empty or worth(shown, in_sector) < _SECTOR_GAIN * worth(shown, in_box):
            return boxed
    return found


def _refined(
    present: NDArray[np.float32],
    shown: NDArray[np.float32],
    wedge: Wedge,
    size: tuple[int, int],
    region: Region | None,
    stretches: Sequence[float],
) -> tuple[Sector, Region | None] | None:
    """The sector in pixels of the frame, and where it is cut off; None where it fell outside the frame."""
    start = _outline(wedge)
    outline, stretch = refine(shown, start), stretches[0]
    for other in stretches[1:]:
        narrow = (round(shown.shape[1] / other), shown.shape[0])
        squeezed = np.asarray(cv2.resize(shown, narrow, interpolation=cv2.INTER_AREA), dtype=np.float32)
        tried = refine(squeezed, replace(start, apex_x=start.apex_x / other))
        if tried.score > _STRETCH_GAIN * outline.score:
            outline, stretch = tried, other
    if stretch != 1.0:
        narrow = (round(shown.shape[1] / stretch), shown.shape[0])
        present, shown_then = (
            np.asarray(cv2.resize(one, narrow, interpolation=cv2.INTER_AREA), dtype=np.float32)
            for one in (present, shown)
        )
    else:
        shown_then = shown
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
    inside = _fine_mask(DeviceProfile.from_sector(size, sector), present.shape)
    if not inside.any():
        return None
    if region is not None:
        return sector, region
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


def _present(
    grey: NDArray[np.uint8], part: NDArray[np.float32], region: Region | None, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Presence of picture at the fine scale; nothing outside the region."""
    present = presence(grey, (part > 0.3).astype(np.uint8))
    if region is not None:
        k = FINE_ROWS / size[1]
        x0, y0, x1, y1 = (round(v * k) for v in region)
        mask = np.zeros_like(present)
        mask[y0 : y1 + 1, x0 : x1 + 1] = 1.0
        present *= mask
    return present


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
