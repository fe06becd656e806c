"""Where a model leads: walks of locked virtual patients, and how right the pictures are that it would hold.

Frames drawn round a view say how well a model knows a picture. A loop of hints seeks out what the model takes for
right, mistakes included, so what it holds there is right less often. A trial (:mod:`models.trial`) tells it with a
novice and a coach in minutes a patient; walks tell it in half a second each.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.model import Model
from guidance.views import STANDARD_VIEWS
from models.dataset import TEST_SEED
from models.figures.statistics import wilson95
from models.figures.tradeoff import NEARLY, QUALITIES, RIGHT
from models.phantom.patient import sample_patient
from models.phantom.style import Machines
from models.processes import processes
from models.scenes import FrameMix
from models.walks import lead

LENGTH = 16
"""Stops a walk: twice those of training, as nothing is learnt from where it begins."""
PART = 12
"""Walks that a process takes at a time: one to each view."""
MIX = FrameMix(clear_share=1.0, machines=Machines.HELD_OUT)
"""Machines of families that training never draws from, set for the view."""


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """n walks of L stops, the first to the first view, the next to the next.

    Attributes:
        distance: (n, L) of the judge to the view; 1 = edge of the right picture.
        quality: (n, L) stated for it; 0 where the model would not hold for another reason: the view is not named, or
            the picture is strange to it.
    """

    distance: NDArray[np.float32]
    quality: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WalkPoint:
    """Walks that end at the first picture of at least one quality.

    Attributes:
        quality: the least one. held: share of walks that come to such a picture. right: share of walks for which it is
            right. wrong: share of the held ones for which it is not. nearly: share of the held beyond 1.2 tolerances.
    """

    quality: float
    held: float
    right: float
    wrong: float
    nearly: float


@dataclass(frozen=True, slots=True)
class WalkFigures:
    """What became of the walks.

    Attributes:
        walks, stops: how many, and how long. began_right, ended_right: share whose first, last picture is right.
        hold_quality: in use. right, right_ci95: share of walks held right by it, with the Wilson interval.
        holds: thresholds rising. right_by_view: held right by the threshold in use.
    """

    walks: int
    stops: int
    began_right: float
    ended_right: float
    hold_quality: float
    right: float
    right_ci95: tuple[float, float] | None
    holds: tuple[WalkPoint, ...]
    right_by_view: dict[str, float]


def lead_walks(
    folder: Path,
    count: int,
    workers: int,
    progress: Callable[[int], None] = lambda _: None,
    *,
    seed: int = TEST_SEED,
    stops: int = LENGTH,
) -> Walks:
    """``count`` walks (rounded up to whole rounds of the views) of patients from ``seed`` on, as that model leads."""
    starts = [seed + first for first in range(0, count, PART)]
    found: dict[int, Walks] = {}
    with processes(workers) as pool:
        jobs = {pool.submit(_some_walks, folder, start, stops): start for start in starts}
        for job in as_completed(jobs):
            found[jobs[job]] = job.result()
            progress(min(count, len(found) * PART))
    parts = [found[start] for start in starts]
    return Walks(np.concatenate([p.distance for p in parts]), np.concatenate([p.quality for p in parts]))


def _some_walks(folder: Path, seed: int, stops: int) -> Walks:
    """:data:`PART` walks, of a patient each: what one process does."""
    cv2.setNumThreads(1)
    distance = np.zeros((PART, stops), np.float32)
    quality = np.zeros((PART, stops), np.float32)
    with Model.load(folder, runtime="cpu") as model:
        hints = model.manifest.hints
        for k in range(PART):
            # Not the streams that frames and training walks of a patient are drawn from.
            rng = np.random.default_rng([29, seed + k])
            patient = sample_patient(np.random.default_rng([7, seed + k]))
            view = STANDARD_VIEWS[k % len(STANDARD_VIEWS)]
            for i, stop in enumerate(lead(model, patient, seed + k, view, rng, MIX, stops)):
                said = stop.said
                distance[k, i] = stop.frame.labels.distance[STANDARD_VIEWS.index(view)]
                named = said.probability_of(view) >= hints.min_view_probability
                if named and (said.novelty or 0.0) <= hints.max_novelty and said.quality is not None:
                    quality[k, i] = said.quality[said.views.index(view)]
    return Walks(distance, quality)


def walk_figures(walks: Walks, hold_quality: float) -> WalkFigures:
    """What became of ``walks`` with the model's threshold in use and with others."""
    n, stops = walks.distance.shape
    right = _held_distance(walks, hold_quality) <= RIGHT
    views = np.arange(n) % len(STANDARD_VIEWS)
    return WalkFigures(
        walks=n,
        stops=stops,
        began_right=_share(walks.distance[:, 0] <= RIGHT),
        ended_right=_share(walks.distance[:, -1] <= RIGHT),
        hold_quality=hold_quality,
        right=_share(right),
        right_ci95=wilson95(int(right.sum()), n),
        holds=tuple(_point(walks, q) for q in QUALITIES),
        right_by_view={
            str(v): _share(right[views == k]) for k, v in enumerate(STANDARD_VIEWS) if (views == k).any()
        },
    )


def _held_distance(walks: Walks, least: float) -> NDArray[np.float32]:
    """(n,) distance of the first picture of at least that quality; infinite where there is none."""
    enough = walks.quality >= least
    first = enough.argmax(axis=1)
    distance = walks.distance[np.arange(len(first)), first]
    return np.where(enough.any(axis=1), distance, np.float32(np.inf))


def _point(walks: Walks, least: float) -> WalkPoint:
    distance = _held_distance(walks, least)
    held = np.isfinite(distance)
    return WalkPoint(
        least,
        _share(held),
        _share(distance <= RIGHT),
        _share(distance[held] > RIGHT),
        _share(distance[held] > NEARLY),
    )


def _share(true: NDArray[np.bool_]) -> float:
    return float(true.mean()) if len(true) else float("nan")
