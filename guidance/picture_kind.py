"""PictureKind: what a scanner shows, told from pixels and geometry alone, before the network's word counts.

Each kind that is not B-mode is a reason of its own to give no hint, with evidence that an operator can check on the
screen: flow colours in the sector, a strip that is written column by column, a depth at which no adult heart fits, a
file that says it is a child or a fetus.
"""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile
from guidance.preprocess import sector_mask


class PictureKind(StrEnum):
    """What the picture is."""

    B_MODE = "b_mode"
    COLOUR = "colour"
    """Colour Doppler lies over the picture."""

    STRIP = "strip"
    """M-mode or a spectrum: time runs across."""

    NOT_ADULT = "not_adult"
    """The source says that this is a child or a fetus: out of the intended use."""

    SHALLOW = "shallow"
    """Too little depth for an adult's heart: a child, a vessel, another organ."""


MIN_DEPTH_MM = 80.0
"""Depths of adult views begin at about 120 mm (Mitchell et al. 2019, J Am Soc Echocardiogr 32:1-64: PLAX at 160 mm or
less, apical views deeper); at 80 mm not even a parasternal view shows the posterior wall."""
SATURATED, BRIGHT = 0.55, 70
"""A pixel is coloured where (max - min) / max and max of its channels exceed these; tints of grey maps stay below."""
FLOW_SHARE = 0.01
"""Colour Doppler covers at least so much of the sector."""
TINT_SHARE = 0.7
"""Where so much of what is bright is coloured, it is the grey map that is coloured."""
CHANGED = 16
"""Grey levels by which a pixel of a live picture changes."""
SWEEP_COLUMNS, SWEEP_ROWS = 0.10, 0.35
"""A strip changes within so narrow a band of columns, over at least so much of its height."""
SWEEP_ENERGY = 0.8
"""Share of all change that lies in that band."""
ENTER_S, LEAVE_S = 0.3, 0.5
"""How long another kind must be seen before it counts, and B-mode before it is believed again."""
LOOK_EVERY_S = 0.09
"""Looking at every picture would cost more than it tells."""
_SAMPLES = 96


class KindWatch:
    """Tells the kind of each picture of one stream; a first picture is believed at once, later ones after a while."""

    def __init__(self) -> None:
        self.reset()

    def reset(self, not_adult: bool = False) -> None:
        """Another stream; ``not_adult``: its source says that it shows a child or a fetus."""
        self._not_adult = not_adult
        self._profile: DeviceProfile | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._step = 1
        self._last: NDArray[np.uint8] | None = None
        self._looked_s = 0.0
        self._kind: PictureKind | None = None
        self._strip = False
        self._other: tuple[PictureKind, float] | None = None

    def see(
        self,
        t_s: float,
        pixels: NDArray[np.uint8],
        crop: NDArray[np.uint8],
        profile: DeviceProfile,
        mm_per_px: float | None = None,
    ) -> PictureKind:
        """The kind of the picture at ``t_s``.

        Args:
            t_s: seconds on the stream's time line.
            pixels: (H, W) grey or (H, W, 3) BGR, of the profile's size.
            crop: (S, S) uint8 grey, what the network sees of it.
            profile: where the picture lies.
            mm_per_px: size of a pixel, where known; else the profile's.
        """
        if self._not_adult:
            return PictureKind.NOT_ADULT
        if self._kind is not None and 0.0 <= t_s - self._looked_s < LOOK_EVERY_S:
            return self._kind
        self._looked_s = t_s
        seen = self._look(pixels, crop, profile, mm_per_px or profile.mm_per_px)
        if self._kind is None:
            self._kind = seen
        elif seen is self._kind:
            self._other = None
        elif self._other is None or self._other[0] is not seen:
            self._other = (seen, t_s)
        elif t_s - self._other[1] >= (LEAVE_S if seen is PictureKind.B_MODE else ENTER_S):
            self._kind, self._other = seen, None
        return self._kind

    def _look(
        self,
        pixels: NDArray[np.uint8],
        crop: NDArray[np.uint8],
        profile: DeviceProfile,
        mm_per_px: float | None,
    ) -> PictureKind:
        if profile is not self._profile:
            self._profile, self._last, self._strip = profile, None, False
            self._prepare(profile)
        self._strip = self._is_strip(crop)
        if pixels.ndim == 3 and self._has_flow(pixels, profile):
            return PictureKind.COLOUR
        if self._strip:
            return PictureKind.STRIP
        if mm_per_px is not None and profile.depth_rows * mm_per_px < MIN_DEPTH_MM:
            return PictureKind.SHALLOW
        return PictureKind.B_MODE

    def _prepare(self, profile: DeviceProfile) -> None:
        self._step = max(1, round(min(profile.width, profile.box[2]) / _SAMPLES))
        x, y = np.meshgrid(
            np.arange(0, profile.width, self._step, dtype=np.float64),
            np.arange(0, profile.height, self._step, dtype=np.float64),
        )
        x0, y0, width, height = profile.box
        inside = (x >= x0) & (x <= x0 + width) & (y >= y0) & (y <= y0 + height)
        self._mask = inside if profile.sector is None else inside & sector_mask(profile.sector, x, y)

    def _has_flow(self, pixels: NDArray[np.uint8], profile: DeviceProfile) -> bool:
        assert self._mask is not None
        part = pixels[:: self._step, :: self._step][self._mask]
        if not len(part):
            return False
        blue, green, red = np.ascontiguousarray(part.T)
        top = np.maximum(np.maximum(blue, green), red)
        low = np.minimum(np.minimum(blue, green), red)
        bright = top > BRIGHT
        coloured = bright & (top - low > SATURATED * top)
        count = int(coloured.sum())
        return count > FLOW_SHARE * len(part) and count < TINT_SHARE * int(bright.sum())

    def _is_strip(self, crop: NDArray[np.uint8]) -> bool:
        """Whether all that changed since the last picture is one narrow, tall band; as before where nothing did."""
        last, self._last = self._last, crop.copy()
        if last is None or last.shape != crop.shape:
            return False
        changed = cv2.threshold(cv2.absdiff(last, crop), CHANGED, 1, cv2.THRESH_BINARY)[1]
        by_column = cv2.reduce(changed, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
        total = int(by_column.sum())
        if total < crop.shape[0] // 8:
            return self._strip
        width = max(1, round(SWEEP_COLUMNS * crop.shape[1]))
        cumulative = np.concatenate([[0], np.cumsum(by_column)])
        bands = cumulative[width:] - cumulative[:-width]
        at = int(bands.argmax())
        rows = changed[:, at : at + width].any(1)
        return bool(
            bands[at] >= SWEEP_ENERGY * total and np.flatnonzero(rows).size >= SWEEP_ROWS * crop.shape[0]
        )
