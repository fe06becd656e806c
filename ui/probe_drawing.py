"""Drawings of the probe, the chest, the skin and arrows, in a unit of half a box: x right, y down."""

from __future__ import annotations

import math

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import (
    QBrush,
    QColor,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QRadialGradient,
    QTransform,
)

from ui.canvas import round_pen, tint
from ui.palette import Palette


def draw_chest(painter: QPainter, palette: Palette) -> None:
    """The patient from the front: head, shoulders, breastbone and a few ribs."""
    body = QPainterPath(QPointF(-0.15, -0.74))
    body.lineTo(-0.15, -0.58)
    body.cubicTo(-0.20, -0.44, -0.74, -0.52, -0.84, -0.20)
    body.cubicTo(-0.90, 0.10, -0.76, 0.50, -0.78, 1.00)
    body.lineTo(0.78, 1.00)
    body.cubicTo(0.76, 0.50, 0.90, 0.10, 0.84, -0.20)
    body.cubicTo(0.74, -0.52, 0.20, -0.44, 0.15, -0.58)
    body.lineTo(0.15, -0.74)
    body.closeSubpath()
    head = QPainterPath()
    head.addEllipse(QPointF(0.0, -0.87), 0.20, 0.23)
    # Qt turns curves into short lines when it unites shapes, by the size of a pixel: unite them large.
    large = QTransform.fromScale(200.0, 200.0)
    shape = QTransform.fromScale(0.005, 0.005).map(large.map(body).united(large.map(head)))
    fill = QLinearGradient(0.0, -1.0, 0.0, 1.0)
    fill.setColorAt(0.0, tint(palette.skin, 0.34))
    fill.setColorAt(1.0, tint(palette.skin, 0.10))
    painter.setPen(QPen(QColor(palette.skin).darker(125), 0.022))
    painter.setBrush(QBrush(fill))
    painter.save()
    painter.setClipRect(QRectF(-1.0, -1.15, 2.0, 2.07), Qt.ClipOperation.IntersectClip)
    painter.drawPath(shape)
    pen = round_pen(tint(palette.text, 0.24), 0.05)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawLine(QPointF(0.0, -0.40), QPointF(0.0, 0.34))
    pen.setWidthF(0.026)
    painter.setPen(pen)
    for step in range(4):
        y = -0.30 + 0.19 * step
        for side in (-1.0, 1.0):
            rib = QPainterPath(QPointF(side * 0.07, y))
            rib.quadTo(side * 0.42, y - 0.08, side * (0.60 + 0.02 * step), y + 0.20)
            painter.drawPath(rib)
    for side in (-1.0, 1.0):
        arch = QPainterPath(QPointF(side * 0.04, 0.36))
        arch.quadTo(side * 0.26, 0.44, side * 0.52, 0.78)
        painter.drawPath(arch)
    painter.restore()


def draw_footprint(
    painter: QPainter, at: QPointF, clock: float, palette: Palette, accent: str, ghost: bool = False
) -> None:
    """The probe on the chest, seen from behind, its marker towards ``clock`` (radians from the head)."""
    painter.save()
    painter.translate(at)
    painter.rotate(math.degrees(clock) - 90.0)
    painter.scale(0.42, 0.42)
    draw_probe_behind(painter, palette, accent, ghost)
    painter.restore()


def draw_probe_behind(painter: QPainter, palette: Palette, accent: str, ghost: bool = False) -> None:
    """The probe from behind, along the beam: its marker on +x."""
    outline = QRectF(-0.56, -0.33, 1.12, 0.66)
    if ghost:
        _ghost_pen(painter, palette)
        painter.drawRoundedRect(outline, 0.28, 0.28)
        return
    shade = QLinearGradient(0.0, -0.33, 0.0, 0.33)
    shade.setColorAt(0.0, QColor(palette.body))
    shade.setColorAt(1.0, QColor(palette.body).darker(135))
    painter.setPen(QPen(QColor(palette.background), 0.05))
    painter.setBrush(QBrush(shade))
    painter.drawRoundedRect(outline, 0.28, 0.28)
    painter.setBrush(QColor(palette.body).darker(150))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(QPointF(0.0, 0.0), 0.2, 0.2)
    painter.setBrush(QColor(palette.track))
    painter.drawEllipse(QPointF(0.0, 0.0), 0.11, 0.11)
    painter.setPen(QPen(QColor(palette.background), 0.035))
    painter.setBrush(QColor(accent))
    painter.drawEllipse(QPointF(0.40, 0.0), 0.10, 0.10)


