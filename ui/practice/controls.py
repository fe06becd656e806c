"""Controls: the choices below the picture: view, patient, hints, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from guidance.views import START_CARDS, View
from ui.palette import DARK
from ui.practice.fading import RULES, Fade
from ui.practice.patients import ANYBODY, Difficulty, Habitus, PatientWish
from ui.practice.plan import Plan
from ui.status_line import StatusLine

PATIENTS: tuple[tuple[str, PatientWish], ...] = (
    ("any patient", ANYBODY),
    *((f"{d} to scan", PatientWish(difficulty=d)) for d in Difficulty),
    *((f"{h} build", PatientWish(habitus=h)) for h in Habitus),
)


class Controls(QWidget):
    """Two choosers, the buttons with their keys, and a line of text."""

    view_chosen = Signal(object)
    patient_chosen = Signal(object)

    def __init__(self, views: Sequence[View]):
        super().__init__()
        self._wishes = [wish for _, wish in PATIENTS]
        self.views, self.patients = QComboBox(), QComboBox()
        for view in views:
            self.views.addItem(f"{view.value.replace('_', ' ')}  {START_CARDS[view].title}", view.value)
        for words, _ in PATIENTS:
            self.patients.addItem(words)
        self.done, self.give_up = _button("This is it  (Space)"), _button("Give up  (G)")
        self.next, self.again = _button("Next patient  (N)"), _button("Again  (R)")
        self.hints, self.fade = _button("", checkable=True), _button("", checkable=True)
        self.retest = _button("Re-test  (T)", checkable=True)
        self.help = _button("?")
        self.status = StatusLine(Qt.AlignmentFlag.AlignLeft)
        for chooser, name in ((self.views, "Target view"), (self.patients, "Kind of patient")):
            chooser.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chooser.setAccessibleName(name)
        self.views.activated.connect(lambda k: self.view_chosen.emit(View(self.views.itemData(k))))
        self.patients.activated.connect(lambda k: self.patient_chosen.emit(self._wishes[k]))
        self._assemble()

    def show_plan(self, plan: Plan, fade: Fade | None) -> None:
        """Let the controls say what ``plan`` is; ``fade``: how sparse hints are."""
        self.views.setCurrentIndex(self.views.findData(plan.view.value))
        if plan.wish not in self._wishes:
            self._wishes.append(plan.wish)
            self.patients.addItem(str(plan.wish))
        self.patients.setCurrentIndex(self._wishes.index(plan.wish))
        self.hints.setText(f"Hints {'on' if plan.hints else 'off'}  (H)")
        self.hints.setChecked(not plan.hints)
        self.fade.setText(f"Fading {'on' if plan.fade else 'off'}  (F)")
        self.fade.setChecked(not plan.fade)
        self.fade.setToolTip("" if fade is None else f"Hints come {RULES[fade].words}")
        self.retest.setChecked(plan.retest)
        for button in (self.hints, self.fade):
            button.setEnabled(not plan.retest)

    def say(self, text: str, *, alert: bool = False) -> None:
        """A line of text: who the patient is, or what went wrong."""
        self.status.show_parts([text])
        self.status.setStyleSheet(f"color: {DARK.alert if alert else DARK.text_soft};")

    def _assemble(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        for row in (above, below):
            row.setSpacing(10)
        for chooser in (self.views, self.patients):
            above.addWidget(chooser)
        above.addWidget(self.status, 1)
        for button in (self.done, self.give_up, self.next, self.again):
            below.addWidget(button)
        below.addStretch(1)
        for button in (self.hints, self.fade, self.retest, self.help):
            below.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 6, 14, 8)
        column.setSpacing(6)
        column.addLayout(above)
        column.addLayout(below)


def _button(text: str, *, checkable: bool = False) -> QPushButton:
    made = QPushButton(text)
    made.setCheckable(checkable)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made
