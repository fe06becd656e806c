"""ExamFolder: an exam on disk that is written to. Whatever moment the process dies at, it opens again and goes on."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from guidance.capture import Clip
from guidance.device import DeviceProfile
from guidance.errors import InputError
from guidance.exam.dicom_clip import clip_dataset, frame_rate
from guidance.exam.log import ExamLog, wall_clock
from guidance.exam.pixels import Pictures, pictures_of, thumbnail, uniform
from guidance.exam.reading import rebuilt
from guidance.exam.records import (
    CLIPS,
    EXAM_FILE,
    LOG_FILE,
    ClipFile,
    ClipRecord,
    Damaged,
    ExamHead,
    ExamRecord,
    FileRecord,
    read_exam_file,
    to_bytes,
)
from guidance.hint import State
from guidance.views import View
from guidance.whole_file import clear_parts, put_aside, write_whole

WriteVideo = Callable[[Path, NDArray[np.uint8], float], object]
"""Writes (N, H, W[, 3]) grey or RGB pictures at a rate to a path: whole, or not at all."""


@dataclass(frozen=True, slots=True)
class ExamInfo:
    """What a new exam says of itself; see :class:`guidance.exam.records.ExamHead`.

    ``capture_quality`` is the quality from which the coach holds a view: for the log of this run.
    """

    source: str
    targets: tuple[View, ...]
    model: str
    virtual: bool = False
    capture_quality: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A clip to keep, and what was known when it was taken.

    Attributes:
        clip: its frames.
        state: the coach's state.
        profile: where the picture lies; None where that is not known.
        kept_at: wall clock.
    """

    clip: Clip
    state: State
    profile: DeviceProfile | None
    kept_at: datetime


class ExamFolder:
    """Keeps clips in a folder. One thread at a time calls :meth:`keep`; the log takes any.

    Args:
        place: an exam's own folder, to go on with it; else the folder of exams, where a new one is made.
        info: what a new exam says of itself.
        lossy: the stream comes through a lossy compression.
        video: writes an MP4 beside each clip; None: none.
        now, steady: clocks, see :class:`guidance.exam.log.ExamLog`.

    Raises:
        InputError: it cannot be written there, another process writes it, or what is there is of a newer schema or
            damaged beyond what its clips tell.
    """

    def __init__(
        self,
        place: Path,
        info: ExamInfo,
        *,
        lossy: bool = False,
        video: WriteVideo | None = None,
        now: Callable[[], datetime] = wall_clock,
        steady: Callable[[], float] = time.monotonic,
    ):
        self.now = now
        self._lossy = lossy
        self._video = video
        self._closed = False
        going_on = (place / EXAM_FILE).exists() or (place / CLIPS).is_dir()
        if going_on:
            _readable(place)  # a newer exam must stay untouched, its log too
        self.path = place if going_on else _new_folder(place, now())
        self.log = ExamLog(self.path / LOG_FILE, now, steady)
        try:
            self._record, notes = self._opened(info)
            self._next = 1 + max(
                [_highest_number(self.path / CLIPS), *(c.number for c in self._record.clips)]
            )
            self._write_exam()
        except OSError as error:
            self.log.close()
            raise _not_writable(self.path, error) from error
        except BaseException:
            self.log.close()
            raise
        self.log.add(
            "opened",
            source=info.source,
            targets=[view.value for view in info.targets],
            model=info.model,
            capture_quality=info.capture_quality,
        )
        for note in notes:
            self.log.add("repaired", what=note)

    @property
    def record(self) -> ExamRecord:
        """``exam.json`` as it stands."""
        return self._record

    def keep(self, kept: Kept) -> ClipRecord:
        """Write a clip: DICOM, thumbnail, video, its record, and last ``exam.json``.

        Raises:
            OSError: something could not be written. What was kept before is untouched; the same clip may come again.
        """
        clip = uniform(kept.clip)
        pictures = pictures_of(clip, kept.profile)
        number = self._next
        stem = f"{CLIPS}/{number:04d}-{clip.view.value}-{clip.reason.value}"
        record = _described(clip, pictures, kept, number)
        data = clip_dataset(clip, pictures, record, self._record.exam, lossy=self._lossy)
        names = {"dicom": f"{stem}.dcm", "thumbnail": f"{stem}.png"}
        try:
            return self._written(clip, pictures, record, data, stem, names)
        except BaseException:  # the clip is still in memory: its next try may get another number
            for name in (*names.values(), f"{stem}.json"):
                with suppress(OSError):
                    (self.path / name).unlink(missing_ok=True)
            raise

    def _written(
        self,
        clip: Clip,
        pictures: Pictures,
        record: ClipRecord,
        data: Dataset,
        stem: str,
        names: dict[str, str],
    ) -> ClipRecord:
        write_whole(self.path / names["dicom"], lambda file: data.save_as(file, enforce_file_format=True))
        write_whole(self.path / names["thumbnail"], thumbnail(pictures, _best_frame(clip)))
        rate = frame_rate(clip)
        if self._video is not None and rate is not None:
            names["video"] = f"{stem}.mp4"
            self._video(self.path / names["video"], pictures.pixels, rate)
        files = {kind: file_record(self.path, name) for kind, name in names.items()}
        record = record.model_copy(update={"files": files})
        write_whole(self.path / f"{stem}.json", to_bytes(ClipFile(exam=self._record.exam, clip=record)))
        grown = self._record.model_copy(update={"clips": (*self._record.clips, record)})
        write_whole(self.path / EXAM_FILE, to_bytes(grown))
        self._record = grown
        self._next = record.number + 1
        return record

    def close(self, *, finished: bool = True) -> None:
        """Say that the run ended in order, and let go of the folder. Idempotent.

        Raises:
            OSError: that could not be written; all clips that were kept are.
        """
        if self._closed:
            return
        self._closed = True
        self.log.add("closed", clips=len(self._record.clips))
        self.log.close()
        if finished:
            self._record = self._record.model_copy(update={"finished": _iso(self.now())})
            self._write_exam()

    def _write_exam(self) -> None:
        write_whole(self.path / EXAM_FILE, to_bytes(self._record))

    def _opened(self, info: ExamInfo) -> tuple[ExamRecord, list[str]]:
        (self.path / CLIPS).mkdir(exist_ok=True)
        notes: list[str] = []
        cleared = clear_parts(self.path) + clear_parts(self.path / CLIPS)
        if cleared:
            notes.append(f"{cleared} unfinished files of a run that was cut short were removed")
        if not (self.path / EXAM_FILE).exists() and _highest_number(self.path / CLIPS) == 0:
            return ExamRecord(exam=_head(self.path.name, info, self.now())), notes
        try:
            record = read_exam_file(self.path)
        except Damaged:
            put_aside(self.path / EXAM_FILE)
            record = rebuilt(self.path)
            notes.append("exam.json was made anew from the records beside the clips")
        else:
            known = {clip.number for clip in record.clips}
            found = [clip for clip in _rebuilt_clips(self.path) if clip.number not in known]
            if found:
                clips = sorted((*record.clips, *found), key=lambda clip: clip.number)
                record = record.model_copy(update={"clips": tuple(clips)})
                notes.append(f"{len(found)} clips that exam.json did not know yet were added")
        return record.model_copy(update={"finished": None}), notes


