"""The frame of the review window: which widget lies where. What they do is :mod:`ui.review_window`'s."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QVBoxLayout, QWidget

from ui.desktop import open_at, switch_full_screen
from ui.palette import Palette
from ui.problems import first_of
from ui.review_desk import ReviewDesk
from ui.review_list import CardList
from ui.review_parts import ClipView, StripView
from ui.review_style import style_sheet

FOOT = "Space: play, pause   ← →: one picture   ↑ ↓: clip   A R U: verdict   N: note   H: next hint   F1: all keys"


class ReviewFrame(QMainWindow):
    """Clips at the left, the picture and its charts in the middle, the desk at the right, problems above all.

    Args:
        palette: colours.
        facts: about the exam, at the foot.
    """

    def __init__(self, palette: Palette, facts: str):
        super().__init__()
        self.setMinimumSize(1000, 640)
        open_at(self, 1360, 860)
        self.clips = CardList(palette, 92, 96, "Clips of the exam")
        self.view = ClipView(palette)
        self.clip_chart = StripView(palette, "Quality of this clip", 152)
        self.way_chart = StripView(palette, "Quality on the way to it", 124)
        self.desk = ReviewDesk(palette)
        self.banner = QLabel()
        self.banner.setObjectName("banner")
        self.banner.setWordWrap(True)
        self._assemble(facts)
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view.setFocus()  # else the note would have the keys from the beginning
        self.setStyleSheet(style_sheet(palette))

    def show_problems(self, problems: Sequence[str]) -> None:
        """The first two, and how many more there are, above everything; the tool tip has each."""
        self.banner.setVisible(bool(problems))
        first, rest = "\n".join(problems[:1]), problems[1:]
        self.banner.setText("\n".join([first, first_of(rest)]) if rest else first)
        self.banner.setToolTip("\n".join(problems))

    def fill_screen(self) -> None:
        """Full screen and back."""
        switch_full_screen(self)

    def _assemble(self, words: str) -> None:
        whole = QWidget()
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(14, 12, 14, 8)
        rows.setSpacing(8)
        rows.addWidget(self.banner)
        middle = QHBoxLayout()
        middle.setSpacing(14)
        self.clips.setFixedWidth(262)
        middle.addWidget(self.clips)
        film = QVBoxLayout()
        film.setSpacing(8)
        film.addWidget(self.view, 1)
        film.addWidget(self.clip_chart)
        film.addWidget(self.way_chart)
        middle.addLayout(film, 1)
        middle.addWidget(self.desk)
        rows.addLayout(middle, 1)
        foot = QHBoxLayout()
        facts, keys = QLabel(words), QLabel(FOOT)
        facts.setObjectName("faint")
        keys.setObjectName("faint")
        foot.addWidget(facts, 1)
        foot.addWidget(keys)
        rows.addLayout(foot)
        self.setCentralWidget(whole)
