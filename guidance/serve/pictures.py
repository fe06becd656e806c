"""Pictures that leave this computer: the ultrasound sector alone, since names are burnt in beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile
from guidance.frame import Frame
from guidance.preprocess import picture_mask

JPEG_QUALITY = 85


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """A picture as it may leave.

    Attributes:
        pixels: (H, W) uint8 grey or (H, W, 3) uint8 BGR.
        origin: (x, y) of its corner in the stream's picture, in pixels.
        mm_per_px: (x, y) size of a pixel in mm, where it is known.
    """

    pixels: NDArray[np.uint8]
    origin: tuple[int, int] = (0, 0)
    mm_per_px: tuple[float, float] | None = None


class SectorPictures:
    """Cuts frames to the sector, black around it. Nothing leaves while no sector is known.

    Args:
        profile: tells where the picture lies now; None: not known.
        whole: let the whole picture leave, whatever is written in it.
    """

    def __init__(self, profile: Callable[[], DeviceProfile | None], *, whole: bool = False) -> None:
        self._profile = profile
        self._whole = whole
        self._lock = threading.Lock()
        self._cut: tuple[DeviceProfile, slice, slice, NDArray[np.uint8]] | None = None

    def of(self, frame: Frame) -> Outgoing | None:
        """``frame`` as it may leave; None while its sector is not known."""
        profile = self._profile()
        fits = profile is not None and (profile.width, profile.height) == frame.size
        scale = frame.mm_per_px
        if scale is None and fits and profile is not None and profile.mm_per_px is not None:
            stretch = 1.0 if profile.sector is None else profile.sector.stretch
            scale = (profile.mm_per_px / stretch, profile.mm_per_px)
        if self._whole:
            return Outgoing(frame.pixels, (0, 0), scale)
        if not fits or profile is None or profile.sector is None:
            return None
        cut = self._cut_for(profile)
        if cut is None:
            return None
        rows, columns, mask = cut
        part = frame.pixels[rows, columns]
        return Outgoing(
            np.asarray(cv2.bitwise_and(part, part, mask=mask), np.uint8), (columns.start, rows.start), scale
        )

    def _cut_for(self, profile: DeviceProfile) -> tuple[slice, slice, NDArray[np.uint8]] | None:
        with self._lock:
            if self._cut is None or self._cut[0] is not profile:
                inside = picture_mask(profile)
                rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
                if not rows.size:
                    return None
                r, c = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
                self._cut = profile, r, c, np.ascontiguousarray(inside[r, c], dtype=np.uint8)
            return self._cut[1:]


def jpeg(pixels: NDArray[np.uint8], longest: int | None = None) -> bytes:
    """``pixels`` (grey or BGR) as a JPEG, no side longer than ``longest``."""
    height, width = pixels.shape[:2]
    if longest is not None and max(height, width) > longest:
        scale = longest / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    ok, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not ok:
        raise ValueError(f"a picture of shape {pixels.shape} cannot become a JPEG")
    return data.tobytes()
