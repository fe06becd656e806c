"""Which key and which button of the practice window does what, but for the keys that move the probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]

if TYPE_CHECKING:
    from ui.practice.window import PracticeWindow


def bind(window: PracticeWindow) -> None:
    """Connect them."""
    window.chest.moved.connect(window.moved)
    window.controls.view_chosen.connect(window.choose_view)
    window.controls.patient_chosen.connect(window.choose_patient)
    actions = {
        "Space": window.say_done,
        "Return": window.ask,
        "Enter": window.ask,
        "N": window.begin,
        "R": window.again,
        "T": window.switch_retest,
        "G": window.give_up,
        "H": window.switch_hints,
        "F": window.switch_fade,
        "F1": window.help.switch,
        "F11": window.fill_screen,
        "Esc": window.leave,
        "Ctrl+Q": window.close,
    }
    for keys, action in actions.items():
        QShortcut(QKeySequence(keys), window).activated.connect(lambda act=action: act())
    for button, action in (
        (window.controls.done, window.say_done),
        (window.controls.give_up, window.give_up),
        (window.controls.next, window.begin),
        (window.controls.again, window.again),
        (window.controls.hints, window.switch_hints),
        (window.controls.fade, window.switch_fade),
        (window.controls.retest, window.switch_retest),
        (window.controls.help, window.help.switch),
    ):
        button.clicked.connect(lambda _=False, act=action: act())
