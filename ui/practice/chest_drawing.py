"""Draws the chest in perspective: skin, ribs, breastbone, names of directions. Slow enough to be kept as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPen, QPolygonF

from ui.canvas import Canvas, qrect, round_pen, tint
from ui.layout import Box
from ui.palette import Palette
from ui.practice.camera import Camera
from ui.practice.chest_shape import ChestShape

FloatArray = NDArray[np.float64]

_LIGHT = np.array([0.25, 0.55, 0.80]) / np.linalg.norm([0.25, 0.55, 0.80])


def polygon(points: FloatArray) -> QPolygonF:
    """(N, 2) screen points for Qt."""
    return QPolygonF([QPointF(float(x), float(y)) for x, y in points])


def normals_of(quads: FloatArray) -> FloatArray:
    """(N, 3) unit normals of (N, 4, 3) quads."""
    n = np.cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1])
    return np.asarray(n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9))


def mixed(dark: QColor, light: QColor, share: float) -> QColor:
    """Between two colours: 0 is the first."""
    k = min(1.0, max(0.0, share))
    return QColor(
        *(round(a + k * (b - a)) for a, b in zip(dark.getRgb()[:3], light.getRgb()[:3], strict=True))
    )


def draw_chest_scene(
    painter: QPainter, camera: Camera, shape: ChestShape, palette: Palette, *, coarse: bool = False
) -> None:
    """The chest as ``camera`` sees it; ``coarse`` takes a third of the time, for a chest that is being turned."""
    step = 2 if coarse else 1
    _skin(painter, camera, shape.skin[::step, ::step], palette)
    _bones(painter, camera, shape, palette)
    _fade_out(painter, camera, shape, palette)


def _skin(painter: QPainter, camera: Camera, g: FloatArray, palette: Palette) -> None:
    quads = np.stack([g[:-1, :-1], g[1:, :-1], g[1:, 1:], g[:-1, 1:]], axis=2).reshape(-1, 4, 3)
    normal = normals_of(quads)
    to_eye = camera.eye - quads.mean(axis=1)
    to_eye /= np.linalg.norm(to_eye, axis=1, keepdims=True)
    facing = np.einsum("ij,ij->i", normal, to_eye)
    light = np.clip(normal @ _LIGHT, 0.0, 1.0)
    # A little rim darkening gives the body its roundness.
    shade = (0.25 + 0.75 * light) * (0.45 + 0.55 * np.clip(facing, 0.0, 1.0))
    on_screen, away = camera.seen(quads)
    order = np.argsort(-away.mean(axis=1))
    dark, bright = QColor(palette.background), QColor(palette.skin)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for k in order:
        if facing[k] <= 0.0:
            continue
        colour = mixed(dark, bright, 0.12 + 0.66 * float(shade[k]))
        painter.setPen(QPen(colour, 1.0))  # hides the seams between the pieces
        painter.setBrush(colour)
        painter.drawPolygon(polygon(on_screen[k]))


def _bones(painter: QPainter, camera: Camera, shape: ChestShape, palette: Palette) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for bone in shape.bones:
        points, _ = camera.seen(bone.line)
        path = QPainterPath(QPointF(*map(float, points[0])))
        for point in points[1:]:
            path.lineTo(QPointF(*map(float, point)))
        width = bone.thick * camera.px_per_mm(bone.line[len(bone.line) // 2])
        painter.setPen(round_pen(tint(palette.background, 0.16), width * 1.12))
        painter.drawPath(path)
        painter.setPen(round_pen(tint(palette.body, 0.20), width))
        painter.drawPath(path)
        painter.setPen(round_pen(tint(palette.body, 0.14), width * 0.45))
        painter.drawPath(path)
    outline = polygon(camera.seen(shape.breastbone)[0])
    painter.setPen(round_pen(tint(palette.background, 0.30), 1.5))
    painter.setBrush(tint(palette.body, 0.30))
    painter.drawPolygon(outline)


def _fade_out(painter: QPainter, camera: Camera, shape: ChestShape, palette: Palette) -> None:
    """Neck and belly fade into the background: the body goes on."""
    box = camera.box
    tops, feet = camera.seen(shape.skin[0])[0][:, 1], camera.seen(shape.skin[-1])[0][:, 1]
    for edge, sign, reach in (
        (float(tops.min()), 1.0, 0.05),
        (float(feet.max()), -1.0, 0.05 + float(np.ptp(feet)) / box.h),
    ):
        end = edge + sign * (reach + 0.12) * box.h
        fade = QLinearGradient(0.0, edge, 0.0, end)
        fade.setColorAt(0.0, tint(palette.background, 1.0))
        fade.setColorAt(reach / (reach + 0.12), tint(palette.background, 0.9 if sign < 0 else 0.6))
        fade.setColorAt(1.0, tint(palette.background, 0.0))
        strip = Box(box.x, min(edge, end) - 2.0, box.w, abs(end - edge) + 4.0)
        painter.fillRect(qrect(strip), fade)


def draw_directions(c: Canvas, camera: Camera) -> None:
    """Words for the patient's directions, at the edges."""
    box, u = camera.box, c.unit
    colour = c.palette.text_soft
    h = 20 * u
    c.text(Box(box.x, box.y + 6 * u, box.w, h), "Head", colour, 15, across="centre")
    c.text(Box(box.x, box.bottom - 2 * h - 8 * u, box.w, h), "Feet", colour, 15, across="centre")
    side = Box(box.x + 10 * u, box.y + box.h / 2 - 2 * h, 76 * u, 2 * h)
    c.text(side, "Patient's right", colour, 15, lines=2)
    c.text(
        side._replace(x=box.right - side.w - 10 * u), "Patient's left", colour, 15, across="right", lines=2
    )