def file_record(folder: Path, name: str) -> FileRecord:
    """Size and hash of the file ``name`` in the exam ``folder``."""
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileRecord(name=name, bytes=file.tell(), sha256=digest.hexdigest())


def _described(clip: Clip, pictures: Pictures, kept: Kept, number: int) -> ClipRecord:
    return ClipRecord(
        number=number,
        target=clip.view,
        reason=clip.reason,
        state=kept.state,
        abstained=kept.state is State.NOT_RECOGNISED,
        on_screen=clip.on_screen,
        kept_at=_iso(kept.kept_at),
        t_start_s=round(clip.t_start_s, 6),
        t_end_s=round(clip.t_end_s, 6),
        frames=len(clip.frames),
        judged=sum(quality is not None for quality in clip.qualities),
        quality=clip.mean_quality,
        size=pictures.size,
        origin=pictures.origin,
        sector_only=pictures.sector_only,
        mm_per_px=_scale(clip, kept.profile),
        source=clip.frames[-1].source,
        sop_instance_uid=generate_uid(prefix=None),
        files={},
    )


def _best_frame(clip: Clip) -> int:
    """Index of the frame with the best quality, else the middle one."""
    judged = [(quality, index) for index, quality in enumerate(clip.qualities) if quality is not None]
    return max(judged)[1] if judged else len(clip.frames) // 2


def _scale(clip: Clip, profile: DeviceProfile | None) -> tuple[float, float] | None:
    known = clip.frames[-1].mm_per_px
    if known is None and profile is not None and profile.mm_per_px is not None:
        known = (profile.mm_per_px, profile.mm_per_px)
    return known


def _head(name: str, info: ExamInfo, now: datetime) -> ExamHead:
    return ExamHead(
        name=name,
        created=_iso(now),
        source=info.source,
        targets=info.targets,
        model=info.model,
        virtual=info.virtual,
        study_uid=generate_uid(prefix=None),
        series_uid=generate_uid(prefix=None),
    )


def _new_folder(place: Path, now: datetime) -> Path:
    """A folder of its own under ``place``; two exams of one second, or of a clock put back, do not meet."""
    name = now.strftime("%Y-%m-%d_%H-%M-%S")
    try:
        place.mkdir(parents=True, exist_ok=True)
        for again in range(1, 10_000):
            folder = place / (name if again == 1 else f"{name}-{again}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            (folder / CLIPS).mkdir()
            return folder
    except OSError as error:
        raise _not_writable(place, error) from error
    raise InputError(f"{place} holds too many exams of one second: choose another folder with --exam")


def _readable(place: Path) -> None:
    """Refuse what must not be gone on with, before anything is written.

    Raises:
        InputError: of a newer schema, or damaged beyond what its clips tell.
    """
    try:
        read_exam_file(place)
    except Damaged:
        if (place / EXAM_FILE).exists() or _highest_number(place / CLIPS):
            rebuilt(place)


def _rebuilt_clips(folder: Path) -> tuple[ClipRecord, ...]:
    try:
        return rebuilt(folder).clips
    except Damaged:
        return ()


def _highest_number(clips: Path) -> int:
    """Of any file in ``clips``, recorded or not: a number is never used again."""
    found = (re.match(r"\.?(\d{1,9})-", path.name) for path in clips.glob("*"))
    return max((int(match[1]) for match in found if match), default=0)


def _not_writable(place: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(f"{place}: no exam can be written here ({reason}): choose another folder with --exam")


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
