"""The pictures of a clip as they are kept: of one size, the ultrasound sector alone, grey where they are grey."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.capture import Clip
from guidance.device import DeviceProfile
from guidance.preprocess import sector_mask

GREY_WITHIN = 4
"""Channels that differ by no more are one grey: lossy video adds so much."""

THUMBNAIL_WIDTH = 320


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Pixels to keep.

    Attributes:
        pixels: (N, H, W) uint8 grey, or (N, H, W, 3) uint8 RGB.
        origin: (x, y) of their corner in the stream's pictures.
        sector_only: everything outside the sector is black; else no sector was known, and text may be in them.
    """

    pixels: NDArray[np.uint8]
    origin: tuple[int, int]
    sector_only: bool

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return int(self.pixels.shape[2]), int(self.pixels.shape[1])

    @property
    def grey(self) -> bool:
        """Whether they have no colour."""
        return self.pixels.ndim == 3


def uniform(clip: Clip) -> Clip:
    """The newest frames of ``clip`` that share the last one's shape: a stream may change its size."""
    shape = clip.frames[-1].pixels.shape
    start = len(clip.frames)
    while start > 0 and clip.frames[start - 1].pixels.shape == shape:
        start -= 1
    return Clip(clip.view, clip.reason, clip.frames[start:], clip.qualities[start:], clip.seen[start:])


def pictures_of(clip: Clip, profile: DeviceProfile | None) -> Pictures:
    """The pixels of ``clip``, all of one shape, as they are kept.

    Args:
        clip: frames of one shape.
        profile: where the picture lies; one of another frame size is not used.
    """
    width, height = clip.frames[0].size
    if profile is not None and (profile.width, profile.height) != (width, height):
        profile = None
    x0, y0, x1, y1 = 0, 0, width, height
    mask: NDArray[np.bool_] | None = None
    if profile is not None:
        bx, by, bw, bh = profile.box
        x0, y0 = max(0, int(np.floor(bx))), max(0, int(np.floor(by)))
        x1, y1 = min(width, int(np.ceil(bx + bw)) + 1), min(height, int(np.ceil(by + bh)) + 1)
        if profile.sector is not None:
            xs, ys = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
            inside = sector_mask(profile.sector, xs, ys)
            columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
            if columns.size:
                x0, x1 = int(columns[0]), int(columns[-1]) + 1
                y0, y1 = int(rows[0]), int(rows[-1]) + 1
                mask = inside[y0:y1, x0:x1]
        if x1 <= x0 or y1 <= y0:
            x0, y0, x1, y1 = 0, 0, width, height
    parts = [_masked(frame.pixels[y0:y1, x0:x1], mask) for frame in clip.frames]
    if parts[0].ndim == 3:
        code = cv2.COLOR_BGR2GRAY if all(_is_grey(part) for part in parts) else cv2.COLOR_BGR2RGB
        parts = [np.asarray(cv2.cvtColor(part, code), np.uint8) for part in parts]
    return Pictures(np.stack(parts), (x0, y0), mask is not None)


def thumbnail(pictures: Pictures, index: int) -> bytes:
    """Picture ``index`` as a small PNG."""
    picture = pictures.pixels[index]
    if not pictures.grey:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), np.uint8)
    height, width = picture.shape[:2]
    if width > THUMBNAIL_WIDTH:
        size = (THUMBNAIL_WIDTH, max(1, round(height * THUMBNAIL_WIDTH / width)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    ok, data = cv2.imencode(".png", picture)
    if not ok:
        raise OSError(0, "the thumbnail cannot be encoded")
    return data.tobytes()


def _masked(part: NDArray[np.uint8], mask: NDArray[np.bool_] | None) -> NDArray[np.uint8]:
    if mask is None:
        return part
    return np.where(mask if part.ndim == 2 else mask[..., None], part, np.uint8(0))


def _is_grey(part: NDArray[np.uint8]) -> bool:
    blue, green, red = cv2.split(part)
    return all(int(cv2.norm(green, other, cv2.NORM_INF)) <= GREY_WITHIN for other in (blue, red))
