"""Where there is picture on a screen, as a fine map, and the same map without what a screen draws."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.sector_fit import Float32, least_range, spread_of

FINE_ROWS = 360
"""Height in pixels at which outlines are compared."""
_RINGING, _LITTLE = 11, 0.22


def presence(grey: NDArray[np.uint8], near: NDArray[np.uint8]) -> Float32:
    """0 to 1 for each cell of a map :data:`FINE_ROWS` high: is there picture.

    What varies or stands out from the screen is picture; text is too, flat panels are not. A cell counts half where it
    does so by a fifth of what is usual; this is asked before the picture is made smaller, so that a cell on a bright
    edge counts by the part of it that is picture.

    Args:
        grey: (H, W) uint8.
        near: (h, w) uint8, larger than 0 where the picture is known to be.
    """
    kernel = np.ones((3, 3), np.uint8)
    spread, screen, noise = spread_of(grey)
    lively = cv2.dilate((spread >= least_range(noise) - 1).astype(np.uint8), kernel)
    narrower = cv2.erode(spread, kernel)  # it reaches one pixel beyond what varies
    narrower = cv2.subtract(narrower, np.full_like(grey, noise))
    excess = cv2.subtract(grey, np.full_like(grey, screen + noise if screen <= 64 else 0)) * lively
    texture = cv2.addWeighted(narrower, 0.5, excess, 0.5, 0.0)
    height, width = grey.shape
    known = cv2.resize(near, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    usual = texture[known & (texture > 1)]
    half = max(3.0, float(np.median(usual)) / 5.5) if usual.size else 4.0
    # A compressed picture rings around bright edges: beside much, little is nothing.
    around = cv2.dilate(texture, np.ones((_RINGING, _RINGING), np.uint8)).astype(np.float32)
    squared = texture.astype(np.float32) ** 2
    present = squared / (squared + np.maximum(half, _LITTLE * around) ** 2)
    columns = max(8, round(width * FINE_ROWS / height))
    return np.asarray(
        cv2.resize(present, (columns, FINE_ROWS), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def without_marks(present: Float32) -> Float32:
    """``present`` without ticks, letters and traces: what no disc of some pixels fits into."""
    some = (present > 0.3).astype(np.uint8)
    border = cv2.BORDER_REPLICATE
    some = np.asarray(cv2.morphologyEx(some, cv2.MORPH_CLOSE, _disc(7), borderType=border), dtype=np.uint8)
    some = np.asarray(cv2.morphologyEx(some, cv2.MORPH_OPEN, _disc(13), borderType=border), dtype=np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(some, connectivity=8)
    large = stats[:, cv2.CC_STAT_AREA] >= 0.0015 * present.size
    large[0] = False
    keep = cv2.dilate(large[labels].astype(np.uint8), _disc(3))
    return np.asarray(present * keep, dtype=np.float32)


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), dtype=np.uint8)