def draw_probe_side(
    painter: QPainter, palette: Palette, accent: str, *, broad: bool, ghost: bool = False
) -> None:
    """The probe upright, its face at the origin: the broad side, marker right, or the narrow side."""
    k = 1.0 if broad else 0.62
    head, waist, grip = 0.27 * k, 0.19 * k, 0.22 * k
    path = QPainterPath(QPointF(-head, -0.05))
    path.lineTo(-head, -0.30)
    path.cubicTo(-head, -0.42, -waist, -0.42, -waist, -0.56)
    path.cubicTo(-waist, -0.70, -grip, -0.74, -grip, -0.90)
    path.cubicTo(-grip, -1.05, -0.10 * k, -1.10, -0.06, -1.14)
    path.lineTo(0.06, -1.14)
    path.cubicTo(0.10 * k, -1.10, grip, -1.05, grip, -0.90)
    path.cubicTo(grip, -0.74, waist, -0.70, waist, -0.56)
    path.cubicTo(waist, -0.42, head, -0.42, head, -0.30)
    path.lineTo(head, -0.05)
    path.closeSubpath()
    if ghost:
        _ghost_pen(painter, palette)
        painter.drawPath(path)
        return
    painter.setPen(round_pen(QColor(palette.track).lighter(150), 0.07))
    painter.drawLine(QPointF(0.0, -1.14), QPointF(0.0, -1.24))
    shade = QLinearGradient(-head, 0.0, head, 0.0)
    shade.setColorAt(0.0, QColor(palette.body).darker(120))
    shade.setColorAt(0.35, QColor(palette.body))
    shade.setColorAt(1.0, QColor(palette.body).darker(150))
    painter.setPen(QPen(QColor(palette.background), 0.025))
    painter.setBrush(QBrush(shade))
    painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(palette.track).lighter(140))
    painter.drawRoundedRect(QRectF(-head * 0.92, -0.07, head * 1.84, 0.08), 0.03, 0.03)
    if broad:
        painter.setBrush(QColor(accent))
        painter.drawRoundedRect(QRectF(head - 0.075, -0.31, 0.055, 0.17), 0.027, 0.027)


def draw_skin(painter: QPainter, palette: Palette, dent: float = 0.0) -> None:
    """The skin line at y = 0, fading with depth; ``dent`` pushes its middle down."""
    path = QPainterPath(QPointF(-0.98, 0.05))
    path.cubicTo(-0.55, 0.0, -0.45, dent, -0.25, dent)
    path.lineTo(0.25, dent)
    path.cubicTo(0.45, dent, 0.55, 0.0, 0.98, 0.05)
    line = QPainterPath(path)
    path.lineTo(0.98, 0.62)
    path.lineTo(-0.98, 0.62)
    path.closeSubpath()
    fill = QRadialGradient(0.0, -0.1, 0.98)
    fill.setColorAt(0.0, tint(palette.skin, 0.50))
    fill.setColorAt(0.55, tint(palette.skin, 0.20))
    fill.setColorAt(1.0, tint(palette.skin, 0.0))
    painter.fillPath(path, QBrush(fill))
    edge = QLinearGradient(-0.98, 0.0, 0.98, 0.0)
    edge.setColorAt(0.0, tint(palette.skin, 0.0))
    edge.setColorAt(0.2, QColor(palette.skin))
    edge.setColorAt(0.8, QColor(palette.skin))
    edge.setColorAt(1.0, tint(palette.skin, 0.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QBrush(edge), 0.035))
    painter.drawPath(line)


def draw_beam(painter: QPainter, accent: str, half_angle: float) -> None:
    """The imaging fan below the face: broad (its full sector) or edge-on (a blade)."""
    reach = 0.60
    a = math.radians(half_angle)
    fan = QPainterPath(QPointF(-0.05, 0.0))
    fan.lineTo(-reach * math.sin(a) - 0.05, reach * math.cos(a))
    fan.quadTo(0.0, reach * (1.0 + 0.25 * math.sin(a)), reach * math.sin(a) + 0.05, reach * math.cos(a))
    fan.lineTo(0.05, 0.0)
    fan.closeSubpath()
    fill = QLinearGradient(0.0, 0.0, 0.0, reach)
    fill.setColorAt(0.0, tint(accent, 0.75))
    fill.setColorAt(1.0, tint(accent, 0.12))
    painter.fillPath(fan, QBrush(fill))


def _ghost_pen(painter: QPainter, palette: Palette) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(round_pen(QColor(palette.text), 0.03, Qt.PenStyle.DashLine))


def draw_arrow(painter: QPainter, start: QPointF, tip: QPointF, accent: str) -> None:
    """A straight arrow."""
    angle = math.degrees(math.atan2(tip.y() - start.y(), tip.x() - start.x()))
    painter.setPen(round_pen(QColor(accent), 0.075))
    painter.drawLine(
        start, tip - QPointF(math.cos(math.radians(angle)), math.sin(math.radians(angle))) * 0.12
    )
    _head(painter, tip, angle, accent)


def draw_arc_arrow(
    painter: QPainter, centre: QPointF, radius: float, start: float, end: float, accent: str
) -> None:
    """An arrow along a circle from ``start`` to ``end``, degrees (0 = right, growing clockwise on screen)."""
    sign = 1.0 if end > start else -1.0
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    short = end - sign * math.degrees(0.1 / radius)
    path = QPainterPath()
    path.arcMoveTo(box, -start)
    path.arcTo(box, -start, -(short - start))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(round_pen(QColor(accent), 0.075))
    painter.drawPath(path)
    a = math.radians(end)
    _head(
        painter, centre + QPointF(math.cos(a), math.sin(a)) * radius,
        end + sign * 90.0 - sign * math.degrees(0.1 / radius), accent,
    )  # fmt: skip


def _head(painter: QPainter, tip: QPointF, angle: float, accent: str) -> None:
    painter.save()
    painter.translate(tip)
    painter.rotate(angle)
    head = QPainterPath(QPointF(0.04, 0.0))
    head.lineTo(-0.19, -0.14)
    head.lineTo(-0.13, 0.0)
    head.lineTo(-0.19, 0.14)
    head.closeSubpath()
    painter.setPen(round_pen(QColor(accent), 0.02))
    painter.setBrush(QColor(accent))
    painter.drawPath(head)
    painter.restore()
