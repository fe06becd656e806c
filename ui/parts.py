"""The parts around the picture: view cards, meter, facets, ring, badge, veil, labels. Each paints one box."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QBrush, QColor, QFontMetricsF, QPainterPath, QPen

from guidance.prediction import Facets
from guidance.views import View
from guidance.wording import spoken
from ui.canvas import MIN_PX, Canvas, qrect, tint
from ui.icons import draw_icon
from ui.layout import Box
from ui.picture import draw_picture
from ui.text import fit_rows, font
from ui.wording import Word, Words
from ui.wording.en import ENGLISH

FACET_LABELS = (
    ("structures", Word.STRUCTURES),
    ("on_axis", Word.ANGLE),
    ("window", Word.CONTACT),
    ("gain_depth", Word.GAIN_DEPTH),
)
"""Field of :class:`guidance.prediction.Facets` and the operator's word for it."""

GOOD_FROM = 0.5
"""A facet counts as good from this probability on."""


def view_card(
    c: Canvas,
    box: Box,
    caption: str,
    view: View | None,
    icon: str,
    accent: str,
    words: Words,
    *,
    strong: bool,
    plated: bool = True,
    lines: int = 2,
) -> None:
    """Caption and title of a view: the target (``strong``), or what is on screen. None means not known."""
    if plated:
        c.plate(box)
    u, palette = c.unit, c.palette
    r = min(box.h * 0.22, 15 * u)
    cx = box.x + 12 * u + r
    title = "–" if view is None else words.title(view)
    if view is not None and view is not View.OTHER:
        caption = f"{caption}  ·  {spoken(view)}"
    if lines > 2:  # a tall card: the caption stands above the title
        head = Box(box.x, box.y + 6 * u, box.w, min(26 * u, box.h * 0.3))
        draw_icon(c.painter, icon, cx - 2 * u, head.y + head.h / 2, r * 0.75, accent)
        c.text(
            Box(cx + r + 4 * u, head.y, box.right - cx - r - 10 * u, head.h), caption, palette.text_soft, 15
        )
        below = Box(box.x + 12 * u, head.bottom, box.w - 22 * u, box.bottom - head.bottom - 6 * u)
        c.text(below, title, palette.text, 22, least=10, bold=True, lines=lines)
        return
    draw_icon(c.painter, icon, cx, box.y + box.h / 2, r, accent)
    left = cx + r + 10 * u
    text = Box(left, box.y, box.right - 10 * u - left, box.h).inset(0, 6 * u)
    c.text(Box(text.x, text.y, text.w, text.h * 0.38), caption, palette.text_soft, 14)
    below = Box(text.x, text.y + text.h * 0.38, text.w, text.h * 0.62)
    colour = palette.text if strong else palette.text_soft
    c.text(below, title, colour, 22 if strong else 19, bold=strong, lines=lines)


def example(c: Canvas, box: Box, pixels: NDArray[np.uint8] | None, words: Words) -> None:
    """The example picture of the target, labelled as virtual; a quiet plate where there is none."""
    inner = box.inset(6 * c.unit)
    caption_h = 17 * c.unit
    place = Box(inner.x, inner.y, inner.w, inner.h - caption_h)
    if pixels is None:
        return
    shown = draw_picture(c.painter, pixels, place)
    c.painter.setBrush(Qt.BrushStyle.NoBrush)
    c.painter.setPen(QPen(QColor(c.palette.line), max(1.0, c.unit)))
    c.painter.drawRect(qrect(shown))
    caption = Box(inner.x - 4 * c.unit, shown.bottom, inner.w + 8 * c.unit, caption_h)
    c.text(caption, words(Word.EXAMPLE), c.palette.caution, 13, across="centre")


