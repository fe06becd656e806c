"""WindowBar: what lies below the picture: the target, hints on or off, help, and the status line."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from guidance.views import View
from guidance.wording import spoken
from ui.feeds import Feed
from ui.wording import Word, Words


class WindowBar(QWidget):
    """The bar of :class:`ui.app.GuidanceWindow`. Nothing in it takes the focus: the keys belong to the window.

    Args:
        feed: says which targets there are, and whether there is a coach to speak to.
        words: language.
        status: the status line, at the right.
        choose: called with the view that was chosen.
        mute: called with whether hints are off.
        help: called when help is wanted.
    """

    def __init__(
        self,
        feed: Feed,
        words: Words,
        status: QLabel,
        *,
        choose: Callable[[View], object],
        mute: Callable[[bool], object],
        help: Callable[[], object],
    ):
        super().__init__()
        self.targets = _target_chooser(feed, words, choose)
        self.mute_button = _button(words(Word.HINTS_ON))
        self.mute_button.setCheckable(True)
        self.mute_button.toggled.connect(mute)
        self.mute_button.setEnabled(feed.coach is not None)
        self.help_button = _button(words(Word.HELP_BUTTON))
        self.help_button.clicked.connect(lambda: help())
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 6)
        row.setSpacing(10)
        row.addWidget(QLabel(words(Word.TARGET)))
        row.addWidget(self.targets)
        row.addWidget(self.mute_button)
        row.addWidget(self.help_button)
        row.addWidget(status, 1)

    def follow(self, target: View | None) -> None:
        """Show the coach's target, whoever set it; nothing is chosen by that."""
        if target is None:
            return
        index = self.targets.findData(target.value)
        if index != self.targets.currentIndex():
            self.targets.blockSignals(True)
            self.targets.setCurrentIndex(index)
            self.targets.blockSignals(False)


def _target_chooser(feed: Feed, words: Words, choose: Callable[[View], object]) -> QComboBox:
    chooser = QComboBox()
    for view in feed.targets:
        chooser.addItem(f"{spoken(view)}  {words.title(view)}", view.value)
    if feed.coach is not None:
        chooser.setCurrentIndex(chooser.findData(feed.coach.target.value))
    chooser.setEnabled(feed.coach is not None)
    chooser.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    chooser.setMinimumWidth(120)  # its longest title must not decide how narrow the window can be
    chooser.setAccessibleName(words(Word.TARGET))
    chooser.currentIndexChanged.connect(lambda index: choose(View(chooser.itemData(index))))
    return chooser


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
