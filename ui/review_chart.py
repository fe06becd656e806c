"""Charts of a review: quality over time with the capture threshold, and below it what the coach said, when."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainterPath, QPen

from guidance.exam.timeline import Said
from ui.canvas import Canvas, qrect, round_pen, tint
from ui.layout import Box
from ui.review_strip import Strip, StripPlan
from ui.state_look import STATE_LOOKS

JOIN_S = 0.6
"""Judged pictures further apart are not joined by a line."""


def paint_strip(
    c: Canvas,
    box: Box,
    strip: Strip,
    *,
    chosen: Said | None = None,
    wrong: Collection[float] = (),
) -> None:
    """Paint ``strip`` in ``box``.

    Args:
        c: where to.
        box: the chart's whole place.
        strip: what it shows.
        chosen: the hint that is spoken of.
        wrong: when the hints began that were called wrong.
    """
    plan = StripPlan.of(strip, box, c.unit)
    c.plate(box)
    c.text(plan.title, strip.title, c.palette.text_soft, 13, bold=True)
    _scale(c, plan)
    if strip.clip is not None:
        left, right = plan.x(strip.clip[0]), plan.x(strip.clip[1])
        c.painter.fillRect(
            QRectF(left, plan.plot.y, max(2.0, right - left), plan.lane.bottom - plan.plot.y),
            tint(c.palette.good, 0.13),
        )
    _curve(c, plan)
    _lane(c, plan, chosen, wrong)
    _times(c, plan)


def paint_now(c: Canvas, box: Box, strip: Strip, now_s: float) -> None:
    """Mark the picture on screen in a chart that :func:`paint_strip` painted in the same ``box``."""
    plan = StripPlan.of(strip, box, c.unit)
    x = plan.x(now_s)
    c.painter.setPen(QPen(QColor(c.palette.text), max(1.0, 1.5 * c.unit)))
    c.painter.drawLine(QPointF(x, plan.plot.y - 3 * c.unit), QPointF(x, plan.lane.bottom))
    c.disc(x, plan.plot.y - 3 * c.unit, 3.5 * c.unit, c.palette.text)


def _scale(c: Canvas, plan: StripPlan) -> None:
    """Lines at 0 and 1, and the threshold with its word."""
    p, u = c.palette, c.unit
    for quality in (0.0, 1.0):
        y = plan.y(quality)
        c.painter.setPen(QPen(QColor(p.track), max(1.0, u)))
        c.painter.drawLine(QPointF(plan.plot.x, y), QPointF(plan.plot.right, y))
        c.text(
            Box(plan.plot.x - 34 * u, y - 8 * u, 28 * u, 16 * u),
            f"{quality:.0f}",
            p.text_faint,
            11,
            across="right",
        )
    threshold = plan.strip.capture_quality
    words = "Quality" if threshold is None else f"Quality; captured from {threshold:.2f} on"
    c.text(plan.title, words, p.text_faint, 12, across="right")
    if threshold is not None:
        y = plan.y(threshold)
        pen = round_pen(tint(p.good, 0.85), max(1.0, 1.2 * u), Qt.PenStyle.DashLine)
        c.painter.setPen(pen)
        c.painter.drawLine(QPointF(plan.plot.x, y), QPointF(plan.plot.right, y))
        label = Box(plan.plot.x - 34 * u, y - 8 * u, 28 * u, 16 * u)
        if plan.y(1.0) + 13 * u < y < plan.y(0.0) - 13 * u:
            c.text(label, f"{threshold:.2f}".lstrip("0"), p.good, 11, across="right")


def _curve(c: Canvas, plan: StripPlan) -> None:
    p, u = c.palette, c.unit
    threshold = plan.strip.capture_quality
    runs = list(_runs(plan.strip))
    if not runs:
        words = Box(plan.plot.x, plan.plot.bottom - 20 * u, plan.plot.w, 18 * u)
        c.text(words, plan.strip.empty, p.text_faint, 13, across="centre")
        return
    c.painter.save()
    for run in runs:
        points = [QPointF(plan.x(t_s), plan.y(quality)) for t_s, quality in run]
        if len(points) == 1:
            good = threshold is not None and run[0][1] >= threshold
            c.disc(points[0].x(), points[0].y(), 2.2 * u, p.good if good else p.guide)
            continue
        line = QPainterPath(points[0])
        for point in points[1:]:
            line.lineTo(point)
        area = QPainterPath(line)
        area.lineTo(points[-1].x(), plan.plot.bottom)
        area.lineTo(points[0].x(), plan.plot.bottom)
        area.closeSubpath()
        parts = [(plan.plot, p.guide)]
        if threshold is not None:  # what lies above it shines in the colour of good
            y = plan.y(threshold)
            above = Box(plan.plot.x - u, plan.plot.y - 2 * u, plan.plot.w + 2 * u, y - plan.plot.y + 2 * u)
            parts = [(above, p.good), (Box(above.x, y, above.w, plan.plot.bottom - y + 2 * u), p.guide)]
        for place, colour in parts:
            c.painter.setClipRect(qrect(place))
            c.painter.fillPath(area, tint(colour, 0.14))
            c.painter.setPen(round_pen(QColor(colour), max(1.2, 1.8 * u)))
            c.painter.setBrush(Qt.BrushStyle.NoBrush)
            c.painter.drawPath(line)
    c.painter.restore()


def _runs(strip: Strip) -> Iterator[list[tuple[float, float]]]:
    """Judged points in the chart that belong together."""
    run: list[tuple[float, float]] = []
    for t_s, quality in strip.points:
        if quality is None or not strip.start_s - 1e-6 <= t_s <= strip.end_s + 1e-6:
            continue
        if run and t_s - run[-1][0] > JOIN_S:
            yield run
            run = []
        run.append((t_s, quality))
    if run:
        yield run


def _lane(c: Canvas, plan: StripPlan, chosen: Said | None, wrong: Collection[float]) -> None:
    """What was said: hints numbered and filled, silences faint and in words where they fit."""
    p, u = c.palette, c.unit
    c.painter.setPen(Qt.PenStyle.NoPen)
    c.painter.setBrush(QColor(p.track))
    c.painter.drawRoundedRect(qrect(plan.lane), 4 * u, 4 * u)
    if not plan.strip.said:
        c.text(plan.lane.inset(8 * u, 0), "The log does not say what was said here", p.text_faint, 12)
    for one in plan.strip.said:
        left, right = plan.x(one.t_s), plan.x(one.until_s)
        place = Box(left + 0.5 * u, plan.lane.y, max(1.5 * u, right - left - u), plan.lane.h)
        accent = p.accent(one.state)
        is_chosen = chosen is not None and abs(one.t_s - chosen.t_s) < 1e-6
        c.painter.setBrush(tint(accent, 0.62 if is_chosen else 0.34 if one.hint is not None else 0.12))
        c.painter.setPen(QPen(QColor(p.text), 1.6 * u) if is_chosen else QPen(Qt.PenStyle.NoPen))
        c.painter.drawRoundedRect(qrect(place), 4 * u, 4 * u)
        number = plan.strip.numbers.get(one.t_s)
        words = STATE_LOOKS[one.state].title if one.hint is None else f"{number}  {one.hint}"
        room = place.inset(5 * u, 0)
        if place.w > 90 * u:
            c.text(room, words, p.text if one.hint is not None else p.text_soft, 12)
        elif number is not None and place.w > 13 * u:
            c.text(place, str(number), p.text, 12, across="centre", bold=True)
        if any(abs(one.t_s - t_s) < 2e-3 for t_s in wrong):
            c.painter.setPen(round_pen(QColor(p.alert), 2.4 * u))
            y = plan.lane.bottom + 1.5 * u
            c.painter.drawLine(QPointF(place.x + u, y), QPointF(place.right - u, y))


def _times(c: Canvas, plan: StripPlan) -> None:
    """Ticks at round seconds from the clip's beginning."""
    span = plan.strip.end_s - plan.strip.start_s
    step = next((s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0) if span / s <= 9), 60.0)
    first = math.ceil((plan.strip.start_s - plan.strip.zero_s) / step - 1e-6)
    last = math.floor((plan.strip.end_s - plan.strip.zero_s) / step + 1e-6)
    for k in range(first, last + 1):
        seconds = k * step
        x = plan.x(plan.strip.zero_s + seconds)
        words = f"{seconds:.0f} s" if step >= 1.0 else f"{seconds:.1f} s"
        place = Box(x - 30 * c.unit, plan.axis.y, 60 * c.unit, plan.axis.h)
        c.text(place, words.replace("-", "−"), c.palette.text_faint, 11, across="centre")
