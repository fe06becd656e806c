"""Line icons drawn as paths: sharp at every size, no files. The shape carries the meaning."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPainterPath, QPen


def draw_icon(
    painter: QPainter, name: str, x: float, y: float, radius: float, colour: str, weight: float = 0.16
) -> None:
    """Draw icon ``name`` centred on (x, y) within ``radius``; ``weight`` is the line width over the radius.

    Raises:
        KeyError: there is no such icon.
    """
    strokes = _ICONS[name]()
    painter.save()
    painter.translate(x, y)
    painter.scale(radius, radius)
    pen = QPen(QColor(colour), weight)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(strokes)
    painter.restore()


def _lines(*polylines: list[tuple[float, float]]) -> QPainterPath:
    path = QPainterPath()
    for points in polylines:
        path.moveTo(QPointF(*points[0]))
        for point in points[1:]:
            path.lineTo(QPointF(*point))
    return path


def _tick() -> QPainterPath:
    return _lines([(-0.62, 0.05), (-0.18, 0.5), (0.66, -0.5)])


def _attention() -> QPainterPath:
    path = _lines([(0.0, -0.8), (0.86, 0.7), (-0.86, 0.7), (0.0, -0.8)], [(0.0, -0.25), (0.0, 0.18)])
    path.moveTo(0.0, 0.44)
    path.lineTo(0.0, 0.46)
    return path


def _question() -> QPainterPath:
    path = QPainterPath(QPointF(-0.42, -0.36))
    path.cubicTo(-0.42, -1.0, 0.52, -0.98, 0.5, -0.36)
    path.cubicTo(0.48, 0.02, 0.0, 0.02, 0.0, 0.38)
    path.moveTo(0.0, 0.76)
    path.lineTo(0.0, 0.78)
    return path


def _pause() -> QPainterPath:
    return _lines([(-0.3, -0.6), (-0.3, 0.6)], [(0.3, -0.6), (0.3, 0.6)])


def _dash() -> QPainterPath:
    return _lines([(-0.5, 0.0), (0.5, 0.0)])


def _snowflake() -> QPainterPath:
    path = QPainterPath()
    for step in range(6):
        a = math.radians(60 * step + 30)
        path.moveTo(0.0, 0.0)
        path.lineTo(0.85 * math.cos(a), 0.85 * math.sin(a))
        for side in (-1, 1):
            b = a + side * math.radians(38)
            path.moveTo(0.5 * math.cos(a), 0.5 * math.sin(a))
            path.lineTo(0.5 * math.cos(a) + 0.27 * math.cos(b), 0.5 * math.sin(a) + 0.27 * math.sin(b))
    return path


def _unplugged() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(-0.85, -0.68, 1.7, 1.15), 0.14, 0.14)
    path.addPath(
        _lines([(-0.35, 0.78), (0.35, 0.78)], [(-0.28, -0.34), (0.28, 0.14)], [(0.28, -0.34), (-0.28, 0.14)])
    )
    return path


def _search() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(-0.14, -0.14), 0.52, 0.52)
    path.addPath(_lines([(0.25, 0.25), (0.72, 0.72)]))
    return path


def _no_contact() -> QPainterPath:
    path = QPainterPath()
    path.moveTo(-0.9, 0.72)
    path.quadTo(0.0, 0.42, 0.9, 0.72)
    path.addRoundedRect(QRectF(-0.3, -0.9, 0.6, 0.86), 0.16, 0.16)
    path.addPath(_lines([(0.0, 0.1), (0.0, 0.38)]))
    path.addPath(_lines([(-0.14, 0.25), (0.0, 0.39), (0.14, 0.25)]))
    return path


def _hold() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(0.0, 0.0), 0.36, 0.36)
    for step in range(4):
        a = math.radians(90 * step)
        path.moveTo(0.62 * math.cos(a), 0.62 * math.sin(a))
        path.lineTo(0.86 * math.cos(a), 0.86 * math.sin(a))
    return path


def _target() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(0.0, 0.0), 0.8, 0.8)
    path.addEllipse(QPointF(0.0, 0.0), 0.32, 0.32)
    return path


def _screen() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(-0.85, -0.65, 1.7, 1.2), 0.14, 0.14)
    path.moveTo(0.0, -0.35)
    path.lineTo(-0.42, 0.24)
    path.quadTo(0.0, 0.46, 0.42, 0.24)
    path.lineTo(0.0, -0.35)
    return path


def _stop() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(-0.55, -0.55, 1.1, 1.1), 0.12, 0.12)
    return path


def _skip() -> QPainterPath:
    return _lines([(-0.5, -0.55), (0.25, 0.0), (-0.5, 0.55)], [(0.55, -0.55), (0.55, 0.55)])


_ICONS: Mapping[str, Callable[[], QPainterPath]] = {
    "tick": _tick,
    "attention": _attention,
    "question": _question,
    "pause": _pause,
    "dash": _dash,
    "snowflake": _snowflake,
    "unplugged": _unplugged,
    "search": _search,
    "no_contact": _no_contact,
    "hold": _hold,
    "target": _target,
    "screen": _screen,
    "stop": _stop,
    "skip": _skip,
}

ICON_NAMES = tuple(_ICONS)
"""Every icon that :func:`draw_icon` knows."""
