"""ScreenWatch: has the picture stood still, is something lying over it, or did the scanner's layout or depth change?

Cheap enough for every frame: it looks at some thousand pixels and at a map of 90 rows. Its clock is the stream's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile
from guidance.frame import Frame
from guidance.preprocess import picture_mask
from guidance.screen_furniture import Furniture

Grey = NDArray[np.uint8]

_MAP_ROWS = 90
_SAMPLES = 4096
_LOOK_EVERY_S = 0.06
"""Looks are so far apart, whatever the stream's rate: a strip that is written column by column moves in between."""
_SOLID = 0.75


class ScreenState(StrEnum):
    """What a watched screen does."""

    LIVE = "LIVE"
    FROZEN = "FROZEN"
    """The ultrasound picture stands still, whatever moves around it (an ECG, a clock)."""
    COVERED = "COVERED"
    """A menu or another program lies over part of the picture."""
    CHANGED = "CHANGED"
    """What stands around the picture is no longer what it was: another depth, preset or layout."""


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """Times in seconds of the stream, levels in grey levels, areas as shares.

    Attributes:
        learn_s: so long the screen's furniture is learnt; what changes meanwhile (ECG, clock) is not watched.
        frozen_s: the picture stands still for so long. covered_s: something lies over it for so long.
        changed_s: the furniture is different for so long.
        frozen_share: share of the picture's pixels that may change by noise while it stands still.
        covered_share: least share of the picture that is covered.
        changed_share, changed_cells: share of the furniture's cells that changed, and at least so many.
        level: a cell changed by more than this.
    """

    learn_s: float = 1.0
    frozen_s: float = 0.7
    covered_s: float = 0.8
    changed_s: float = 0.5
    frozen_share: float = 0.004
    covered_share: float = 0.03
    changed_share: float = 0.1
    changed_cells: int = 8
    level: int = 40


