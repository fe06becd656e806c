"""The figure of a latency measurement: where the time goes, a histogram of each part, and every code along the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ui.chart import BAR, GREY, INK, WARM, new_sheet, save, style
from ui.latency_report import Figures

COLOURS = {"grabber": "#2f7fb5", "driver": "#7fb4d6", "engine": "#4a9c7d", "paint": "#8f7ab8", "total": INK}
NAMES = {
    "grabber": "grabber",
    "driver": "driver",
    "engine": "engine",
    "paint": "painting",
    "total": "total",
    "photon_to_pixel": "photon to pixel",
}


def draw_latency(
    values: Mapping[str, Sequence[float]], at_s: Sequence[float], figures: Figures, path: Path
) -> None:
    """Draw a run or a film as a PNG at ``path``.

    Args:
        values: part -> milliseconds (as :class:`~calibration.latency_delays.Delays` has them).
        at_s: when each value of the timeline (``capture``, else ``photon_to_pixel``) was shown.
        figures: the same run's.
        path: ends in .png.

    Raises:
        InputError: it cannot be written.
        RuntimeFailure: Qt cannot start.
    """
    parts = [part for part in NAMES if len(values.get(part, ()))]
    columns = max(1, len(parts))
    key = ((INK, "p50"), (WARM, "p99"), (GREY, "where the median may truly lie"))
    pg, sheet = new_sheet(_title(figures), 1280, 720, columns=columns, key=key)
    row = 2
    stages = [part for part in ("grabber", "driver", "engine", "paint") if part in parts]
    if len(stages) > 1:
        _budget(pg, sheet.addPlot(row=row, col=0, colspan=columns), stages, figures)
        sheet.ci.layout.setRowFixedHeight(row, 104)
        row += 1
    for column, part in enumerate(parts):
        _histogram(pg, sheet.addPlot(row=row, col=column), part, values[part], figures)
    _timeline(pg, sheet.addPlot(row=row + 1, col=0, colspan=columns), values, at_s, figures)
    save(sheet, path, "--figure")


def _title(figures: Figures) -> str:
    delays = figures["delays_ms"]
    whole = delays.get("photon_to_pixel") or delays.get("total") or delays["capture"]
    named = "Photon to pixel" if figures["method"] == "film" else "Screen to screen"
    if figures["method"] != "film" and delays["total"] is None:
        named = "Screen to program"
    return (
        f"{named}: p50 {whole['p50']:.0f} ms, p99 {whole['p99']:.0f} ms, to within {figures['resolution_ms']:.0f} ms; "
        f"{figures['codes']['seen']} codes, {figures['codes']['missed']} missed"
    )


def _budget(pg: Any, plot: Any, stages: Sequence[str], figures: Figures) -> None:
    """One bar: the medians one after the other."""
    left = 0.0
    medians = {part: figures["delays_ms"][part]["p50"] for part in stages}
    whole = sum(medians.values())
    for part, median in medians.items():
        plot.addItem(
            pg.BarGraphItem(x0=left, width=median, y0=0, height=1, brush=COLOURS[part], pen=pg.mkPen("w"))
        )
        wide = median > 0.06 * whole
        text = pg.TextItem(
            f"{NAMES[part]} {median:.1f}" if wide else "",
            color="w" if part != "driver" else INK,
            anchor=(0.5, 0.5),
        )
        text.setPos(left + median / 2, 0.5)
        plot.addItem(text)
        left += median
    plot.setXRange(0, whole, padding=0.01)
    plot.setYRange(0, 1, padding=0)
    plot.hideAxis("left")
    style(plot, bottom="medians one after the other, ms")
    plot.getAxis("bottom").enableAutoSIPrefix(False)


def _histogram(pg: Any, plot: Any, part: str, values: Sequence[float], figures: Figures) -> None:
    heights, edges = np.histogram(values, bins=max(8, min(40, round(2 * np.sqrt(len(values))))))
    plot.addItem(
        pg.BarGraphItem(
            x0=edges[:-1],
            width=edges[1] - edges[0],
            height=heights,
            y0=0,
            brush=COLOURS.get(part, BAR) if part != "total" else BAR,
            pen=None,
        )
    )
    places = figures["delays_ms"][part]
    for at, colour in ((places["p50"], INK), (places["p99"], WARM)):
        plot.addItem(pg.InfiniteLine(at, pen=pg.mkPen(colour, width=2)))
    plot.setXRange(edges[0], max(edges[-1], places["p99"]), padding=0.04)
    plot.setYRange(0, float(heights.max()) * 1.05, padding=0)
    plot.getAxis("bottom").enableAutoSIPrefix(False)
    plot.getAxis("left").enableAutoSIPrefix(False)
    counted = "pictures" if part in ("engine", "paint") else "codes"
    style(plot, left=counted, bottom=f"{NAMES[part]}, ms (p50 {places['p50']:.1f}, p99 {places['p99']:.1f})")


def _timeline(
    pg: Any, plot: Any, values: Mapping[str, Sequence[float]], at_s: Sequence[float], figures: Figures
) -> None:
    name = "capture" if "capture" in values else "photon_to_pixel"
    found = np.asarray(values[name])
    places = figures["delays_ms"][name]
    resolution = figures["resolution_ms"]
    # The display may show a code later than it was handed over, never earlier; a film errs both ways.
    below, above = (resolution, 0.0) if name == "capture" else (resolution / 2, resolution / 2)
    band = pg.LinearRegionItem(
        (places["p50"] - below, places["p50"] + above),
        orientation="horizontal",
        movable=False,
        brush=pg.mkBrush(GREY + "70"),
        pen=pg.mkPen(None),
    )
    plot.addItem(band)
    plot.plot(np.asarray(at_s), found, pen=None, symbol="o", symbolSize=5, symbolPen=None, symbolBrush=BAR)
    plot.addItem(pg.InfiniteLine(places["p50"], angle=0, pen=pg.mkPen(INK, width=2)))
    plot.addItem(pg.InfiniteLine(places["p99"], angle=0, pen=pg.mkPen(WARM, width=2)))
    plot.setYRange(0, float(max(found.max(), places["p50"] + above)) * 1.08, padding=0)
    plot.getAxis("left").enableAutoSIPrefix(False)
    plot.getAxis("bottom").enableAutoSIPrefix(False)
    plot.showGrid(y=True, alpha=0.2)
    what = "screen to program, ms" if name == "capture" else "photon to pixel, ms"
    style(plot, left=what, bottom="seconds of the run; each dot is a code")
