"""Shards of labelled frames on disk: written by any number of processes, read as memory maps by the trainer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.manifest import read_manifest
from guidance.model import Model
from guidance.views import STANDARD_VIEWS
from models.frames import MASK_SIZE, SIZE, LabelledFrame, frames
from models.labels import LANDMARKS
from models.processes import processes
from models.scenes import EVEN, FrameMix
from models.sequences import LENGTH, sequences
from models.walks import check_leads, walk_frames

SHARD = 1024
"""Frames a shard."""
SEQUENCE_SHARD = 64
"""Sequences a shard."""
VALIDATION_SEED = 50_000_000
"""Patients from here on are never trained on."""
TEST_SEED = 90_000_000
"""Patients from here on are the locked test set."""

_V, _L = len(STANDARD_VIEWS), len(LANDMARKS)
RECORD = np.dtype(
    [
        ("image", np.uint8, (SIZE, SIZE)),
        ("structures", np.uint8, (MASK_SIZE, MASK_SIZE)),
        ("view", np.float16, (_V + 1,)),
        ("quality", np.float16, (_V,)),
        ("facets", np.float16, (4,)),
        ("adjustment", np.float16, (_V, 5)),
        ("weight", np.float16, (_V,)),
        ("landmarks", np.float16, (_L, 3)),
        ("distance", np.float16, (_V,)),
        ("novelty", np.float16),
        ("patient", np.int64),
        ("careful", np.bool_),
    ]
)
"""One frame as stored (little-endian); fields as in :class:`models.labels.Labels` and :class:`LabelledFrame`."""


Renderer = Literal["numpy", "torch"]
"""What draws the frames. "torch" draws batches, on a GPU where there is one, and needs the train extra; its frames are
of the same patients and distributions, with other noise."""


def record_frames(seed: int, count: int, mix: FrameMix = EVEN, renderer: Renderer = "numpy") -> NDArray[Any]:
    """(count,) array of :data:`RECORD`: frames of patients from ``seed`` on (see :func:`models.frames.frames`)."""
    out = np.zeros(count, dtype=RECORD)
    drawn = _batch_frames if renderer == "torch" else frames
    for row, frame in zip(out, drawn(seed, count, mix=mix), strict=True):
        _fill(row, frame)
    return out


def record_walks(guide: Path, seed: int, count: int, mix: FrameMix = EVEN) -> NDArray[Any]:
    """(count,) array of :data:`RECORD`: where the model in ``guide`` leads (see :func:`models.walks.walk_frames`)."""
    out = np.zeros(count, dtype=RECORD)
    with Model.load(guide, runtime="cpu") as model:
        for row, frame in zip(out, walk_frames(model, seed, count, mix), strict=True):
            _fill(row, frame)
    return out


def record_sequences(seed: int, count: int, mix: FrameMix = EVEN) -> NDArray[Any]:
    """(count, LENGTH) array of :data:`RECORD`: see :func:`models.sequences.sequences`."""
    out = np.zeros((count, LENGTH), dtype=RECORD)
    for rows, sequence in zip(out, sequences(seed, count, mix), strict=True):
        for row, frame in zip(rows, sequence, strict=True):
            _fill(row, frame)
    return out


def _fill(row: Any, frame: LabelledFrame) -> None:
    label = frame.labels
    for name in ("image", "structures", "patient", "careful"):
        row[name] = getattr(frame, name)
    for name in ("view", "quality", "facets", "adjustment", "weight", "landmarks", "novelty"):
        row[name] = getattr(label, name)
    row["distance"] = np.minimum(label.distance, 100.0)


def _batch_frames(seed: int, count: int, mix: FrameMix) -> Iterator[LabelledFrame]:
    from models.batch_frames import batch_frames  # needs torch

    return batch_frames(seed, count, mix=mix)


def _one_thread(renderer: Renderer) -> None:
    """Begin a worker process: there is one for each core."""
    cv2.setNumThreads(1)
    if renderer == "torch":
        import torch

        torch.set_num_threads(1)


def _write_shard(path: Path, seed: int, mix: FrameMix, renderer: Renderer) -> Path:
    return _write(path, record_frames(seed, SHARD, mix, renderer))


def _write_walks(path: Path, guide: Path, seed: int, mix: FrameMix) -> Path:
    return _write(path, record_walks(guide, seed, SHARD, mix))


def _write_sequences(path: Path, seed: int, count: int, mix: FrameMix) -> Path:
    return _write(path, record_sequences(seed, count, mix))


def _write(path: Path, records: NDArray[Any]) -> Path:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, records, allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return path


def generate(
    folder: Path,
    count: int,
    *,
    seed: int = 0,
    workers: int = 2,
    mix: FrameMix = EVEN,
    renderer: Renderer = "numpy",
    guide: Path | None = None,
) -> Iterator[Path]:
    """Write ``count`` frames (rounded up to whole shards) into ``folder``; yields each shard as it is finished.

    Shards that exist already are kept, so an interrupted run goes on where it stopped, with either renderer. With
    ``guide`` every second shard is of walks that the model in that folder leads (drawn by numpy).

    Raises:
        InputError: ``folder`` holds frames of other patients (training, calibration and test never share any) or of
            another guide, or ``guide`` is no model that leads.
    """
    wanted = {"seed": seed, "shard": SHARD, "size": SIZE, **asdict(mix)}
    if guide is not None:
        manifest = read_manifest(guide)
        check_leads(manifest, guide)
        wanted["guide"] = manifest.sha256
    _claim(folder, wanted)
    patients_per_shard = SHARD // 16 + 1
    ours: list[tuple[Path, tuple[Any, ...]]] = []
    walks: list[tuple[Path, tuple[Any, ...]]] = []
    for i, path in enumerate(shard_paths(folder, -(-count // SHARD))):
        first = seed + i * patients_per_shard
        if guide is not None and i % 2 == 1:
            walks.append((path, (path, guide, first, mix)))
        else:
            ours.append((path, (path, first, mix, renderer)))
    yield from _in_processes(_write_shard, ours, workers, renderer)
    yield from _in_processes(_write_walks, walks, workers, "numpy")


def generate_sequences(
    folder: Path, count: int, *, seed: int = 0, workers: int = 2, mix: FrameMix = EVEN
) -> Iterator[Path]:
    """As :func:`generate`, for ``count`` sequences, one a patient, in shards of :data:`SEQUENCE_SHARD`."""
    _claim(folder, {"seed": seed, "sequences": SEQUENCE_SHARD, "length": LENGTH, "size": SIZE, **asdict(mix)})
    todo = [
        (path, (path, seed + i * SEQUENCE_SHARD, SEQUENCE_SHARD, mix))
        for i, path in enumerate(shard_paths(folder, -(-count // SEQUENCE_SHARD)))
    ]
    yield from _in_processes(_write_sequences, todo, workers, "numpy")


def shard_paths(folder: Path, count: int) -> list[Path]:
    """Names of the first ``count`` shards of ``folder``."""
    return [folder / f"shard_{i:05d}.npy" for i in range(count)]


def _in_processes(
    write: Callable[..., Path], todo: Sequence[tuple[Path, tuple[Any, ...]]], workers: int, renderer: Renderer
) -> Iterator[Path]:
    """Call ``write`` with the arguments of every shard that is not there yet."""
    with processes(workers, _one_thread, renderer) as pool:
        jobs = [pool.submit(write, *arguments) for path, arguments in todo if not path.exists()]
        for job in as_completed(jobs):
            yield job.result()


def _claim(folder: Path, wanted: dict[str, Any]) -> None:
    """Write down what ``folder`` holds, or see to it that it already says the same.

    A mix that is not mentioned was not known when the folder was begun, and so not drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "dataset.json"
    if note.exists() or any(folder.glob("shard_*.npy")):
        try:
            found = json.loads(note.read_text())
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict) or asdict(EVEN) | found != asdict(EVEN) | wanted:
            raise InputError(
                f"{folder} holds other frames than those of patients from {wanted['seed']} on, of this mix: "
                "choose another folder"
            )
    else:
        note.write_text(json.dumps(wanted) + "\n")


