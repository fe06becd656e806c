"""The curves of a training: every term of the loss against the steps, from the log that the training writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from ui.qt import offscreen_application

Curves = dict[str, tuple[list[float], list[float]]]
"""Term -> (steps, values)."""

COLUMNS = 4
REAL = "real_"
"""How the names of terms on real pictures begin (:mod:`models.train`)."""
_INK, _LINE, _PAPER = "#1b2733", "#2f7fb5", "#ffffff"


def read_curves(log: Path) -> Curves:
    """The curves in ``log`` (``log.jsonl`` of a run). A line that was not written whole is left out.

    Raises:
        InputError: there is no log.
    """
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"no log at {log}: train first") from error
    found: Curves = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        for name, value in entry["terms"].items():
            steps, values = found.setdefault(name, ([], []))
            steps.append(float(entry["step"]))
            values.append(float(value))
    return found


def draw_curves(curves: Curves, path: Path) -> None:
    """Draw ``curves`` as a PNG at ``path``, one panel a term.

    Raises:
        InputError: it cannot be written.
        RuntimeFailure: Qt cannot start.
    """
    offscreen_application()
    import pyqtgraph as pg  # loads Qt: only once it is known to start

    sheet = pg.GraphicsLayoutWidget()
    sheet.setBackground(_PAPER)
    rows = -(-len(curves) // COLUMNS)
    sheet.resize(300 * COLUMNS, 60 + 230 * rows)
    title = "Loss on virtual patients, by term"
    if any(name.startswith(REAL) for name in curves):
        title += f" ({REAL}...: on real pictures)"
    sheet.addLabel(title, row=0, col=0, colspan=COLUMNS, color=_INK, size="12pt")
    for k, (name, (steps, values)) in enumerate(curves.items()):
        _panel(pg, sheet.addPlot(row=1 + k // COLUMNS, col=k % COLUMNS), name, steps, values)
    if not sheet.grab().save(str(path), "PNG"):
        raise InputError(f"{path} cannot be written: choose another run folder")


def _panel(pg: Any, plot: Any, name: str, steps: list[float], values: list[float]) -> None:
    plot.plot(steps, values, pen=pg.mkPen(_LINE, width=2))
    for side in ("left", "bottom"):
        plot.getAxis(side).setPen(_INK)
        plot.getAxis(side).setTextPen(_INK)
        plot.getAxis(side).enableAutoSIPrefix(False)
    plot.setTitle(name, color=_INK)
    plot.setLabel("bottom", "steps", color=_INK)
    plot.showGrid(x=True, y=True, alpha=0.2)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
