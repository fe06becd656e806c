"""The probe's path on the way to a clip, seen from above and from the patient's left side, in one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QPainterPath

from guidance.exam.timeline import Timeline
from guidance.probe import FloatArray, Pose
from ui.canvas import Canvas, qrect, round_pen, tint
from ui.layout import Box

NO_PATH = "The probe's path is not known: nothing tracked it"
LEAST_MM = 20.0
"""The views show at least so much, so that a probe that hardly moved does not seem to wander."""

BEAM_MM = 14.0

Axes = tuple[int, int]
FROM_ABOVE: Axes = (0, 1)
"""x (patient's left) to the right, y (head) up: the patient lies on the back."""
FROM_THE_SIDE: Axes = (1, 2)
"""y (head) to the right, z (front) up: seen from the patient's left."""


def paint_path(c: Canvas, box: Box, timeline: Timeline, *, now_s: float | None = None) -> None:
    """Paint both views in ``box``: the way faint, the clip's part bright, the probe at ``now_s`` with its beam."""
    c.plate(box)
    inner = box.inset(12 * c.unit, 8 * c.unit)
    title = Box(inner.x, inner.y, inner.w, 18 * c.unit)
    c.text(title, "The probe's path", c.palette.text_soft, 13, bold=True)
    path = timeline.path
    if path:
        _legend(c, title)
    if not path:
        c.text(
            Box(inner.x, title.bottom, inner.w, inner.bottom - title.bottom),
            NO_PATH, c.palette.text_faint, 13, across="centre", lines=2,
        )  # fmt: skip
        return
    gap = 10 * c.unit
    half = (inner.w - gap) / 2
    top = title.bottom + 4 * c.unit
    boxes = [Box(inner.x + k * (half + gap), top, half, inner.bottom - top) for k in (0, 1)]
    positions = np.array([pose.position for _, pose in path])
    plots = [Box(b.x, b.y + 16 * c.unit, b.w, b.h - 16 * c.unit) for b in boxes]
    mm = max(LEAST_MM, *(_reach(positions, axes) for axes in (FROM_ABOVE, FROM_THE_SIDE)))
    px_per_mm = min(min(p.w - 76 * c.unit, p.h - 40 * c.unit) for p in plots) / mm
    in_clip = [t_s >= timeline.clip_start_s for t_s, _ in path]
    now = None if now_s is None else timeline.pose_at(now_s)
    for b, plot, axes, name, ends in zip(
        boxes,
        plots,
        (FROM_ABOVE, FROM_THE_SIDE),
        ("From above", "From the patient's left"),
        (("head", "feet", "right", "left"), ("front", "back", "feet", "head")),
        strict=True,
    ):
        c.text(Box(b.x, b.y, b.w, 14 * c.unit), name, c.palette.text_faint, 12, across="centre")
        _one_view(c, plot, positions, in_clip, now, axes, px_per_mm, ends)
    _scale_bar(c, plots[0], px_per_mm)


def _reach(positions: FloatArray, axes: Axes) -> float:
    """How many mm the path covers along the wider of ``axes``."""
    spread = np.ptp(positions[:, axes], axis=0)
    return float(spread.max())


def _one_view(
    c: Canvas,
    box: Box,
    positions: FloatArray,
    in_clip: Sequence[bool],
    now: Pose | None,
    axes: Axes,
    px_per_mm: float,
    ends: tuple[str, str, str, str],
) -> None:
    """One projection; ``ends`` says what lies at the top, the bottom, the left and the right."""
    p, u = c.palette, c.unit
    c.painter.setPen(round_pen(QColor(p.line), max(1.0, u)))
    c.painter.setBrush(Qt.BrushStyle.NoBrush)
    c.painter.drawRoundedRect(qrect(box), 6 * u, 6 * u)
    word_h = 12 * u
    faint = p.text_faint
    c.text(Box(box.x, box.y + 2 * u, box.w, word_h), ends[0], faint, 10, across="centre")
    c.text(Box(box.x, box.bottom - word_h - 2 * u, box.w, word_h), ends[1], faint, 10, across="centre")
    middle_y = box.y + box.h / 2 - word_h / 2
    c.text(Box(box.x + 4 * u, middle_y, box.w, word_h), ends[2], faint, 10)
    c.text(Box(box.x, middle_y, box.w - 4 * u, word_h), ends[3], faint, 10, across="right")
    flat = positions[:, axes]
    centre = (flat.min(axis=0) + flat.max(axis=0)) / 2

    def at(point: FloatArray) -> QPointF:
        dx, dy = (point - centre) * px_per_mm
        return QPointF(box.x + box.w / 2 + float(dx), box.y + box.h / 2 - float(dy))

    for wanted, colour, width in ((False, tint(p.guide, 0.75), 1.6), (True, QColor(p.good), 2.6)):
        line, drawing = QPainterPath(), False
        for index, point in enumerate(flat):
            if in_clip[index] is not wanted:
                drawing = False
                continue
            before = max(0, index - 1)
            if not drawing:
                line.moveTo(at(flat[before]))
            line.lineTo(at(point))
            drawing = True
        c.painter.setPen(round_pen(colour, width * u))
        c.painter.setBrush(Qt.BrushStyle.NoBrush)
        c.painter.drawPath(line)
    start = at(flat[0])
    c.painter.setPen(round_pen(QColor(p.guide), 1.4 * u))
    c.painter.setBrush(QColor(p.panel))
    c.painter.drawEllipse(start, 3.6 * u, 3.6 * u)
    if now is not None:
        face = at(now.position[list(axes)])
        reach = max(BEAM_MM * px_per_mm, 12 * u)
        for direction, accent, share in (
            (now.rotation[:, 2], p.caution, 1.0),
            (now.rotation[:, 0], p.text, 0.7),
        ):
            dx, dy = direction[list(axes)]
            tip = QPointF(face.x() + float(dx) * reach * share, face.y() - float(dy) * reach * share)
            c.painter.setPen(round_pen(QColor(accent), 2.0 * u))
            c.painter.drawLine(face, tip)
        c.disc(face.x(), face.y(), 4.2 * u, p.text)


def _legend(c: Canvas, box: Box) -> None:
    """Which colour is the way, and which the clip."""
    right = box.right
    for word, colour, width in (("clip", c.palette.good, 24), ("on the way", c.palette.guide, 64)):
        c.text(Box(right - width * c.unit, box.y, width * c.unit, box.h), word, c.palette.text_faint, 12)
        right -= (width + 8) * c.unit
        c.painter.setPen(round_pen(QColor(colour), 2.4 * c.unit))
        middle = box.y + box.h / 2
        c.painter.drawLine(QPointF(right - 10 * c.unit, middle), QPointF(right, middle))
        right -= 22 * c.unit


def _scale_bar(c: Canvas, box: Box, px_per_mm: float) -> None:
    mm = next((m for m in (50, 20, 10, 5, 2) if m * px_per_mm <= 0.4 * box.w), 2)
    x, y = box.x + 6 * c.unit, box.bottom - 6 * c.unit
    c.painter.setPen(round_pen(QColor(c.palette.text_soft), 2.0 * c.unit))
    c.painter.drawLine(QPointF(x, y), QPointF(x + mm * px_per_mm, y))
    c.text(Box(x, y - 15 * c.unit, 60 * c.unit, 12 * c.unit), f"{mm} mm", c.palette.text_soft, 10)
