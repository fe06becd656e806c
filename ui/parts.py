"""The parts around the picture: view cards, meter, facets, ring, badge, veil, labels. Each paints one box."""

from __future__ import annotations

import math

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QColor, QLinearGradient, QPainterPath, QPen

from guidance.prediction import Facets
from guidance.views import START_CARDS, View
from ui.canvas import Canvas, qrect, tint
from ui.icons import draw_icon
from ui.layout import Box

FACET_LABELS = (
    ("structures", "Structures"),
    ("on_axis", "Angle"),
    ("window", "Contact"),
    ("gain_depth", "Gain, depth"),
)
"""Field of :class:`guidance.prediction.Facets` and the operator's word for it."""

GOOD_FROM = 0.5
"""A facet counts as good from this probability on."""


def view_card(
    c: Canvas,
    box: Box,
    caption: str,
    view: View | None,
    icon: str,
    accent: str,
    *,
    strong: bool,
    alpha: float,
) -> None:
    """Caption and title of a view: the target (``strong``), or what is on screen. None means not known."""
    c.plate(box, alpha)
    u, palette = c.unit, c.palette
    r = min(box.h * 0.26, 17 * u)
    cx = box.x + 14 * u + r
    draw_icon(c.painter, icon, cx, box.y + box.h / 2, r, accent)
    left = cx + r + 12 * u
    text = Box(left, box.y, box.right - 10 * u - left, box.h).inset(0, 7 * u)
    title = "–" if view is None else "No standard view"
    if view is not None and view in START_CARDS:
        title = START_CARDS[view].title
        caption = f"{caption}  ·  {view.value.replace('_', ' ')}"
    c.text(Box(text.x, text.y, text.w, text.h * 0.36), caption, palette.text_soft, 14)
    below = Box(text.x, text.y + text.h * 0.36, text.w, text.h * 0.64)
    c.text(
        below,
        title,
        palette.text if strong else palette.text_soft,
        22 if strong else 19,
        bold=strong,
        lines=2,
    )


def quality_meter(c: Canvas, box: Box, quality: float | None, threshold: float) -> None:
    """A column that fills with quality; capture begins at the line across it, and a tick says it is reached."""
    u, palette, painter = c.unit, c.palette, c.painter
    caption = Box(box.x - 4 * u, box.bottom - 20 * u, box.w + 8 * u, 20 * u)
    c.text(caption, "Quality", palette.text_soft, 14, across="centre")
    head = 30 * u
    track = Box(box.x + box.w * 0.27, box.y + head, box.w * 0.46, caption.y - 8 * u - box.y - head)
    radius = track.w / 2
    shape = QPainterPath()
    shape.addRoundedRect(qrect(track), radius, radius)
    line_y = track.bottom - track.h * threshold
    level = 0.0 if quality is None else min(1.0, max(0.0, quality))
    reached = quality is not None and level >= threshold

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
    painter.drawLine(QPointF(track.x - 8 * u, line_y), QPointF(track.right + 8 * u, line_y))
    x, y = box.x + box.w / 2, box.y + head / 2 - 2 * u
    if reached:
        c.disc(x, y, 12 * u, palette.good)
        draw_icon(painter, "tick", x, y, 8 * u, palette.background, 0.3)
    elif quality is None:
        draw_icon(painter, "dash", x, y, 9 * u, palette.text_faint, 0.2)