class ScreenWatch:
    """Watches the screen of one profile. :meth:`see` every frame; :meth:`restart` when the profile was renewed.

    Args:
        profile: where the ultrasound picture lies.
        settings: thresholds.
        restless: cells of a screen of this size, (rows, columns), that are known to change by themselves
            (:attr:`changed_cells` of a change that was none): a clock, a counter. They are not watched.
    """

    def __init__(
        self,
        profile: DeviceProfile,
        settings: WatchSettings | None = None,
        restless: NDArray[np.bool_] | None = None,
    ) -> None:
        self._set = settings or WatchSettings()
        self._profile = profile
        inside = picture_mask(profile)
        self._inside_at = _some_of(inside)
        self._outside_at = _some_of(~inside)
        self._step = max(1, round(profile.height / _MAP_ROWS))
        columns, rows = profile.width // self._step, profile.height // self._step
        self._map_size = (columns, rows)
        self._green = np.zeros((rows * self._step, profile.width), np.uint8)
        small = cv2.resize(inside.astype(np.float32), self._map_size, interpolation=cv2.INTER_AREA)
        # The outline moves with what shows at the edge; it is neither picture nor furniture.
        self._furniture = small < 0.02
        self._picture = small > 0.98
        self._ruler = np.zeros(small.shape, bool)
        if profile.ruler is not None:
            line = np.zeros(small.shape, np.uint8)
            x0, y0, x1, y1 = (round(v / self._step) for v in profile.ruler)
            cv2.line(line, (x0, y0), (x1, y1), 1, 2)
            self._ruler = (line > 0) & ~self._picture
            self._furniture = self._furniture | self._ruler
        if restless is not None and restless.shape == self._furniture.shape:
            self._furniture = self._furniture & (~restless | self._ruler)
        self._changed_cells = np.zeros(small.shape, bool)
        self.restart()

    def restart(self) -> None:
        """Learn the furniture anew."""
        self._previous: NDArray[np.uint8] | None = None
        self._previous_outside: NDArray[np.uint8] | None = None
        self._still_since = self._changed_since = self._began = float("nan")
        self._low: Grey | None = None
        self._high: Grey | None = None
        self._learnt: Furniture | None = None
        self._recent: list[tuple[float, Grey]] = []
        self._last_map = float("-inf")
        self._answer = ScreenState.LIVE
        self._frozen = False
        self._ruler_stands = False

    @property
    def changed_cells(self) -> NDArray[np.bool_]:
        """(rows, columns): cells of the furniture that were not what was learnt, as of the last look."""
        return self._changed_cells

    @property
    def ruler_stands(self) -> bool:
        """The profile has a ruler, and its marks are where they were: the depth is what it was."""
        return self._ruler_stands

    def see(self, frame: Frame) -> ScreenState:
        """What the screen does, as of ``frame``, whose size is the profile's."""
        now, pixels = frame.t_stream_s, frame.pixels
        if not now >= self._last_map:  # the recording starts over
            self.restart()
        if now - self._last_map >= _LOOK_EVERY_S:
            self._last_map = now
            self._frozen = self._stands_still(pixels, now)
            self._look(self._cells(pixels), now)
        if self._answer is ScreenState.LIVE and self._frozen:
            return ScreenState.FROZEN
        return self._answer

    def _stands_still(self, pixels: NDArray[np.uint8], now: float) -> bool:
        inside, outside = _values(pixels, self._inside_at), _values(pixels, self._outside_at)
        before, before_outside = self._previous, self._previous_outside
        self._previous, self._previous_outside = inside, outside
        if before is None or before_outside is None:
            self._still_since = now
            return False
        # The video's own noise, seen where the screen stands still, is no movement.
        noise = (
            _quantile(cv2.absdiff(outside, before_outside).astype(np.uint8), 0.95) if len(outside) else 0.0
        )
        changed = np.count_nonzero(cv2.absdiff(inside, before) > max(2.0, 4.0 * noise))
        if changed > self._set.frozen_share * len(inside):
            self._still_since = now
        return bool(now - self._still_since >= self._set.frozen_s)

    def _cells(self, pixels: NDArray[np.uint8]) -> Grey:
        """The brightest pixel of each cell: a tick or a letter counts, however small."""
        columns, rows = self._map_size
        step = self._step
        grey = pixels[: rows * step]
        if grey.ndim == 3:
            cv2.extractChannel(np.ascontiguousarray(grey), 1, dst=self._green)
            grey = self._green
        # Rows first: that runs along memory.
        tall = grey.reshape(rows, step, -1).max(axis=1)
        cells: Grey = tall[:, : columns * step : step].copy()
        for k in range(1, step):
            np.maximum(cells, tall[:, k : columns * step : step], out=cells)
        return cells

    def _look(self, cells: Grey, now: float) -> None:
        if self._low is None or self._high is None or self._began != self._began:
            self._low, self._high, self._began = cells.copy(), cells.copy(), now
        self._recent.append((now, cells))
        while now - self._recent[0][0] > self._set.covered_s:
            self._recent.pop(0)
        if now - self._began < self._set.learn_s:
            np.minimum(self._low, cells, out=self._low)
            np.maximum(self._high, cells, out=self._high)
            return
        learnt = self._learnt
        if learnt is None:
            learnt = self._learnt = self._furniture_of(self._low, self._high)
        other = learnt.other(cells)
        self._changed_cells = other & learnt.quiet
        self._ruler_stands = learnt.ruler_stands(other)
        changed, covered = learnt.is_changed(other), self._is_covered(learnt, now)
        if not changed:
            self._changed_since = float("nan")
        elif self._changed_since != self._changed_since:
            self._changed_since = now
        if changed and now - self._changed_since >= self._set.changed_s:
            self._answer = ScreenState.CHANGED
        else:
            self._answer = ScreenState.COVERED if covered else ScreenState.LIVE

    def _furniture_of(self, low: Grey, high: Grey) -> Furniture:
        s = self._set
        return Furniture.learnt(
            low, high, self._furniture, self._ruler,
            level=s.level, share=s.changed_share, cells=s.changed_cells,
        )  # fmt: skip

    def _is_covered(self, learnt: Furniture, now: float) -> bool:
        """Part of the picture stands still, is not what it was, and is one solid thing, while the rest lives."""
        if len(self._recent) < 4 or now - self._recent[0][0] < 0.8 * self._set.covered_s:
            return False
        stack = np.stack([cells for _, cells in self._recent])
        still = stack.max(axis=0) - stack.min(axis=0) <= 2
        if still[self._picture].mean() > 0.9 if self._picture.any() else True:
            return False  # frozen or dark, not covered
        lying = (still & learnt.replaced(stack[-1]) & self._picture).astype(np.uint8)
        lying = np.asarray(
            cv2.morphologyEx(lying, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), dtype=np.uint8
        )
        count, _, stats, _ = cv2.connectedComponentsWithStats(lying, connectivity=4)
        least = self._set.covered_share * self._picture.sum()
        return any(  # a box: dark or bright tissue that happens to stand still has no straight sides
            area >= max(least, _SOLID * w * h) for _, _, w, h, area in (stats[k] for k in range(1, count))
        )


def _some_of(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Places in the flattened ``mask`` of at most some thousand of its pixels, evenly taken."""
    places = np.flatnonzero(mask)
    pick = np.linspace(0, len(places) - 1, min(_SAMPLES, len(places))).astype(np.intp)
    return places[pick]


def _values(pixels: NDArray[np.uint8], places: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Grey or green values of ``pixels`` at ``places`` of the flattened picture."""
    if pixels.ndim == 3:
        places = places * pixels.shape[2] + 1
    return np.asarray(pixels.reshape(-1).take(places), dtype=np.uint8)


def _quantile(values: NDArray[np.uint8], share: float) -> float:
    """The least of the ``values`` (at least one) that is not below so large a ``share`` of them."""
    counts = np.cumsum(np.bincount(values.ravel(), minlength=256))
    return float(np.searchsorted(counts, share * values.size))
