"""The figures of an evaluation on virtual patients: confusion matrix, reliability, errors, directions by size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.probe import AXES
from models.evaluate import VirtualFigures
from models.figures.naming import NamingFigures
from models.figures.reliability import ReliabilityFigures
from models.figures.statistics import wilson95
from models.figures.tradeoff import FEW, TradeOff
from ui.chart import BAR, GREY, INK, WARM, name_rows, new_sheet, save, style

_OPTION = "--figures"
_UNITS = ("mm", "mm", "deg", "deg", "deg")


def draw_evaluation(figures: VirtualFigures, folder: Path) -> tuple[Path, ...]:
    """Draw every figure as a PNG into ``folder``; returns their paths.

    Raises:
        InputError: one cannot be written.
        RuntimeFailure: Qt cannot start.
    """
    places = tuple(
        folder / f"{name}.png" for name in ("confusion", "reliability", "error", "direction", "trade_off")
    )
    draw_confusion(figures.naming, places[0])
    draw_reliability(figures.reliability, places[1])
    draw_errors(figures, places[2])
    draw_directions(figures, places[3])
    draw_trade_off(figures.trade_off, places[4])
    return places


def draw_confusion(naming: NamingFigures, path: Path) -> None:
    """Rows are what is true, columns what was named; cells off the diagonal are mistakes and have another colour."""
    names = naming.labels
    title = (
        f"Virtual patients: {_percent(naming.accuracy)} of {naming.frames} clear frames named right; "
        f"A4C taken for A5C {naming.a4c_called_a5c} times, A5C for A4C {naming.a5c_called_a4c} times"
    )
    pg, sheet = new_sheet(title, 1180, 620)
    plot = sheet.addPlot(row=2, col=0)
    counts = np.asarray(naming.confusion)
    image = pg.ImageItem(shades(counts), axisOrder="row-major", levels=(0, 255))
    image.setRect(0.5, 0.5, len(names), len(names))
    plot.addItem(image)
    share = _shares(counts)
    for row, column in np.argwhere(counts > 0):
        label = pg.TextItem(
            str(counts[row, column]), color="#ffffff" if share[row, column] > 0.5 else INK, anchor=(0.5, 0.5)
        )
        label.setPos(column + 1, row + 1)
        plot.addItem(label)
    plot.invertY(True)
    plot.setRange(xRange=(0.5, len(names) + 0.5), yRange=(0.5, len(names) + 0.5), padding=0)
    plot.getAxis("bottom").setTicks([[(k + 1, name) for k, name in enumerate(names)]])
    style(
        plot, bottom="named (rows of views: clear frames; row OTHER: between views, nothing to see, no heart)"
    )
    totals = counts.sum(1)
    name_rows(plot, [(k + 1, f"{name}  n={totals[k]}") for k, name in enumerate(names)], 150)
    save(sheet, path, _OPTION)


def shades(counts: NDArray[Any]) -> NDArray[np.uint8]:
    """(k, k, 3) colours of a confusion matrix: the fuller the larger the share of the row, mistakes in their own.

    Mistakes go by the root of their share: one in a hundred must still be seen.
    """
    share = _shares(counts)
    right = np.eye(len(counts), dtype=bool)
    depth = np.where(right, share, np.sqrt(share))[..., None]
    full = np.where(right[..., None], _rgb(BAR), _rgb(WARM))
    return np.asarray(np.round(255 - depth * (255 - full)), dtype=np.uint8)


def _rgb(colour: str) -> NDArray[np.int64]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def _shares(counts: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(counts / np.maximum(counts.sum(1, keepdims=True), 1))


def draw_reliability(reliability: ReliabilityFigures, path: Path) -> None:
    """Share right against mean confidence in bins of equal mass; the diagonal is what it should be."""
    title = f"Virtual patients: expected calibration error {reliability.ece:.3f} (view or OTHER, all frames)"
    pg, sheet = new_sheet(title, 760, 600)
    plot = sheet.addPlot(row=2, col=0)
    plot.plot([0, 100], [0, 100], pen=pg.mkPen(GREY, width=1.5))
    x = [100 * b.confidence for b in reliability.bins]
    y = [100 * b.right for b in reliability.bins]
    for at, b in zip(x, reliability.bins, strict=True):
        interval = wilson95(round(b.right * b.frames), b.frames)
        if interval is not None:
            plot.plot([at, at], [100 * interval[0], 100 * interval[1]], pen=pg.mkPen(INK, width=1.5))
    plot.plot(x, y, pen=pg.mkPen(BAR, width=2), symbol="o", symbolSize=9, symbolBrush=BAR, symbolPen=None)
    low = max(0.0, math.floor(min([*x, *y, 90.0]) / 20) * 20)
    plot.setRange(xRange=(low, 102), yRange=(low, 102), padding=0)
    plot.showGrid(x=True, y=True, alpha=0.2)
    style(plot, left="right, %", bottom="mean confidence, % (lines: 95 % interval)")
    save(sheet, path, _OPTION)


def draw_errors(figures: VirtualFigures, path: Path) -> None:
    """Mean absolute error by view and by axis, beside what always answering zero scores."""
    pooled = figures.adjustment
    title = (
        f"Virtual patients: adjustment error {pooled.pooled:.2f}, mm and degrees averaged over views "
        f"(always zero: {pooled.zero_pooled:.2f}); targets within 30 mm and 30 degrees"
    )
    pg, sheet = new_sheet(title, 1180, 580, columns=2, key=[(BAR, "the model"), (GREY, "always zero")])
    by_view = [(f"{v.view}  n={v.pairs}", v.pooled, v.zero) for v in pooled.by_view if v.pairs]
    by_axis = [
        (f"{axis} ({unit})", error, zero)
        for axis, unit, error, zero in zip(AXES, _UNITS, figures.error, figures.zero_error, strict=True)
        if not math.isnan(error)
    ]
    _paired_bars(pg, sheet.addPlot(row=2, col=0), by_view, "by view: mean of mm and degrees", 150)
    _paired_bars(pg, sheet.addPlot(row=2, col=1), by_axis, "by axis: mm or degrees", 110)
    save(sheet, path, _OPTION)


def _paired_bars(
    pg: Any, plot: Any, bars: Sequence[tuple[str, float, float]], name: str, margin: int
) -> None:
    rows = np.arange(len(bars), 0, -1.0)
    for offset, colour, column in ((0.19, BAR, 1), (-0.19, GREY, 2)):
        item = pg.BarGraphItem(
            x0=0, y=rows + offset, height=0.36, width=[bar[column] for bar in bars], brush=colour, pen=None
        )
        plot.addItem(item)
    name_rows(plot, [(row, bar[0]) for row, bar in zip(rows, bars, strict=True)], margin)
    plot.setXRange(0, max((max(bar[1:]) for bar in bars), default=1.0) * 1.05, padding=0)
    plot.setYRange(0.3, len(bars) + 0.7, padding=0)
    plot.showGrid(x=True, alpha=0.2)
    style(plot, bottom=f"{name}, mean absolute error")


def draw_directions(figures: VirtualFigures, path: Path) -> None:
    """Share of errors stated with the right sign, by the size of the true error: all, and where a hint is given."""
    found = figures.direction
    title = (
        f"Virtual patients: direction right in {_percent(found.hinted.share)} of {found.hinted.errors} errors of at "
        "least 5 mm or 4 degrees that a hint is given for"
    )
    pg, sheet = new_sheet(title, 940, 560, key=[(GREY, "every error"), (WARM, "where a hint is given")])
    plot = sheet.addPlot(row=2, col=0)
    plot.plot([0.4, len(found.by_size) + 0.6], [50, 50], pen=pg.mkPen(GREY, width=1.5))
    series = (
        (-0.17, GREY, [size.all for size in found.by_size]),
        (0.17, WARM, [size.hinted for size in found.by_size]),
    )
    for offset, colour, directions in series:
        at = np.arange(1.0, len(directions) + 1) + offset
        heights = [0.0 if math.isnan(d.share) else 100 * d.share for d in directions]
        item = pg.BarGraphItem(x=at, y0=0, height=heights, width=0.32, brush=colour, pen=None)
        plot.addItem(item)
        for x, d in zip(at, directions, strict=True):
            if d.ci95 is not None:
                plot.plot([x, x], [100 * d.ci95[0], 100 * d.ci95[1]], pen=pg.mkPen(INK, width=1.5))
            label = pg.TextItem(f"n={d.errors}", color=INK, anchor=(0.5, 1.0))
            label.setPos(x, 3)
            plot.addItem(label)
    plot.setRange(xRange=(0.4, len(found.by_size) + 0.6), yRange=(0, 101), padding=0)
    plot.getAxis("bottom").setTicks([[(k + 1, s.size) for k, s in enumerate(found.by_size)]])
    plot.showGrid(y=True, alpha=0.2)
    style(plot, left="right direction, % (line at 50: a coin)", bottom="true error, mm or degrees")
    save(sheet, path, _OPTION)


def draw_trade_off(curves: TradeOff, path: Path) -> None:
    """How much is guided or held against how much of that is wrong, threshold by threshold."""
    title = "Virtual patients: what a stricter threshold costs (to the left) and spares (down)"
    few = f"fewer than {FEW} cases: says nothing"
    key = ((BAR, "threshold, with the 95 % interval of its risk"), (WARM, "in use"), (GREY, few))
    pg, sheet = new_sheet(title, 1180, 560, columns=2, key=key)
    hints = [_Point(p.guided, p.wrong, p.asked, p.confidence) for p in curves.hints]
    holds = [_Point(p.found, p.wrong, p.held, p.quality) for p in curves.holds]
    plots = sheet.addPlot(row=2, col=0), sheet.addPlot(row=2, col=1)
    plots[0].setTitle("movements, by the confidence in their direction", color=INK, size="10pt")
    plots[1].setTitle("held pictures, by their quality", color=INK, size="10pt")
    _curve(
        pg, plots[0], hints, curves.sign_confidence, "errors beyond tolerance that a movement mends, %",
        "risk: movements asked for that lead away, %",
    )  # fmt: skip
    _curve(
        pg, plots[1], holds, curves.hold_quality, "right pictures held, %",
        "risk: held pictures that are not right, %",
    )  # fmt: skip
    save(sheet, path, _OPTION)


@dataclass(frozen=True, slots=True)
class _Point:
    """What is gained and what is wrong, as shares, from ``threshold`` on."""

    gained: float
    wrong: float
    cases: int
    threshold: float


def _curve(
    pg: Any, plot: Any, points: Sequence[_Point], in_use: float | None, bottom: str, left: str
) -> None:
    known = [p for p in points if p.cases and not (math.isnan(p.gained) or math.isnan(p.wrong))]
    told = [p for p in known if p.cases >= FEW]
    plot.plot([100 * p.gained for p in told], [100 * p.wrong for p in told], pen=pg.mkPen(BAR, width=2))
    top = 1.0
    for p in known:
        x, y = 100 * p.gained, 100 * p.wrong
        colour = GREY if p.cases < FEW else WARM if p.threshold == in_use else BAR
        interval = wilson95(round(p.wrong * p.cases), p.cases)
        if interval is not None and p.cases >= FEW:
            plot.plot([x, x], [100 * interval[0], 100 * interval[1]], pen=pg.mkPen(colour, width=1))
            top = max(top, 100 * interval[1])
        plot.plot([x], [y], pen=None, symbol="o", symbolSize=10, symbolBrush=colour, symbolPen=None)
        label = pg.TextItem(f"{p.threshold:g}", color=INK, anchor=(1.2, 0.9))  # left of a line that rises
        label.setPos(x, y)
        plot.addItem(label)
    plot.setRange(xRange=(-6, 105), yRange=(-0.02 * top, 1.1 * top), padding=0)
    plot.getAxis("bottom").setTicks([[(x, str(x)) for x in range(0, 101, 20)]])
    plot.showGrid(x=True, y=True, alpha=0.2)
    style(plot, left=left, bottom=bottom)


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"
