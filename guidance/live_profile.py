"""LiveProfile: which device profile a frame is read by, while the scanner's screen changes under it."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from guidance.device import DeviceProfile
from guidance.errors import InputError
from guidance.frame import Frame
from guidance.screen_watch import ScreenState, ScreenWatch
from guidance.sector import LOOK_AT, AutoProfile, find_sector
from guidance.sector_find import Region

_SAME = 0.97
_log = logging.getLogger(__name__)


class LiveProfile:
    """The profile of a stream: given, else found from its first frames; watched, and found anew after a change.

    A search takes some tens of milliseconds, so on a live stream it runs on a thread of its own; on a recording it runs
    at once, that the same frames always give the same guidance.

    Args:
        given: the profile to begin with; None: it is found.
        region: where the source says that the 2-D picture lies.
        live: the stream is live.
    """

    def __init__(
        self, given: DeviceProfile | None = None, *, region: Region | None = None, live: bool = False
    ) -> None:
        self._given, self._region, self._live = given, region, live
        self._auto = AutoProfile(region=region)
        self._profile = given
        self._watch: ScreenWatch | None = None
        self._frames: list[Frame] = []
        self._searching = False
        self._search: Future[DeviceProfile | None] | None = None
        self.state = ScreenState.LIVE

    def see(self, frame: Frame) -> DeviceProfile:
        """Take in a frame; returns the profile for it, the same object while nothing changes.

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
                self._profile, self._watch = profile, None
            if not self._settled:
                return profile
        if self._watch is None:
            self._watch = ScreenWatch(profile)
        self.state = self._watch.see(frame)
        if self.state is ScreenState.CHANGED and not self._searching:
            _log.info("the scanner's screen has changed: looking for the picture anew")
            self._searching, self._frames = True, []
        if self._searching:
            self._look_again(frame, profile)
        return self._profile or profile

    @property
    def _settled(self) -> bool:
        return self._given is not None or self._auto.settled

    def _look_again(self, frame: Frame, profile: DeviceProfile) -> None:
        if len(self._frames) < LOOK_AT:
            self._frames.append(frame)
            return
        if self._search is None:
            pictures = [seen.pixels for seen in self._frames if seen.size == frame.size]
            if not self._live:
                self._adopt(find_sector(pictures, region=self._region), profile)
                return
            worker = ThreadPoolExecutor(1, thread_name_prefix="sonoguide-sector")
            self._search = worker.submit(find_sector, pictures, region=self._region)
            worker.shutdown(wait=False)  # its thread ends with the search
        elif self._search.done():
            found, self._search = self._search.result(), None
            self._adopt(found, profile)

    def _adopt(self, found: DeviceProfile | None, profile: DeviceProfile) -> None:
        """Go on with ``found``; with the old picture where it is the same, or where nothing was found."""
        self._searching, self._frames = False, []
        self._watch = None  # the furniture is learnt anew
        if found is None:
            _log.info("no ultrasound picture on the changed screen: the old place is kept")
            return
        if _overlap(found.box, profile.box) > _SAME and (found.sector is None) == (profile.sector is None):
            found = profile
        # The scale and the ruler were those of the screen as it was.
        if found.mm_per_px is not None or found.ruler is not None or found is not profile:
            found = replace(found, mm_per_px=None, ruler=None, marker=profile.marker, turned=profile.turned)
        self._profile = found


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / max(a[2] * a[3] + b[2] * b[3] - shared, 1e-9)