def start_card(c: Canvas, box: Box, view: View, words: Words) -> None:
    """How the patient lies, where the probe goes, where its marker points, what to aim at."""
    card = words.hints.cards.get(view)
    if card is None:
        return
    c.plate(box)
    u = c.unit
    inner = box.inset(12 * u, 6 * u)
    rows = (
        (Word.PATIENT, card.position),
        (Word.PROBE, card.placement),
        (Word.MARKER, words.hints.marker(card)),
        (Word.AIM, card.aim),
    )
    narrow = inner.w < 230 * u  # the word above its text, in a column
    label = 0.0 if narrow else 84 * u * c.text_scale
    head = 17 * u if narrow else 0.0
    most = round(16 * u * c.text_scale)
    texts = tuple(text for _, text in rows)
    fitted = fit_rows(
        texts, int(inner.w - label), int(inner.h), most, MIN_PX, 2, c.palette.families, int(head)
    )
    line = QFontMetricsF(font(c.palette.families, fitted[0].px)).height()
    free = (inner.h - sum(len(row.lines) * line + head for row in fitted)) / len(rows)
    y = inner.y + free / 2
    for (word, _), row in zip(rows, fitted, strict=True):
        height = len(row.lines) * line
        room = (inner.w, head) if narrow else (label - 4 * u, line)
        c.text(Box(inner.x, y, *room), words(word), c.palette.text_faint, 13 if narrow else 15)
        for number, words_of_line in enumerate(row.lines):
            place = Box(inner.x + label, y + head + number * line, inner.w - label, line + 1)
            c.text(place, words_of_line, c.palette.text, row.px / (u * c.text_scale))
        y += head + height + free


def note(c: Canvas, box: Box, text: str) -> None:
    """Calm advice beside the hint: what to try when the picture no longer gets better."""
    c.plate(box)
    u = c.unit
    c.painter.setPen(Qt.PenStyle.NoPen)
    c.painter.setBrush(QColor(c.palette.caution))
    c.painter.drawRoundedRect(QRectF(box.x, box.y + 8 * u, 4 * u, box.h - 16 * u), 2 * u, 2 * u)
    left = 14 * u
    if box.w > 260 * u:
        draw_icon(c.painter, "attention", box.x + 26 * u, box.y + 26 * u, 13 * u, c.palette.caution)
        left = 48 * u
    words = Box(box.x + left, box.y + 8 * u, box.w - left - 10 * u, box.h - 16 * u)
    c.text(words, text, c.palette.text, 18, least=10, down="top", lines=6)


