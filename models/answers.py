"""Answers: the raw outputs of a model for many frames, asked in as many processes as there are cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.manifest import Manifest
from guidance.model import Model
from models.dataset import Shards
from models.figures.masks import overlap
from models.phantom.tissue import STRUCTURES
from models.processes import processes

Float32 = NDArray[np.float32]

PART = 256
"""Frames that a process takes at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Raw outputs for n frames: ``raw[role]`` has n rows, roles as in the manifest's outputs, ``structures`` left out.

    ``overlap`` (n, C, 3) counts pixels of structure masks instead (:func:`models.figures.masks.overlap`), in the order
    of :func:`known_structures`; None where the model gives none, or no true masks were at hand.
    """

    raw: dict[str, Float32]
    overlap: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.raw["view"])


def known_structures(manifest: Manifest) -> tuple[str, ...]:
    """The virtual patient's structures that the model outlines too, in the virtual patient's order."""
    if manifest.outputs.structures is None:
        return ()
    return tuple(name for name in STRUCTURES if name in manifest.structures)


def answers(
    model: Model,
    images: Iterator[NDArray[np.uint8]],
    progress: Callable[[int], None] = lambda _: None,
    masks: NDArray[np.uint8] | None = None,
) -> Answers:
    """Run ``model`` on pictures (S, S) uint8 in the network's crop.

    Args:
        model: asked, frame by frame.
        images: of n frames.
        progress: called with how many are done.
        masks: (n, m, m) true structures, 0 = none, else channel + 1 of the virtual patient's structures.
    """
    spec = model.manifest.input
    roles = model.manifest.outputs.named()
    kept: dict[str, list[Float32]] = {role: [] for role in roles if role not in ("structures", "features")}
    shared = known_structures(model.manifest) if masks is not None else ()
    channels = [model.manifest.structures.index(name) for name in shared]
    renumbered = _renumbering(shared)
    counts: list[NDArray[np.int32]] = []
    for n, image in enumerate(images):
        tensor = (image.astype(np.float32)[None, None] / 255.0 - spec.mean) / spec.std
        out = model.runtime.run(np.ascontiguousarray(tensor, dtype=np.float32))
        for role, rows in kept.items():
            rows.append(np.array(out[roles[role]][0]))
        if masks is not None and shared:
            counts.append(overlap(out[roles["structures"]][0][channels], renumbered[masks[n]]))
        progress(n + 1)
    raw = {role: np.stack(rows) for role, rows in kept.items()}
    return Answers(raw, np.stack(counts) if counts else None)


def ask(
    folder: Path, data: Path, count: int, workers: int, progress: Callable[[int], None] = lambda _: None
) -> Answers:
    """Answers of the model in ``folder`` for the first ``count`` frames of the shards in ``data``, masks compared.

    With more than one of ``workers`` it is asked in other processes, part by part.
    """
    parts = [(start, min(start + PART, count)) for start in range(0, count, PART)]
    found: dict[int, Answers] = {}
    if workers == 1:
        with Model.load(folder) as model:
            for start, stop in parts:
                found[start] = _part(model, data, start, stop)
                progress(stop)
        return joined([found[start] for start, _ in parts])
    done = 0
    with processes(min(workers, len(parts))) as pool:
        jobs = {pool.submit(ask_part, folder, data, *part): part for part in parts}
        for job in as_completed(jobs):
            start, stop = jobs[job]
            found[start] = job.result()
            done += stop - start
            progress(done)
    return joined([found[start] for start, _ in parts])


def ask_part(folder: Path, data: Path, start: int, stop: int) -> Answers:
    """Answers for the frames ``start`` to ``stop - 1``: what one process does."""
    cv2.setNumThreads(1)
    with Model.load(folder) as model:
        return _part(model, data, start, stop)


def joined(parts: Sequence[Answers]) -> Answers:
    """The frames of ``parts``, one after the other."""
    counts = [p.overlap for p in parts if p.overlap is not None]
    raw = {role: np.concatenate([p.raw[role] for p in parts]) for role in parts[0].raw}
    return Answers(raw, np.concatenate(counts) if counts else None)


def _part(model: Model, data: Path, start: int, stop: int) -> Answers:
    records = Shards.open(data).take(np.arange(start, stop))
    return answers(model, iter(records["image"]), masks=records["structures"])


def _renumbering(shared: Sequence[str]) -> NDArray[np.uint8]:
    """Table from a stored mask's value to channel + 1 among ``shared``; 0 for structures that are not."""
    table = np.zeros(256, dtype=np.uint8)
    for channel, name in enumerate(shared):
        table[STRUCTURES.index(name) + 1] = channel + 1
    return table
