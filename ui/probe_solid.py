"""The probe as a solid in perspective, its beam, its shadow of before, and the arrows of its movements."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen, QPolygonF

from guidance.probe import FloatArray, Pose, unit
from ui.canvas import round_pen, tint
from ui.chest_scene import DISTANCE_MM, Camera, polygon
from ui.palette import Palette

TAIL_MM = 138.0
"""From the face to the end of the handle: larger than life, so that a small drawing shows it."""

_RINGS = (  # distance from the face, half width towards the marker, half thickness
    (0.0, 20.0, 12.0), (10.0, 22.0, 14.0), (34.0, 22.0, 15.0), (50.0, 17.0, 13.0), (72.0, 15.0, 12.5),
    (104.0, 16.5, 13.5), (126.0, 14.0, 12.0), (TAIL_MM, 7.0, 7.0),
)  # fmt: skip
_SIDES = 12
_LIGHT = unit([-0.45, 0.35, 0.82])


def _surface() -> FloatArray:
    """(rings, sides, 3) mm in the probe's frame."""
    around = np.arange(_SIDES) * 2.0 * math.pi / _SIDES
    c, s = np.cos(around), np.sin(around)
    k = (np.abs(c) ** 4 + np.abs(s) ** 4) ** -0.25  # between an ellipse and a rectangle
    k = 0.5 * (1.0 + k)
    return np.stack([np.stack([a * k * c, b * k * s, np.full(_SIDES, -z)], axis=1) for z, a, b in _RINGS])


_MESH = _surface()
_FLAT = _MESH.reshape(-1, 3)
_CABLE = np.array([[0.0, 0.0, -TAIL_MM - 14.0 * i] for i in range(4)])
_RIDGE = np.array([[27.0, 0.0, -22.0]])


