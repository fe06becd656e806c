"""By view: one row of the table a view, what is named, adjusted and covered."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.figures.adjustment import AdjustmentFigures
from models.figures.intervals import CoverageFigures
from models.figures.naming import NamingFigures
from models.figures.statistics import wilson95


@dataclass(frozen=True, slots=True)
class ViewRow:
    """Figures of one view.

    Attributes:
        clear_frames, accuracy, accuracy_low, accuracy_high: frames within its right picture, share named so, Wilson's
            95 % interval (None of no frame).
        most_confused: what it is called most often otherwise; empty where nothing else.
        pairs, slide_x_mm to rotate_deg: mean absolute error per axis of so many near frames.
        pooled_error, zero_error: mean over the axes, and of always answering zero.
        coverage90: share of its axes within the 90 % interval.
    """

    view: str
    clear_frames: int
    accuracy: float
    accuracy_low: float | None
    accuracy_high: float | None
    most_confused: str
    pairs: int
    slide_x_mm: float
    slide_y_mm: float
    tilt_deg: float
    rock_deg: float
    rotate_deg: float
    pooled_error: float
    zero_error: float
    coverage90: float


def rows_by_view(
    naming: NamingFigures, adjustment: AdjustmentFigures, coverage: CoverageFigures
) -> tuple[ViewRow, ...]:
    """The table, in the order of the views."""
    found = []
    for k, errors in enumerate(adjustment.by_view):
        row = naming.confusion[k]
        frames, right = sum(row), row[k]
        low, high = wilson95(right, frames) or (None, None)
        slide_x, slide_y, tilt, rock, rotate = errors.error
        others = {naming.labels[j]: n for j, n in enumerate(row) if j != k and n}
        found.append(
            ViewRow(
                view=errors.view,
                clear_frames=frames,
                accuracy=right / frames if frames else math.nan,
                accuracy_low=low,
                accuracy_high=high,
                most_confused=max(others, key=lambda name: others[name], default=""),
                pairs=errors.pairs,
                slide_x_mm=slide_x,
                slide_y_mm=slide_y,
                tilt_deg=tilt,
                rock_deg=rock,
                rotate_deg=rotate,
                pooled_error=errors.pooled,
                zero_error=errors.zero,
                coverage90=coverage.by_view[k],
            )
        )
    return tuple(found)
