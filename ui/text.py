"""Text that always fits: the largest size at which even lines fit a box, or else an ellipsis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from qtpy.QtCore import Qt
from qtpy.QtGui import QFont, QFontMetricsF


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
    made.setPixelSize(px)
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
    for px in range(max(max_px, min_px), min_px - 1, -1):
        metrics = QFontMetricsF(font(families, px, bold))
        rows = min(max_lines, int(height // metrics.height()), len(words))
        for count in range(1, rows + 1):
            lines = _balanced(words, count, metrics)
            if max(metrics.horizontalAdvance(line) for line in lines) <= width:
                return Fitted(lines, px, True)
    return _cut(words, width, height, min_px, max_lines, QFontMetricsF(font(families, min_px, bold)))


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
        lines.append(_elided(" ".join(line), width, metrics))
    if rest:
        lines.append(_elided(" ".join(rest), width, metrics))
    return Fitted(tuple(lines), px, False)


def _elided(text: str, width: int, metrics: QFontMetricsF) -> str:
    """``text`` cut to ``width``; Qt's own cut may be a fraction of a pixel too long."""
    room = float(width)
    while True:
        cut = str(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
        if room <= 0.0 or metrics.horizontalAdvance(cut) <= width:
            return cut
        room -= 1.0
