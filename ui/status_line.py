"""StatusLine: the facts below the picture, as many as there is room for; what is left out is in the tool tip."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QLabel, QSizePolicy

BETWEEN = "   ·   "


class StatusLine(QLabel):
    """Facts in a row. In a narrow window the first of them go: the last change most."""

    def __init__(self, across: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight) -> None:
        super().__init__()
        self._parts: tuple[str, ...] = ()
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setAlignment(across | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def whole(self) -> str:
        """Every fact, whatever the room."""
        return BETWEEN.join(self._parts)

    def show_parts(self, parts: Sequence[str]) -> None:
        """Show ``parts``, the most lasting first."""
        self._parts = tuple(parts)
        self._fit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Another width, other facts."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, room, parts = self.fontMetrics(), self.width(), self._parts
        while len(parts) > 1 and metrics.horizontalAdvance(BETWEEN.join(parts)) > room:
            parts = parts[1:]
        text = metrics.elidedText(BETWEEN.join(parts), Qt.TextElideMode.ElideRight, room)
        self.setText(text)
        self.setToolTip("" if text == self.whole() else self.whole())
