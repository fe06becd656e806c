"""Whether something is a picture that the engine can look at. Costs nothing beside looking at it."""

from __future__ import annotations

import numpy as np

from guidance.errors import InputError
from guidance.sources.base import check_size


def check_picture(pixels: object, *, channels: tuple[int, ...] = (3,)) -> None:
    """Refuse what is no uint8 array (H, W) or (H, W, C) with C in ``channels``; any strides will do.

    Raises:
        InputError: what it is instead, in one line.
    """
    if not isinstance(pixels, np.ndarray):
        raise InputError(f"a picture is an array, not {type(pixels).__name__}")
    if pixels.dtype != np.uint8:
        raise InputError(f"a picture's pixels are uint8, not {pixels.dtype}: scale them to 0..255 first")
    if pixels.ndim != 2 and (pixels.ndim != 3 or pixels.shape[2] not in channels):
        shape = " x ".join(str(n) for n in pixels.shape) or "no"
        wanted = " or ".join(f"(H, W, {n})" for n in channels if n > 1)
        raise InputError(f"a picture is (H, W) or {wanted}, not {shape} numbers")
    check_size(int(pixels.shape[1]), int(pixels.shape[0]), "a picture")
