"""Draws a probe in perspective: handle, marker, the plane it sees, and which key moves its tail where."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPainterPath, QPen

from guidance.probe import Pose
from ui.canvas import Canvas, round_pen, tint
from ui.layout import Box
from ui.palette import Palette
from ui.practice.camera import Camera
from ui.practice.chest_drawing import mixed, normals_of, polygon
from ui.practice.probe_shape import (
    ENLARGED,
    FACE_RINGS,
    SIDES,
    TAIL,
    cable,
    fan,
    marker_line,
    probe_rings,
)

FloatArray = NDArray[np.float64]

_RINGS = probe_rings()
_LIGHT = np.array([0.30, 0.50, 0.81])
FAN_DEPTH_MM = 125.0


def draw_fan(
    painter: QPainter, camera: Camera, pose: Pose, half_angle_deg: float, accent: str, palette: Palette
) -> None:
    """The plane that the probe sees, as if the body were glass; its marker side has the bright edge."""
    points, _ = camera.seen(pose.to_thorax(fan(half_angle_deg, FAN_DEPTH_MM)))
    face, middle, edge = points[0], points[len(points) // 2], points[-1]
    fill = QLinearGradient(QPointF(*map(float, face)), QPointF(*map(float, middle)))
    fill.setColorAt(0.0, tint(accent, 0.50))
    fill.setColorAt(1.0, tint(accent, 0.14))
    painter.setPen(round_pen(tint(accent, 0.55), 1.2))
    painter.setBrush(QBrush(fill))
    painter.drawPolygon(polygon(points))
    painter.setPen(round_pen(QColor(palette.caution), 2.4))
    painter.drawLine(QPointF(*map(float, face)), QPointF(*map(float, edge)))


def draw_probe(painter: QPainter, camera: Camera, pose: Pose, palette: Palette) -> None:
    """The handle, with the marker on it; where it is on the far side, a dashed ring says so."""
    _contact(painter, camera, pose)
    wire, _ = camera.seen(pose.to_thorax(cable()))
    path = QPainterPath(QPointF(*map(float, wire[0])))
    for point in wire[1:]:
        path.lineTo(QPointF(*map(float, point)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    behind = (camera.eye - pose.position) @ pose.rotation[:, 2] > 0.0  # the tail points away from the eye
    pen = round_pen(QColor(palette.line), 5.0 * camera.px_per_mm(pose.position))
    if behind:
        painter.setPen(pen)
        painter.drawPath(path)
    _handle(painter, camera, pose, palette)
    if not behind:
        painter.setPen(pen)
        painter.drawPath(path)
    _marker(painter, camera, pose, palette)


def draw_ghost(painter: QPainter, camera: Camera, pose: Pose, colour: str) -> None:
    """The outline of a probe: where it should have been."""
    points, _ = camera.seen(pose.to_thorax(_RINGS.reshape(-1, 3)))
    painter.setPen(round_pen(QColor(colour), 2.0, Qt.PenStyle.DashLine))
    painter.setBrush(tint(colour, 0.16))
    painter.drawPolygon(polygon(_hull(points)))
    line, _ = camera.seen(pose.to_thorax(marker_line()))
    painter.setPen(round_pen(QColor(colour), 4.0))
    painter.drawLine(QPointF(*map(float, line[0])), QPointF(*map(float, line[1])))


def draw_tail_keys(c: Canvas, camera: Camera, pose: Pose) -> None:
    """Letters round the tail: which key takes it where."""
    tail = np.array([0.0, 0.0, -TAIL - 6.0])
    for letter, (x, y) in {"W": (0, 1), "S": (0, -1), "D": (1, 0), "A": (-1, 0)}.items():
        r = 9.5 * c.unit
        room = camera.box.inset(
            r + 2 * c.unit
        )  # a tail that points out of the picture keeps its letters in it
        seen = camera.at(pose.to_thorax(tail + 34.0 * np.array([x, y, 0.0])))
        at = (min(max(seen[0], room.x), room.right), min(max(seen[1], room.y), room.bottom))
        c.painter.setPen(QPen(QColor(c.palette.line), 1.2))
        c.painter.setBrush(tint(c.palette.background, 0.78))
        c.painter.drawEllipse(QPointF(*at), r, r)
        c.text(
            Box(at[0] - r, at[1] - r, 2 * r, 2 * r), letter, c.palette.text, 13, bold=True, across="centre"
        )


def _contact(painter: QPainter, camera: Camera, pose: Pose) -> None:
    ring = ENLARGED * np.array([[17.0 * np.cos(a), 12.0 * np.sin(a), 0.0] for a in np.linspace(0, 6.283, 24)])
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 110))
    painter.drawPolygon(polygon(camera.seen(pose.to_thorax(ring))[0]))


def _handle(painter: QPainter, camera: Camera, pose: Pose, palette: Palette) -> None:
    rings = pose.to_thorax(_RINGS)
    after = np.roll(rings, -1, axis=1)
    bands = np.stack([rings[:-1], after[:-1], after[1:], rings[1:]], axis=2)  # (rings - 1, SIDES, 4, 3)
    quads = bands.reshape(-1, 4, 3)
    axis = 0.5 * (rings[:-1].mean(axis=1) + rings[1:].mean(axis=1))
    outwards = quads.mean(axis=1) - np.repeat(axis, SIDES, axis=0)
    normal = normals_of(quads)
    normal *= np.sign(np.einsum("ij,ij->i", normal, outwards))[:, None]
    to_eye = camera.eye - quads.mean(axis=1)
    towards = np.einsum("ij,ij->i", normal, to_eye) / np.linalg.norm(to_eye, axis=1)
    facing = towards > 0.0
    on_screen, away = camera.seen(quads)
    light = 0.62 * np.clip(normal @ _LIGHT, 0.0, 1.0) + 0.38 * np.clip(towards, 0.0, 1.0)
    pieces: list[tuple[float, FloatArray, float, bool]] = [
        (float(away[k].mean()), on_screen[k], float(light[k]), bool(k < FACE_RINGS * SIDES))
        for k in np.flatnonzero(facing)
    ]
    for ring, outer in ((rings[0], pose.rotation[:, 2]), (rings[-1], -pose.rotation[:, 2])):
        if outer @ (camera.eye - ring.mean(axis=0)) > 0.0:
            points, depth = camera.seen(ring)
            pieces.append(
                (float(depth.mean()), points, float(np.clip(outer @ _LIGHT, 0, 1)), ring is rings[0])
            )
    dark, bright = QColor(palette.body).darker(330), QColor(palette.body)
    rubber = QColor(palette.track)
    silhouette = polygon(_hull(camera.seen(rings.reshape(-1, 3))[0]))
    # The pieces without smooth edges, which would leave seams between them; the outline over them is smooth.
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(dark)
    painter.drawPolygon(silhouette)
    for _, points, shine, is_face in sorted(pieces, key=lambda piece: -piece[0]):
        colours = (rubber.darker(130), rubber.lighter(190)) if is_face else (dark, bright)
        painter.setBrush(mixed(*colours, shine if is_face else 0.2 + 0.8 * shine))
        painter.drawPolygon(polygon(points))
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(round_pen(QColor(palette.background), 2.2))
    painter.drawPolygon(silhouette)


def _marker(painter: QPainter, camera: Camera, pose: Pose, palette: Palette) -> None:
    line = pose.to_thorax(marker_line())
    points, _ = camera.seen(line)
    a, b = (QPointF(*map(float, point)) for point in points)
    width = 6.5 * camera.px_per_mm(line[0])
    if pose.rotation[:, 0] @ (camera.eye - line[0]) > 0.0:
        painter.setPen(round_pen(QColor(palette.background), width + 3.0))
        painter.drawLine(a, b)
        painter.setPen(round_pen(QColor(palette.caution), width))
        painter.drawLine(a, b)
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(round_pen(QColor(palette.background), 4.0))
    painter.drawEllipse((a + b) / 2, 1.1 * width, 1.1 * width)
    painter.setPen(round_pen(QColor(palette.caution), 2.0, Qt.PenStyle.DotLine))
    painter.drawEllipse((a + b) / 2, 1.1 * width, 1.1 * width)


def _hull(points: FloatArray) -> FloatArray:
    return np.asarray(cv2.convexHull(points.astype(np.float32))[:, 0, :], dtype=np.float64)
