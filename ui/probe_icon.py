"""The animated probe: on a small chest in perspective it performs the movement of a hint, or shows where to start."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QImage, QPainter

from guidance.directions import skin_frame
from guidance.hint import Hint
from guidance.probe import FloatArray, Manoeuvre, Pose
from guidance.views import View, Window, window_of
from ui.canvas import Canvas, qrect, round_pen, sheet, tint
from ui.chest_scene import Camera, camera_of, chest_picture, polygon
from ui.chest_shape import skin_over
from ui.layout import Box
from ui.motion import Motion, ease, motion_of, start_pose
from ui.palette import Palette
from ui.probe_solid import TAIL_MM, draw_beam, draw_outline, draw_path, draw_probe
from ui.wording import Words

STEP_NS = 50_000_000
"""The animation goes on in steps of a twentieth of a second: smooth enough to read, and few pictures a cycle."""
SPAN_MM = 325.0
"""So much of the patient fits into the shorter side of the drawing."""


def paint_probe_move(
    c: Canvas, box: Box, hint: Hint, view: View, *, now_ns: int, accent: str, words: Words
) -> None:
    """Animate ``hint`` in ``box``. ``view`` is the target: it says where on the chest the probe is."""
    motion = motion_of(hint, view)
    camera = _camera(box, view)
    progress, opacity = ease(now_ns - now_ns % STEP_NS)
    _show(c, box, move_picture(motion, view, camera, progress, opacity, accent, c.palette, c.ratio))
    if motion.place is not None:
        path = arrow_of(motion, view)
        _place_label(c, box, camera.project(path), words.places[motion.place])


@lru_cache(maxsize=40)  # one cycle: the same movement is drawn once, not at every picture that arrives
def move_picture(
    motion: Motion,
    view: View,
    camera: Camera,
    progress: float,
    opacity: float,
    accent: str,
    palette: Palette,
    ratio: float,
) -> QImage:
    """The probe at ``progress`` of ``motion``, its beam, where it began, and the arrow, on the chest.

    ``ratio``: pixels of the picture per unit of ``camera``.
    """
    start, now = motion.at(0.0), motion.at(progress)
    drawn, painter = _on_chest(view, camera, palette, ratio)
    if motion.move is not Manoeuvre.PRESS:
        painter.setOpacity(0.5)
        draw_outline(painter, camera, start, palette.text)
        painter.setOpacity(1.0)
    if opacity >= 1.0:
        draw_beam(painter, camera, now, accent)
        draw_probe(painter, camera, now, palette, accent)
    elif opacity > 0.0:
        _faded_probe(painter, camera, now, accent, palette, opacity, ratio)
    draw_path(painter, camera, arrow_of(motion, view), accent, palette.background)
    painter.end()
    return drawn


@lru_cache(maxsize=40)
def start_picture(
    view: View,
    camera: Camera,
    lift: float,
    clock_deg: float | None,
    accent: str,
    palette: Palette,
    ratio: float,
) -> QImage:
    """The probe over the start of ``view`` on its chest, ``lift`` mm off the skin; on it, with its marker's hour."""
    pose = start_pose(view)
    pose = Pose(pose.position - pose.rotation[:, 2] * lift, pose.rotation)
    drawn, painter = _on_chest(view, camera, palette, ratio)
    if lift <= 0.0:
        if clock_deg is not None:
            _clock_hand(painter, palette, camera, view, clock_deg)
        draw_beam(painter, camera, pose, accent)
    draw_probe(painter, camera, pose, palette, accent)
    painter.end()
    return drawn


def paint_start(c: Canvas, box: Box, view: View, *, accent: str, words: Words, lift: float = 0.0) -> None:
    """The probe where the start card of ``view`` puts it, its marker's hour beside it; ``lift``: mm off the skin."""
    camera = _camera(box, view)
    card = words.hints.cards.get(view)
    hour = None if card is None or lift > 0.0 else card.marker_clock_deg
    _show(c, box, start_picture(view, camera, lift, hour, accent, c.palette, c.ratio))
    if card is not None and hour is not None:
        tip = camera.project(_hand(view, hour)[-1:])
        _place_label(c, box, tip, words.hints.marker(card))


def _camera(box: Box, view: View) -> Camera:
    """What looks at the chest of ``view`` from ``box``."""
    window = window_of(view) or Window.PARASTERNAL
    return camera_of(window, max(1, round(box.w)), max(1, round(box.h)), SPAN_MM)


def _on_chest(view: View, camera: Camera, palette: Palette, ratio: float) -> tuple[QImage, QPainter]:
    """A sheet of the camera's size with the chest on it, and an open painter."""
    width, height = (round(2.0 * side) for side in camera.centre)
    drawn, painter = sheet(width, height, ratio)
    window = window_of(view) or Window.PARASTERNAL
    painter.drawImage(QPointF(0.0, 0.0), chest_picture(window, width, height, SPAN_MM, palette, ratio))
    return drawn, painter


def _show(c: Canvas, box: Box, drawn: QImage) -> None:
    c.painter.save()
    c.painter.setClipRect(qrect(box))
    c.painter.drawImage(QPointF(round(box.x), round(box.y)), drawn)
    c.painter.restore()


