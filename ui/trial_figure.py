"""The figure of a trial: how many runs ended holding the right picture, by view and by group, with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ui.chart import BAR, INK, name_rows, new_sheet, save, style

Bars = list[tuple[str, float, tuple[float, float], int]]
"""Name, share, 95 % interval, runs."""


def draw_trial(figures: dict[str, Any], path: Path) -> None:
    """Draw ``figures`` (:func:`models.trial_summary.summarise`) as a PNG at ``path``.

    Raises:
        InputError: it cannot be written.
        RuntimeFailure: Qt cannot start.
    """
    by_view, by_group = bars_by_view(figures), bars_by_group(figures)
    held = "-" if figures["held"] is None else f"{100 * figures['held']:.0f} %"
    title = (
        f"Virtual patients: {held} of {figures['runs']} runs with hints ended holding the right picture"
        + (
            ""
            if figures["unguided_held"] is None
            else f"; without hints {100 * figures['unguided_held']:.0f} %"
        )
    )
    pg, sheet = new_sheet(title, 1100, 130 + 26 * max(len(by_view), len(by_group)), columns=2)
    for column, (name, bars) in enumerate((("by view", by_view), ("by group", by_group))):
        _panel(pg, sheet.addPlot(row=2, col=column), name, bars)
    save(sheet, path, "--out")


def bars_by_view(figures: dict[str, Any]) -> Bars:
    """One bar a view, in the order of the protocol."""
    return [_bar(view, f) for view, f in figures["by_view"].items() if f["runs"]]


def bars_by_group(figures: dict[str, Any]) -> Bars:
    """One bar a group, the groups of one kind next to each other."""
    return [_bar(v, f) for values in figures["by_group"].values() for v, f in values.items() if f["runs"]]


def _bar(name: str, f: dict[str, Any]) -> tuple[str, float, tuple[float, float], int]:
    low, high = f["ci95"]
    return name, float(f["held"]), (float(low), float(high)), int(f["runs"])


def _panel(pg: Any, plot: Any, name: str, bars: Bars) -> None:
    rows = list(range(len(bars), 0, -1))
    shares = [100 * share for _, share, _, _ in bars]
    plot.addItem(pg.BarGraphItem(x0=0, y=rows, height=0.6, width=shares, brush=BAR, pen=None))
    pen = pg.mkPen(INK, width=1.5)
    for row, (_, _, (low, high), _) in zip(rows, bars, strict=True):
        plot.plot([100 * low, 100 * high], [row, row], pen=pen)
    ticks = [(row, f"{label}  n={runs}") for row, (label, _, _, runs) in zip(rows, bars, strict=True)]
    name_rows(plot, ticks, 190)
    plot.setXRange(0, 100, padding=0.02)
    plot.setYRange(0.3, len(bars) + 0.7, padding=0)
    plot.showGrid(x=True, alpha=0.2)
    style(plot, bottom=f"{name}: held right, % (line: 95 % interval)")