@dataclass(frozen=True, slots=True)
class Shards:
    """Memory-mapped shards, indexed as one long array."""

    arrays: tuple[NDArray[Any], ...]

    @classmethod
    def open(cls, folder: Path, limit: int | None = None) -> Shards:
        """Every finished shard of ``folder`` (the first ``limit``).

        Raises:
            InputError: there is none, or one of another layout.
        """
        paths = list(islice(sorted(folder.glob("shard_*.npy")), limit))
        if not paths:
            raise InputError(f"no training frames in {folder}: generate some first")
        arrays = tuple(np.load(p, mmap_mode="r", allow_pickle=False) for p in paths)
        for path, a in zip(paths, arrays, strict=True):
            if a.dtype != RECORD:
                raise InputError(
                    f"{path} was written by another version: delete the folder and generate it again"
                )
        return cls(arrays)

    def __len__(self) -> int:
        return sum(len(a) for a in self.arrays)

    def take(self, indices: Sequence[int] | NDArray[np.int64]) -> NDArray[Any]:
        """(n,) array of :data:`RECORD` at ``indices``."""
        out = np.empty(len(indices), dtype=RECORD)
        for k, i in enumerate(indices):
            shard, row = divmod(int(i), SHARD)
            out[k] = self.arrays[shard][row]
        return out


def open_sequences(folder: Path) -> NDArray[Any]:
    """(n, LENGTH) array of :data:`RECORD`: every finished sequence in ``folder``.

    Raises:
        InputError: there is none, or one of another layout.
    """
    paths = sorted(folder.glob("shard_*.npy"))
    if not paths:
        raise InputError(f"no sequences in {folder}: generate some first")
    arrays = [np.load(p, mmap_mode="r", allow_pickle=False) for p in paths]
    for path, a in zip(paths, arrays, strict=True):
        if a.dtype != RECORD or a.shape[1:] != (LENGTH,):
            raise InputError(
                f"{path} was written by another version: delete the folder and generate it again"
            )
    return np.concatenate(arrays)
