"""Board: what the protocol strip shows: for each view how far it is, its best picture, and what an exam kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.capture import CaptureReason
from guidance.device import DeviceProfile
from guidance.exam import ExamRecorder
from guidance.exam.records import ClipRecord
from guidance.hint import Guidance, State
from guidance.views import View
from ui.progression import Progression

THUMBNAIL = (112, 84)
"""Largest width and height of a thumbnail."""

BETTER = 0.03
"""A picture replaces the one in the strip from so much more quality on."""


WORTH_SHOWING = 0.15
"""Below this quality a picture says nothing about the view."""


class Progress(StrEnum):
    """How far a view is."""

    TO_DO = "to_do"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One view in the strip.

    Attributes:
        view: which.
        progress: how far it is.
        current: whether it is aimed at.
        thumbnail: its captured or best picture so far, (H, W) or (H, W, 3) BGR uint8; None before there is one.
        quality: of that picture, 0..1.
        kept: clips of it in the exam.
        best: whether those are only its best, without a hold and not taken by hand.
    """

    view: View
    progress: Progress
    current: bool
    thumbnail: NDArray[np.uint8] | None = None
    quality: float | None = None
    kept: int = 0
    best: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    thumbnail: NDArray[np.uint8]
    quality: float | None
    captured: bool


class Board:
    """A listener of the engine; :meth:`tiles` may be asked from any thread.

    Args:
        views: of the protocol, in order.
        progression: where the protocol is; None for a single target.
        exam: keeps clips; None: nothing is kept.
    """

    def __init__(
        self,
        views: Sequence[View],
        progression: Progression | None = None,
        exam: ExamRecorder | None = None,
    ):
        self.views = tuple(views)
        self.progression = progression
        self.exam = exam
        self._seen: dict[View, _Seen] = {}
        self._captured: View | None = None
        self._kept: dict[int, NDArray[np.uint8] | None] = {}
        self._profile: DeviceProfile | None = None

    @property
    def wanted(self) -> bool:
        """Whether there is more than one thing to show."""
        return len(self.views) > 1 or self.exam is not None

    @property
    def problem(self) -> str | None:
        """Why clips are not on the disk yet, in one line; None when nothing is wrong."""
        return None if self.exam is None else self.exam.writer.problem

    def set_profile(self, profile: DeviceProfile | None) -> None:
        """Where the picture lies: thumbnails show the sector alone."""
        self._profile = profile

    def __call__(self, guidance: Guidance) -> None:
        """Keep a small copy of a picture that was captured, or is the best so far."""
        advice = guidance.advice
        reached = advice.target if advice.state is State.CAPTURED else None
        new = reached is not None and reached is not self._captured
        self._captured = reached
        before = self._seen.get(advice.target)
        if new:
            self._seen[advice.target] = self._copied(guidance, captured=True)
        elif guidance.prediction is not None and advice.quality is not None and reached is None:
            if before is not None and before.captured:
                return
            floor = WORTH_SHOWING if before is None else (before.quality or 0.0) + BETTER
            if advice.quality >= floor:
                self._seen[advice.target] = self._copied(guidance, captured=False)

    def forget(self, view: View) -> None:
        """``view`` is done again: its next picture replaces the one in the strip."""
        seen = self._seen.get(view)
        if seen is not None:
            self._seen[view] = _Seen(seen.thumbnail, None, False)

    def tiles(self, target: View | None) -> tuple[Tile, ...]:
        """The strip as it stands while ``target`` is aimed at."""
        clips = () if self.exam is None else self.exam.folder.record.clips
        views = list(self.views)
        others = [clip.target for clip in clips] + ([target] if target is not None else [])
        views += [view for view in dict.fromkeys(others) if view not in views]
        return tuple(self._tile(view, view is target, clips) for view in views)

    def _tile(self, view: View, current: bool, clips: Sequence[ClipRecord]) -> Tile:
        mine = [clip for clip in clips if clip.target is view]
        real = [clip for clip in mine if clip.reason is not CaptureReason.BEST and not clip.abstained]
        seen = self._seen.get(view)
        thumbnail = None if seen is None else seen.thumbnail
        quality = None if seen is None else seen.quality
        if thumbnail is None and mine:
            newest = (real or mine)[-1]
            thumbnail, quality = self._from_disk(newest), newest.quality
        return Tile(
            view,
            self._progress(view, bool(real)),
            current,
            thumbnail,
            quality,
            len(mine),
            bool(mine) and not real,
        )

    def _progress(self, view: View, kept: bool) -> Progress:
        if self.progression is None:
            seen = self._seen.get(view)
            return Progress.DONE if kept or (seen is not None and seen.captured) else Progress.TO_DO
        if view in self.progression.captured:
            return Progress.DONE
        if view in self.progression.skipped:
            return Progress.SKIPPED
        return Progress.DONE if kept and view not in self.progression.views else Progress.TO_DO

    def _copied(self, guidance: Guidance, *, captured: bool) -> _Seen:
        pixels = guidance.frame.pixels
        profile = self._profile
        if profile is not None and (profile.height, profile.width) == pixels.shape[:2]:
            x, y, w, h = (round(v) for v in profile.box)
            cut = pixels[max(0, y) : y + h, max(0, x) : x + w]
            pixels = cut if cut.size else pixels
        return _Seen(_small(pixels), guidance.advice.quality, captured)

    def _from_disk(self, clip: ClipRecord) -> NDArray[np.uint8] | None:
        """The thumbnail that the exam keeps, read once."""
        if clip.number not in self._kept:
            file = clip.files.get("thumbnail")
            found = None
            if file is not None and self.exam is not None:
                found = cv2.imread(str(self.exam.folder.path / file.name))
            self._kept[clip.number] = None if found is None else _small(np.asarray(found, dtype=np.uint8))
        return self._kept[clip.number]


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy that fits into :data:`THUMBNAIL`."""
    height, width = pixels.shape[:2]
    scale = min(THUMBNAIL[0] / width, THUMBNAIL[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
