"""Evaluation on virtual patients: what a model says about frames whose labels are known, and how often that is right.

Figures from the virtual patient and figures from real clips (:mod:`models.clips`) are separate results. The one figure
that takes frames from both says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.coach_settings import CoachSettings
from guidance.errors import InputError
from guidance.manifest import Manifest, read_manifest
from guidance.views import STANDARD_VIEWS
from models.answers import Answers, ask, known_structures
from models.dataset import Shards
from models.figures.adjustment import AdjustmentFigures, adjustment_figures
from models.figures.by_view import ViewRow, rows_by_view
from models.figures.direction import WORTH, DirectionFigures, direction_figures
from models.figures.foreshortening import ForeshorteningFigures, foreshortening_figures
from models.figures.grading import GradingFigures, grading_figures
from models.figures.groups import (
    GroupFigures,
    Groups,
    Worst,
    figures_by_group,
    groups_of_seeds,
    worst_accuracy,
    worst_coverage,
    worst_error,
)
from models.figures.hinting import asked_for, half_widths, probability, sign_confidences
from models.figures.intervals import CoverageFigures, coverage_figures, covered
from models.figures.masks import DiceFigures, dice_figures
from models.figures.naming import NamingFigures, naming_figures
from models.figures.reliability import ReliabilityFigures, reliability_figures, softmax
from models.figures.statistics import mean
from models.figures.strangeness import DRAWN, MIXED, Look, StrangenessFigures, strangeness_figures
from models.figures.tradeoff import TradeOff, trade_off
from models.figures.truth import Truth
from models.frames import SIZE


def check_comparable(manifest: Manifest) -> None:
    """See to it that a model's raw answers line up with the labels of virtual frames.

    Raises:
        InputError: it has other views, another input size, or no quality or adjustment.
    """
    outputs = manifest.outputs
    lacks = outputs.quality is None or outputs.adjustment is None or outputs.adjustment_scale is None
    if manifest.views != STANDARD_VIEWS or manifest.input.size != SIZE or lacks:
        raise InputError(
            f"model '{manifest.name}' cannot be measured on virtual patients: that takes a model of "
            f"{', '.join(STANDARD_VIEWS)} in this order, of {SIZE} x {SIZE} pixels, with quality, adjustment and its "
            "scale"
        )


@dataclass(frozen=True, slots=True)
class VirtualFigures:
    """Figures on unseen virtual patients. Errors are per axis (slide_x, slide_y mm; tilt, rock, rotate degrees).

    ``clear`` frames lie within the right picture of a view and are seen. Errors are those of pairs of frame and target
    within 30 mm and 30 degrees on each axis, seen through an open window; the pooled ones mix mm and degrees, every
    pair weighing the same (``adjustment.pooled``: every view). ``zero_error`` is what always answering zero would
    score. ``sign_right`` counts errors that are worth a hint (5 mm, 4 degrees). ``quality_auc`` tells good from bad
    pictures of the nearest view among frames of a heart; ``novelty_auroc`` tells hearts from drawn outliers of the
    kinds that were trained on. nan where there is nothing to count.

    The rest is in parts, each explained where it is made (:mod:`models.figures`). ``strangeness`` has one entry for
    each set that hearts are told from; ``structures`` is None where the model outlines none of the virtual patient's.
    """

    frames: int
    patients: int
    view_accuracy: float
    clear_frames: int
    a4c_a5c_confused: int
    pooled_error: float
    zero_pooled_error: float
    error: tuple[float, ...]
    zero_error: tuple[float, ...]
    sign_right: tuple[float, ...]
    coverage90: tuple[float, ...]
    novelty_auroc: float
    quality_auc: float
    naming: NamingFigures
    reliability: ReliabilityFigures
    quality: GradingFigures
    adjustment: AdjustmentFigures
    direction: DirectionFigures
    coverage: CoverageFigures
    strangeness: dict[str, StrangenessFigures]
    structures: DiceFigures | None
    foreshortening: ForeshorteningFigures
    trade_off: TradeOff
    by_view: tuple[ViewRow, ...]
    by_group: dict[str, dict[str, GroupFigures]]
    worst_group: dict[str, Worst | None]


def virtual_figures(
    manifest: Manifest,
    got: Answers,
    records: NDArray[Any],
    groups: Groups | None = None,
    not_hearts: Look | None = None,
) -> VirtualFigures:
    """Compare ``got`` with ``records`` (:data:`models.dataset.RECORD`).

    Args:
        manifest: of the model; its calibration and hint policy count.
        got: its answers.
        records: the truth.
        groups: of the patients; None: nothing is told by group.
        not_hearts: what the model makes of real frames that show no heart.
    """
    truth, raw = Truth.of(records), got.raw
    views, calibration = manifest.views, manifest.calibration
    stated, half = raw["adjustment"], half_widths(manifest, raw["adjustment_scale"])
    inside = covered(stated, half, truth.adjustment)
    absolute, zero = np.abs(stated - truth.adjustment), np.abs(truth.adjustment)
    near_error, near_zero = absolute[truth.near], zero[truth.near]
    agree = (np.sign(stated) == np.sign(truth.adjustment))[truth.near]
    worth = near_zero >= np.asarray(WORTH, dtype=np.float32)
    naming = naming_figures(views, raw["view"], truth)
    quality = grading_figures(raw["quality"], calibration.quality_temperature, truth)
    adjustment = adjustment_figures(views, stated, truth)
    coverage = coverage_figures(inside, truth)
    look = look_of(manifest, raw)
    hearts = look.where(truth.heart)
    strangeness = {"drawn": strangeness_figures(DRAWN, hearts, look.where(~truth.heart))}
    if not_hearts is not None:
        strangeness["real"] = strangeness_figures(MIXED, hearts, not_hearts)
    by_group = figures_by_group(groups or {}, raw["view"].argmax(1) == truth.nearest, absolute, inside, truth)
    settings = CoachSettings.from_policy(manifest.hints)
    return VirtualFigures(
        frames=len(truth),
        patients=len(np.unique(truth.patient)),
        view_accuracy=naming.accuracy,
        clear_frames=naming.frames,
        a4c_a5c_confused=naming.a4c_called_a5c + naming.a5c_called_a4c,
        pooled_error=mean(near_error),
        zero_pooled_error=mean(near_zero),
        error=tuple(mean(near_error[:, k]) for k in range(5)),
        zero_error=tuple(mean(near_zero[:, k]) for k in range(5)),
        sign_right=tuple(mean(agree[worth[:, k], k]) for k in range(5)),
        coverage90=tuple(coverage.by_axis.values()),
        novelty_auroc=strangeness["drawn"].novelty_auroc,
        quality_auc=quality.auc,
        naming=naming,
        reliability=reliability_figures(raw["view"], calibration.view_temperature, truth),
        quality=quality,
        adjustment=adjustment,
        direction=direction_figures(stated, sign_confidences(stated, half), asked_for(manifest, raw), truth),
        coverage=coverage,
        strangeness=strangeness,
        structures=None
        if got.overlap is None
        else dice_figures(known_structures(manifest), got.overlap, truth.heart),
        foreshortening=foreshortening_figures(views, manifest.landmarks, raw, truth),
        trade_off=trade_off(
            stated,
            sign_confidences(stated, half),
            probability(raw["quality"] / calibration.quality_temperature),
            manifest.hints.tolerance,
            truth,
            in_use=(settings.sign_confidence, settings.hold_quality),
        ),
        by_view=rows_by_view(naming, adjustment, coverage),
        by_group=by_group,
        worst_group={
            "coverage90": worst_coverage(by_group),
            "view_accuracy": worst_accuracy(by_group),
            "pooled_error": worst_error(by_group),
        },
    )


def look_of(manifest: Manifest, raw: dict[str, NDArray[np.float32]]) -> Look:
    """What raw answers say about whether there is a heart at all, by the thresholds of the manifest."""
    p = softmax(raw["view"], manifest.calibration.view_temperature)
    novelty = probability(raw["novelty"]) if "novelty" in raw else None
    withheld = p.argmax(1) == len(manifest.views)
    if novelty is not None:
        withheld = withheld | (novelty > manifest.hints.max_novelty)
    return Look(novelty, p[:, -1], withheld)


def evaluate_shards(
    folder: Path,
    data: Path,
    count: int,
    workers: int = 1,
    not_hearts: Look | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> VirtualFigures:
    """Figures of the model in ``folder`` on the first ``count`` frames of the shards in ``data``."""
    shards = Shards.open(data)
    count = min(count, len(shards))
    got = ask(folder, data, count, workers, progress)
    records = shards.take(np.arange(count))
    groups = groups_of_seeds(int(seed) for seed in np.unique(records["patient"]))
    return virtual_figures(read_manifest(folder), got, records, groups, not_hearts)
