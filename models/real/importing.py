"""Importing: the clips of a data set become shards in a folder of the user's choice; the data set stays as it is."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError, SonoguideError
from guidance.whole_file import write_whole
from models.phantom.tissue import STRUCTURES
from models.processes import processes
from models.real.clip import RealClip, label_of
from models.real.crop import Cropper, profile_of
from models.real.parts import Split
from models.real.shards import ALL_VIEWS, FORMAT, NOTE, REAL_RECORD, SHARD
from models.real.splits import number_of, splits_of

_LISTED = 20
"""So many unreadable files are named in the note."""


@dataclass(slots=True)
class _Part:
    """What has been gathered of one part, and how many shards are written."""

    folder: Path
    rows: list[NDArray[Any]] = field(default_factory=list)
    shards: int = 0
    pictures: int = 0
    patients: set[str] = field(default_factory=set)

    def add(self, rows: NDArray[Any], patient: str) -> None:
        self.rows.append(rows)
        self.pictures += len(rows)
        self.patients.add(patient)
        if sum(map(len, self.rows)) >= SHARD:
            self.write()

    def write(self) -> None:
        if not self.rows:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = np.concatenate(self.rows)
        for start in range(0, len(rows), SHARD):
            part = rows[start : start + SHARD]
            path = self.folder / f"shard_{self.shards:05d}.npy"
            write_whole(path, partial(np.save, arr=part, allow_pickle=False))
            self.shards += 1
        self.rows = []


def import_clips(
    kind: str,
    clips: Sequence[RealClip],
    folder: Path,
    *,
    mirror: bool = False,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Write ``clips`` as shards into ``folder``, which must be new or empty; returns its note.

    What cannot be read is left out and counted. An interrupted import leaves nothing.

    Args:
        kind: name of the data set, for the note.
        clips: what a reader found.
        folder: where to.
        mirror: the pictures have the marker on the left.
        workers: processes.
        progress: called with how many clips are done, and how many there are.

    Raises:
        InputError: ``folder`` holds something, cannot be written, or not one clip could be read.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already and not empty: choose another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".importing-", dir=folder.parent) as made:
            whole = Path(made) / folder.name
            note = _gather(kind, clips, whole, mirror, workers, progress)
            write_whole(whole / NOTE, (json.dumps(note, indent=2) + "\n").encode())
            if folder.exists():
                folder.rmdir()
            whole.rename(folder)
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror}): choose another place") from error
    return note


def _gather(
    kind: str,
    clips: Sequence[RealClip],
    folder: Path,
    mirror: bool,
    workers: int,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    parts = {split: _Part(folder / split) for split in Split}
    part_of = splits_of(clips)
    views: Counter[str] = Counter()
    structures: Counter[str] = Counter()
    graded = 0
    unreadable: dict[str, str] = {}
    for n, (clip, rows) in enumerate(zip(clips, _records(kind, clips, mirror, workers), strict=True)):
        progress(n + 1, len(clips))
        if isinstance(rows, str):
            unreadable[clip.name] = rows
            continue
        parts[part_of[clip.patient]].add(rows, clip.patient)
        views[label_of(clip.views) or "unknown"] += len(rows)
        graded += len(rows) if clip.quality is not None else 0
        for name, known in zip(STRUCTURES, rows["known"].sum(0), strict=True):
            structures[name] += int(known)
    for part in parts.values():
        part.write()
    if not any(part.pictures for part in parts.values()):
        raise InputError(f"not one clip could be read: {next(iter(unreadable.values()), 'there is none')}")
    return {
        "format": FORMAT,
        "kind": kind,
        "pictures": sum(part.pictures for part in parts.values()),
        "patients": sum(len(part.patients) for part in parts.values()),
        "splits": {
            split.value: {"pictures": part.pictures, "patients": len(part.patients)}
            for split, part in parts.items()
        },
        "views": dict(views.most_common()),
        "with_quality": graded,
        "with_outline": {name: count for name, count in structures.items() if count},
        "mirrored": mirror,
        "unreadable": len(unreadable),
        "unreadable_first": dict(list(unreadable.items())[:_LISTED]),
    }


def _records(
    kind: str, clips: Sequence[RealClip], mirror: bool, workers: int
) -> Iterator[NDArray[Any] | str]:
    jobs = [(kind, clip, mirror) for clip in clips]
    if workers == 1:
        yield from (records_of(*job) for job in jobs)
        return
    with processes(workers, cv2.setNumThreads, 1) as pool:
        yield from pool.map(records_of, *zip(*jobs, strict=True), chunksize=8)


def records_of(kind: str, clip: RealClip, mirror: bool = False) -> NDArray[Any] | str:
    """(n,) array of :data:`REAL_RECORD` of the pictures of ``clip``; or in one line why it cannot be read."""
    try:
        loaded = clip.load()
        cropper = Cropper(profile_of(loaded, mirror=mirror))
    except SonoguideError as error:
        return str(error)
    rows = np.zeros(len(loaded.pictures), REAL_RECORD)
    rows["views"] = [view in clip.views for view in ALL_VIEWS]
    rows["quality"] = np.nan if clip.quality is None else clip.quality
    rows["patient"] = number_of(f"{kind}/{clip.patient}")
    for row, picture in zip(rows, loaded.pictures, strict=True):
        row["image"] = cropper.image(picture.pixels)
        row["known"] = [name in picture.known for name in STRUCTURES]
        if picture.mask is not None:
            row["structures"] = cropper.mask(picture.mask)
    return rows