def _faces() -> tuple[NDArray[np.intp], FloatArray, FloatArray, NDArray[np.bool_]]:
    """Corners (F, 4) as indices into ``_FLAT``, outward normals and middles (F, 3), and which belong to the marker."""
    rings, sides = _MESH.shape[:2]
    corners, marker = [], []
    for i in range(rings - 1):
        for j in range(sides):
            n = (j + 1) % sides
            corners.append([i * sides + j, i * sides + n, (i + 1) * sides + n, (i + 1) * sides + j])
            marker.append(i in (1, 2) and 0 in (j, n))
    index = np.array(corners)
    points = _FLAT[index]
    normals = np.cross(points[:, 1] - points[:, 3], points[:, 2] - points[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return index, normals, points.mean(axis=1), np.array(marker)


_INDEX, _NORMALS, _MIDDLES, _MARKER = _faces()
_ENDS = ((slice(0, _SIDES), 1.0), (slice(len(_FLAT) - _SIDES, len(_FLAT)), -1.0))


def draw_probe(painter: QPainter, camera: Camera, pose: Pose, palette: Palette, accent: str) -> None:
    """The probe at ``pose``; its marker ridge has the accent's colour."""
    seen = camera.project(pose.to_thorax(_FLAT))
    cable = camera.project(pose.to_thorax(_CABLE))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(round_pen(QColor(palette.track).lighter(150), 9.0 * camera.zoom))
    painter.drawPolyline(polygon(cable))
    eye = pose.to_probe(camera.eye)
    light = _LIGHT @ pose.rotation
    bright = _NORMALS @ light
    front = np.einsum("ij,ij->i", _NORMALS, eye - _MIDDLES) > 0.0
    depth = seen[_INDEX, 2].mean(axis=1)
    drawn = [int(i) for i in np.argsort(-depth) if front[i]]
    for i in drawn:
        _draw_face(painter, seen[_INDEX[i]], accent if _MARKER[i] else palette.body, float(bright[i]))
    for end, way in _ENDS:  # a cap that faces the camera lies in front of all faces
        if way * (eye[2] - float(_FLAT[end][0, 2])) > 0.0:
            _draw_face(painter, seen[end], palette.body, way * float(light[2]))
    tip = camera.project(pose.to_thorax(_RIDGE))[0]
    radius = 7.5 * camera.zoom * DISTANCE_MM / float(tip[2])
    painter.setPen(QPen(QColor(palette.background), max(1.0, 2.0 * camera.zoom)))
    painter.setBrush(QColor(accent))
    painter.drawEllipse(QPointF(float(tip[0]), float(tip[1])), radius, radius)


def _draw_face(painter: QPainter, seen: FloatArray, colour: str, bright: float) -> None:
    """One face in a light of -1..1."""
    shade = QColor(colour).darker(round(100 + 95 * (1.0 - min(1.0, max(0.0, 0.35 + 0.65 * bright)))))
    painter.setPen(QPen(shade, 0.8))  # closes the seams between faces
    painter.setBrush(shade)
    painter.drawPolygon(polygon(seen))


def draw_outline(painter: QPainter, camera: Camera, pose: Pose, colour: str) -> None:
    """Where the probe was: a dashed outline."""
    seen = camera.project(pose.to_thorax(_MESH.reshape(-1, 3)))[:, :2]
    hull = cv2.convexHull(seen.astype(np.float32)).reshape(-1, 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(round_pen(QColor(colour), max(1.0, 2.6 * camera.zoom), Qt.PenStyle.DashLine))
    painter.drawPolygon(QPolygonF([QPointF(float(x), float(y)) for x, y in hull]))


def draw_beam(painter: QPainter, camera: Camera, pose: Pose, accent: str, reach_mm: float = 105.0) -> None:
    """The fan of the picture's plane, seen through the chest."""
    angles = np.radians(np.linspace(-40.0, 40.0, 15))
    edge = np.stack([reach_mm * np.sin(angles), np.zeros(15), reach_mm * np.cos(angles)], axis=1)
    fan = np.concatenate([[[-8.0, 0.0, 0.0]], edge, [[8.0, 0.0, 0.0]]])
    seen = camera.project(pose.to_thorax(fan))
    start, end = seen[[0, -1], :2].mean(axis=0), seen[8, :2]
    fill = QLinearGradient(float(start[0]), float(start[1]), float(end[0]), float(end[1]))
    fill.setColorAt(0.0, tint(accent, 0.62))
    fill.setColorAt(1.0, tint(accent, 0.10))
    painter.setBrush(QBrush(fill))
    painter.setPen(round_pen(tint(accent, 0.55), max(1.0, 1.6 * camera.zoom)))
    painter.drawPolygon(polygon(seen))


def draw_path(painter: QPainter, camera: Camera, points: FloatArray, accent: str, ground: str) -> None:
    """An arrow along ``points`` (N, 3) mm, its head at the last one, edged with ``ground``."""
    seen = camera.project(points)[:, :2]
    steps = np.linalg.norm(np.diff(seen, axis=0), axis=1)
    if steps.sum() < 1e-6:
        return
    width, head = 12.0 * camera.zoom, 34.0 * camera.zoom
    left = np.concatenate([[0.0], np.cumsum(steps)])
    cut = max(0.3 * left[-1], left[-1] - 0.75 * head)
    shaft = np.array([[np.interp(s, left, seen[:, k]) for k in (0, 1)] for s in np.linspace(0.0, cut, 16)])
    tip, base = seen[-1], shaft[-1]
    along = (tip - base) / max(1e-6, float(np.linalg.norm(tip - base)))
    across = np.array([-along[1], along[0]])
    back = tip - along * head
    barb = QPolygonF(
        [QPointF(*map(float, p)) for p in (tip, back + across * head * 0.55, back + along * head * 0.18,
                                           back - across * head * 0.55)]
    )  # fmt: skip
    line = QPolygonF([QPointF(float(x), float(y)) for x, y in shaft])
    for colour, extra in ((ground, 5.0 * camera.zoom), (accent, 0.0)):
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(round_pen(QColor(colour), width + extra))
        painter.drawPolyline(line)
        painter.setPen(round_pen(QColor(colour), 3.0 * camera.zoom + extra))
        painter.setBrush(QColor(colour))
        painter.drawPolygon(barb)
