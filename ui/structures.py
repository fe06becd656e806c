"""Outlines of the structures that the model sees, drawn where they lie in the picture."""

from __future__ import annotations

import cv2
import numpy as np
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF

from guidance.device import DeviceProfile
from guidance.hint import Guidance
from ui.layout import Box
from ui.palette import Palette

THRESHOLD = 0.5
"""A structure is outlined where its probability is above this."""


def draw_structures(
    painter: QPainter, guidance: Guidance, profile: DeviceProfile, place: Box, palette: Palette
) -> int:
    """Outline each structure mask over the picture at ``place``; returns how many outlines were drawn."""
    prediction = guidance.prediction
    if prediction is None or prediction.structures is None:
        return 0
    x0, y0, w, h = profile.box
    sx, sy = place.w / profile.width, place.h / profile.height
    mirror = profile.mirrored
    hues = (palette.guide, palette.caution, palette.good, palette.alert, palette.text)
    drawn = 0
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for number, mask in enumerate(prediction.structures):
        size = mask.shape[0]
        binary = (mask > THRESHOLD).astype(np.uint8)
        contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        painter.setPen(QPen(QColor(hues[number % len(hues)]), 2.0))
        for contour in contours:
            if len(contour) < 4:
                continue
            uv = (contour.reshape(-1, 2).astype(np.float64) + 0.5) / size
            u = 1.0 - uv[:, 0] if mirror else uv[:, 0]
            xs = place.x + (x0 + u * w) * sx
            ys = place.y + (y0 + uv[:, 1] * h) * sy
            painter.drawPolygon(QPolygonF([QPointF(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]))
            drawn += 1
    painter.restore()
    return drawn
