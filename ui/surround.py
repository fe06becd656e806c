"""Surround: what stands still around the picture until the next hint, painted once and shown again as one image."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from qtpy.QtCore import QPointF, QRectF
from qtpy.QtGui import QColor, QImage, QPainter, QTransform

from guidance.prediction import Facets
from guidance.views import View
from ui import parts
from ui.canvas import Canvas, qrect, sheet
from ui.layout import Box, Layout, Mode, arrange
from ui.overlay_parts import OverlayParts
from ui.palette import Palette
from ui.reference_pictures import reference_picture
from ui.wording import Word, Words

OVER_PLATES = 0.72
"""Opacity of the plates over a host's picture."""
_UNSCALED = (QTransform.TransformationType.TxNone, QTransform.TransformationType.TxTranslate)


@dataclass(frozen=True, slots=True)
class Details:
    """What stands below the hint; the first of these that is there.

    Attributes:
        note: calm advice. facets: whether to say why the quality is what it is, and ``judged``: the reasons, None: not
            known. card: the start card.
    """

    note: str | None = None
    facets: bool = False
    judged: Facets | None = None
    card: bool = False

    def __bool__(self) -> bool:
        return self.note is not None or self.facets or self.card


def plain(facets: Facets) -> Facets:
    """``facets`` as they are shown, good (1) or not (0): the same while nothing that can be seen changes."""
    return Facets(*(float(getattr(facets, name) >= parts.GOOD_FROM) for name, _ in parts.FACET_LABELS))


@dataclass(frozen=True, slots=True)
class Surround:
    """All that decides how the surround looks: equal ones look alike.

    Attributes:
        box: logical pixels. mode, palette, words, text_scale, show: as in :func:`ui.painter.paint_guidance`.
        target, on_screen: the view that is wanted, and the one recognised (None: not known).
        example: whether the target's example is shown, where there is room.
        one, two: the hint's lines; the picture beside them moves, and is not part of this.
        details: what stands below the hint.
    """

    box: Box
    mode: Mode
    palette: Palette
    words: Words
    text_scale: float
    show: OverlayParts
    target: View | None
    on_screen: View | None
    example: bool
    one: str
    two: str
    details: Details

    def layout(self) -> Layout:
        """Where everything stands."""
        return arrange(self.box, self.mode, details=bool(self.details), text_scale=self.text_scale)

    def canvas(self, painter: QPainter, layout: Layout) -> Canvas:
        """``painter`` for the parts beside the picture."""
        plates = 1.0 if self.mode is Mode.FULL else OVER_PLATES
        return Canvas(painter, self.palette, layout.unit, self.text_scale, plates)


def show_surround(painter: QPainter, surround: Surround, behind: Box | None = None) -> None:
    """Paint ``surround``: from the image that was made of it before, where the painter's pixels allow that.

    ``behind``: where something opaque is painted next, so that nothing need be painted there now.
    """
    if painter.worldTransform().type() not in _UNSCALED:
        draw_surround(painter, surround)  # a scaled image of text would not be sharp
        return
    box, ratio = surround.box, Canvas(painter, surround.palette, 1.0).ratio
    left, top = (_whole(edge, ratio) for edge in (box.x, box.y))
    drawn = _sheet(replace(surround, box=Box(box.x - left, box.y - top, box.w, box.h)), ratio)
    if behind is None or ratio != round(ratio):
        painter.drawImage(QPointF(left, top), drawn)
        return
    for strip in _around(Box(left, top, drawn.width() / ratio, drawn.height() / ratio), behind):
        source = QRectF((strip.x - left) * ratio, (strip.y - top) * ratio, strip.w * ratio, strip.h * ratio)
        painter.drawImage(qrect(strip), drawn, source)


def _whole(edge: float, ratio: float) -> int:
    """The last whole logical pixel up to ``edge`` that begins a device pixel too: an image between two is blurred."""
    last = math.floor(edge)
    return next((at for at in range(last, last - 8, -1) if (at * ratio).is_integer()), last)


