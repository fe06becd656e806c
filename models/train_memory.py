"""Training of the memory: the student's features of whole sequences, then a recurrent network on top of them.

The student stays as it is. Its features are taken once, of pictures that are varied as other machines would show them,
one machine a sequence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from guidance.errors import InputError
from models.augment import augment_sequence
from models.losses import WEIGHTS, adjustment_loss, landmark_loss, quality_loss, view_loss
from models.memory_network import SIZE, Memory, Refined
from models.network import WIDTH, Student
from models.train import to_input

FILE = "memory.pt"
HELD_BACK = 0.06
"""Share of the sequences that the best state is chosen by."""


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """How to train it. ``copies``: how many machines each sequence is shown on, the one it was drawn on first."""

    epochs: int = 30
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    copies: int = 2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class MemoryProgress:
    """What a listener hears: epoch, all epochs, mean losses on the sequences that were held back."""

    epoch: int
    epochs: int
    terms: dict[str, float]


def sequence_features(
    student: Student, sequences: NDArray[Any], rng: np.random.Generator | None, report: Callable[[int], None]
) -> Tensor:
    """(n, LENGTH, WIDTH) float32: the student's features of ``sequences`` (n, LENGTH); varied if ``rng`` is given."""
    n, length = sequences.shape
    out = torch.empty((n, length, WIDTH))
    device = next(student.parameters()).device
    student.eval()
    with torch.no_grad():
        for k in range(n):
            images = sequences["image"][k]
            if rng is not None:
                images = augment_sequence(images, rng)
            out[k] = student(to_input(images).to(device)).features.float().cpu()
            report(k + 1)
    return out


def memory_terms(memory: Memory, features: Tensor, labels: NDArray[Any]) -> dict[str, Tensor]:
    """Losses of whole sequences: features (n, LENGTH, WIDTH), labels (n, LENGTH)."""
    n, length = labels.shape
    state = torch.zeros((n, SIZE))
    steps: list[Refined] = []
    for t in range(length):
        refined = memory(features[:, t], state)
        state = refined.memory_next
        steps.append(refined)
    flat = labels.T.reshape(-1)  # time first, as the steps are joined

    def joined(name: str) -> Tensor:
        return torch.cat([getattr(step, name) for step in steps])

    return {
        "view": view_loss(joined("view"), flat).mean(),
        "quality": quality_loss(joined("quality"), flat),
        "adjustment": adjustment_loss(joined("adjustment"), joined("adjustment_scale"), flat),
        "landmarks": landmark_loss(joined("landmarks"), flat),
    }


def train_memory(
    student: Student,
    sequences: NDArray[Any],
    run: Path,
    settings: MemorySettings,
    report: Callable[[MemoryProgress], None] = lambda _: None,
    looked: Callable[[int], None] = lambda _: None,
) -> Memory:
    """Train on ``sequences`` (n, LENGTH); keep the best state in ``run`` and its losses in ``memory.jsonl``.

    Args:
        student: whose features; it is not changed.
        sequences: records of :data:`models.dataset.RECORD`.
        run: folder of the student's run.
        settings: how.
        report: called after every epoch. looked: called with how many sequences' features have been taken.

    Raises:
        InputError: too few sequences.
    """
    held = max(1, int(len(sequences) * HELD_BACK))
    if len(sequences) < 8:
        raise InputError(f"{len(sequences)} sequences are too few to train a memory on: draw more")
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng([settings.seed, 5])
    shown = [sequence_features(student, sequences, None, looked)]
    rest = sequences[held:]
    shown += [sequence_features(student, rest, rng, looked) for _ in range(settings.copies - 1)]
    labels = sequences[[name for name in sequences.dtype.names or () if name not in ("image", "structures")]]
    kept, kept_labels = shown[0][:held], labels[:held]
    features = torch.cat([shown[0][held:], *shown[1:]])
    labels = np.concatenate([labels[held:]] * settings.copies)
    memory = Memory(student)
    optimiser = torch.optim.AdamW(
        memory.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    steps = settings.epochs * (len(labels) // settings.batch or 1)
    step, best = 0, math.inf
    (run / "memory.jsonl").unlink(missing_ok=True)
    for epoch in range(settings.epochs):
        memory.train()
        order = rng.permutation(len(labels))
        for first in range(0, max(1, len(order) - settings.batch + 1), settings.batch):
            rows = order[first : first + settings.batch]
            for group in optimiser.param_groups:
                share = step / steps
                group["lr"] = settings.learning_rate * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * share)))
            terms = memory_terms(memory, features[torch.from_numpy(rows)], labels[rows])
            loss = torch.stack([WEIGHTS[k] * v for k, v in terms.items()]).sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(memory.parameters(), 1.0)
            optimiser.step()
            step += 1
        memory.eval()
        with torch.no_grad():
            terms = memory_terms(memory, kept, kept_labels)
        found = {k: float(v) for k, v in terms.items()}
        with (run / "memory.jsonl").open("a") as log:
            log.write(json.dumps({"epoch": epoch + 1, "sequences": len(sequences), "terms": found}) + "\n")
        total = sum(WEIGHTS[k] * v for k, v in found.items())
        if total < best:
            best = total
            part = run / "memory.part"
            torch.save(memory.state_dict(), part)
            part.replace(run / FILE)
        report(MemoryProgress(epoch + 1, settings.epochs, found))
    return load_memory(run, student)


def load_memory(run: Path, student: Student) -> Memory:
    """The memory of ``run``, which was trained on the features of ``student``.

    Raises:
        InputError: there is none, or it is of another network.
    """
    path = run / FILE
    if not path.exists():
        raise InputError(f"no memory in {run}: train one first")
    memory = Memory(student)
    try:
        memory.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except RuntimeError as error:
        raise InputError(f"{path} is of another network: delete it and train again") from error
    return memory.eval()
