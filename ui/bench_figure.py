"""The figure of a benchmark: a histogram of each stage, and the latency of every frame along the run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ui.bench_report import STAGE_ORDER, Figures, Run
from ui.bench_run import AT
from ui.chart import BAR, GREY, INK, WARM, new_sheet, save, style

COLUMNS = 4
BINS = 60
MAX_DOTS = 20_000

Values = NDArray[np.floating]


def draw_bench(run: Run, figures: Figures, path: Path) -> None:
    """Draw ``run``, whose ``figures`` are :func:`ui.bench_report.build`'s, as a PNG at ``path``.

    Raises:
        InputError: it cannot be written.
        RuntimeFailure: Qt cannot start.
    """
    stages = [(name, run.stage(name)) for name in STAGE_ORDER if run.stage(name).size]
    rows = -(-len(stages) // COLUMNS)
    total = figures["stages_ms"]["total"]
    title = (
        f"Capture to guidance: p50 {total['p50']:.2f} ms, p99 {total['p99']:.2f} ms; the bare network call "
        f"{figures['floor_ms']['p50']:.2f} ms; {figures['frames']} frames, {figures['dropped']} dropped"
    )
    key = ((BAR, "frames (root scale)"), (INK, "p50"), (WARM, "p99"), (GREY, "bare network call, p50"))
    pg, sheet = new_sheet(title, 1280, 330 + 210 * rows, columns=COLUMNS, key=key)
    for number, (name, values) in enumerate(stages):
        places = figures["stages_ms"][name]
        floor = figures["floor_ms"]["p50"] if name in ("infer", "total") else None
        _histogram(
            pg, sheet.addPlot(row=2 + number // COLUMNS, col=number % COLUMNS), name, values, places, floor
        )
    _timeline(pg, sheet.addPlot(row=2 + rows, col=0, colspan=COLUMNS), run, figures)
    save(sheet, path, "--figure")


def counts(values: Values) -> tuple[Values, Values]:
    """(edges, counts) of a histogram from the smallest value to p99.9, whose last bin holds all beyond."""
    low, high = float(values.min()), float(np.percentile(values, 99.9))
    high = max(high, low + 1e-3)
    edges = np.linspace(low, high, BINS + 1)
    found, _ = np.histogram(np.minimum(values, high), edges)
    return edges, found


def _histogram(
    pg: Any, plot: Any, name: str, values: Values, places: Mapping[str, float], floor: float | None
) -> None:
    edges, found = counts(values)
    width = edges[1] - edges[0]
    plot.addItem(
        pg.BarGraphItem(x0=edges[:-1], width=width, height=np.sqrt(found), y0=0, brush=BAR, pen=None)
    )
    for at, colour in ((places["p50"], INK), (places["p99"], WARM), (floor, GREY)):
        if at is None:
            continue
        plot.addItem(pg.InfiniteLine(at, pen=pg.mkPen(colour, width=2)))
    left = edges[0] if floor is None else min(edges[0], floor)
    plot.setXRange(left, edges[-1], padding=0.03)
    plot.setYRange(0, float(np.sqrt(found.max())) * 1.05, padding=0)
    plot.getAxis("bottom").enableAutoSIPrefix(False)
    style(plot, bottom=f"{name}, ms")
    top = int(found.max())
    plot.getAxis("left").setTicks([[(float(np.sqrt(v)), str(v)) for v in sorted({0, top // 4, top})]])


def _timeline(pg: Any, plot: Any, run: Run, figures: Figures) -> None:
    at = np.concatenate([meter.samples.values(AT) for meter in run.meters])
    total = run.stage("total")
    step = -(-len(at) // MAX_DOTS)
    slowest = total > figures["stages_ms"]["total"]["p99"]  # never thinned out: they are what one looks for
    for chosen, colour, size in ((~slowest, BAR, 3), (slowest, WARM, 5)):
        every = step if colour == BAR else 1
        plot.plot(
            at[chosen][::every], total[chosen][::every], pen=None, symbol="o", symbolSize=size,
            symbolPen=None, symbolBrush=colour,
        )  # fmt: skip
    floor = figures["floor_ms"]["p50"]
    plot.addItem(pg.InfiniteLine(floor, angle=0, pen=pg.mkPen(GREY, width=2)))
    plot.setYRange(0, float(total.max()) * 1.05, padding=0)
    plot.getAxis("left").enableAutoSIPrefix(False)
    plot.getAxis("bottom").enableAutoSIPrefix(False)
    plot.showGrid(y=True, alpha=0.2)
    style(
        plot,
        left="capture to guidance, ms",
        bottom="seconds of the run (orange: the slowest one in a hundred)",
    )
