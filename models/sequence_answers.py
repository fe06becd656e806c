"""Answers to sequences: what a model says frame by frame, with its memory and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.manifest import Manifest, read_manifest
from guidance.memory import MemoryNetwork, MemoryState
from guidance.model import Model
from models.answers import Answers, joined
from models.processes import processes
from models.sequences import STEP_S

PART = 16
"""Sequences that a process takes at a time."""


def refined_manifest(manifest: Manifest) -> Manifest:
    """``manifest`` as it holds for answers with memory: the memory's calibration is in force for what it refines.

    Raises:
        InputError: the model has no memory.
    """
    if manifest.memory is None:
        raise InputError(f"model '{manifest.name}' has no memory: measure it on single frames")
    return manifest.model_copy(update={"calibration": manifest.memory.calibration})


def sequence_answers(
    folder: Path, sequences: NDArray[Any], progress: Callable[[int], None] = lambda _: None
) -> tuple[Answers, Answers]:
    """Raw answers of the model in ``folder`` to ``sequences`` (n, LENGTH): each frame alone, and with its memory.

    Both have n x LENGTH rows, frame after frame.

    Raises:
        InputError: the model has no memory.
    """
    manifest = read_manifest(folder)
    spec = refined_manifest(manifest).memory
    assert spec is not None
    features = manifest.outputs.features
    assert features is not None
    roles = {r: name for r, name in manifest.outputs.named().items() if r not in ("structures", "features")}
    alone: dict[str, list[NDArray[np.float32]]] = {role: [] for role in roles}
    refined: dict[str, list[NDArray[np.float32]]] = {role: [] for role in roles}
    network = MemoryNetwork.open(folder, spec)
    mean, std = np.float32(manifest.input.mean), np.float32(manifest.input.std)
    with Model.load(folder) as model:
        for n, sequence in enumerate(sequences):
            state = MemoryState(spec)
            for k, image in enumerate(sequence["image"]):
                tensor = (image.astype(np.float32)[None, None] / np.float32(255.0) - mean) / std
                raw = model.runtime.run(np.ascontiguousarray(tensor))
                after = network.run(raw[features], state.at(k * STEP_S))
                state.keep(after["memory_next"], k * STEP_S)
                names = spec.outputs.named()
                for role, name in roles.items():
                    alone[role].append(np.array(raw[name][0]))
                    refined[role].append(np.array(after[names[role]][0] if role in names else raw[name][0]))
            progress(n + 1)
    network.close()
    return Answers({r: np.stack(v) for r, v in alone.items()}), Answers(
        {r: np.stack(v) for r, v in refined.items()}
    )


def ask_sequences(
    folder: Path, sequences: NDArray[Any], workers: int, progress: Callable[[int], None] = lambda _: None
) -> tuple[Answers, Answers]:
    """:func:`sequence_answers`, in ``workers`` processes."""
    parts = [sequences[k : k + PART] for k in range(0, len(sequences), PART)]
    found: list[tuple[Answers, Answers]] = []
    with processes(min(workers, len(parts))) as pool:
        for part in pool.map(_one_part, [folder] * len(parts), parts):
            found.append(part)
            progress(min(len(found) * PART, len(sequences)))
    return joined([a for a, _ in found]), joined([b for _, b in found])


def _one_part(folder: Path, sequences: NDArray[Any]) -> tuple[Answers, Answers]:
    cv2.setNumThreads(1)
    return sequence_answers(folder, sequences)
