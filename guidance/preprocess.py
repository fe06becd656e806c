"""Frame to network input: canonical sector crop, marker on the right, black outside the sector, one remap."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile, Sector
from guidance.manifest import InputSpec

MAX_STEP = 1.5
"""Frame pixels per crop pixel beyond which the picture is shrunk by area first: bilinear would alias."""


class Preprocessor:
    """Turns frames of one size into the network's input. Not shared between threads: its buffers are reused.

    Pixel centres lie at whole numbers on both sides: crop pixel (i, j) shows the frame at
    ``box.x + (i + 0.5) * box.width / S - 0.5``.

    Args:
        profile: where the picture lies.
        spec: size and normalisation of the network's input.

    Raises:
        ValueError: the profile's box does not touch its frame.
    """

    def __init__(self, profile: DeviceProfile, spec: InputSpec) -> None:
        self.profile = profile
        self._size = spec.size
        self._shrink = max(1, math.ceil(profile.box[3] / spec.size / MAX_STEP))
        x, y = crop_coordinates(profile, spec.size)
        inside = inside_picture(profile, x, y)
        self._window = _window(profile, self._shrink)
        x0, y0, x1, y1 = self._window
        # A block of n pixels beginning at x0 has its centre at x0 + (n - 1) / 2.
        offset = (self._shrink - 1) / 2.0
        map_x = (x - x0 - offset) / self._shrink
        map_y = (y - y0 - offset) / self._shrink
        self._small = ((x1 - x0) // self._shrink, (y1 - y0) // self._shrink)
        # Half a pixel beyond the last centre is still picture; everything else is remap's black border.
        map_x = np.where(inside, np.clip(map_x, 0, self._small[0] - 1), -10.0).astype(np.float32)
        map_y = np.where(inside, np.clip(map_y, 0, self._small[1] - 1), -10.0).astype(np.float32)
        self._map = cv2.convertMaps(map_x, map_y, cv2.CV_16SC2)
        # A frame allocates nothing: every step has its buffer, and normalising is a table of 256 levels.
        self._grey = np.zeros((y1 - y0, x1 - x0), np.uint8)
        self._shrunk = np.zeros((self._small[1], self._small[0]), np.uint8)
        self._crop = np.zeros((spec.size, spec.size), np.uint8)
        self._tensor = np.zeros((1, 1, spec.size, spec.size), np.float32)
        levels = (np.arange(256, dtype=np.float64) / 255.0 - spec.mean) / spec.std
        self._levels = levels.astype(np.float32)

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Network input of one frame.

        Args:
            pixels: (H, W) grey or (H, W, 3) BGR uint8, of the profile's size.

        Returns:
            (1, 1, S, S) float32, ``(grey / 255 - mean) / std``. The buffer is overwritten by the next call.

        Raises:
            ValueError: the frame has another size than the profile.
        """
        cv2.LUT(self.crop(pixels), self._levels, dst=self._tensor[0, 0])
        return self._tensor

    @property
    def seen(self) -> NDArray[np.uint8]:
        """(S, S) uint8: the crop of the last frame. Overwritten by the next."""
        return self._crop

    def crop(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The canonical crop as (S, S) uint8 grey: what the network sees. Overwritten by the next call."""
        if pixels.shape[1] != self.profile.width or pixels.shape[0] != self.profile.height:
            raise ValueError(
                f"frame of {pixels.shape[1]} x {pixels.shape[0]} pixels, "
                f"profile for {self.profile.width} x {self.profile.height}"
            )
        x0, y0, x1, y1 = self._window
        part = pixels[y0:y1, x0:x1]
        if part.ndim == 3:
            cv2.cvtColor(part, cv2.COLOR_BGR2GRAY, dst=self._grey)
            part = self._grey
        if self._shrink > 1:
            cv2.resize(part, self._small, dst=self._shrunk, interpolation=cv2.INTER_AREA)
            part = self._shrunk
        cv2.remap(
            part, self._map[0], self._map[1], cv2.INTER_LINEAR, dst=self._crop, borderMode=cv2.BORDER_CONSTANT
        )
        return self._crop


def crop_coordinates(profile: DeviceProfile, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frame coordinates x and y, each (size, size), of the crop's pixels; mirrored for a left marker."""
    x0, y0, width, height = profile.box
    across = x0 + (np.arange(size) + 0.5) * (width / size) - 0.5
    down = y0 + (np.arange(size) + 0.5) * (height / size) - 0.5
    if profile.mirrored:
        across = across[::-1]
    x, y = np.meshgrid(across, down)
    return x, y


def sector_mask(sector: Sector, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the frame coordinates lie in ``sector``."""
    dx, dy = (x - sector.apex_x) / sector.stretch, y - sector.apex_y
    radius = np.hypot(dx, dy)
    angle = np.degrees(np.arctan2(dx, dy))
    return np.asarray(
        (radius >= sector.r_min)
        & (radius <= sector.r_max)
        & (angle >= sector.angle_left)
        & (angle <= sector.angle_right)
    )


def picture_mask(profile: DeviceProfile) -> NDArray[np.bool_]:
    """(H, W) bool: which pixels of the frame are ultrasound picture."""
    x, y = np.meshgrid(
        np.arange(profile.width, dtype=np.float64), np.arange(profile.height, dtype=np.float64)
    )
    return inside_picture(profile, x, y)


def picture_overlap(one: DeviceProfile, other: DeviceProfile, step: int = 1) -> float:
    """Intersection over union of two profiles' pictures on the frame of the first, at every ``step`` pixels."""
    x, y = np.meshgrid(np.arange(0.0, one.width, step), np.arange(0.0, one.height, step))
    a, b = inside_picture(one, x, y), inside_picture(other, x, y)
    return float((a & b).sum() / max(1, int((a | b).sum())))


def inside_picture(
    profile: DeviceProfile, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which of the frame coordinates ``x`` and ``y`` (one shape) lie in the profile's picture."""
    x0, y0, x1, y1 = profile.window or (0, 0, profile.width - 1, profile.height - 1)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, profile.width - 1), min(y1, profile.height - 1)
    # Half a pixel beyond the last centre is still picture.
    inside = (x > x0 - 0.5) & (x < x1 + 0.5) & (y > y0 - 0.5) & (y < y1 + 0.5)
    return inside if profile.sector is None else inside & sector_mask(profile.sector, x, y)


def _window(profile: DeviceProfile, shrink: int) -> tuple[int, int, int, int]:
    """Part of the frame (x0, y0, x1, y1) that the crop needs, in whole blocks of ``shrink`` pixels."""
    x, y, width, height = profile.box
    x0, y0 = max(0, math.floor(x) - shrink), max(0, math.floor(y) - shrink)
    x1 = min(profile.width, math.ceil(x + width) + shrink + 1)
    y1 = min(profile.height, math.ceil(y + height) + shrink + 1)
    columns, rows = (x1 - x0) // shrink * shrink, (y1 - y0) // shrink * shrink
    if columns < 1 or rows < 1:
        raise ValueError(
            "the crop of the device profile lies outside its frame, or is far larger than the frame"
        )
    return x0, y0, x0 + columns, y0 + rows