def facet_list(c: Canvas, box: Box, facets: Facets | None, words: Words = ENGLISH) -> None:
    """Four words, each with a tick in a disc (good), a triangle (not yet good) or a dash (not known)."""
    u, palette = c.unit, c.palette
    c.plate(box)
    box = box.inset(12 * u, 6 * u)
    columns = 2 if box.w > 1.6 * box.h else 1
    rows = math.ceil(len(FACET_LABELS) / columns)
    cell_w, cell_h = box.w / columns, min(box.h / rows, 44 * u)
    top = box.y + (box.h - cell_h * rows) / 2
    for place, (name, label) in enumerate(FACET_LABELS):
        x, y = box.x + cell_w * (place % columns), top + cell_h * (place // columns)
        value = None if facets is None else float(getattr(facets, name))
        r = min(cell_h * 0.27, 10 * u)
        cx, cy = x + r + 2 * u, y + cell_h / 2
        if value is None:
            draw_icon(c.painter, "dash", cx, cy, r, palette.text_faint, 0.22)
        elif value >= GOOD_FROM:
            c.disc(cx, cy, r, palette.good)
            draw_icon(c.painter, "tick", cx, cy, r * 0.66, palette.background, 0.34)
        else:
            draw_icon(c.painter, "attention", cx, cy, r * 1.1, palette.caution, 0.2)
        beside = Box(cx + r + 8 * u, y, cell_w - 2 * r - 12 * u, cell_h)
        c.text(beside, words(label), palette.text_faint if value is None else palette.text, 17)


def ring(c: Canvas, box: Box, progress: float, colour: str, text: str = "") -> None:
    """A ring that closes clockwise from the top with ``progress`` 0..1, around ``text``."""
    r = min(box.w, box.h) / 2 * 0.88
    width = r * 0.13
    cx, cy, side = box.x + box.w / 2, box.y + box.h / 2, 2 * r - width
    around = QRectF(cx - side / 2, cy - side / 2, side, side)
    c.painter.setBrush(Qt.BrushStyle.NoBrush)
    c.painter.setPen(QPen(QColor(c.palette.track), width))
    c.painter.drawEllipse(around)
    if progress > 0.0:
        c.painter.setPen(QPen(QBrush(QColor(colour)), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        c.painter.drawArc(around, 90 * 16, -round(360 * 16 * min(1.0, progress)))
    if text:
        middle = Box(cx - r * 0.7, cy - r * 0.35, r * 1.4, r * 0.7)
        c.text(middle, text, c.palette.text, r * 0.46 / c.unit, bold=True, across="centre")


def badge(c: Canvas, box: Box, icon: str, accent: str, *, filled: bool, pulse: float = 0.0) -> None:
    """A large round badge with an icon; ``pulse`` 0..1 is a ring that spreads from it."""
    r = min(box.w, box.h) / 2
    cx, cy, core = box.x + box.w / 2, box.y + box.h / 2, r * 0.62
    if pulse > 0.0:
        reach = core + (r * 0.94 - core) * pulse
        c.painter.setBrush(Qt.BrushStyle.NoBrush)
        c.painter.setPen(QPen(tint(accent, 0.55 * (1.0 - pulse)), r * 0.04))
        c.painter.drawEllipse(QPointF(cx, cy), reach, reach)
    if filled:
        c.disc(cx, cy, core, accent)
    else:
        c.painter.setBrush(tint(accent, 0.13))
        c.painter.setPen(QPen(QColor(accent), r * 0.035))
        c.painter.drawEllipse(QPointF(cx, cy), core, core)
    draw_icon(c.painter, icon, cx, cy, core * 0.56, c.palette.background if filled else accent, 0.17)


def veil(c: Canvas, box: Box, text: str, icon: str, colour: str, *, dim: float, height: float) -> None:
    """Dim the picture by ``dim`` 0..1, hatch its edge, and say why on a plate at ``height`` 0..1 from its top."""
    u, palette = c.unit, c.palette
    c.painter.fillRect(qrect(box), tint(palette.background, dim))
    edge(c, box, colour, dashed=True)
    w, h = min(box.w * 0.9, 420 * u), 76 * u
    plate = Box(box.x + (box.w - w) / 2, box.y + box.h * height - h / 2, w, h)
    c.capsule(plate, colour, 0.92)
    draw_icon(c.painter, icon, plate.x + 44 * u, plate.y + h / 2, 20 * u, colour, 0.2)
    words = Box(plate.x + 76 * u, plate.y, plate.w - 104 * u, plate.h)
    c.text(words, text, palette.text, 30, bold=True, across="centre")


def pill(c: Canvas, x: float, y: float, text: str, room: float) -> None:
    """A small label with a strong outline, its upper left corner at (x, y), at most ``room`` wide."""
    box = Box(x, y, min(room, 158 * c.unit), 28 * c.unit)
    c.capsule(box, c.palette.caution, 0.85)
    c.text(box.inset(12 * c.unit, 0), text, c.palette.caution, 15, bold=True, across="centre")


def edge(c: Canvas, box: Box, colour: str, *, progress: float = 1.0, dashed: bool = False) -> None:
    """A coloured edge around the picture, drawn from the middle of its top as far as ``progress`` 0..1."""
    width = (7.0 if dashed else 4.5) * c.unit
    inner = box.inset(width / 2)
    path = QPainterPath(QPointF(inner.x + inner.w / 2, inner.y))
    for x, y in (
        (inner.right, inner.y), (inner.right, inner.bottom), (inner.x, inner.bottom), (inner.x, inner.y),
        (inner.x + inner.w / 2, inner.y),
    ):  # fmt: skip
        path.lineTo(x, y)
    c.painter.setBrush(Qt.BrushStyle.NoBrush)
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if dashed:
        pen.setDashPattern([3.0, 2.0])
    elif progress < 1.0:
        c.painter.setPen(QPen(tint(colour, 0.3), width))
        c.painter.drawPath(path)
        length = path.length() / width
        pen.setDashPattern([max(0.01, length * progress), 2.0 * length])
    c.painter.setPen(pen)
    c.painter.drawPath(path)
