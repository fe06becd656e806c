"""Calling a hint wrong: the button that is off until the operator agreed, the question, and the keeping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtWidgets import QWidget

from guidance.errors import SonoguideError
from guidance.exam.clip_pictures import ClipPictures
from guidance.exam.feedback import FEEDBACK
from guidance.exam.records import ClipRecord
from guidance.exam.review import ExamReview
from guidance.exam.review_records import WrongHint
from guidance.exam.timeline import Said
from ui.review_agreement import Agreement
from ui.review_cards import wrong_words
from ui.review_desk import ReviewDesk
from ui.review_notes import error_of
from ui.review_worker import Worker


class WrongHints:
    """Stands between the desk's buttons and the review.

    Args:
        review: what keeps.
        desk: where the buttons are.
        worker: writes the pictures.
        told: called after each change, with what went wrong (None: nothing).
        writable: whether anything can be kept.
    """

    def __init__(
        self,
        review: ExamReview,
        desk: ReviewDesk,
        worker: Worker,
        told: Callable[[SonoguideError | None], None],
        *,
        writable: bool,
    ):
        self.question: Agreement | None = None
        self._review = review
        self._desk = desk
        self._worker = worker
        self._told = told
        self._writable = writable
        self._keeping = False
        self._clip: ClipRecord | None = None
        self._said: Said | None = None

    def speak_of(self, clip: ClipRecord | None, said: Said | None) -> None:
        """The hint ``said``, on the way to ``clip``, is chosen; None: none is."""
        self._clip, self._said = clip, said
        self._show()

    def call_wrong(self, pictures: ClipPictures | None) -> None:
        """The chosen hint was wrong; or, when that was said before, it was not."""
        clip, said = self._clip, self._said
        if clip is None or said is None or not self._allowed:
            self._show()
            return
        known = self._known
        if known is not None:
            self._try(lambda: self._review.take_back(known))
            return
        self._keeping = True
        self._show()
        self._worker.run(lambda: self._review.call_wrong(clip.number, said, pictures), self._kept)

    def ask(self, parent: QWidget) -> None:
        """Ask whether wrong hints may be kept, and where."""
        if not self._writable or self.question is not None:
            return
        consent = self._review.review.feedback
        named = None if consent is None or consent.folder is None else Path(consent.folder)
        default = self._review.exam.path / FEEDBACK
        self.question = Agreement(default, named, agreed=consent is not None, parent=parent)
        self.question.finished.connect(self._answered)
        self.question.open()

    @property
    def _known(self) -> WrongHint | None:
        if self._clip is None or self._said is None:
            return None
        return self._review.review.wrong(self._clip.number, self._said.t_s)

    @property
    def _allowed(self) -> bool:
        agreed = self._review.review.feedback is not None
        return self._writable and agreed and self._said is not None and not self._keeping

    def _show(self) -> None:
        words = wrong_words(self._review, self._clip, self._said, keeping=self._keeping)
        self._desk.set_wrong(enabled=self._allowed, pressed=self._known is not None, words=words)

    def _kept(self, wrong: WrongHint | None, error: Exception | None) -> None:
        self._keeping = False
        if error is not None and not isinstance(error, SonoguideError):
            raise error
        self._told(error)
        self._show()

    def _answered(self, answer: int) -> None:
        asked, self.question = self.question, None
        if asked is None:
            return
        if answer == Agreement.DialogCode.Accepted:
            self._try(lambda: self._review.agree(asked.folder))
        elif asked.withdrawn:
            self._try(self._review.disagree)
        asked.deleteLater()

    def _try(self, change: Callable[[], object]) -> None:
        self._told(error_of(change))
        self._show()
