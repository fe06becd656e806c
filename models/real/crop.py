"""Crop: a real picture and its outlines as the network sees them in a run: the same finder, the same crop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile, MarkerSide
from guidance.manifest import InputSpec
from guidance.preprocess import Preprocessor, crop_coordinates
from guidance.sector import LOOK_AT, find_sector, whole_frame
from models.frames import MASK_STEP, SIZE
from models.real.clip import Loaded

Grey = NDArray[np.uint8]


def profile_of(loaded: Loaded, *, mirror: bool = False) -> DeviceProfile:
    """Where the ultrasound picture lies in a clip; the whole frame where no sector is found.

    ``mirror``: the marker is on the left of the picture, so the crop is mirrored.
    """
    pictures = [p.pixels for p in loaded.pictures]
    profile = loaded.profile or find_sector(pictures[:LOOK_AT], region=loaded.region)
    height, width = pictures[0].shape[:2]
    profile = profile or whole_frame((width, height))
    return replace(profile, marker=MarkerSide.LEFT) if mirror else profile


class Cropper:
    """Crops the pictures of one clip."""

    def __init__(self, profile: DeviceProfile) -> None:
        self._preprocessor = Preprocessor(profile, InputSpec(size=SIZE))
        x, y = crop_coordinates(profile, SIZE)
        half = MASK_STEP // 2
        self._columns = np.round(x[half::MASK_STEP, half::MASK_STEP]).astype(int)
        self._rows = np.round(y[half::MASK_STEP, half::MASK_STEP]).astype(int)
        self._inside = (self._columns >= 0) & (self._columns < profile.width)
        self._inside &= (self._rows >= 0) & (self._rows < profile.height)

    def image(self, pixels: Grey) -> Grey:
        """(SIZE, SIZE) uint8: what the network sees."""
        return self._preprocessor.crop(pixels).copy()

    def mask(self, mask: Grey) -> Grey:
        """(MASK_SIZE, MASK_SIZE) uint8: the outlines in the crop; 0 beyond the frame."""
        height, width = mask.shape
        found = mask[np.clip(self._rows, 0, height - 1), np.clip(self._columns, 0, width - 1)]
        return np.where(self._inside, found, 0).astype(np.uint8)
