"""The parts around the picture: quality meter, view cards, facets, hold ring, veil and labels. Each paints one box."""

from __future__ import annotations

import math

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPainterPath, QPen

from guidance.prediction import Facets
from guidance.views import START_CARDS, View
from ui.icons import draw_icon
from ui.layout import Box
from ui.palette import Palette
from ui.text import draw_text

FACET_LABELS = (
    ("structures", "Structures"),
    ("on_axis", "Angle"),
    ("window", "Contact"),
    ("gain_depth", "Gain, depth"),
)
"""Field of :class:`guidance.prediction.Facets` and the operator's word for it."""

GOOD_FROM = 0.5
"""A facet counts as good from this probability on."""


def rect(box: Box) -> QRectF:
    """``box`` for Qt."""
    return QRectF(box.x, box.y, box.w, box.h)


def card(painter: QPainter, box: Box, palette: Palette, unit: float, alpha: float = 1.0) -> None:
    """A quiet plate behind text."""
    fill = QColor(palette.panel)
    fill.setAlphaF(alpha)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect(box), 10 * unit, 10 * unit)


def view_card(
    painter: QPainter,
    box: Box,
    *,
    caption: str,
    view: View | None,
    icon: str,
    accent: str,
    palette: Palette,
    unit: float,
    emphasis: bool,
    alpha: float = 1.0,
) -> None:
    """Caption and title of a view: the target, or what is on screen. None means not known."""
    card(painter, box, palette, unit, alpha)
    r = min(box.h * 0.26, 17 * unit)
    cx = box.x + 14 * unit + r
    draw_icon(painter, icon, cx, box.y + box.h / 2, r, accent)
    text = Box(cx + r + 12 * unit, box.y, box.right - 10 * unit - (cx + r + 12 * unit), box.h).inset(
        0, 7 * unit
    )
    title = START_CARDS[view].title if view in START_CARDS else ("No standard view" if view else "–")
    if view in START_CARDS:
        caption = f"{caption}  ·  {view.value.replace('_', ' ')}"
    draw_text(
        painter, Box(text.x, text.y, text.w, text.h * 0.36), caption, palette.text_soft,
        families=palette.families, max_px=14 * unit, min_px=9 * unit,
    )  # fmt: skip
    draw_text(
        painter, Box(text.x, text.y + text.h * 0.36, text.w, text.h * 0.64), title,
        palette.text if emphasis else palette.text_soft, families=palette.families,
        max_px=(22 if emphasis else 19) * unit, min_px=10 * unit, bold=emphasis, max_lines=2,
    )  # fmt: skip


def quality_meter(
    painter: QPainter, box: Box, quality: float | None, threshold: float, palette: Palette, unit: float
) -> None:
    """A column that fills with quality; the line across it is where capture begins, the tick shows it is reached."""
    caption = Box(box.x - 4 * unit, box.bottom - 20 * unit, box.w + 8 * unit, 20 * unit)
    draw_text(
        painter, caption, "Quality", palette.text_soft, families=palette.families, max_px=14 * unit,
        min_px=8, align="centre",
    )  # fmt: skip
    head = 30 * unit
    track = Box(box.x + box.w * 0.27, box.y + head, box.w * 0.46, caption.y - 8 * unit - box.y - head)
    radius = track.w / 2
    shape = QPainterPath()
    shape.addRoundedRect(rect(track), radius, radius)
    painter.fillPath(shape, QColor(palette.track))
    goal = QColor(palette.good)
    goal.setAlphaF(0.13)
    y = track.bottom - track.h * threshold
    painter.save()
    painter.setClipPath(shape)
    painter.fillRect(QRectF(track.x, track.y, track.w, y - track.y), goal)
    painter.restore()
    level = 0.0 if quality is None else min(1.0, max(0.0, quality))
    reached = quality is not None and level >= threshold
    colour = palette.good if reached else palette.guide
    if quality is not None and level > 0.0:
        fill = QLinearGradient(0.0, track.bottom, 0.0, track.y)
        fill.setColorAt(0.0, QColor(colour).darker(165))
        fill.setColorAt(1.0, QColor(colour))
        height = max(track.w, track.h * level)
        painter.save()
        painter.setClipPath(shape)
        filled = QPainterPath()
        filled.addRoundedRect(QRectF(track.x, track.bottom - height, track.w, height), radius, radius)
        painter.fillPath(filled, QBrush(fill))
        painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(palette.line), max(1.0, 1.2 * unit)))
    painter.drawPath(shape)
    painter.setPen(QPen(QColor(palette.text), max(1.5, 2.4 * unit)))
    painter.drawLine(QPointF(track.x - 8 * unit, y), QPointF(track.right + 8 * unit, y))
    if reached:
        _disc(painter, box.x + box.w / 2, box.y + head / 2 - 2 * unit, 12 * unit, palette.good)
        draw_icon(
            painter, "tick", box.x + box.w / 2, box.y + head / 2 - 2 * unit, 8 * unit, palette.background, 0.3
        )
    elif quality is None:
        draw_icon(
            painter, "dash", box.x + box.w / 2, box.y + head / 2 - 2 * unit, 9 * unit, palette.text_faint, 0.2
        )


