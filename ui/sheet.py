"""Sheets over the window: the keys, and the first help. Any key or click ends them; the picture stays in sight."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QEvent, QObject, Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget

from ui.canvas import Canvas, qrect, tint
from ui.icons import draw_icon
from ui.keys import KEYS, shown_keys
from ui.layout import Box
from ui.palette import Palette
from ui.wording import Deed, Word, Words

Paint = Callable[[Canvas, Box, Words], None]

_STEPS = (
    ("target", Word.FIRST_1, Word.FIRST_1_WHY),
    ("search", Word.FIRST_2, Word.FIRST_2_WHY),
    ("hold", Word.FIRST_3, Word.FIRST_3_WHY),
    ("tick", Word.FIRST_4, Word.FIRST_4_WHY),
)


class Sheet(QWidget):
    """Covers ``host`` until a key or a click.

    While it is there, keys do nothing else.

    Args:
        host: what it covers; it follows the host's size.
        paint: paints its content, see :func:`paint_keys` and :func:`paint_first_help`.
        words: language.
        palette: colours.
        text_scale: size of the text.

    Signals:
        ended: it is gone; the key that ended it, or 0.
    """

    ended = Signal(int)

    def __init__(self, host: QWidget, paint: Paint, words: Words, palette: Palette, text_scale: float):
        super().__init__(host)
        self._paint = paint
        self._words = words
        self._palette = palette
        self._scale = text_scale
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        host.installEventFilter(self)
        self.setGeometry(host.rect())
        self.show()
        self.raise_()
        self.setFocus()

    def end(self, key: int = 0) -> None:
        """Go away."""
        parent = self.parentWidget()
        if parent is not None:
            parent.removeEventFilter(self)
        self.hide()
        self.setParent(None)
        self.ended.emit(key)
        self.deleteLater()

    # Qt

    def event(self, event: QEvent | None) -> bool:
        """Keys come here before they become shortcuts."""
        if event is not None and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Any key but a bare modifier ends it."""
        modifiers = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
        if event is not None and event.key() not in modifiers:
            self.end(int(event.key()))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A click ends it."""
        self.end()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the host's size."""
        host = self.parentWidget()
        if event is not None and event.type() == QEvent.Type.Resize and host is not None and watched is host:
            self.setGeometry(host.rect())
        return False

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Dim what is below, and paint the content on a plate."""
        unit = max(0.5, min(self.width() / 1280, self.height() / 720))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.fillRect(self.rect(), tint(self._palette.background, 0.72))
        c = Canvas(painter, self._palette, unit, self._scale)
        width = min(self.width() - 24 * unit, 980 * unit)
        height = min(self.height() - 24 * unit, 620 * unit)
        box = Box((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        c.plate(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._palette.line), 1.5 * unit))
        painter.drawRoundedRect(qrect(box), 10 * unit, 10 * unit)
        self._paint(c, box.inset(34 * unit, 24 * unit), self._words)
        painter.end()


def paint_keys(c: Canvas, box: Box, words: Words) -> None:
    """Every key and what it does, in two columns."""
    u = c.unit
    c.text(Box(box.x, box.y, box.w, 46 * u), words(Word.HELP_TITLE), c.palette.text, 30, bold=True)
    c.text(Box(box.x, box.bottom - 26 * u, box.w, 26 * u), words(Word.ANY_KEY), c.palette.text_soft, 16)
    deeds = list(KEYS)
    rows = -(-len(deeds) // 2)
    top, height = box.y + 54 * u, (box.h - 92 * u) / rows
    for number, deed in enumerate(deeds):
        x = box.x + (number // rows) * (box.w + 20 * u) / 2
        y = top + (number % rows) * height
        _key_line(c, Box(x, y, (box.w - 20 * u) / 2, height), deed, words)


def paint_first_help(c: Canvas, box: Box, words: Words) -> None:
    """Four steps, each with its reason: read in under a minute."""
    u = c.unit
    c.text(Box(box.x, box.y, box.w, 50 * u), words(Word.FIRST_TITLE), c.palette.text, 32, bold=True)
    foot = Box(box.x, box.bottom - 28 * u, box.w, 28 * u)
    c.text(foot, f"{words(Word.ANY_KEY)} {words(Word.MORE_KEYS)}", c.palette.guide, 18)
    line = Box(box.x, foot.y - 26 * u, box.w, 22 * u)
    c.text(line, words(Word.RESEARCH_USE), c.palette.text_faint, 15)
    top = box.y + 62 * u
    height = (line.y - 8 * u - top) / len(_STEPS)
    for number, (icon, title, why) in enumerate(_STEPS):
        y = top + number * height
        r = min(26 * u, height * 0.34)
        c.disc(box.x + r, y + height / 2, r, c.palette.track)
        draw_icon(c.painter, icon, box.x + r, y + height / 2, r * 0.6, c.palette.guide, 0.2)
        left = box.x + 2 * r + 22 * u
        head = Box(left, y, box.right - left, height * 0.40)
        c.text(head, words(title), c.palette.text, 27, bold=True, down="bottom")
        below = Box(left, head.bottom + 4 * u, box.right - left, height * 0.56)
        c.text(below, words(why), c.palette.text_soft, 20, least=10, down="top", lines=3)


def _key_line(c: Canvas, box: Box, deed: Deed, words: Words) -> None:
    u = c.unit
    cap = Box(box.x, box.y + box.h * 0.1, 118 * u, box.h * 0.8)
    c.painter.setPen(QPen(QColor(c.palette.line), max(1.0, 1.2 * u)))
    c.painter.setBrush(QColor(c.palette.background))
    c.painter.drawRoundedRect(qrect(cap), 6 * u, 6 * u)
    c.text(cap, shown_keys(deed), c.palette.text, 16, bold=True, across="centre")
    rest = Box(cap.right + 14 * u, box.y, box.right - cap.right - 14 * u, box.h)
    c.text(rest, words.deeds[deed], c.palette.text, 17, least=9, lines=2)
