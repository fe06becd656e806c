"""Canvas: a painter with its palette and its unit of length, and the few strokes that every part shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter, QPen

from ui.layout import Box
from ui.palette import Palette
from ui.text import fit_text, font

MIN_PX = 8
Across = Literal["left", "centre", "right"]
Down = Literal["top", "middle", "bottom"]


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where parts paint. ``unit`` is one logical pixel of a 1280x720 window: lines scale with it, and text with
    ``text_scale`` as well. ``plates`` is the opacity of the plates behind text.
    """

    painter: QPainter
    palette: Palette
    unit: float
    text_scale: float = 1.0
    plates: float = 1.0

    @property
    def ratio(self) -> float:
        """Device pixels per logical pixel."""
        device = self.painter.device()
        return 1.0 if device is None else float(device.devicePixelRatioF())

    def text(
        self,
        box: Box,
        text: str,
        colour: str,
        px: float,
        *,
        least: float = MIN_PX,
        bold: bool = False,
        across: Across = "left",
        down: Down = "middle",
        lines: int = 1,
    ) -> float:
        """Draw ``text`` in ``box``, ``px`` units large or as much as fits, down to ``least``; returns its lower edge.

        At most ``lines`` lines; fewer are tried first, as long as the text keeps nearly its full size.
        """
        scale = self.unit * self.text_scale
        most, floor = max(MIN_PX, round(px * scale)), max(MIN_PX, round(least * self.unit))
        fitted = None
        for count in range(
            1, lines + 1
        ):  # text that keeps its size from hint to hint is calmer than text that fills
            least_px = floor if count == lines else max(floor, round(0.86 * most))
            fitted = fit_text(
                text, int(box.w), int(box.h), most, least_px, count, bold, self.palette.families
            )
            if fitted.complete:
                break
        assert fitted is not None
        face = font(self.palette.families, fitted.px, bold)
        metrics = QFontMetricsF(face)
        block = metrics.height() * len(fitted.lines)
        y = {"top": box.y, "middle": box.y + (box.h - block) / 2, "bottom": box.bottom - block}[down]
        self.painter.setFont(face)
        self.painter.setPen(QColor(colour))
        for line in fitted.lines:
            free = box.w - metrics.horizontalAdvance(line)
            x = box.x + {"left": 0.0, "centre": free / 2, "right": free}[across]
            self.painter.drawText(QPointF(x, y + metrics.ascent()), line)
            y += metrics.height()
        return y

    def plate(self, box: Box, alpha: float | None = None) -> None:
        """A quiet rounded plate behind text."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(tint(self.palette.panel, self.plates if alpha is None else alpha))
        self.painter.drawRoundedRect(qrect(box), 10 * self.unit, 10 * self.unit)

    def capsule(self, box: Box, edge: str, alpha: float) -> None:
        """A plate with round ends and an outline of colour ``edge``."""
        self.painter.setBrush(tint(self.palette.background, alpha))
        self.painter.setPen(QPen(QColor(edge), max(1.0, 1.4 * self.unit)))
        self.painter.drawRoundedRect(qrect(box), box.h / 2, box.h / 2)

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        """A filled circle; ``radius`` in logical pixels."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(colour))
        self.painter.drawEllipse(QPointF(x, y), radius, radius)


def qrect(box: Box) -> QRectF:
    """``box`` for Qt."""
    return QRectF(box.x, box.y, box.w, box.h)


def tint(colour: str, alpha: float) -> QColor:
    """``colour`` with an opacity of 0..1."""
    made = QColor(colour)
    made.setAlphaF(alpha)
    return made


def round_pen(colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen with round ends and corners."""
    return QPen(QBrush(colour), width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def sheet(
    width: float, height: float, ratio: float, form: QImage.Format = QImage.Format.Format_ARGB32_Premultiplied
) -> tuple[QImage, QPainter]:
    """A transparent image that covers ``width`` x ``height`` logical pixels, and an open painter on it.

    ``ratio``: device pixels per logical pixel.
    """
    made = QImage(max(1, math.ceil(width * ratio)), max(1, math.ceil(height * ratio)), form)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, True)
    return made, painter
