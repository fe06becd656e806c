"""ExamReview: an exam opened for review, and what the operator says of it, kept as soon as it is said.

Example::

    review = ExamReview(Path("exams/2026-11-26_10-15-00"))
    review.judge(1, Verdict.ACCEPTED)
    review.write_note(1, "all four chambers")
    for hint in review.timeline(1).hints:
        print(hint.t_s, hint.hint, hint.reason)
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from guidance.errors import InputError
from guidance.exam.clip_pictures import ClipPictures
from guidance.exam.feedback import FEEDBACK, keep_feedback, withdraw_feedback
from guidance.exam.log import read_log, wall_clock
from guidance.exam.reading import ExamOnDisk, look_at
from guidance.exam.records import LOG_FILE, ClipRecord, ExamRecord
from guidance.exam.review_file import change_review, not_written
from guidance.exam.review_records import MAX_NOTE, ClipReview, Consent, Review, Verdict, WrongHint
from guidance.exam.timeline import Said, Timeline, timeline_of


class ExamReview:
    """Each change is on the disk when its method returns. Any thread may call any method.

    Args:
        folder: the exam's own folder.
        now: the wall clock.

    Raises:
        InputError: there is no exam, nothing can be said of it, or it or its review is of a newer schema.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = wall_clock):
        found = look_at(folder)
        if found.record is None or found.review is None:
            raise InputError(found.problems[0])
        self.exam: ExamOnDisk = found
        self.record: ExamRecord = found.record
        self.events = tuple(read_log(folder / LOG_FILE))
        self._review: Review = found.review
        self._now = now
        self._lock = threading.RLock()
        self._asides: list[Path] = []

    @property
    def review(self) -> Review:
        """``review.json`` as it was last read or written."""
        return self._review

    @property
    def asides(self) -> tuple[Path, ...]:
        """Damaged reviews that were put aside by a change made here."""
        return tuple(self._asides)

    @property
    def writable(self) -> bool:
        """Whether the exam's folder can be written; a disk may still be full."""
        effective = os.access in os.supports_effective_ids
        return os.access(self.exam.path, os.W_OK | os.X_OK, effective_ids=effective)

    def clip(self, number: int) -> ClipRecord:
        """The record of clip ``number``.

        Raises:
            InputError: it is not there.
        """
        for clip in self.record.clips:
            if clip.number == number:
                return clip
        numbers = ", ".join(str(clip.number) for clip in self.record.clips)
        there = f"its clips are {numbers}" if numbers else "it holds no clip"
        raise InputError(f"{self.exam.path} has no clip {number}: {there}")

    def timeline(self, number: int) -> Timeline:
        """What was said on the way to clip ``number``."""
        return timeline_of(self.clip(number), self.events)

    def judge(self, number: int, verdict: Verdict) -> ClipReview:
        """Accept or reject clip ``number``, or take that back.

        Raises:
            InputError: no such clip, or the review cannot be written.
            RuntimeFailure: the disk is full.
        """
        return self._say(number, verdict=verdict)

    def write_note(self, number: int, note: str) -> ClipReview:
        """Write a note to clip ``number``; an empty one removes it.

        Raises:
            InputError, RuntimeFailure: as :meth:`judge`; or the note is too long.
        """
        return self._say(number, note=note)

    def say(self, number: int, verdict: Verdict | None, note: str | None) -> ClipReview:
        """:meth:`judge` and :meth:`write_note` in one step; None leaves what is there."""
        return self._say(number, verdict=verdict, note=note)

    def agree(self, folder: Path | None = None) -> None:
        """The operator agrees that wrong hints are kept with pictures, in ``folder`` (None: in the exam).

        Raises:
            InputError, RuntimeFailure: as :meth:`judge`.
        """
        place = None if folder is None else str(folder.absolute())
        consent = Consent(at=self._at(), folder=place)
        self._change(lambda review: review.model_copy(update={"feedback": consent}))

    def disagree(self) -> None:
        """Nothing more is kept; what was stays.

        Raises:
            InputError, RuntimeFailure: as :meth:`judge`.
        """
        self._change(lambda review: review.model_copy(update={"feedback": None}))

    def feedback_folder(self, kept: Consent | WrongHint | None = None) -> Path:
        """Where wrong hints are kept, or would be; with ``kept``, where that one says."""
        told = self._review.feedback if kept is None else kept
        named = None if told is None else told.folder
        return self.exam.path / FEEDBACK if named is None else Path(named)

    def call_wrong(self, number: int, said: Said, pictures: ClipPictures | None) -> WrongHint:
        """Keep the hint ``said`` on the way to clip ``number`` as a wrong one; once, however often it is said.

        Args:
            number: of the clip.
            said: the hint, of :meth:`timeline`.
            pictures: the clip's; None where they cannot be read.

        Raises:
            InputError: the operator has not agreed, or the folder cannot be written.
            RuntimeFailure: the disk is full.
        """
        clip, timeline = self.clip(number), self.timeline(number)
        with self._lock:
            if self._review.feedback is None:
                raise InputError("wrong hints are kept only once you agreed to it")
            known = self._review.wrong(number, said.t_s)
            if known is not None:
                return known
            at = self._at()
            note = self._review.of(number).note
            place, folder = self.feedback_folder(), self._review.feedback.folder
        try:  # not under the lock: writing pictures takes a while
            name, frames = keep_feedback(
                place, self.record.exam, clip, timeline, said, pictures, note=note, at=at
            )
        except OSError as error:
            raise not_written(place, error) from error
        wrong = WrongHint(
            clip=number,
            t_s=round(said.t_s, 3),
            hint=said.hint or "",
            name=name,
            folder=folder,
            frames=frames,
            at=at,
        )

        def change(review: Review) -> Review:
            others = [one for one in review.wrong_hints if (one.name, one.folder) != (name, folder)]
            return review.model_copy(update={"wrong_hints": (*others, wrong)})

        self._change(change)
        return wrong

    def take_back(self, wrong: WrongHint) -> None:
        """Remove what was kept of a hint that was called wrong by mistake.

        Raises:
            InputError, RuntimeFailure: as :meth:`judge`.
        """
        with self._lock:
            place = self.feedback_folder(wrong)
            try:
                withdraw_feedback(place, wrong.name)
            except OSError as error:
                raise not_written(place / wrong.name, error) from error
            self._change(
                lambda review: review.model_copy(
                    update={"wrong_hints": tuple(one for one in review.wrong_hints if one != wrong)}
                )
            )

    def _say(self, number: int, *, verdict: Verdict | None = None, note: str | None = None) -> ClipReview:
        self.clip(number)
        if note is not None:
            note = note.encode("utf-8", "replace").decode().strip()
            if len(note) > MAX_NOTE:
                raise InputError(f"the note is too long: {len(note)} characters of at most {MAX_NOTE}")

        def change(review: Review) -> Review:
            before = review.of(number)
            said = {
                "verdict": before.verdict if verdict is None else verdict,
                "note": before.note if note is None else note,
            }
            after = before.model_copy(update=said)
            if after == before:
                return review
            after = after.model_copy(update={"at": self._at()})
            others = [clip for clip in review.clips if clip.number != number]
            clips = sorted((*others, after), key=lambda clip: clip.number)
            return review.model_copy(update={"clips": tuple(clips)})

        self._change(change)
        return self._review.of(number)

    def _change(self, change: Callable[[Review], Review]) -> None:
        with self._lock:
            self._review, aside = change_review(self.exam.path, change)
            if aside is not None:
                self._asides.append(aside)

    def _at(self) -> str:
        return self._now().isoformat(timespec="milliseconds")
