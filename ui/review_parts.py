"""Widgets of the review window: the clip's picture, a chart, the probe's path."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap
from qtpy.QtWidgets import QSizePolicy, QWidget

from guidance.exam.timeline import Said, Timeline
from ui.canvas import Canvas
from ui.icons import draw_icon
from ui.layout import Box
from ui.palette import Palette
from ui.picture import draw_picture
from ui.review_chart import paint_now, paint_strip
from ui.review_path import paint_path
from ui.review_strip import Strip, StripPlan
from ui.state_look import STATE_LOOKS


class _Painted(QWidget):
    """A widget that one function paints on a canvas."""

    def __init__(self, palette: Palette, name: str):
        super().__init__()
        self.colours = palette
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def draw(self, c: Canvas, box: Box) -> None:
        """Paint everything in ``box``."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Begin, paint, end."""
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), QColor(self.colours.background))
            self.draw(Canvas(painter, self.colours, 1.0), Box(0, 0, self.width(), self.height()))
        finally:
            painter.end()


class ClipView(_Painted):
    """The picture on screen with a caption, or a notice why there is none."""

    def __init__(self, palette: Palette):
        super().__init__(palette, "The clip")
        self.setMinimumSize(320, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.pixels: NDArray[np.uint8] | None = None
        self.caption = ""
        self.hint: Said | None = None
        self.notice: tuple[str, str, str] | None = None

    def show_picture(self, pixels: NDArray[np.uint8], caption: str, hint: Said | None) -> None:
        """Show ``pixels``, with what the coach said at that instant."""
        self.pixels, self.caption, self.hint, self.notice = pixels, caption, hint, None
        self.update()

    def show_notice(self, icon: str, title: str, line: str) -> None:
        """Say why there is no picture."""
        self.pixels, self.notice, self.hint, self.caption = None, (icon, title, line), None, ""
        self.update()

    def draw(self, c: Canvas, box: Box) -> None:
        """Picture, caption, and what was said."""
        p = self.colours
        if self.pixels is not None:
            foot = Box(box.x, box.bottom - 54, box.w, 54)
            draw_picture(c.painter, self.pixels, Box(box.x, box.y, box.w, box.h - 58))
            c.text(Box(box.x + 10, box.y + 6, box.w - 20, 18), self.caption, p.text_soft, 13)
            self._said(c, foot)
        elif self.notice is not None:
            icon, title, line = self.notice
            middle = box.y + box.h / 2
            draw_icon(c.painter, icon, box.x + box.w / 2, middle - 46, 24, p.caution, 0.12)
            c.text(
                Box(box.x + 20, middle - 12, box.w - 40, 28), title, p.text, 20, bold=True, across="centre"
            )
            lines = Box(box.x + 40, middle + 18, box.w - 80, 60)
            c.text(lines, line, p.text_soft, 14, across="centre", down="top", lines=3)

    def _said(self, c: Canvas, box: Box) -> None:
        p, said = self.colours, self.hint
        if said is None:
            return
        if said.hint is not None:
            c.text(Box(box.x + 10, box.y, box.w - 20, 28), said.hint, p.text, 19, bold=True, across="centre")
            why = said.reason or ""
        else:
            look = STATE_LOOKS[said.state]
            colour, place = p.accent(said.state), Box(box.x + 10, box.y, box.w - 20, 28)
            c.text(place, look.title, colour, 19, bold=True, across="centre")
            why = (said.reason_code or "").replace("_", " ")
        c.text(Box(box.x + 10, box.y + 28, box.w - 20, 20), why, p.text_soft, 14, across="centre")


class StripView(_Painted):
    """A chart. A click says which instant; it names the hint below it, too."""

    picked = Signal(float)

    def __init__(self, palette: Palette, name: str, height: int):
        super().__init__(palette, name)
        self.setFixedHeight(height)
        self.strip: Strip | None = None
        self.now_s: float | None = None
        self.chosen: Said | None = None
        self.wrong: Collection[float] = ()
        self._shown: tuple[object, ...] | None = None
        self._still = QPixmap()

    def set_strip(self, strip: Strip | None) -> None:
        """Show ``strip``; None: nothing."""
        self.strip = strip
        self.setVisible(strip is not None)
        self.update()

    def set_now(self, now_s: float | None, chosen: Said | None, wrong: Collection[float]) -> None:
        """The picture on screen, the hint that is spoken of, and which were called wrong."""
        if (now_s, chosen, wrong) != (self.now_s, self.chosen, self.wrong):
            self.now_s, self.chosen, self.wrong = now_s, chosen, wrong
            self.update()

    def draw(self, c: Canvas, box: Box) -> None:
        """The chart."""
        if self.strip is None:
            return
        shown = (self.strip, self.chosen, tuple(self.wrong), self.size(), self.devicePixelRatioF())
        if shown != self._shown:  # painting it anew for every picture of a clip would take most of the time
            self._shown, self._still = shown, self._painted(box)
        c.painter.drawPixmap(0, 0, self._still)
        if self.now_s is not None:
            paint_now(c, box, self.strip, self.now_s)

    def _painted(self, box: Box) -> QPixmap:
        """All but the mark of the picture on screen."""
        assert self.strip is not None
        ratio = self.devicePixelRatioF()
        still = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        still.setDevicePixelRatio(ratio)
        still.fill(QColor(self.colours.background))
        painter = QPainter(still)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            c = Canvas(painter, self.colours, 1.0)
            paint_strip(c, box, self.strip, chosen=self.chosen, wrong=self.wrong)
        finally:
            painter.end()
        return still

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Choose the instant below the mouse."""
        self._pick(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Follow the pressed mouse."""
        self._pick(event)

    def _pick(self, event: QMouseEvent | None) -> None:
        if event is not None and self.strip is not None:
            plan = StripPlan.of(self.strip, Box(0, 0, self.width(), self.height()), 1.0)
            self.picked.emit(plan.t_s(event.position().x()))


class PathView(_Painted):
    """The probe's path."""

    def __init__(self, palette: Palette, height: int):
        super().__init__(palette, "The probe's path")
        self.setFixedHeight(height)
        self.setToolTip("Ring: where it began. Disc: the probe now; amber: its beam, white: its marker.")
        self.timeline: Timeline | None = None
        self.now_s: float | None = None

    def set_path(self, timeline: Timeline | None, now_s: float | None) -> None:
        """Show the path of ``timeline`` and where the probe was at ``now_s``."""
        if (timeline, now_s) != (self.timeline, self.now_s):
            self.timeline, self.now_s = timeline, now_s
            self.update()

    def draw(self, c: Canvas, box: Box) -> None:
        """Both projections."""
        if self.timeline is not None:
            paint_path(c, box, self.timeline, now_s=self.now_s)