def facet_list(
    painter: QPainter, box: Box, facets: Facets | None, columns: int, palette: Palette, unit: float
) -> None:
    """Four words, each with a tick in a disc (good), an attention triangle (not yet) or a dash (not known)."""
    rows = math.ceil(len(FACET_LABELS) / columns)
    cell_w, cell_h = box.w / columns, min(box.h / rows, 44 * unit)
    top = box.y if columns > 1 else box.y + (box.h - cell_h * rows) / 2
    for place, (name, label) in enumerate(FACET_LABELS):
        x = box.x + cell_w * (place % columns)
        y = top + cell_h * (place // columns)
        value = None if facets is None else float(getattr(facets, name))
        r = min(cell_h * 0.27, 10 * unit)
        cx, cy = x + r + 2 * unit, y + cell_h / 2
        if value is None:
            draw_icon(painter, "dash", cx, cy, r, palette.text_faint, 0.22)
        elif value >= GOOD_FROM:
            _disc(painter, cx, cy, r, palette.good)
            draw_icon(painter, "tick", cx, cy, r * 0.66, palette.background, 0.34)
        else:
            draw_icon(painter, "attention", cx, cy, r * 1.1, palette.caution, 0.2)
        soft = palette.text_faint if value is None else palette.text
        draw_text(
            painter, Box(cx + r + 8 * unit, y, cell_w - 2 * r - 12 * unit, cell_h), label, soft,
            families=palette.families, max_px=16 * unit, min_px=8,
        )  # fmt: skip


def ring(painter: QPainter, box: Box, progress: float, colour: str, palette: Palette) -> None:
    """A ring that closes clockwise from the top with ``progress`` 0..1."""
    r = min(box.w, box.h) / 2 * 0.88
    cx, cy = box.x + box.w / 2, box.y + box.h / 2
    width = r * 0.13
    around = QRectF(cx - r + width / 2, cy - r + width / 2, 2 * r - width, 2 * r - width)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(palette.track), width))
    painter.drawEllipse(around)
    if progress > 0.0:
        brush = QBrush(QColor(colour))
        painter.setPen(QPen(brush, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(around, 90 * 16, -round(360 * 16 * min(1.0, progress)))


def state_badge(
    painter: QPainter, box: Box, icon: str, accent: str, palette: Palette, *, filled: bool, pulse: float = 0.0
) -> None:
    """A large round badge with an icon; ``pulse`` 0..1 draws a ring that spreads from it."""
    r = min(box.w, box.h) / 2
    cx, cy = box.x + box.w / 2, box.y + box.h / 2
    core = r * 0.62
    if pulse > 0.0:
        spread = QColor(accent)
        spread.setAlphaF(0.55 * (1.0 - pulse))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(spread, r * 0.04))
        reach = core + (r * 0.94 - core) * pulse
        painter.drawEllipse(QPointF(cx, cy), reach, reach)
    if filled:
        _disc(painter, cx, cy, core, accent)
    else:
        tint = QColor(accent)
        tint.setAlphaF(0.13)
        painter.setBrush(tint)
        painter.setPen(QPen(QColor(accent), r * 0.035))
        painter.drawEllipse(QPointF(cx, cy), core, core)
    draw_icon(painter, icon, cx, cy, core * 0.56, palette.background if filled else accent, 0.17)


def veil(
    painter: QPainter,
    box: Box,
    text: str,
    icon: str,
    palette: Palette,
    unit: float,
    *,
    dim: float,
    height: float,
) -> None:
    """Dim the picture and say why on a plate whose centre lies at ``height`` 0..1 from its top."""
    shade = QColor(palette.background)
    shade.setAlphaF(dim)
    painter.fillRect(rect(box), shade)
    w, h = min(box.w * 0.9, 320 * unit), 60 * unit
    plate = Box(box.x + (box.w - w) / 2, box.y + box.h * height - h / 2, w, h)
    fill = QColor(palette.panel)
    fill.setAlphaF(0.92)
    painter.setBrush(fill)
    painter.setPen(QPen(QColor(palette.calm), max(1.0, 1.4 * unit)))
    painter.drawRoundedRect(rect(plate), h / 2, h / 2)
    r = 15 * unit
    draw_icon(painter, icon, plate.x + 36 * unit, plate.y + h / 2, r, palette.calm, 0.2)
    draw_text(
        painter, Box(plate.x + 64 * unit, plate.y, plate.w - 88 * unit, plate.h), text, palette.text,
        families=palette.families, max_px=24 * unit, min_px=9, bold=True, align="centre",
    )  # fmt: skip


def pill(
    painter: QPainter, x: float, y: float, text: str, palette: Palette, unit: float, room: float
) -> None:
    """A small label with a strong outline, its upper left corner at (x, y), at most ``room`` wide."""
    box = Box(x, y, min(room, 148 * unit), 28 * unit)
    fill = QColor(palette.background)
    fill.setAlphaF(0.85)
    painter.setBrush(fill)
    painter.setPen(QPen(QColor(palette.caution), max(1.0, 1.4 * unit)))
    painter.drawRoundedRect(rect(box), box.h / 2, box.h / 2)
    draw_text(
        painter, box.inset(12 * unit, 0), text, palette.caution, families=palette.families, max_px=15 * unit,
        min_px=8, bold=True, align="centre",
    )  # fmt: skip


def frame_edge(painter: QPainter, box: Box, colour: str, unit: float) -> None:
    """A coloured edge around the picture: look here."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 3.5 * unit))
    painter.drawRoundedRect(rect(box.inset(1.75 * unit)), 4 * unit, 4 * unit)


def _disc(painter: QPainter, x: float, y: float, radius: float, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QPointF(x, y), radius, radius)
