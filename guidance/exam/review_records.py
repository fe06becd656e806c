"""The contract of ``review.json``: what the operator said of an exam's clips afterwards. Schema version 1."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Field

from guidance.exam.records import NOTICE, SCHEMA_VERSION, Record, checked

REVIEW_FILE = "review.json"
MAX_NOTE = 10_000
"""Characters of a note."""


class Verdict(StrEnum):
    """What the operator thinks of a clip."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class ClipReview(Record):
    """What was said of clip ``number``; ``at`` is the wall clock, ISO 8601 with its offset."""

    number: int = Field(ge=1)
    verdict: Verdict = Verdict.UNDECIDED
    note: str = Field(default="", max_length=MAX_NOTE)
    at: str = ""


class WrongHint(Record):
    """A hint that the operator called wrong, and where what was kept of it lies.

    Attributes:
        clip: the clip on whose way it was given.
        t_s: when, on the stream's time line.
        hint: its text.
        name: of its own folder.
        folder: where that lies; as in :class:`Consent`, which may have changed since.
        frames: pictures that were kept with it.
        at: wall clock.
    """

    clip: int = Field(ge=1)
    t_s: float
    hint: str
    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")
    folder: str | None = None
    frames: int = Field(ge=0)
    at: str = ""


class Consent(Record):
    """The operator agreed, at ``at``, that pictures and context of wrong hints are kept in ``folder``.

    ``folder`` is absolute; None is ``feedback/`` in the exam, wherever that is moved.
    """

    at: str
    folder: str | None = None


class Review(Record):
    """All of ``review.json``."""

    schema_version: int = SCHEMA_VERSION
    notice: str = NOTICE
    clips: tuple[ClipReview, ...] = ()
    wrong_hints: tuple[WrongHint, ...] = ()
    feedback: Consent | None = None

    def of(self, number: int) -> ClipReview:
        """What was said of clip ``number``; undecided, without a note, where nothing was."""
        return next((clip for clip in self.clips if clip.number == number), ClipReview(number=number))

    def wrong(self, clip: int, t_s: float) -> WrongHint | None:
        """What was kept of the hint that ``clip``'s way gave at ``t_s``; None: it was not called wrong."""
        found = (one for one in self.wrong_hints if one.clip == clip and abs(one.t_s - t_s) < 1e-3)
        return next(found, None)


def read_review_file(folder: Path) -> Review:
    """``review.json`` of the exam in ``folder``; an empty one where there is none.

    Raises:
        NewerSchema, Damaged: as :func:`guidance.exam.records.read_exam_file`.
    """
    if not (folder / REVIEW_FILE).exists():
        return Review()
    return Review.model_validate(checked(folder / REVIEW_FILE, Review))
