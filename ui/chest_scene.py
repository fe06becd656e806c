"""A small chest in perspective: the camera of each window, and the shaded torso, drawn once and kept.

Geometry is in millimetres of the thorax frame (x patient left, y cranial, z anterior). On screen the head is up and the
patient's left is on the right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import cv2
import numpy as np
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QBrush, QColor, QImage, QLinearGradient, QPainter, QPen, QPolygonF, QRadialGradient

from guidance.probe import FloatArray, unit
from guidance.views import Window
from ui.canvas import round_pen, sheet, tint
from ui.chest_shape import chest_lines, torso
from ui.palette import Palette, luminance

DISTANCE_MM = 950.0
"""From the camera to what it looks at."""

_EYES: Mapping[Window, tuple[float, float, float]] = MappingProxyType(
    {
        Window.PARASTERNAL: (-0.46, -0.54, 0.70),
        Window.APICAL: (0.06, -0.30, 0.95),
        Window.SUBCOSTAL: (-0.52, -0.16, 0.84),
        Window.SUPRASTERNAL: (-0.20, -0.62, 0.76),
    }
)
"""Where the camera stands: from there the handle of a probe in that window is seen from the side."""

_CENTRES: Mapping[Window, tuple[float, float, float]] = MappingProxyType(
    {
        Window.PARASTERNAL: (14.0, 34.0, 40.0),
        Window.APICAL: (78.0, -24.0, 0.0),
        Window.SUBCOSTAL: (-4.0, -76.0, 18.0),
        Window.SUPRASTERNAL: (4.0, 96.0, 16.0),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """Projects the thorax frame onto a box.

    Attributes:
        eye: (3,) mm. axes: (3, 3), rows: right, down and forward.
        centre: pixels of what it looks at. zoom: pixels per millimetre there.
    """

    eye: FloatArray
    axes: FloatArray
    centre: tuple[float, float]
    zoom: float

    @classmethod
    def at(cls, window: Window, width: float, height: float, span_mm: float) -> Camera:
        """The camera of ``window`` for a box of ``width`` x ``height`` whose sides show about ``span_mm``."""
        back = unit(_EYES[window])
        look_at = np.array(_CENTRES[window])
        up = np.array([0.0, 1.0, 0.0])
        right = unit(np.cross(up, back))
        axes = np.stack([right, -np.cross(back, right), -back])
        zoom = min(math.sqrt(width * height), 1.03 * min(width, height)) / span_mm
        return cls(look_at + back * DISTANCE_MM, axes, (width / 2, height / 2), zoom)

    def project(self, points: FloatArray) -> FloatArray:
        """(N, 3) mm -> (N, 3): x and y in pixels, and the distance along the line of sight in mm."""
        seen = (np.atleast_2d(points) - self.eye) @ self.axes.T
        depth = seen[:, 2]
        k = self.zoom * DISTANCE_MM / depth
        return np.stack([self.centre[0] + seen[:, 0] * k, self.centre[1] + seen[:, 1] * k, depth], axis=1)


@lru_cache(maxsize=64)
def camera_of(window: Window, width: int, height: int, span_mm: float) -> Camera:
    """:meth:`Camera.at`, made once."""
    return Camera.at(window, width, height, span_mm)


def polygon(projected: FloatArray) -> QPolygonF:
    """Qt's polygon of projected points."""
    return QPolygonF([QPointF(float(x), float(y)) for x, y in projected[:, :2]])


def _draw_head(painter: QPainter, camera: Camera, palette: Palette) -> None:
    """A head above the shoulders, as an outline that is lit from above."""
    up, around = np.meshgrid(np.radians([-90.0, -50, -20, 0, 25, 60]), np.radians(np.arange(0.0, 360, 30)))
    cap = np.stack(
        [76 * np.cos(up) * np.sin(around), 256 + 100 * np.sin(up), -80 + 80 * np.cos(up) * np.cos(around)],
        axis=-1,
    )
    seen = camera.project(cap.reshape(-1, 3))[:, :2]
    (x, y), (w, h), turn = cv2.fitEllipse(cv2.convexHull(seen.astype(np.float32)))
    fill = QRadialGradient(0.0, -0.3 * max(w, h), 0.9 * max(w, h))
    fill.setColorAt(0.0, _skin_colour(palette, 0.85))
    fill.setColorAt(1.0, _skin_colour(palette, 0.15))
    painter.save()
    painter.translate(x, y)
    painter.rotate(turn)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(fill))
    painter.drawEllipse(QPointF(0.0, 0.0), w / 2, h / 2)
    painter.restore()


