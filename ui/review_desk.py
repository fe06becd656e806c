"""The desk of the review window: verdict, note, the hints on the way with their reasons, and the probe's path."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, QTimer, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QFocusEvent
from qtpy.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from guidance.exam.review_records import Verdict
from ui.palette import Palette
from ui.review_list import Card, CardList
from ui.review_parts import PathView
from ui.review_text import VERDICTS

NOTE_PAUSE_MS = 600
"""A note is kept after so long a pause of typing; and when it is left."""


class NoteEdit(QPlainTextEdit):
    """The note. :attr:`left` when the keyboard goes elsewhere."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Say so."""
        super().focusOutEvent(event)
        self.left.emit()


class ReviewDesk(QWidget):
    """What the operator says, and what they look at to say it."""

    judged = Signal(Verdict)
    note_paused = Signal()
    hint_picked = Signal(int)
    wrong_pressed = Signal()
    feedback_pressed = Signal()

    def __init__(self, palette: Palette):
        super().__init__()
        self.setFixedWidth(348)
        self.title = QLabel()
        self.title.setObjectName("title")
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.verdicts: dict[Verdict, QPushButton] = {}
        self.note = NoteEdit()
        self.note.setPlaceholderText("A note on this clip (N)")
        self.note.setAccessibleName("Note on this clip")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(66)
        self.hints = CardList(palette, 58, 70, "Hints on the way to this clip")
        self.no_hints = QLabel("No hint was given on the way to this clip.")
        self.no_hints.setWordWrap(True)
        self.no_hints.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.wrong = _button("This hint was wrong  (W)")
        self.wrong.setObjectName("wrong")
        self.wrong.setCheckable(True)
        self.feedback = _button("Feedback…  (F)")
        self.wrong_words = QLabel()
        self.wrong_words.setWordWrap(True)
        self.wrong_words.setObjectName("faint")
        self.path = PathView(palette, 208)
        self._assemble()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(NOTE_PAUSE_MS)
        self._pause.timeout.connect(self.note_paused)
        self.note.textChanged.connect(self._pause.start)
        self.note.left.connect(self.note_paused)
        self.hints.currentRowChanged.connect(self.hint_picked)
        self.wrong.clicked.connect(self.wrong_pressed)
        self.feedback.clicked.connect(self.feedback_pressed)

    def set_note(self, text: str) -> None:
        """Show a note that is kept already."""
        self.note.blockSignals(True)
        self.note.setPlainText(text)
        self.note.blockSignals(False)
        self._pause.stop()

    def set_verdict(self, verdict: Verdict) -> None:
        """Show what was said of the clip."""
        self.verdicts[verdict].setChecked(True)

    def set_hints(self, cards: Sequence[Card], row: int) -> None:
        """Show the hints, ``row`` chosen (-1: none)."""
        self.hints.set_cards(cards)
        self.hints.setVisible(bool(cards))
        self.no_hints.setVisible(not cards)
        self.hints.blockSignals(True)
        self.hints.setCurrentRow(row)
        self.hints.blockSignals(False)
        item = self.hints.item(row)
        if item is not None:
            self.hints.scrollToItem(item)

    def set_wrong(self, *, enabled: bool, pressed: bool, words: str) -> None:
        """Whether the chosen hint can be called wrong, was, and what to know about it."""
        self.wrong.setEnabled(enabled)
        self.wrong.setChecked(pressed)
        self.wrong_words.setText(words)

    def set_writable(self, writable: bool) -> None:
        """Whether anything can be kept."""
        for button in (*self.verdicts.values(), self.feedback):
            button.setEnabled(writable)
        self.note.setReadOnly(not writable)

    def _assemble(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.facts)
        row = QHBoxLayout()
        row.setSpacing(6)
        group = QButtonGroup(self)
        for verdict, key in ((Verdict.ACCEPTED, "A"), (Verdict.REJECTED, "R"), (Verdict.UNDECIDED, "U")):
            words = {Verdict.ACCEPTED: "Accept", Verdict.REJECTED: "Reject"}.get(verdict, VERDICTS[verdict])
            button = _button(f"{words}  ({key})")
            button.setObjectName(verdict.value)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, said=verdict: self.judged.emit(said))
            group.addButton(button)
            row.addWidget(button, 1)
            self.verdicts[verdict] = button
        column.addLayout(row)
        column.addWidget(self.note)
        heading = QLabel("Hints on the way to it  (H)")
        heading.setObjectName("heading")
        column.addSpacing(4)
        column.addWidget(heading)
        column.addWidget(self.hints, 1)
        column.addWidget(self.no_hints, 1)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.wrong, 1)
        row.addWidget(self.feedback)
        column.addLayout(row)
        column.addWidget(self.wrong_words)
        column.addWidget(self.path)


def _button(words: str) -> QPushButton:
    """A button that leaves the keyboard to the window."""
    button = QPushButton(words)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
