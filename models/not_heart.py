"""Not a heart: what a model makes of real clips in which there is no heart to guide to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from guidance.errors import InputError, SonoguideError
from guidance.model import Model
from guidance.views import View
from models.clips import clip_predictions, clips_in
from models.figures.strangeness import Look
from models.processes import processes


def look_at_clips(
    folder: Path, clips: Path, workers: int, progress: Callable[[int, int], None] = lambda done, total: None
) -> Look:
    """What the model in ``folder`` makes of every frame of every clip in ``clips``; unreadable clips are left out.

    Raises:
        InputError: there is nothing that can be read.
    """
    paths = sorted(clips_in(clips))
    found: list[Look] = []
    if not paths:
        raise InputError(
            f"{clips}: no clips in it: give a folder of videos, DICOM files or pictures of no heart"
        )
    with processes(min(workers, len(paths))) as pool:
        for look in pool.map(look_at_clip, [folder] * len(paths), paths):
            found.append(look)
            progress(len(found), len(paths))
    read = [look for look in found if len(look.other)]
    if not read:
        raise InputError(f"{clips}: not one clip could be read: give videos, DICOM files or pictures")
    return joined(read)


def look_at_clip(folder: Path, path: Path) -> Look:
    """The frames of one clip, those before an error if there is one: what one process does."""
    cv2.setNumThreads(1)
    novelty: list[float] = []
    other: list[float] = []
    withheld: list[bool] = []
    with Model.load(folder) as model:
        try:
            for p in clip_predictions(model, path):
                other.append(float(p.view_probabilities[-1]))
                if p.novelty is not None:
                    novelty.append(p.novelty)
                withheld.append(p.view is View.OTHER or (p.novelty or 0.0) > model.manifest.hints.max_novelty)
        except SonoguideError:
            pass  # a damaged clip counts with the frames that it has
    has_novelty = len(novelty) == len(other)
    return Look(np.array(novelty) if has_novelty else None, np.array(other), np.array(withheld, dtype=bool))


def joined(looks: Sequence[Look]) -> Look:
    """The frames of ``looks``, at least one, one after the other."""
    novelty = [look.novelty for look in looks if look.novelty is not None]
    return Look(
        np.concatenate(novelty) if len(novelty) == len(looks) else None,
        np.concatenate([look.other for look in looks]),
        np.concatenate([look.withheld for look in looks]),
    )
