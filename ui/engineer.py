"""EngineerPanel: frame rates, drops and stage latencies as live plots, painted here: a plot library weighs more."""

from __future__ import annotations

import math

import numpy as np
from qtpy.QtCore import QPointF, QSize, Qt, QTimer
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

from ui.canvas import Canvas, tint
from ui.engineer_log import NEWEST, SECONDS, EngineerLog
from ui.heartbeat import LATE, Heartbeat
from ui.layout import Box
from ui.paint_count import PAINT, PaintCount
from ui.palette import Palette
from ui.wording import Word, Words

REFRESH_MS = 250
HEIGHT = 210
LEAST_HEIGHT = 120
BUDGET_MS = 8.0
"""No single piece of work of the window should last longer."""


class EngineerPanel(QWidget):
    """A band below the picture. While it is hidden it costs nothing.

    Args:
        log: rates and latencies.
        count: of the display.
        heartbeat: how late the window answers; it beats while the panel is seen.
        words, palette: language and colours.
    """

    def __init__(
        self, log: EngineerLog, count: PaintCount, heartbeat: Heartbeat, words: Words, palette: Palette
    ):
        super().__init__()
        self._log, self._count, self._heartbeat = log, count, heartbeat
        self._words, self._palette = words, palette
        self.started_ns: int | None = None
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMaximumHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.update)

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self._palette = palette
        self.update()

    def setVisible(self, visible: bool) -> None:
        """Repaint only while it is seen."""
        super().setVisible(visible)
        self._heartbeat.switch(visible)
        if visible:
            self._timer.start(REFRESH_MS)
        else:
            self._timer.stop()

    def stop(self) -> None:
        """No more repaints."""
        self._heartbeat.switch(False)
        self._timer.stop()

    def lines(self) -> list[str]:
        """The figures in words."""
        words, found = self._words, []
        late = self._heartbeat.times.summary().get(LATE)
        if late is not None:
            found.append(
                words(
                    Word.GUI_LATE,
                    p50=_ms(late["p50"]),
                    p99=_ms(late["p99"]),
                    most=_ms(late["max"]),
                    over=f"{100 * self._heartbeat.share_over(BUDGET_MS):.1f}",
                    budget=f"{BUDGET_MS:g}",
                )
            )
        paint = self._count.times.summary().get(PAINT)
        if paint is not None:
            found.append(f"{PAINT}, ms: p50 {_ms(paint['p50'])}, p99 {_ms(paint['p99'])}")
            found.append(
                f"{self._count.frames} {words(Word.PAINTED)}, {self._count.left_out} {words(Word.NOT_PAINTED)}"
            )
        if self.started_ns is not None and self._count.first_ns is not None:
            seconds = (self._count.first_ns - self.started_ns) / 1e9
            found.append(words(Word.FIRST_PICTURE, seconds=f"{seconds:.2f}"))
        return found

    # Qt

    def sizeHint(self) -> QSize:
        """A band."""
        return QSize(640, HEIGHT)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Rates on the left, latencies on the right, figures below."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.fillRect(self.rect(), QColor(self._palette.panel))
        c = Canvas(painter, self._palette, 1.0)
        width, foot = (self.width() - 36.0) / 2, 24.0
        height = self.height() - foot - 16.0
        self._rates(c, Box(12.0, 8.0, width, height))
        self._stages(c, Box(24.0 + width, 8.0, width, height))
        line = Box(12.0, self.height() - foot - 2.0, self.width() - 24.0, foot)
        c.text(line, "   ·   ".join(self.lines()), self._palette.text_soft, 13)
        painter.end()

    # Inside

    def _rates(self, c: Canvas, box: Box) -> None:
        p, words = self._palette, self._words
        seconds = list(self._log.seconds)
        rows = (
            (words(Word.GUIDED), [s.guided for s in seconds], p.guide, Qt.PenStyle.SolidLine),
            (words(Word.PAINTED), [s.painted for s in seconds], p.good, Qt.PenStyle.SolidLine),
            (
                words(Word.DROPPED, count="").strip(),
                [s.dropped for s in seconds],
                p.alert,
                Qt.PenStyle.SolidLine,
            ),
            (words(Word.NOT_PAINTED), [s.not_painted for s in seconds], p.caution, Qt.PenStyle.DashLine),
        )
        top = _round_up(max([10.0, *(float(max(v)) for _, v, _, _ in rows if v)]))
        plot = self._frame(c, box, words(Word.RATES), top)
        for place, (name, values, colour, style) in enumerate(rows):
            self._curve(c, plot, np.asarray(values, float), SECONDS, top, colour, style)
            last = f"{values[-1]}" if values else "–"
            self._key(c, box, place, f"{name} {last}", colour)

    def _stages(self, c: Canvas, box: Box) -> None:
        p = self._palette
        stages = {
            name: v for name, v in self._log.stages().items() if name in ("grab", "queue", "infer", "total")
        }
        colours = {"grab": p.caution, "queue": p.alert, "infer": p.good, "total": p.guide}
        high = [float(np.percentile(values, 99)) for values in stages.values() if values]
        top = _round_up(max([10.0, *high]))
        plot = self._frame(c, box, self._words(Word.STAGES), top)
        y = plot.bottom - plot.h * min(1.0, BUDGET_MS / top)
        c.painter.setPen(QPen(tint(p.text, 0.25), 1.0, Qt.PenStyle.DashLine))
        c.painter.drawLine(QPointF(plot.x, y), QPointF(plot.right, y))
        for place, (name, values) in enumerate(stages.items()):
            self._curve(c, plot, np.asarray(values), NEWEST, top, colours[name], Qt.PenStyle.SolidLine)
            p50 = _ms(float(np.median(values))) if values else "–"
            self._key(c, box, place, f"{name} {p50}", colours[name])

    def _frame(self, c: Canvas, box: Box, title: str, top: float) -> Box:
        c.text(Box(box.x, box.y, 150.0, 18.0), title, self._palette.text, 14, bold=True)
        plot = Box(box.x + 34.0, box.y + 24.0, box.w - 34.0, box.h - 26.0)
        c.painter.setPen(QPen(QColor(self._palette.line), 1.0))
        for share in (0.0, 0.5, 1.0):
            y = plot.bottom - plot.h * share
            c.painter.drawLine(QPointF(plot.x, y), QPointF(plot.right, y))
            label = Box(box.x, y - 8.0, 30.0, 16.0)
            c.text(label, f"{top * share:g}", self._palette.text_faint, 12, across="right")
        return plot

    def _key(self, c: Canvas, box: Box, place: int, text: str, colour: str) -> None:
        room = (box.w - 150.0) / 4
        x = box.x + 150.0 + place * room
        c.painter.fillRect(int(x), int(box.y + 6), 9, 7, QColor(colour))
        c.text(Box(x + 13.0, box.y, room - 15.0, 18.0), text, self._palette.text_soft, 13)

    def _curve(
        self,
        c: Canvas,
        plot: Box,
        values: np.ndarray,
        capacity: int,
        top: float,
        colour: str,
        style: Qt.PenStyle,
    ) -> None:
        if len(values) < 2:
            return
        columns = int(plot.w // 2)
        if len(values) > columns:  # the highest of each column: a peak must not be hidden
            edges = np.linspace(0, len(values), columns + 1).astype(int)[:-1]
            values, capacity = np.maximum.reduceat(values, edges), round(capacity * columns / len(values))
        x = plot.right - plot.w * (len(values) - 1 - np.arange(len(values))) / max(1, capacity - 1)
        y = plot.bottom - plot.h * np.clip(values / top, 0.0, 1.0)
        c.painter.setPen(QPen(QColor(colour), 1.6, style))
        c.painter.drawPolyline(QPolygonF([QPointF(float(a), float(b)) for a, b in zip(x, y, strict=True)]))


def _round_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value - 1e-9)


def _ms(value: float) -> str:
    return f"{value:.1f}"
