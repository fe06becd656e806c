"""The question whether wrong hints may be kept with pictures: what, where, and that nothing leaves the machine."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

QUESTION = (
    "A hint that you call wrong can be kept, so that the guidance may learn from it: the clip's pictures near it (the "
    "same that the exam holds, at most 60), the hint with its reason, quality, the probe's path and your note.\n\n"
    "They are written to a folder on this computer and stay there. Nothing is sent anywhere. The pictures are of a "
    "patient: agree only if you may keep them."
)


class Agreement(QDialog):
    """Asks; :attr:`folder` is what was named, and ``result()`` Accepted where the operator agreed.

    Args:
        default: the folder where nothing else is named.
        named: the folder that was named before; None: none.
        agreed: the operator agreed before, and may take it back.
    """

    def __init__(self, default: Path, named: Path | None, *, agreed: bool, parent: QWidget | None = None):
        super().__init__(parent)
        self._default = default
        self.withdrawn = False
        self.setWindowTitle("Keep wrong hints?")
        self.setMinimumWidth(560)
        text = self._text = QLabel(QUESTION)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.place = QLineEdit("" if named is None else str(named))
        self.place.setPlaceholderText(f"{default}  (in the exam)")
        self.place.setAccessibleName("Folder of feedback")
        choose = QPushButton("Choose…")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        self.yes = QPushButton("I agree: keep them there")
        self.yes.setDefault(True)
        self.yes.clicked.connect(self.accept)
        self.no = QPushButton("Stop keeping them" if agreed else "No")
        self.no.setAutoDefault(False)
        self.no.clicked.connect(self._withdraw if agreed else self.reject)
        row = QHBoxLayout()
        row.addWidget(self.place, 1)
        row.addWidget(choose)
        answers = QHBoxLayout()
        answers.addStretch(1)
        answers.addWidget(self.no)
        answers.addWidget(self.yes)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(14)
        column.addWidget(text)
        column.addWidget(QLabel("Folder"))
        column.addLayout(row)
        column.addLayout(answers)
        self.place.setFocus()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Be as high as the text needs, which is known only now that it has its type face."""
        super().showEvent(event)
        margins = self.contentsMargins()
        width = self.width() - 44 - margins.left() - margins.right()
        self._text.setMinimumHeight(self._text.heightForWidth(width))
        self.adjustSize()

    @property
    def folder(self) -> Path | None:
        """The folder that was named; None: the one in the exam."""
        text = self.place.text().strip()
        return Path(text).expanduser() if text else None

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder of feedback", str(self.folder or ""))
        if chosen:
            self.place.setText(chosen)

    def _withdraw(self) -> None:
        self.withdrawn = True
        self.reject()
