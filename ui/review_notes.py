"""The notes of a review window: kept as they are typed; one that cannot be kept waits and is tried again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from guidance.errors import SonoguideError
from guidance.exam.review import ExamReview


def error_of(change: Callable[[], object]) -> SonoguideError | None:
    """Do ``change``; what kept it from being done, or None."""
    try:
        change()
    except SonoguideError as error:
        return error
    return None


class Notes:
    """Keeps notes in ``review``; ``told`` hears of each try (None: it was kept)."""

    def __init__(self, review: ExamReview, told: Callable[[SonoguideError | None], None]):
        self._review = review
        self._told = told
        self._waiting: dict[int, str] = {}

    def text(self, number: int) -> str:
        """The note of clip ``number``, kept or waiting."""
        return self._waiting.get(number, self._review.review.of(number).note)

    def keep(self, number: int, text: str) -> bool:
        """Keep ``text`` for clip ``number``, and whatever waits; whether anything was written."""
        text = text.strip()
        if text != self.text(number):
            self._waiting[number] = text
        written = False
        for waiting, note in list(self._waiting.items()):
            error = error_of(partial(self._review.write_note, waiting, note))
            self._told(error)
            if error is not None:
                break
            del self._waiting[waiting]
            written = True
        return written
