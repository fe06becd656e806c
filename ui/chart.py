"""Charts that are drawn to a file and never shown: their colours, their axes, and saving them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from ui.qt import offscreen_application

INK, BAR, GREY, WARM, PAPER = "#1b2733", "#2f7fb5", "#b9c4cd", "#d1762c", "#ffffff"


def new_sheet(
    title: str, width: int, height: int, columns: int = 1, key: Sequence[tuple[str, str]] = ()
) -> tuple[Any, Any]:
    """pyqtgraph, and an empty sheet of ``width`` x ``height`` pixels; panels go below its title, into row 2.

    ``key`` says what colours mean: pairs of colour and word, in a line below the title, where no bar is hidden.

    Raises:
        RuntimeFailure: Qt cannot start.
    """
    offscreen_application()
    import pyqtgraph as pg  # loads Qt: only once it is known to start

    sheet = pg.GraphicsLayoutWidget()
    sheet.setBackground(PAPER)
    sheet.resize(width, height)
    sheet.addLabel(title, row=0, col=0, colspan=columns, color=INK, size="12pt")
    if key:
        words = "&nbsp;&nbsp;&nbsp;".join(f'<span style="color:{c}">&#9632;</span> {w}' for c, w in key)
        sheet.addLabel(words, row=1, col=0, colspan=columns, color=INK, size="10pt")
    return pg, sheet


def style(plot: Any, *, left: str = "", bottom: str = "") -> None:
    """Ink the axes of ``plot``, name them, and leave out what is for the mouse."""
    for side, name in (("left", left), ("bottom", bottom)):
        axis = plot.getAxis(side)
        axis.setPen(INK)
        axis.setTextPen(INK)
        axis.setStyle(maxTickLevel=0)
        axis.setZValue(-1)  # its grid lies below what is drawn
        if name:
            plot.setLabel(side, name, color=INK)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()


def name_rows(plot: Any, names: Sequence[tuple[float, str]], width: int) -> None:
    """Words instead of numbers beside the rows of ``plot``, in a margin of ``width`` pixels."""
    axis = plot.getAxis("left")
    axis.setTicks([list(names)])
    axis.setWidth(width)


def save(sheet: Any, path: Path, option: str) -> None:
    """Write ``sheet`` as a PNG to ``path``.

    Raises:
        InputError: it cannot be written; ``option`` names what to change.
    """
    if not sheet.grab().save(str(path), "PNG"):
        raise InputError(f"{path} cannot be written: choose another folder with {option}")
