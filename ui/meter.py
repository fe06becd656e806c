"""The quality meter: a column that fills, with the line at which capture begins."""

from __future__ import annotations

import math
from functools import lru_cache

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QColor, QImage, QLinearGradient, QPainterPath, QPen

from ui.canvas import Canvas, qrect, sheet, tint
from ui.icons import draw_icon
from ui.layout import Box
from ui.palette import Palette
from ui.wording import Word, Words
from ui.wording.en import ENGLISH

LEVELS = 200
"""Heights that the column is drawn at: finer than anybody sees."""
ROUND = 12.0
"""Units around the meter's box that its line and its caption may reach into."""


def show_meter(c: Canvas, box: Box, quality: float | None, threshold: float, words: Words = ENGLISH) -> None:
    """A column that fills with quality; capture begins at the line across it, and a tick says it is reached."""
    level = 0.0 if quality is None else round(min(1.0, max(0.0, quality)) * LEVELS) / LEVELS
    reached = None if quality is None else quality >= threshold
    left, top = math.floor(box.x), math.floor(box.y)
    inside = (box.x - left, box.y - top, box.w, box.h)
    drawn = _meter(inside, level, reached, threshold, words, c.palette, c.unit, c.text_scale, c.ratio)
    margin = math.ceil(ROUND * c.unit)
    c.painter.drawImage(QPointF(left - margin, top - margin), drawn)


@lru_cache(maxsize=64)  # the column moves up and down: most of its heights come again
def _meter(
    inside: tuple[float, float, float, float],
    level: float,
    reached: bool | None,
    threshold: float,
    words: Words,
    palette: Palette,
    unit: float,
    text_scale: float,
    ratio: float,
) -> QImage:
    """The meter in a box at ``inside`` from the corner of a margin; ``reached``: None where nothing is known."""
    margin = math.ceil(ROUND * unit)
    x, y, w, h = inside
    drawn, painter = sheet(x + w + 2.0 * margin, y + h + 2.0 * margin, ratio)
    c = Canvas(painter, palette, unit, text_scale)
    _draw(c, Box(x + margin, y + margin, w, h), level, reached, threshold, words)
    painter.end()
    return drawn


def _draw(c: Canvas, box: Box, level: float, reached: bool | None, threshold: float, words: Words) -> None:
    u, palette, painter = c.unit, c.palette, c.painter
    caption = Box(box.x - 4 * u, box.bottom - 20 * u, box.w + 8 * u, 20 * u)
    c.text(caption, words(Word.QUALITY), palette.text_soft, 14, across="centre")
    head = 30 * u
    track = Box(box.x + box.w * 0.27, box.y + head, box.w * 0.46, caption.y - 8 * u - box.y - head)
    radius = track.w / 2
    shape = QPainterPath()
    shape.addRoundedRect(qrect(track), radius, radius)
    line_y = track.bottom - track.h * threshold

    painter.fillPath(shape, QColor(palette.track))
    painter.save()
    painter.setClipPath(shape)
    painter.fillRect(QRectF(track.x, track.y, track.w, line_y - track.y), tint(palette.good, 0.13))
    if level > 0.0:
        colour = palette.good if reached else palette.guide
        fill = QLinearGradient(0.0, track.bottom, 0.0, track.y)
        fill.setColorAt(0.0, QColor(colour).darker(165))
        fill.setColorAt(1.0, QColor(colour))
        height = track.h * level
        filled = QPainterPath()
        filled.addRoundedRect(
            QRectF(track.x, track.bottom - height, track.w, height + radius), radius, radius
        )
        painter.fillPath(filled, QBrush(fill))
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(palette.line), max(1.0, 1.2 * u)))
    painter.drawPath(shape)
    painter.setPen(QPen(QColor(palette.text), max(1.5, 2.4 * u)))
    painter.drawLine(QPointF(track.x - 11 * u, line_y), QPointF(track.right + 11 * u, line_y))
    for x, way in (
        (track.x - 11 * u, 1.0),
        (track.right + 11 * u, -1.0),
    ):  # arrowheads: this is the line to reach
        barb = QPainterPath(QPointF(x + way * 7 * u, line_y))
        barb.lineTo(x, line_y - 6 * u)
        barb.lineTo(x, line_y + 6 * u)
        barb.closeSubpath()
        painter.fillPath(barb, QColor(palette.text))
    x, y = box.x + box.w / 2, box.y + head / 2 - 2 * u
    if reached:
        c.disc(x, y, 12 * u, palette.good)
        draw_icon(painter, "tick", x, y, 8 * u, palette.background, 0.3)
    elif reached is None:
        draw_icon(painter, "dash", x, y, 9 * u, palette.text_faint, 0.2)
