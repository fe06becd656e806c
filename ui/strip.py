"""ProtocolStrip: the views of a protocol in a row, with what was captured of each. A click aims at one."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from guidance.wording import spoken
from ui.board import Progress, Tile
from ui.canvas import Across, Canvas, qrect, tint
from ui.icons import draw_icon
from ui.layout import Box
from ui.palette import PICTURE_BLACK, Palette
from ui.picture import draw_picture
from ui.text import fit_text
from ui.wording import Word, Words

HEIGHT = 82
"""Of the strip at the usual size of text, in logical pixels."""

_ICONS = {Progress.DONE: "tick", Progress.SKIPPED: "skip"}


class ProtocolStrip(QWidget):
    """Paints tiles; the window gives it new ones.

    Signals:
        chosen: the view (a name of :class:`guidance.views.View`) that was clicked.
    """

    chosen = Signal(str)

    def __init__(self, words: Words, palette: Palette, parent: QWidget | None = None):
        super().__init__(parent)
        self._words = words
        self._palette = palette
        self._scale = 1.0
        self.tiles: tuple[Tile, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)

    def show_tiles(self, tiles: tuple[Tile, ...]) -> None:
        """Show ``tiles``; nothing is painted where nothing changed."""
        if _looks(tiles) == _looks(self.tiles):
            return
        self.tiles = tiles
        self.setAccessibleName(", ".join(f"{spoken(t.view)}: {self.said(t)}" for t in tiles))
        self.update()

    def dress(self, palette: Palette, text_scale: float) -> None:
        """Other colours, another size of text."""
        self._palette, self._scale = palette, text_scale
        self.updateGeometry()
        self.update()

    def said(self, tile: Tile) -> str:
        """What a tile says below its name."""
        words = self._words
        if tile.best:
            return words(Word.BEST)
        if tile.kept:
            return f"{tile.kept} {words(Word.KEPT)}"
        done = {Progress.DONE: Word.DONE, Progress.SKIPPED: Word.SKIPPED, Progress.TO_DO: Word.TO_DO}
        return words(done[tile.progress])

    # Qt

    def sizeHint(self) -> QSize:
        """As high as its text needs."""
        return QSize(640, round(HEIGHT * (0.6 + 0.4 * self._scale)))

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint every tile."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.fillRect(self.rect(), QColor(self._palette.background))
        c = Canvas(painter, self._palette, 1.0, self._scale)
        for number, tile in enumerate(self.tiles):
            self._paint(c, self._box(number), tile)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """A click on a tile aims at its view."""
        tile = None if event is None else self._at(event.position())
        if tile is not None:
            self.chosen.emit(tile.view.value)

    def event(self, event: QEvent | None) -> bool:
        """The full name of the view under the mouse."""
        if event is not None and event.type() == QEvent.Type.ToolTip:
            tile = self._at(QPointF(event.pos()))  # type: ignore[attr-defined]
            if tile is not None:
                QToolTip.showText(event.globalPos(), self._words.title(tile.view), self)  # type: ignore[attr-defined]
                return True
        return bool(super().event(event))

    # Inside

    def _box(self, number: int) -> Box:
        gap = 6.0
        width = min(
            182.0 * (0.6 + 0.4 * self._scale), (self.width() - 24.0 + gap) / max(1, len(self.tiles)) - gap
        )
        return Box(12.0 + number * (width + gap), 4.0, width, self.height() - 8.0)

    def _at(self, where: QPointF) -> Tile | None:
        for number, tile in enumerate(self.tiles):
            if qrect(self._box(number)).contains(where):
                return tile
        return None

    def _paint(self, c: Canvas, box: Box, tile: Tile) -> None:
        palette = self._palette
        c.plate(box)
        wide = box.w >= 150.0
        picture = Box(
            box.x + 5, box.y + 5, min((box.h - 10) * 4 / 3, box.w * (0.52 if wide else 1.0) - 10), box.h - 10
        )
        if not wide:
            width = min(picture.w, box.h * 0.52 * 4 / 3)
            picture = Box(box.x + (box.w - width) / 2, box.y + 5, width, box.h * 0.52)
        if tile.thumbnail is None:
            draw_icon(
                c.painter, "screen", picture.x + picture.w / 2, picture.y + picture.h / 2, picture.h * 0.24,
                palette.line, 0.12,
            )  # fmt: skip
        else:
            c.painter.fillRect(qrect(picture), QColor(PICTURE_BLACK))
            c.painter.setOpacity(0.45 if tile.progress is Progress.SKIPPED else 1.0)
            draw_picture(c.painter, tile.thumbnail, picture)
            c.painter.setOpacity(1.0)
        name = Box(picture.right + 6, box.y + 8, box.right - picture.right - 10, box.h * 0.42)
        below = Box(name.x, name.bottom, name.w, box.h * 0.42)
        if not wide:
            name = Box(box.x + 4, picture.bottom + 1, box.w - 8, box.h * 0.22)
            below = Box(box.x + 4, name.bottom, box.w - 8, box.bottom - name.bottom - 3)
        across: Across = "left" if wide else "centre"
        names, lines = [spoken(one.view) for one in self.tiles], 2 if wide else 1
        px = _one_size(c, names, name, 15, 9, bold=True)
        c.text(name, spoken(tile.view), palette.text, px, bold=True, across=across)
        colour = palette.good if tile.progress is Progress.DONE else palette.text_soft
        px = _one_size(c, [self.said(one) for one in self.tiles], below, 13, 8, lines=lines)
        c.text(below, self.said(tile), colour, px, across=across, lines=lines)
        icon = _ICONS.get(tile.progress)
        if icon is not None:
            x, y, r = picture.right - 10, picture.y + 10, 9.0
            c.disc(x, y, r, palette.good if tile.progress is Progress.DONE else palette.text_faint)
            draw_icon(c.painter, icon, x, y, r * 0.66, palette.background, 0.34)
        if tile.quality is not None:
            bar = QRectF(picture.x, picture.bottom - 3, picture.w, 3)
            c.painter.fillRect(bar, tint(palette.track, 0.8))
            bar.setWidth(picture.w * min(1.0, max(0.0, tile.quality)))
            c.painter.fillRect(bar, QColor(palette.good if tile.progress is Progress.DONE else palette.guide))
        if tile.current:
            c.painter.setBrush(Qt.BrushStyle.NoBrush)
            c.painter.setPen(QPen(QColor(palette.guide), 2.5))
            c.painter.drawRoundedRect(qrect(box.inset(1.2)), 9, 9)


def _one_size(
    c: Canvas, texts: Sequence[str], box: Box, px: float, least: float, *, lines: int = 1, bold: bool = False
) -> float:
    """In units: the size at which each of ``texts`` fits ``box``, from ``px`` down to ``least``. Tiles look alike."""
    most = round(px * c.text_scale)
    fitted = (
        fit_text(text, int(box.w), int(box.h), most, round(least), lines, bold, c.palette.families)
        for text in texts
    )
    return min(one.px for one in fitted) / c.text_scale


def _looks(tiles: tuple[Tile, ...]) -> list[tuple[object, ...]]:
    """What of ``tiles`` is seen."""
    return [(t.view, t.progress, t.current, id(t.thumbnail), t.quality, t.kept, t.best) for t in tiles]
