"""The animated probe: a small drawing that performs the movement of a hint, as the operator would see it.

Slide is shown on the patient's chest from the front, rotate from behind the probe, tilt on the probe's narrow
side, rock on its broad side, press on the skin. All is drawn in units of half the box: x right, y down.
"""

from __future__ import annotations

import math

from qtpy.QtCore import QPointF
from qtpy.QtGui import QColor, QPainter, QPen

from guidance.hint import Hint
from guidance.probe import Manoeuvre
from guidance.views import START_CARDS, View, Window, window_of
from ui.canvas import Canvas, qrect
from ui.layout import Box
from ui.motion import Motion, ease, motion_of
from ui.palette import Palette
from ui.probe_drawing import (
    draw_arc_arrow,
    draw_arrow,
    draw_beam,
    draw_chest,
    draw_footprint,
    draw_probe_behind,
    draw_probe_side,
    draw_skin,
)

_PLACES = {
    Window.PARASTERNAL: (0.17, -0.10),
    Window.APICAL: (0.40, 0.30),
    Window.SUBCOSTAL: (0.02, 0.56),
    Window.SUPRASTERNAL: (0.0, -0.47),
}
"""Where each window lies on the drawn chest."""


def paint_probe_move(c: Canvas, box: Box, hint: Hint, view: View, *, now_ns: int, accent: str) -> None:
    """Animate ``hint`` in ``box``. ``view`` is the target: it says where on the chest the probe is."""
    motion = motion_of(hint, view)
    progress, opacity = ease(now_ns)
    draw = {Manoeuvre.SLIDE: _slide, Manoeuvre.ROTATE: _rotate, Manoeuvre.PRESS: _press}.get(
        motion.move, _lean
    )
    c.painter.save()
    c.painter.setClipRect(qrect(box))
    _to_half_boxes(c.painter, box)
    draw(c.painter, motion, view, progress, opacity, accent, c.palette)
    c.painter.restore()
    if motion.move in (Manoeuvre.TILT, Manoeuvre.ROCK):
        _end_label(c, box, motion)


def paint_still_probe(c: Canvas, box: Box, *, accent: str, lift: float = 0.0) -> None:
    """The probe at rest on the skin; ``lift`` (in half boxes) raises it off the skin."""
    c.painter.save()
    _to_half_boxes(c.painter, box)
    c.painter.translate(0.0, 0.34)
    draw_skin(c.painter, c.palette)
    c.painter.translate(0.0, -lift)
    if lift <= 0.0:
        draw_beam(c.painter, accent, 34.0)
    draw_probe_side(c.painter, c.palette, accent, broad=True)
    c.painter.restore()


def _to_half_boxes(painter: QPainter, box: Box) -> None:
    """Origin to the middle of ``box``; half its shorter side becomes one."""
    half = min(box.w, box.h) / 2
    painter.translate(box.x + box.w / 2, box.y + box.h / 2)
    painter.scale(half, half)


def _slide(
    painter: QPainter,
    motion: Motion,
    view: View,
    progress: float,
    opacity: float,
    accent: str,
    palette: Palette,
) -> None:
    painter.translate(0.0, 0.10)
    painter.scale(0.97, 0.97)
    draw_chest(painter, palette)
    window = window_of(view)
    x, y = _PLACES[window] if window is not None else (0.2, 0.0)
    clock = math.radians(START_CARDS[view].marker_clock_deg if view in START_CARDS else 0.0)
    dx, dy = motion.towards or (math.sin(clock) * motion.sign, -math.cos(clock) * motion.sign)
    reach = 0.22 + 0.22 * motion.size
    start = QPointF(x - dx * reach * 0.35, y - dy * reach * 0.35)
    end = QPointF(x + dx * reach * 0.65, y + dy * reach * 0.65)
    painter.setOpacity(0.4)
    draw_footprint(painter, start, clock, palette, accent, ghost=True)
    painter.setOpacity(1.0)
    tip = QPointF(end.x() + dx * 0.42, end.y() + dy * 0.42)
    draw_arrow(painter, end + QPointF(dx * 0.1, dy * 0.1), tip, accent)
    painter.setOpacity(opacity)
    draw_footprint(painter, start + (end - start) * progress, clock, palette, accent)
    painter.setOpacity(1.0)


def _rotate(
    painter: QPainter,
    motion: Motion,
    view: View,
    progress: float,
    opacity: float,
    accent: str,
    palette: Palette,
) -> None:
    sign = motion.sign
    sweep = 25.0 + 55.0 * motion.size
    painter.setPen(QPen(QColor(palette.line), 0.02))
    painter.setBrush(QColor(palette.skin))
    painter.setOpacity(0.22)
    painter.drawEllipse(QPointF(0, 0), 0.62, 0.62)
    painter.setOpacity(1.0)
    draw_arc_arrow(painter, QPointF(0, 0), 0.80, -90.0 - sign * 12.0, -90.0 + sign * sweep, accent)
    painter.setOpacity(0.35)
    painter.save()
    draw_probe_behind(painter, palette, accent, ghost=True)
    painter.restore()
    painter.setOpacity(opacity)
    painter.rotate(sign * sweep * progress)
    draw_probe_behind(painter, palette, accent)
    painter.setOpacity(1.0)


def _lean(
    painter: QPainter,
    motion: Motion,
    view: View,
    progress: float,
    opacity: float,
    accent: str,
    palette: Palette,
) -> None:
    broad = motion.move is Manoeuvre.ROCK
    lean = motion.side * (10.0 + 22.0 * motion.size)
    painter.translate(0.0, 0.34)
    draw_skin(painter, palette)
    painter.save()
    painter.setOpacity(0.3)
    draw_probe_side(painter, palette, accent, broad=broad, ghost=True)
    painter.restore()
    painter.save()
    painter.setOpacity(opacity)
    painter.rotate(lean * progress)
    draw_beam(painter, accent, 34.0 if broad else 5.0)
    draw_probe_side(painter, palette, accent, broad=broad)
    painter.restore()
    draw_arc_arrow(painter, QPointF(0, 0), 1.28, -90.0 + lean * 0.15, -90.0 + lean * 1.45, accent)


def _press(
    painter: QPainter,
    motion: Motion,
    view: View,
    progress: float,
    opacity: float,
    accent: str,
    palette: Palette,
) -> None:
    down = -1.0 if motion.sign < 0 else 1.0
    depth = 0.10 + down * (progress - 0.5) * 0.20
    painter.translate(0.0, 0.30)
    draw_skin(painter, palette, dent=max(0.0, depth))
    painter.save()
    painter.setOpacity(opacity)
    painter.translate(0.0, depth)
    draw_beam(painter, accent, 34.0)
    draw_probe_side(painter, palette, accent, broad=True)
    painter.restore()
    for x in (-0.56, 0.56):
        top, bottom = QPointF(x, -0.85), QPointF(x, -0.25)
        draw_arrow(painter, *((top, bottom) if down > 0 else (bottom, top)), accent)


def _end_label(c: Canvas, box: Box, motion: Motion) -> None:
    """The word for where the moving end goes, beside the probe."""
    half = min(box.w, box.h) / 2
    centre, skin = box.x + box.w / 2, box.y + box.h / 2 + half * 0.34
    right = motion.side > 0
    edge, clear = min(box.w / 2, half * 1.5), half * 0.40
    x = centre + clear if right else centre - edge
    label = Box(x, skin - half * 0.52, edge - clear, half * 0.48)
    c.text(
        label,
        motion.place,
        c.palette.text_soft,
        half * 0.19 / c.unit,
        across="centre",
        down="bottom",
        lines=2,
    )
