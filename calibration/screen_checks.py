"""Is there ultrasound on a screen at all? Black, one grey, noise, text and windows are each told by a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile
from guidance.errors import InputError
from guidance.preprocess import picture_mask

_DARK = 12
_PAPER = 100
_DENSE = 0.2


def check_ultrasound(pictures: Sequence[NDArray[np.uint8]]) -> None:
    """Make sure that ``pictures`` are neither black nor noise.

    Raises:
        InputError: which they are.
    """
    if max(int(picture.max()) for picture in pictures) <= _DARK:
        raise InputError("the stream is black: is the scanner on, and its output switched to this input?")
    level = _levels(pictures[0])
    power = float((level * level).mean())
    if power < 1.0:
        raise InputError(
            "the stream is of one grey: is the scanner on, and its output switched to this input?"
        )
    alike = [float((level[1:] * level[:-1]).mean()), float((level[:, 1:] * level[:, :-1]).mean())]
    if max(alike) < 0.2 * power or _nothing_stays(pictures):
        raise InputError("the stream is noise: is the cable in, and the right input chosen?")


def _levels(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W): its grey levels about their mean."""
    grey = picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    return np.asarray(grey - np.float32(grey.mean()), dtype=np.float32)


def _nothing_stays(pictures: Sequence[NDArray[np.uint8]]) -> bool:
    """No picture has anything in common with the one before it: noise, though a capture card may have smoothed it."""
    levels = [_levels(picture[::2, ::2]) for picture in pictures]
    pairs = list(pairwise(levels))
    return bool(pairs) and all(
        abs(float((a * b).mean())) < 0.05 * math.sqrt(float((a * a).mean()) * float((b * b).mean()) + 1e-9)
        for a, b in pairs
    )


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
