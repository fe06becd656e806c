"""Where the ultrasound picture lies on a screen, found from the first frames: a sector, a box, or all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from guidance.beside import Beside
from guidance.device import DeviceProfile, MarkerSide
from guidance.frame import Frame
from guidance.sector_find import Extremes, Region, find_in

LOOK_AT = 10
"""Frames after which a found profile is settled."""

_LOOKS = (1, 4, LOOK_AT)
_RETRY_EVERY = 15


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
        seen.add(picture)
    size = (int(pictures[0].shape[1]), int(pictures[0].shape[0]))
    return find_in(seen, size, region, marker, mm_per_px, stretches)


def whole_frame(size: tuple[int, int], marker: MarkerSide = MarkerSide.RIGHT) -> DeviceProfile:
    """Profile that shows the whole frame of ``size`` (width, height), centred, without a sector."""
    return DeviceProfile.from_window(size, (0, 0, size[0] - 1, size[1] - 1), marker)


class AutoProfile:
    """Watches a stream and knows its profile: after the first frame, better after the tenth, then for good.

    While nothing is found the profile is the whole frame, and it looks on. A new frame size starts anew.

    Args:
        region: where the source says that the 2-D picture lies.
        marker: side of the marker.
        beside: searches after the first run on a thread of their own, and no later frame waits for one. Their result
            comes some frames later.
    """

    def __init__(
        self,
        *,
        region: Region | None = None,
        marker: MarkerSide = MarkerSide.RIGHT,
        beside: bool = False,
    ) -> None:
        self._region = region
        self._marker = marker
        self._profile: DeviceProfile | None = None
        self._found = False
        self._extremes = Extremes()
        self._seen = 0
        self._due = False
        self._search: Beside[DeviceProfile | None] = Beside(at_once=not beside)

    @property
    def settled(self) -> bool:
        """The profile will not change while the frame size stays."""
        return self._found and self._seen >= LOOK_AT and not self._due and not self._search.busy

    def see(self, frame: Frame) -> DeviceProfile:
        """Take in a frame; returns the profile to use for it, the same object while it does not change."""
        profile = self._profile
        if profile is None or (profile.width, profile.height) != frame.size:
            self._found, self._extremes, self._seen, self._due = False, Extremes(), 0, False
            self._search.forget()
            profile = whole_frame(frame.size, self._marker)
        elif self.settled:
            return profile
        self._profile = profile
        self._extremes.add(frame.pixels)
        self._seen += 1
        self._due |= self._seen in _LOOKS or (not self._found and self._seen % _RETRY_EVERY == 0)
        self._take()
        if self._due and not self._search.busy:
            self._due = False
            mm = _isotropic(frame.mm_per_px)
            look = partial(find_in, self._extremes.copy(), frame.size, self._region, self._marker, mm)
            self._search.start(look, at_once=self._seen == 1)
            self._take()
        return self._profile

    def _take(self) -> None:
        """Use what a search has found, where it is done."""
        if not self._search.done or (found := self._search.take()) is None:
            return
        if not self._found and self._seen > LOOK_AT:
            self._extremes, self._seen = Extremes(), 1  # refine from here on, as at the start
        self._found, self._profile = True, found


def _isotropic(mm_per_px: tuple[float, float] | None) -> float | None:
    """One pixel size for both directions, where they agree to two percent."""
    if mm_per_px is None or abs(mm_per_px[0] - mm_per_px[1]) > 0.02 * mm_per_px[1]:
        return None
    return (mm_per_px[0] + mm_per_px[1]) / 2.0