def _faded_probe(
    over: QPainter, camera: Camera, pose: Pose, accent: str, palette: Palette, opacity: float, ratio: float
) -> None:
    """The probe as one sheet that is seen through: face by face the seams between its faces would show."""
    width, height = camera.centre[0] * 2.0, camera.centre[1] * 2.0
    drawn, painter = sheet(width, height, ratio)
    draw_beam(painter, camera, pose, accent)
    draw_probe(painter, camera, pose, palette, accent)
    painter.end()
    over.setOpacity(opacity)
    over.drawImage(QPointF(0.0, 0.0), drawn)
    over.setOpacity(1.0)


@lru_cache(maxsize=256)  # motions are kept, so the same movement is the same object
def arrow_of(motion: Motion, view: View) -> FloatArray:
    """(N, 3) mm: the arrow of ``motion``, its head last."""
    at = np.linspace(0.0, 1.0, 13)
    if motion.move is Manoeuvre.SLIDE and motion.towards is not None:
        before, end = motion.at(0.9).position, motion.at(1.0).position
        way = (end - before) / float(np.linalg.norm(end - before))
        return end + start_pose(view).rotation[:, 2] * -8.0 + np.outer(6.0 + 72.0 * at, way)
    if motion.move is Manoeuvre.PRESS and motion.towards is not None:
        aside = np.cross(motion.towards, _eye(view) - motion.start.position)
        aside *= math.copysign(44.0, -float(aside[1])) / float(
            np.linalg.norm(aside)
        )  # below it, beside the handle
        return motion.start.position + aside - np.outer(96.0 * (1.0 - at) + 14.0, motion.towards)
    if motion.move is Manoeuvre.ROTATE:
        eye = _eye(view) - motion.start.position
        facing = math.atan2(
            float(eye @ motion.start.rotation[:, 1]), float(eye @ motion.start.rotation[:, 0])
        )
        sweep = facing + motion.sign * np.radians(95.0 * (2.0 * at - 1.0))  # round the side that is seen
        ring = np.stack([54.0 * np.cos(sweep), 54.0 * np.sin(sweep), np.full(13, -84.0)], axis=1)
        return motion.start.to_thorax(ring)
    tail = np.array([0.0, 0.0, -TAIL_MM - 10.0])
    return np.stack([motion.at(float(t)).to_thorax(tail) for t in 0.12 + 1.25 * at])


def _eye(view: View) -> FloatArray:
    """(3,) mm: where the camera stands for ``view``."""
    return camera_of(window_of(view) or Window.PARASTERNAL, 1, 1, SPAN_MM).eye


def _hand(view: View, clock_deg: float) -> FloatArray:
    """(2, 3) mm: from the contact towards the marker's hour, on the skin."""
    head, left, _ = skin_frame(window_of(view) or Window.PARASTERNAL)
    angle = math.radians(clock_deg)
    way = math.cos(angle) * head + math.sin(angle) * left
    at = start_pose(view).position
    points = at + np.outer(np.array([0.0, 78.0]), way)
    return skin_over(points[:, 0], points[:, 1], 4.0)


def _clock_hand(painter: QPainter, palette: Palette, camera: Camera, view: View, clock_deg: float) -> None:
    """A clock face on the skin whose hand is the marker's direction; twelve is the patient's head."""
    head, left, _ = skin_frame(window_of(view) or Window.PARASTERNAL)
    around = np.radians(np.arange(0.0, 361.0, 10.0))
    at = start_pose(view).position
    ring = at + 62.0 * (np.outer(np.cos(around), head) + np.outer(np.sin(around), left))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(round_pen(tint(palette.text, 0.35), 2.2 * camera.zoom, Qt.PenStyle.DotLine))
    painter.drawPolyline(polygon(camera.project(skin_over(ring[:, 0], ring[:, 1], 3.0))))
    painter.setPen(round_pen(tint(palette.text, 0.85), 4.0 * camera.zoom))
    painter.drawPolyline(polygon(camera.project(_hand(view, clock_deg))))


def _place_label(c: Canvas, box: Box, path: FloatArray, text: str) -> None:
    """The word for where the moving end goes, at the arrow's head, kept inside ``box``."""
    px = min(box.w, box.h) * 0.072 / c.unit
    h = px * c.unit * 1.35
    w = min(box.w * 0.5, len(text) * px * c.unit * 0.64 + 14 * c.unit)
    tip = path[-1, :2]
    back = path[0, :2] if len(path) > 1 else tip + np.array([0.0, 1.0])
    away = np.sign(tip - back)
    x = box.x + float(tip[0]) + (4 * c.unit if away[0] >= 0 else -w - 4 * c.unit)
    y = box.y + float(tip[1]) + (6 * c.unit if away[1] > 0 else -h - 6 * c.unit)
    x = min(max(x, box.x), box.right - w)
    y = min(max(y, box.y), box.bottom - h)
    label = Box(x, y, w, h)
    c.painter.setOpacity(0.8)
    c.plate(label, 0.85)
    c.painter.setOpacity(1.0)
    c.text(label.inset(4 * c.unit, 0), text, c.palette.text, px, across="centre")
