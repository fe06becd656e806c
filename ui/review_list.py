"""A list of cards: a picture or a number, a title, lines, and a mark. For the clips and for the hints of a review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import QModelIndex, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QImage, QPainter, QPen
from qtpy.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.canvas import Canvas, qrect, tint
from ui.icons import draw_icon
from ui.layout import Box
from ui.palette import Palette
from ui.picture import fit_inside

CARD = int(Qt.ItemDataRole.UserRole.value) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One row.

    Attributes:
        title: bold.
        lines: below it, quieter.
        picture: at the left; None: ``lead`` stands there.
        lead: a word at the left, such as a number.
        icon, icon_colour, icon_word: a mark below the lines; "": none.
        accent: colour of the lead.
    """

    title: str
    lines: tuple[str, ...] = ()
    picture: QImage | None = None
    lead: str = ""
    icon: str = ""
    icon_colour: str = ""
    icon_word: str = ""
    accent: str = ""


class CardList(QListWidget):
    """Rows of cards of one height; the mouse chooses, keys belong to the window.

    Args:
        palette: colours.
        row_height: of each card, in logical pixels.
        lead_width: of the picture or the lead.
        name: for screen readers.
    """

    def __init__(
        self, palette: Palette, row_height: int, lead_width: int, name: str, parent: QWidget | None = None
    ):
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setSpacing(0)
        self._row_height = row_height
        self.setItemDelegate(_CardPainter(palette, row_height, lead_width, self))

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Show ``cards``; the chosen row stays where it can."""
        row = self.currentRow()
        self.blockSignals(True)
        while self.count() > len(cards):
            self.takeItem(self.count() - 1)
        for index, card in enumerate(cards):
            item = self.item(index)
            if item is None:
                item = QListWidgetItem(self)
                item.setSizeHint(QSize(40, self._row_height))
            item.setData(CARD, card)
            words = ", ".join(filter(None, (card.lead, card.title, *card.lines, card.icon_word)))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, words)
            item.setToolTip("\n".join(filter(None, (card.title, *card.lines))))
        if 0 <= row < len(cards):
            self.setCurrentRow(row)
        self.blockSignals(False)
        view = self.viewport()
        if view is not None:
            view.update()

    def card(self, row: int) -> Card:
        """The card in ``row``."""
        item = self.item(row)
        assert item is not None
        made: Card = item.data(CARD)
        return made


class _CardPainter(QStyledItemDelegate):
    def __init__(self, palette: Palette, row_height: int, lead_width: int, parent: QWidget):
        super().__init__(parent)
        self._palette = palette
        self._row_height = row_height
        self._lead_width = lead_width

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Every row is as high as the next."""
        return QSize(40, self._row_height)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint one card."""
        card: Card | None = index.data(CARD)
        if card is None or painter is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        c = Canvas(painter, self._palette, 1.0)
        area = QRectF(option.rect)
        box = Box(area.x(), area.y(), area.width(), area.height()).inset(4, 3)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setBrush(tint(self._palette.guide, 0.16) if selected else QColor(self._palette.panel))
        painter.setPen(QPen(QColor(self._palette.guide if selected else self._palette.panel), 1.4))
        painter.drawRoundedRect(qrect(box), 8, 8)
        self._fill(c, box.inset(8, 7), card)
        painter.restore()

    def _fill(self, c: Canvas, box: Box, card: Card) -> None:
        p = self._palette
        lead = Box(box.x, box.y, self._lead_width, box.h)
        if card.picture is not None and not card.picture.isNull():
            c.painter.fillRect(qrect(lead), QColor(p.background))
            place = fit_inside((card.picture.width(), card.picture.height()), lead)
            c.painter.drawImage(qrect(place), card.picture)
        else:
            c.text(lead, card.lead, card.accent or p.text_soft, 13, bold=True, across="centre", lines=2)
        x = lead.right + 9
        text = Box(x, box.y, box.right - x, box.h)
        y = c.text(Box(text.x, text.y, text.w, 18), card.title, p.text, 13, least=11, bold=True)
        rest = text.bottom - y - (17 if card.icon else 0)
        each = rest / max(1, len(card.lines))
        for line in card.lines:
            c.text(Box(text.x, y, text.w, each), line, p.text_soft, 12, least=11, lines=2 if each > 28 else 1)
            y += each
        if card.icon:
            middle = text.bottom - 8
            draw_icon(c.painter, card.icon, text.x + 7, middle, 7, card.icon_colour, 0.26)
            c.text(
                Box(text.x + 20, middle - 9, text.w - 20, 18), card.icon_word, card.icon_colour, 12, bold=True
            )