@lru_cache(maxsize=24)
def chest_picture(
    window: Window, width: int, height: int, span_mm: float, palette: Palette, ratio: float
) -> QImage:
    """The chest as seen by the camera of ``window``, on a transparent ground, for a box of that size.

    ``ratio``: device pixels per logical pixel. The same arguments give the same picture, drawn once.
    """
    image, painter = sheet(width, height, ratio)
    camera = Camera.at(window, width, height, span_mm)
    _draw_head(painter, camera, palette)
    _draw_torso(painter, camera, palette)
    bone = tint(palette.text, 0.22 if luminance(palette.background) < 0.2 else 0.20)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for number, line in enumerate(chest_lines()):
        wide = 11.0 if number == 0 else 4.2
        painter.setPen(round_pen(bone, wide * camera.zoom))
        painter.drawPolyline(polygon(camera.project(line)))
    painter.end()
    _fade(image, width, height)
    return image


@cache
def _faces() -> tuple[FloatArray, FloatArray, FloatArray]:
    """The torso's faces: corners (F, 4, 3) mm, outward normals (F, 3) and their light 0..1 (F,)."""
    mesh = torso()
    corners = np.stack([mesh[:-1, :-1], mesh[:-1, 1:], mesh[1:, 1:], mesh[1:, :-1]], axis=2).reshape(-1, 4, 3)
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    outward = np.einsum("ij,ij->i", normals, corners.mean(axis=1) - mesh.reshape(-1, 3).mean(axis=0))
    normals *= np.sign(outward)[:, None]
    return corners, normals, np.maximum(0.0, normals @ unit([-0.35, 0.25, 0.9]))


def _draw_torso(painter: QPainter, camera: Camera, palette: Palette) -> None:
    corners, normals, light = _faces()
    front = np.einsum("ij,ij->i", normals, camera.eye - corners.mean(axis=1)) > 0.0
    seen = camera.project(corners[front].reshape(-1, 3)).reshape(-1, 4, 3)
    bright = light[front]
    colours = [_skin_colour(palette, step / 40) for step in range(41)]
    for i in np.argsort(-seen[:, :, 2].mean(axis=1)):
        colour = colours[round(40 * min(1.0, float(bright[i])))]
        painter.setPen(QPen(colour, 1.2))  # closes the seams between faces
        painter.setBrush(colour)
        painter.drawPolygon(polygon(seen[i]))


def _skin_colour(palette: Palette, bright: float) -> QColor:
    """Skin in a light of 0..1, muted so that probe and arrow stand out."""
    share = 0.14 + 0.42 * bright**1.3
    ground = QColor(palette.background)
    lit = QColor(palette.skin)
    if luminance(palette.background) >= 0.2:
        ground, share = QColor("#8d7263"), 0.2 + 0.8 * bright
        lit = QColor("#e3cdbf")
    mixed = [
        round(a + (b - a) * share)
        for a, b in zip(
            (ground.red(), ground.green(), ground.blue()), (lit.red(), lit.green(), lit.blue()), strict=True
        )
    ]
    return QColor(*mixed)


def _fade(image: QImage, width: int, height: int) -> None:
    """Let the chest fade out towards the edges of its box."""
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    down = QLinearGradient(0.0, 0.0, 0.0, float(height))
    across = QLinearGradient(0.0, 0.0, float(width), 0.0)
    for fade, start, end in ((down, 0.07, 0.86), (across, 0.12, 0.92)):
        for at, alpha in ((0.0, 0), (start, 255), (end, 255), (1.0, 0)):
            fade.setColorAt(at, QColor(0, 0, 0, alpha))
        painter.fillRect(0, 0, width + 1, height + 1, QBrush(fade))
    painter.end()
