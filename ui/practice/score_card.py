"""ScoreCard: the figures of the attempt, the verdict at its end, and the attempts before as a curve."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget

from ui.canvas import Canvas, round_pen, tint
from ui.icons import draw_icon
from ui.layout import Box
from ui.palette import DARK, Palette
from ui.practice.attempt import Attempt
from ui.practice.score import Row, verdict

SHOWN = 24
"""So many of the latest attempts are drawn."""


class ScoreCard(QWidget):
    """Paints what it was last given with :meth:`show_score`."""

    def __init__(self, palette: Palette = DARK):
        super().__init__()
        self._palette = palette
        self._rows: tuple[Row, ...] = ()
        self._heading = ""
        self._ended: Attempt | None = None
        self._attempts: Sequence[Attempt] = ()
        self.setMinimumSize(300, 190)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Score")

    def show_score(
        self, heading: str, rows: tuple[Row, ...], ended: Attempt | None, attempts: Sequence[Attempt]
    ) -> None:
        """Show ``rows`` under ``heading``; with the verdict on ``ended``; ``attempts`` at this view as a curve."""
        self._heading, self._rows, self._ended, self._attempts = heading, rows, ended, attempts
        self.setAccessibleDescription(self.words())
        self.update()

    @property
    def heading(self) -> str:
        """What is being done."""
        return self._heading

    def words(self) -> str:
        """What it says, for screen readers."""
        said = [] if self._ended is None else [verdict(self._ended).title]
        return "; ".join([*said, *(f"{row.name} {row.value}" for row in self._rows)])

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Heading or verdict, the figures, the curve."""
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), QColor(self._palette.background))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            unit = max(0.8, min(self.width() / 430, self.height() / 270))
            c = Canvas(painter, self._palette, unit)
            whole = Box(0.0, 0.0, float(self.width()), float(self.height()))
            c.plate(whole)
            self._paint(c, whole.inset(16 * unit, 12 * unit))
        finally:
            painter.end()

    def _paint(self, c: Canvas, box: Box) -> None:
        u, palette = c.unit, self._palette
        head = Box(box.x, box.y, box.w, 32 * u)
        if self._ended is None:
            c.text(head, self._heading, palette.text_soft, 16, lines=1)
        else:
            look = verdict(self._ended)
            colour = palette.good if self._ended.reached else palette.caution
            draw_icon(c.painter, look.icon, head.x + 12 * u, head.y + head.h / 2, 11 * u, colour, 0.24)
            words = Box(head.x + 34 * u, head.y, head.w - 34 * u, head.h)
            c.text(words, look.title, colour, 22, bold=True)
        y = head.bottom + 2 * u
        row_h = 24 * u
        name, value, before = 0.22 * box.w, 0.44 * box.w, 0.34 * box.w
        c.text(Box(box.x + name, y, value, 18 * u), "now", palette.text_faint, 13)
        c.text(
            Box(box.x + name + value, y, before, 18 * u),
            "your median",
            palette.text_faint,
            13,
            across="right",
        )
        y += 18 * u
        for row in self._rows:
            c.text(Box(box.x, y, name, row_h), row.name, palette.text_soft, 16)
            c.text(Box(box.x + name, y, value, row_h), row.value, palette.text, 18, bold=True)
            c.text(
                Box(box.x + name + value, y, before, row_h), row.before, palette.text_soft, 16, across="right"
            )
            y += row_h
        self._curve(c, Box(box.x, y + 8 * u, box.w, box.bottom - y - 8 * u))

    def _curve(self, c: Canvas, box: Box) -> None:
        """Seconds by attempt: a filled dot where the picture was right, a hollow one where not, a square unaided."""
        u, palette, painter = c.unit, self._palette, c.painter
        caption = Box(box.x, box.y, box.w, 18 * u)
        plot = Box(box.x + 4 * u, caption.bottom + 4 * u, box.w - 8 * u, box.bottom - caption.bottom - 8 * u)
        if plot.h < 24 * u:
            return
        shown = list(self._attempts[-SHOWN:])
        words = "Your attempts: seconds; filled: the right picture; square: on your own"
        c.text(
            caption,
            words if shown else "Your learning curve begins with this attempt",
            palette.text_faint,
            13,
        )
        painter.setPen(QPen(QColor(palette.line), 1.0))
        painter.drawLine(QPointF(plot.x, plot.bottom), QPointF(plot.right, plot.bottom))
        if not shown:
            return
        most = max(30.0, *(a.seconds for a in shown))
        places = [
            QPointF(
                plot.x + (k + 0.5) * plot.w / max(8, len(shown)),
                plot.bottom - a.seconds / most * plot.h * 0.92,
            )
            for k, a in enumerate(shown)
        ]
        painter.setPen(round_pen(tint(palette.text_faint, 0.5), 1.2 * u))
        for one, other in pairwise(places):
            painter.drawLine(one, other)
        r = 4.5 * u
        for place, attempt in zip(places, shown, strict=True):
            colour = palette.good if attempt.reached else palette.caution
            painter.setPen(round_pen(QColor(colour), 1.8 * u))
            painter.setBrush(QColor(colour if attempt.reached else palette.panel))
            if attempt.retest:
                painter.drawRect(round(place.x() - r), round(place.y() - r), round(2 * r), round(2 * r))
            else:
                painter.drawEllipse(place, r, r)
        c.text(
            Box(plot.right - 60 * u, plot.y - 2 * u, 60 * u, 16 * u),
            f"{most:.0f} s",
            palette.text_faint,
            12,
            across="right",
        )
