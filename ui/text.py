"""Text that always fits: the largest size at which balanced lines fit a box, ended with an ellipsis when none does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QPainter

from ui.layout import Box

MIN_PX = 8


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines and the pixel size at which they fit. ``complete`` is False where the text had to be cut."""

    lines: tuple[str, ...]
    px: int
    complete: bool


def font(families: tuple[str, ...], px: int, bold: bool = False) -> QFont:
    """A font of ``px`` pixels in the first of ``families`` that is installed."""
    made = QFont()
    made.setFamilies(list(families))
    made.setPixelSize(max(MIN_PX, px))
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


@lru_cache(maxsize=1024)
def fit_text(
    text: str,
    width: int,
    height: int,
    max_px: int,
    min_px: int,
    max_lines: int,
    bold: bool,
    families: tuple[str, ...],
) -> Fitted:
    """The largest size between ``max_px`` and ``min_px`` at which ``text`` fits, in lines of even length."""
    words = text.split()
    if not words:
        return Fitted((), max_px, True)
    low = max(MIN_PX, min_px)
    for px in range(max(max_px, low), low - 1, -1):
        metrics = QFontMetricsF(font(families, px, bold))
        rows = min(max_lines, int(height // metrics.height()), len(words))
        for count in range(1, rows + 1):
            lines = _balanced(words, count, metrics)
            if max(metrics.horizontalAdvance(line) for line in lines) <= width:
                return Fitted(lines, px, True)
    return _cut(words, width, height, low, max_lines, QFontMetricsF(font(families, low, bold)))


def _balanced(words: list[str], count: int, metrics: QFontMetricsF) -> tuple[str, ...]:
    """``words`` in ``count`` lines whose longest is as short as possible."""
    if count == 1:
        return (" ".join(words),)
    best: tuple[float, tuple[str, ...]] | None = None
    for split in range(1, len(words) - count + 2):
        head = " ".join(words[:split])
        lines = (head, *_balanced(words[split:], count - 1, metrics))
        longest = max(metrics.horizontalAdvance(line) for line in lines)
        if best is None or longest < best[0]:
            best = (longest, lines)
    assert best is not None
    return best[1]


def _cut(
    words: list[str], width: int, height: int, px: int, max_lines: int, metrics: QFontMetricsF
) -> Fitted:
    rows = max(1, min(max_lines, int(height // metrics.height())))
    lines: list[str] = []
    rest = list(words)
    while rest and len(lines) < rows - 1:
        line = [rest.pop(0)]
        while rest and metrics.horizontalAdvance(" ".join([*line, rest[0]])) <= width:
            line.append(rest.pop(0))
        lines.append(metrics.elidedText(" ".join(line), Qt.TextElideMode.ElideRight, width))
    if rest:
        lines.append(metrics.elidedText(" ".join(rest), Qt.TextElideMode.ElideRight, width))
    return Fitted(tuple(lines), px, False)


def draw_text(
    painter: QPainter,
    box: Box,
    text: str,
    colour: str,
    *,
    families: tuple[str, ...],
    max_px: float,
    min_px: float = MIN_PX,
    bold: bool = False,
    align: str = "left",
    vertical: str = "middle",
    max_lines: int = 1,
) -> Fitted:
    """Draw ``text`` in ``box``; ``align`` left, centre or right; ``vertical`` top, middle or bottom."""
    fitted = fit_text(text, int(box.w), int(box.h), round(max_px), round(min_px), max_lines, bold, families)
    face = font(families, fitted.px, bold)
    metrics = QFontMetricsF(face)
    block = metrics.height() * len(fitted.lines)
    y = {"top": box.y, "middle": box.y + (box.h - block) / 2, "bottom": box.bottom - block}[vertical]
    painter.setFont(face)
    painter.setPen(QColor(colour))
    for line in fitted.lines:
        free = box.w - metrics.horizontalAdvance(line)
        x = box.x + {"left": 0.0, "centre": free / 2, "right": free}[align]
        painter.drawText(QPointF(x, y + metrics.ascent()), line)
        y += metrics.height()
    return fitted
