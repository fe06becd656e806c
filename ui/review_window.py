"""The review window: the exam's clips, each with what led to it, and what the operator says of them."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QCloseEvent, QKeySequence, QShortcut  # type: ignore[attr-defined]
from qtpy.QtWidgets import QMessageBox

from guidance.errors import SonoguideError
from guidance.exam.clip_pictures import ClipPictures, load_pictures
from guidance.exam.records import ClipRecord
from guidance.exam.review import ExamReview
from guidance.exam.review_records import Verdict
from guidance.exam.timeline import Said, Timeline
from ui.palette import DARK, Palette
from ui.review_cards import clip_cards, hint_cards
from ui.review_frame import ReviewFrame
from ui.review_notes import Notes, error_of
from ui.review_player import Player
from ui.review_strip import strip_of_clip, strip_of_way
from ui.review_text import KEYS, clip_facts, clip_title, exam_facts
from ui.review_worker import Worker
from ui.review_wrong import WrongHints


class ReviewWindow(ReviewFrame):
    """Shows the exam of ``review``; every word is kept as soon as it is said.

    Keys: :data:`ui.review_text.KEYS`.

    Args:
        review: the exam.
        start: number of the clip to begin with; None: the first.
        palette: colours.

    Raises:
        InputError: there is no clip ``start``.
    """

    def __init__(self, review: ExamReview, *, start: int | None = None, palette: Palette = DARK):
        if start is not None:
            review.clip(start)
        super().__init__(palette, exam_facts(review.record))
        self.review = review
        self.clip: ClipRecord | None = None
        self.timeline: Timeline | None = None
        self.pictures: ClipPictures | None = None
        self.chosen: Said | None = None
        self._palette = palette
        self._problems = dict.fromkeys(review.exam.problems)
        self._failure: str | None = None
        self._shown: tuple[object, ...] | None = None
        self._writable = review.writable
        if not self._writable:
            folder = review.exam.path
            words = f"{folder} is read-only: you can look, but nothing that you say here is kept"
            self._problems[words] = None
        self.setWindowTitle(f"Review of {review.record.exam.name} - sonoguide - research use only")
        self.player = Player(self)
        self.worker = Worker(self)
        self.notes = Notes(review, self._told)
        self.wrong_hints = WrongHints(review, self.desk, self.worker, self._told, writable=self._writable)
        self._awake = QTimer(self)  # lets Python see signals while nothing else happens
        self._awake.start(500)
        self._connect()
        self._bind_keys()
        self.show_problems(self.problems)
        self._list_clips()
        numbers = [clip.number for clip in review.record.clips]
        if numbers:
            self.clips.setCurrentRow(numbers.index(start) if start is not None else 0)
        else:
            self.view.show_notice("dash", "No clips", "This exam holds no clip.")
            self.desk.set_writable(False)

    @property
    def problems(self) -> list[str]:
        """What is wrong with the exam and its review, and what could not be kept."""
        failure = [] if self._failure is None else [self._failure]
        return [
            *failure,
            *(f"the damaged review was kept as {a}" for a in self.review.asides),
            *self._problems,
        ]

    # What the operator does

    def go(self, by: int) -> None:
        """The clip ``by`` places further on."""
        row = self.clips.currentRow() + by
        if 0 <= row < self.clips.count():
            self.clips.setCurrentRow(row)

    def judge(self, verdict: Verdict) -> None:
        """Accept, reject, or undecided."""
        clip = self.clip
        if clip is not None and self._writable:
            self._told(error_of(lambda: self.review.judge(clip.number, verdict)))
            self._list_clips()
        if clip is not None:
            self.desk.set_verdict(self.review.review.of(clip.number).verdict)

    def keep_note(self) -> None:
        """Keep the note as it stands; one that cannot be kept stays in memory and is tried again."""
        if (
            self.clip is not None
            and self._writable
            and self.notes.keep(self.clip.number, self.desk.note.toPlainText())
        ):
            self._list_clips()

    def write_note(self) -> None:
        """The keyboard goes to the note."""
        self.desk.note.setFocus()
        self.desk.note.moveCursor(self.desk.note.textCursor().MoveOperation.End)

    def leave(self) -> None:
        """Leave the note, or else the full screen."""
        if self.desk.note.hasFocus():
            self.view.setFocus()
        elif self.isFullScreen():
            self.showNormal()

    def next_hint(self, by: int) -> None:
        """Speak of the next hint, or the one before; the clip goes there where it reaches so far."""
        hints = self.timeline.hints if self.timeline is not None else ()
        if hints:
            row = self.desk.hints.currentRow() + by
            self._pick_hint(min(len(hints) - 1, max(0, row)))

    def call_wrong(self) -> None:
        """The chosen hint was wrong; or, when that was said before, it was not."""
        self.keep_note()
        self.wrong_hints.call_wrong(self.pictures)

    def ask(self) -> None:
        """Ask whether wrong hints may be kept, and where."""
        self.wrong_hints.ask(self)

    def show_keys(self) -> None:
        """Say which keys there are."""
        rows = "".join(f"<tr><td><b>{keys}</b>&nbsp;&nbsp;</td><td>{does}</td></tr>" for keys, does in KEYS)
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Keys", f"<table>{rows}</table>", parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Keep the note and stop."""
        self.keep_note()
        self.worker.close()
        self.player.pause()
        if event is not None:
            event.accept()

    # Inside

    def _open(self, row: int) -> None:
        """Show the clip in ``row``; its pictures come when they are decoded."""
        if not 0 <= row < len(self.review.record.clips):
            return
        self.keep_note()
        clip = self.clip = self.review.record.clips[row]
        self.timeline = self.review.timeline(clip.number)
        self.pictures = None
        self.player.load(None)
        hints = self.timeline.hints
        within = [one for one in hints if one.until_s > clip.t_start_s]
        self.chosen = next(iter(within or hints[-1:]), None)
        self.desk.title.setText(f"Clip {clip.number}: {clip_title(clip)}")
        self.desk.facts.setText(clip_facts(clip))
        self.desk.set_verdict(self.review.review.of(clip.number).verdict)
        self.desk.set_note(self.notes.text(clip.number))
        self.desk.set_writable(self._writable)
        self.way_chart.set_strip(strip_of_way(self.timeline))
        self.clip_chart.set_strip(strip_of_clip(self.timeline, None))
        self.view.show_notice("hold", "Loading", clip_title(clip))
        self._show_moment()
        self.worker.run(lambda: self._load(clip), lambda found, error: self._loaded(clip, found, error))

    def _load(self, clip: ClipRecord) -> ClipPictures | None:
        """On the worker's thread; nothing where another clip was chosen meanwhile."""
        return load_pictures(self.review.exam.path, clip) if clip is self.clip else None

    def _loaded(self, clip: ClipRecord, pictures: ClipPictures | None, error: Exception | None) -> None:
        if clip is not self.clip:
            return  # another one was chosen meanwhile
        if error is not None and not isinstance(error, SonoguideError):
            raise error
        problem = str(error) if error is not None else pictures.problem if pictures is not None else None
        if problem is not None and not any(problem in known or known in problem for known in self._problems):
            self._problems[problem] = None
        if error is not None:
            self.view.show_notice("attention", "This clip cannot be shown", str(error))
        self.pictures = pictures
        if pictures is not None and self.timeline is not None:
            self.clip_chart.set_strip(strip_of_clip(self.timeline, pictures))
        self.show_problems(self.problems)
        self.player.load(pictures)
        self.player.play()

    def _moved(self, index: int) -> None:
        if self.pictures is not None and self.timeline is not None:
            said = self.timeline.at(self.pictures.times_s[index])
            if said is not None and said.hint is not None:
                self.chosen = said
            self._show_moment()

    def _show_moment(self) -> None:
        """Everything that depends on the picture on screen or on the chosen hint."""
        clip, timeline, pictures = self.clip, self.timeline, self.pictures
        if clip is None or timeline is None:
            return
        now_s = None
        if pictures is not None:
            index = self.player.index
            now_s = pictures.times_s[index]
            quality = pictures.qualities[index]
            judged = "not judged" if quality is None else f"quality {quality:.2f}"
            caption = f"{index + 1} of {len(pictures)}   ·   {now_s - clip.t_start_s:.2f} s   ·   {judged}"
            self.view.show_picture(pictures.pixels[index], caption, timeline.at(now_s))
        wrong = [one.t_s for one in self.review.review.wrong_hints if one.clip == clip.number]
        self.clip_chart.set_now(now_s, self.chosen, wrong)
        self.way_chart.set_now(now_s, self.chosen, wrong)
        path_s = now_s
        if self.chosen is not None and self.chosen.until_s <= clip.t_start_s and not self.player.playing:
            path_s = self.chosen.t_s
        self.desk.path.set_path(timeline, path_s)
        self._show_hints()
        self.wrong_hints.speak_of(clip, self.chosen)

    def _show_hints(self) -> None:
        """The list of hints, where it is not as it was."""
        if self.clip is None or self.timeline is None:
            return
        shown = (self.clip, self.chosen, self.review.review.wrong_hints)
        if shown != self._shown:
            self._shown = shown
            row = next((i for i, one in enumerate(self.timeline.hints) if one is self.chosen), -1)
            self.desk.set_hints(hint_cards(self.review, self.clip, self.timeline, self._palette), row)

    def _pick_hint(self, row: int) -> None:
        if self.timeline is None or not 0 <= row < len(self.timeline.hints):
            return
        said = self.timeline.hints[row]
        self.player.pause()
        self.chosen = said
        if self.pictures is not None and said.until_s > self.pictures.times_s[0]:
            first = next(
                (i for i, t_s in enumerate(self.pictures.times_s) if said.t_s <= t_s < said.until_s),
                self.pictures.index_at(said.t_s),
            )
            self.player.go_to(first)
        self._show_moment()

    def _pick_instant(self, t_s: float) -> None:
        """Where somebody pointed: the picture there, or the hint of the way."""
        if self.timeline is None:
            return
        said = self.timeline.at(t_s)
        if self.pictures is not None and t_s >= self.pictures.times_s[0]:
            self.player.go_to(self.pictures.index_at(t_s))
        elif said is not None and said.hint is not None:
            self.player.pause()
            self.chosen = said
        self._show_moment()

    def _told(self, error: SonoguideError | None) -> None:
        """Something was kept, or could not be."""
        self._failure = None if error is None else str(error)
        self.show_problems(self.problems)
        self._show_moment()

    def _list_clips(self) -> None:
        self.clips.set_cards(clip_cards(self.review, self._palette))

    def _connect(self) -> None:
        self.clips.currentRowChanged.connect(self._open)
        self.player.moved.connect(self._moved)
        self.clip_chart.picked.connect(self._pick_instant)
        self.way_chart.picked.connect(self._pick_instant)
        self.desk.judged.connect(self.judge)
        self.desk.note_paused.connect(self.keep_note)
        self.desk.hint_picked.connect(self._pick_hint)
        self.desk.wrong_pressed.connect(self.call_wrong)
        self.desk.feedback_pressed.connect(self.ask)

    def _bind_keys(self) -> None:
        bindings: dict[str, Callable[[], object]] = {
            "Space": self.player.toggle,
            "Left": lambda: self.player.step(-1),
            "Right": lambda: self.player.step(1),
            "Home": lambda: self.player.go_to(0),
            "End": lambda: self.player.go_to(1 << 30),
            "Up": lambda: self.go(-1),
            "Down": lambda: self.go(1),
            "PgUp": lambda: self.go(-1),
            "PgDown": lambda: self.go(1),
            "A": lambda: self.judge(Verdict.ACCEPTED),
            "R": lambda: self.judge(Verdict.REJECTED),
            "U": lambda: self.judge(Verdict.UNDECIDED),
            "N": self.write_note,
            "Esc": self.leave,
            "H": lambda: self.next_hint(1),
            "Shift+H": lambda: self.next_hint(-1),
            "W": self.call_wrong,
            "F": self.ask,
            "F11": self.fill_screen,
            "F1": self.show_keys,
            "Ctrl+Q": self.close,
        }
        for keys, action in bindings.items():
            QShortcut(QKeySequence(keys), self).activated.connect(action)