def facet_list(c: Canvas, box: Box, facets: Facets | None, columns: int) -> None:
    """Four words, each with a tick in a disc (good), a triangle (not yet good) or a dash (not known)."""
    u, palette = c.unit, c.palette
    rows = math.ceil(len(FACET_LABELS) / columns)
    cell_w, cell_h = box.w / columns, min(box.h / rows, 44 * u)
    top = box.y + (box.h - cell_h * rows) / 2
    for place, (name, label) in enumerate(FACET_LABELS):
        x, y = box.x + cell_w * (place % columns), top + cell_h * (place // columns)
        value = None if facets is None else float(getattr(facets, name))
        r = min(cell_h * 0.27, 10 * u)
        cx, cy = x + r + 2 * u, y + cell_h / 2
        if value is None:
            draw_icon(c.painter, "dash", cx, cy, r, palette.text_faint, 0.22)
        elif value >= GOOD_FROM:
            c.disc(cx, cy, r, palette.good)
            draw_icon(c.painter, "tick", cx, cy, r * 0.66, palette.background, 0.34)
        else:
            draw_icon(c.painter, "attention", cx, cy, r * 1.1, palette.caution, 0.2)
        words = Box(cx + r + 8 * u, y, cell_w - 2 * r - 12 * u, cell_h)
        c.text(words, label, palette.text_faint if value is None else palette.text, 16)


def ring(c: Canvas, box: Box, progress: float, colour: str) -> None:
    """A ring that closes clockwise from the top with ``progress`` 0..1."""
    r = min(box.w, box.h) / 2 * 0.88
    width = r * 0.13
    cx, cy, side = box.x + box.w / 2, box.y + box.h / 2, 2 * r - width
    around = QRectF(cx - side / 2, cy - side / 2, side, side)
    c.painter.setBrush(Qt.BrushStyle.NoBrush)
    c.painter.setPen(QPen(QColor(c.palette.track), width))
    c.painter.drawEllipse(around)
    if progress > 0.0:
        c.painter.setPen(QPen(QBrush(QColor(colour)), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        c.painter.drawArc(around, 90 * 16, -round(360 * 16 * min(1.0, progress)))


def badge(c: Canvas, box: Box, icon: str, accent: str, *, filled: bool, pulse: float = 0.0) -> None:
    """A large round badge with an icon; ``pulse`` 0..1 is a ring that spreads from it."""
    r = min(box.w, box.h) / 2
    cx, cy, core = box.x + box.w / 2, box.y + box.h / 2, r * 0.62
    if pulse > 0.0:
        reach = core + (r * 0.94 - core) * pulse
        c.painter.setBrush(Qt.BrushStyle.NoBrush)
        c.painter.setPen(QPen(tint(accent, 0.55 * (1.0 - pulse)), r * 0.04))
        c.painter.drawEllipse(QPointF(cx, cy), reach, reach)
    if filled:
        c.disc(cx, cy, core, accent)
    else:
        c.painter.setBrush(tint(accent, 0.13))
        c.painter.setPen(QPen(QColor(accent), r * 0.035))
        c.painter.drawEllipse(QPointF(cx, cy), core, core)
    draw_icon(c.painter, icon, cx, cy, core * 0.56, c.palette.background if filled else accent, 0.17)


def veil(c: Canvas, box: Box, text: str, icon: str, *, dim: float, height: float) -> None:
    """Dim the picture by ``dim`` 0..1 and say why on a plate at ``height`` 0..1 from its top."""
    u, palette = c.unit, c.palette
    c.painter.fillRect(qrect(box), tint(palette.background, dim))
    w, h = min(box.w * 0.9, 320 * u), 60 * u
    plate = Box(box.x + (box.w - w) / 2, box.y + box.h * height - h / 2, w, h)
    c.capsule(plate, palette.calm, 0.9)
    draw_icon(c.painter, icon, plate.x + 36 * u, plate.y + h / 2, 15 * u, palette.calm, 0.2)
    words = Box(plate.x + 64 * u, plate.y, plate.w - 88 * u, plate.h)
    c.text(words, text, palette.text, 24, bold=True, across="centre")


def pill(c: Canvas, x: float, y: float, text: str, room: float) -> None:
    """A small label with a strong outline, its upper left corner at (x, y), at most ``room`` wide."""
    box = Box(x, y, min(room, 148 * c.unit), 28 * c.unit)
    c.capsule(box, c.palette.caution, 0.85)
    c.text(box.inset(12 * c.unit, 0), text, c.palette.caution, 15, bold=True, across="centre")


def edge(c: Canvas, box: Box, colour: str) -> None:
    """A coloured edge around the picture."""
    c.painter.setBrush(Qt.BrushStyle.NoBrush)
    c.painter.setPen(QPen(QColor(colour), 3.5 * c.unit))
    c.painter.drawRoundedRect(qrect(box.inset(1.75 * c.unit)), 4 * c.unit, 4 * c.unit)
