"""The outline of a device's sector as a path over the place where the picture is shown."""

from __future__ import annotations

import math

from qtpy.QtCore import QPointF, QRectF
from qtpy.QtGui import QPainterPath, QTransform

from guidance.device import DeviceProfile, Sector


def sector_path(profile: DeviceProfile, place: QRectF) -> QPainterPath:
    """The sector of ``profile``, or its window or crop where it has none, when its frame is shown in ``place``."""
    path = QPainterPath()
    if profile.sector is not None:
        _add(path, profile.sector)
    elif profile.window is not None:
        x0, y0, x1, y1 = profile.window
        path.addRect(QRectF(x0, y0, x1 + 1 - x0, y1 + 1 - y0))
    else:
        path.addRect(QRectF(*profile.box))
    # Pixel centres stand at whole numbers: the frame reaches from -0.5.
    scale = QTransform.fromTranslate(place.x(), place.y())
    scale.scale(place.width() / profile.width, place.height() / profile.height)
    if profile.sector is not None:
        scale.translate(0.5, 0.5)
    return scale.map(path)


def _add(path: QPainterPath, sector: Sector) -> None:
    """Two arcs and the edges between them; columns are ``stretch`` times as long as rows."""
    steps = 48
    span = sector.angle_right - sector.angle_left
    angles = [math.radians(sector.angle_left + span * step / steps) for step in range(steps + 1)]

    def point(radius: float, angle: float) -> QPointF:
        across = radius * math.sin(angle) * sector.stretch
        return QPointF(sector.apex_x + across, sector.apex_y + radius * math.cos(angle))

    path.moveTo(point(sector.r_min, angles[0]))
    for angle in angles:
        path.lineTo(point(sector.r_max, angle))
    for angle in reversed(angles):
        path.lineTo(point(sector.r_min, angle))
    path.closeSubpath()
