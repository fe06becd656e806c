"""The number of a picture in its pixels, where it survives any transport and codec: so latency can be told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 16
BLOCK = 10
LEFT = 8
UP = 20
"""Blocks of 10 x 10 pixels, lowest bit first, from (8, height - 20) on; white is 1. ``harness/work.py`` reads it."""


def stamp(pixels: NDArray[np.uint8], index: int) -> None:
    """Write ``index`` (0..65535) into ``pixels``, (H, W) uint8, in place."""
    top = pixels.shape[0] - UP
    for bit in range(BITS):
        left = LEFT + bit * BLOCK
        pixels[top : top + BLOCK, left : left + BLOCK] = 255 if index >> bit & 1 else 0