def _around(whole: Box, hidden: Box) -> tuple[Box, ...]:
    """What of ``whole`` is not well within ``hidden``, as boxes on whole pixels."""
    left, top = math.ceil(hidden.x) + 1, math.ceil(hidden.y) + 1
    right, bottom = math.floor(hidden.right) - 1, math.floor(hidden.bottom) - 1
    if right <= left or bottom <= top:
        return (whole,)
    return (
        Box(whole.x, whole.y, whole.w, top - whole.y),
        Box(whole.x, bottom, whole.w, whole.bottom - bottom),
        Box(whole.x, top, left - whole.x, bottom - top),
        Box(right, top, whole.right - right, bottom - top),
    )


@lru_cache(maxsize=3)  # hints and paint sizes change seldom, and an image of a large screen is large
def _sheet(surround: Surround, ratio: float) -> QImage:
    box = surround.box
    # Only where it covers every pixel is the sheet opaque: such an image is copied, not blended.
    covers = surround.mode is Mode.FULL and box == (0, 0, round(box.w), round(box.h))
    form = QImage.Format.Format_RGB32 if covers else QImage.Format.Format_ARGB32_Premultiplied
    drawn, painter = sheet(box.right, box.bottom, ratio, form)
    draw_surround(painter, surround)
    painter.end()
    return drawn


def draw_surround(painter: QPainter, surround: Surround) -> None:
    """Paint ``surround`` stroke by stroke."""
    layout = surround.layout()
    c = surround.canvas(painter, layout)
    if surround.mode is Mode.FULL:
        painter.fillRect(QRectF(*surround.box), QColor(surround.palette.background))
    if surround.show.views:
        _views(c, layout, surround)
    if surround.show.hint:
        _lines(c, layout, surround)
        _details(c, layout, surround)
    c.text(layout.footer, surround.words(Word.RESEARCH_USE), surround.palette.text_faint, 14)


def _views(c: Canvas, layout: Layout, shown: Surround) -> None:
    words, target = shown.words, shown.target
    example = layout.reference if shown.example else None
    tall = example is not None and layout.beside
    if tall and layout.reference is not None:
        whole = Box(
            layout.target.x, layout.target.y, layout.reference.right - layout.target.x, layout.target.h
        )
        c.plate(whole)
    parts.view_card(
        c, layout.target, words(Word.TARGET), target, "target", c.palette.guide, words, strong=True,
        plated=not tall, lines=3 if tall else 2,
    )  # fmt: skip
    if example is not None and target is not None:
        parts.example(c, example, reference_picture(target), words)
    match = shown.on_screen is not None and shown.on_screen is target
    icon, accent = ("tick", c.palette.good) if match else ("screen", c.palette.text_soft)
    parts.view_card(
        c, layout.on_screen, words(Word.ON_SCREEN), shown.on_screen, icon, accent, words, strong=False
    )


def _lines(c: Canvas, layout: Layout, shown: Surround) -> None:
    palette, u = c.palette, c.unit
    if layout.beside:
        end = c.text(
            layout.line_one, shown.one, palette.text, 36, least=13, bold=True, across="centre", down="top", lines=3
        )  # fmt: skip
        below = Box(layout.line_two.x, end + 8 * u, layout.line_two.w, layout.line_two.bottom - end - 8 * u)
        c.text(below, shown.two, palette.text_soft, 20, least=10, across="centre", down="top", lines=4)
        return
    right = max(layout.target.right, layout.on_screen.right)
    bar = Box(layout.glyph.x, layout.glyph.y, right - layout.glyph.x, layout.glyph.h)
    c.plate(bar, 1.0 if shown.mode is Mode.FULL else 0.78)
    c.text(layout.line_one, shown.one, palette.text, 34, least=13, bold=True, down="bottom", lines=2)
    c.text(layout.line_two.inset(0, 4 * u), shown.two, palette.text_soft, 20, least=10, down="top", lines=3)


def _details(c: Canvas, layout: Layout, shown: Surround) -> None:
    """Advice before facets, and these before the start card."""
    box, details = layout.details, shown.details
    if box is None:
        return
    if details.note is not None:
        parts.note(c, box, details.note)
    elif details.facets:
        parts.facet_list(c, box, details.judged, shown.words)
    elif details.card and shown.target is not None:
        parts.start_card(c, box, shown.target, shown.words)
