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
        count = _needed(words, width, rows, metrics)
        if count is not None:
            return Fitted(_balanced(words, count, metrics), px, True)
    return _cut(words, width, height, min_px, max_lines, QFontMetricsF(font(families, min_px, bold)))


@lru_cache(maxsize=256)
def fit_rows(
    texts: tuple[str, ...],
    width: int,
    height: int,
    max_px: int,
    min_px: int,
    max_lines: int,
    families: tuple[str, ...],
    above: int = 0,
) -> tuple[Fitted, ...]:
    """``texts`` one below the other, all of one size: the largest at which they fit together, each in at most
    ``max_lines`` lines and ``above`` pixels below the one before. Rows of a list look calm only where they are alike.
    """
    rows: tuple[Fitted, ...] = ()
    for px in range(max(max_px, min_px), min_px - 1, -1):
        line = QFontMetricsF(font(families, px)).height()
        room = int(line * max_lines) + 1
        rows = tuple(fit_text(text, width, room, px, px, max_lines, False, families) for text in texts)
        needed = sum(max(1, len(row.lines)) * line + above for row in rows)
        if needed <= height and all(row.complete for row in rows):
            return rows
    return rows


def _needed(words: list[str], width: int, rows: int, metrics: QFontMetricsF) -> int | None:
    """The fewest lines of at most ``width`` that hold ``words``; None where that is more than ``rows``."""
    count, start = 1, 0
    for end in range(1, len(words) + 1):
        if metrics.horizontalAdvance(" ".join(words[start:end])) <= width:
            continue
        count, start = count + 1, end - 1
        if count > rows or metrics.horizontalAdvance(words[start]) > width:
            return None
    return count if count <= rows else None


def _balanced(words: list[str], count: int, metrics: QFontMetricsF) -> tuple[str, ...]:
    """``words`` in ``count`` lines whose longest is as short as possible."""
    best: dict[tuple[int, int], tuple[float, tuple[str, ...]]] = {}
    widths: dict[tuple[int, int], float] = {}

    def width(start: int, end: int) -> float:
        if (start, end) not in widths:
            widths[start, end] = metrics.horizontalAdvance(" ".join(words[start:end]))
        return widths[start, end]

    def rest(start: int, lines: int) -> tuple[float, tuple[str, ...]]:
        """The longest line, and the lines, of what begins at ``start``."""
        key = (start, lines)
        if key not in best:
            if lines == 1:
                best[key] = (width(start, len(words)), (" ".join(words[start:]),))
            else:
                options = []
                for split in range(start + 1, len(words) - lines + 2):
                    longest, below = rest(split, lines - 1)
                    head = " ".join(words[start:split])
                    options.append((max(longest, width(start, split)), (head, *below)))
                best[key] = min(options, key=lambda option: option[0])
        return best[key]

    return rest(0, count)[1]


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
