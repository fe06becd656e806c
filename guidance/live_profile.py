"""LiveProfile: which device profile a frame is read by, while the scanner's screen changes under it."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.beside import Beside
from guidance.device import DeviceProfile
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.preprocess import picture_overlap
from guidance.screen_watch import ScreenState, ScreenWatch
from guidance.sector import LOOK_AT, AutoProfile
from guidance.sector_find import Extremes, Region, find_in

_SAME = 0.95
_STEP = 4
_log = logging.getLogger(__name__)


class LiveProfile:
    """The profile of a stream: given, else found from its first frames; watched, and found anew after a change.

    A search takes a tenth of a second and more, so all but the first may run beside the stream; else they run at once,
    that the same frames always give the same guidance.

    Args:
        given: the profile to begin with; None: it is found.
        region: where the source says that the 2-D picture lies.
        beside: searches run beside the stream.

    Attributes:
        state: what the screen does, as of the last frame; LIVE while there is nothing to watch it by.
    """

    def __init__(
        self, given: DeviceProfile | None = None, *, region: Region | None = None, beside: bool = False
    ) -> None:
        self._given, self._region = given, region
        self._auto = AutoProfile(region=region, beside=beside)
        self._profile = given
        self._search: Beside[DeviceProfile | None] = Beside(at_once=not beside)
        self._watch: ScreenWatch | None = None
        self._collected: Extremes | None = None
        self._count, self._same_depth = 0, False
        self._changed: NDArray[np.bool_] | None = None
        self._restless: NDArray[np.bool_] | None = None
        self.state = ScreenState.LIVE

    def see(self, frame: Frame) -> DeviceProfile:
        """The profile for a frame, the same object while nothing changes. Quick, but for searches that run at once.

        Raises:
            InputError: the given profile is for frames of another size.
        """
        given = self._given
        if given is not None and (given.width, given.height) != frame.size:
            raise InputError(
                f"the device profile is for {given.width} x {given.height} pixels, but this stream has "
                f"{frame.size[0]} x {frame.size[1]}: give the profile of this device, or none"
            )
        profile = self._profile
        if profile is None or (profile.width, profile.height) != frame.size or not self._settled:
            profile = self._auto.see(frame)
            if profile is not self._profile:
                self._profile = profile
                self._forget()
        return profile

    def watch(self, frame: Frame) -> None:
        """Look at the screen round the picture of a frame that was seen: some milliseconds, once it has its guidance.

        What is found counts for the frames after it.
        """
        profile = self._profile
        if profile is None or not self._settled or (profile.width, profile.height) != frame.size:
            return
        if self._watch is None:
            self._watch = ScreenWatch(profile, restless=self._restless)
        self.state = self._watch.see(frame)
        if self.state is ScreenState.CHANGED and self._collected is None:
            _log.info("the scanner's screen has changed: looking for the picture anew")
            self._collected, self._count = Extremes(), 0
            self._same_depth = self._watch.ruler_stands
            self._changed = self._watch.changed_cells
        if self._collected is not None:
            self._profile = self._look_again(frame, profile, self._collected)

    @property
    def profile(self) -> DeviceProfile | None:
        """The profile for the next frame; None before the first."""
        return self._profile

    @property
    def _settled(self) -> bool:
        return self._given is not None or self._auto.settled

    def _forget(self) -> None:
        """Another picture: nothing that was learnt of the old one counts."""
        self._search.forget()
        self._watch = self._collected = None
        self._count, self._same_depth = 0, False
        self._restless = self._changed = None
        self.state = ScreenState.LIVE

    def _look_again(self, frame: Frame, profile: DeviceProfile, collected: Extremes) -> DeviceProfile:
        """The picture found anew once enough frames of it were collected and searched; ``profile`` until then."""
        if not self._search.busy:
            collected.add(frame.pixels)
            self._count += 1
            if self._count < LOOK_AT:
                return profile
            self._search.start(partial(_renewed, profile, collected, self._region, self._same_depth))
        if not self._search.done:
            return profile
        found = self._search.take()
        self._collected, self._watch = None, None  # the furniture is learnt anew
        if found is None:
            _log.info("no ultrasound picture on the changed screen: the old place is kept")
            return profile
        if found is profile and self._changed is not None:
            # Nothing of the picture had changed: a clock, a counter. It would cost a search again and again.
            near = cv2.dilate(self._changed.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            known = self._restless
            self._restless = near if known is None or known.shape != near.shape else known | near
        return found


def _renewed(
    profile: DeviceProfile, seen: Extremes, region: Region | None, same_depth: bool
) -> DeviceProfile | None:
    """``profile`` for the screen as it is now ``seen``: at its old place where the picture is still there.

    What the device and its user do stays. Scale and ruler were those of the screen as it was, but for a picture at its
    old place and of the ``same_depth``. None: no picture.
    """
    stretch = 1.0 if profile.sector is None else profile.sector.stretch
    found = find_in(seen, (profile.width, profile.height), region, profile.marker, None, (stretch,))
    if found is None:
        return None
    if picture_overlap(found, profile, _STEP) > _SAME:
        known = profile.mm_per_px is not None or profile.ruler is not None
        return replace(profile, mm_per_px=None, ruler=None) if known and not same_depth else profile
    return replace(found, turned=profile.turned, latency=profile.latency)
