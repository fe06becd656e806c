"""Training: reads shards, teaches the student, keeps checkpoints it can go on from, writes down how it went."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from guidance.errors import InputError
from models.ahead import ahead
from models.augment import augment
from models.dataset import Shards
from models.losses import loss_terms, total_loss
from models.network import Heads, Student
from models.real.losses import part_of, real_terms
from models.real.mixing import RealMix

MEAN, STD = 0.18, 0.22
"""Normalisation of the input: about the mean and spread of sector pictures in 0..1."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to train. ``steps`` decides the learning-rate schedule; a run that is stopped goes on from its checkpoint.

    Two averages of the weights are kept. ``average``: a step keeps so much of a quick moving average, which calms the
    noise of single steps. ``mean_from``: from this share of the steps on, the quick average at every checkpoint counts
    alike in the mean that is exported (stochastic weight averaging, Izmailov et al. 2018, arXiv:1803.05407): it lies
    in a flatter place, and what it names carries over to pictures from elsewhere (docs/training.md).
    ``bfloat16``: whether convolutions run in it; None: where the machine has instructions for it.
    ``real_share``: of each batch, where there are real pictures; the loss on them weighs as much.
    ``frozen_stem``: whether the first two convolutions stay as they are: edges and blobs, learnt long before the rest,
    whose gradients at half of the input's resolution take a fifth of a step's time.
    """

    steps: int = 12_000
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: int = 300
    average: float = 0.999
    mean_from: float = 0.4
    seed: int = 0
    checkpoint_every: int = 250
    threads: int = 2
    device: str = "cpu"
    bfloat16: bool | None = None
    real_share: float = 0.4
    frozen_stem: bool = False

    def real_count(self) -> int:
        """How many pictures of a batch are real: at least one, and at least one is virtual."""
        return min(self.batch - 1, max(1, round(self.real_share * self.batch)))


@dataclass(frozen=True, slots=True)
class Progress:
    """What a listener hears: step, all steps, mean loss terms since the last report, images a second."""

    step: int
    steps: int
    terms: dict[str, float]
    images_per_second: float


def to_input(images: NDArray[np.uint8]) -> torch.Tensor:
    """(n, 1, S, S) float32 standardised input from (n, S, S) uint8."""
    x = torch.tensor(images, dtype=torch.float32).div_(255.0)[:, None]
    return ((x - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def find_device(name: str) -> torch.device:
    """The device of ``name``.

    Raises:
        InputError: there is no such device.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"--device {name}: no such device, use cpu or cuda") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise InputError("this PyTorch sees no CUDA device: use --device cpu")
    return device


def _has_bfloat16(device: torch.device) -> bool:
    """Whether ``device`` multiplies in bfloat16 by itself; elsewhere it is slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    can = torch.cpu.get_capabilities()
    return bool(can.get("avx512_bf16") or can.get("amx_bf16"))


def _learning_rate(step: int, s: TrainSettings) -> float:
    warm = min(1.0, (step + 1) / s.warm_up)
    return s.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / s.steps))))


def train(
    data: Path,
    run: Path,
    settings: TrainSettings,
    report: Callable[[Progress], None] = lambda _: None,
    start: Callable[[], Student] = Student,
    real: RealMix | None = None,
) -> Student:
    """Train on the shards in ``data``; keep checkpoints and ``log.jsonl`` in ``run``; return the mean student.

    With ``real`` a share of each batch is real pictures, which teach what their labels say; the virtual frames beside
    them keep every other head in mind.

    Goes on from ``run/checkpoint.pt`` where there is one, else begins with what ``start`` gives. Shards that appear
    while training are picked up.

    Raises:
        InputError: no shards, or a checkpoint of another network.
    """
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    run.mkdir(parents=True, exist_ok=True)
    device = find_device(settings.device)
    half = _has_bfloat16(device) if settings.bfloat16 is None else settings.bfloat16
    checkpoint = run / "checkpoint.pt"
    fresh = Student() if checkpoint.exists() else start()
    student = fresh.to(device, memory_format=torch.channels_last)
    average, mean, states = copy.deepcopy(student), copy.deepcopy(student), 0
    optimiser = torch.optim.AdamW(
        student.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    step = 0
    if checkpoint.exists():
        step, states = _restore(checkpoint, student, average, mean, optimiser)
    (run / "settings.json").write_text(json.dumps(asdict(settings), indent=2) + "\n")
    student.train()
    if settings.frozen_stem:
        student.stem.requires_grad_(False).eval()
    sums: dict[str, float] = {}
    seen, since = 0, time.perf_counter()
    for batch, extra, frames in ahead(_batches(data, settings, step, real)):
        images = batch["image"] if extra is None else np.concatenate([batch["image"], extra["image"]])
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            heads: Heads = student(to_input(images).to(device))
        heads = heads.float()
        terms = loss_terms(part_of(heads, 0, len(batch)), batch)
        loss = total_loss(terms)
        if extra is not None:
            of_real = real_terms(part_of(heads, len(batch)), extra)
            loss = loss + settings.real_share * total_loss(of_real)
            terms |= {f"real_{name}": value for name, value in of_real.items()}
        for group in optimiser.param_groups:
            group["lr"] = _learning_rate(step, settings)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(student.parameters(), 3.0)
        optimiser.step()
        _follow(average, student, min(settings.average, (step + 1) / (step + 10)))
        step += 1
        seen += len(images)
        for name, value in terms.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        if step % settings.checkpoint_every == 0 or step == settings.steps:
            elapsed = time.perf_counter() - since
            count = seen / settings.batch
            progress = Progress(step, settings.steps, {k: v / count for k, v in sums.items()}, seen / elapsed)
            states = states + 1 if step >= settings.mean_from * settings.steps else 0
            _follow(mean, average, 1.0 - 1.0 / max(states, 1))
            _save(checkpoint, step, states, student, average, mean, optimiser)
            with (run / "log.jsonl").open("a") as log:
                log.write(json.dumps({**asdict(progress), "frames": frames}) + "\n")
            report(progress)
            sums, seen, since = {}, 0, time.perf_counter()
    return mean.eval()


def _batches(
    data: Path, settings: TrainSettings, step: int, real: RealMix | None
) -> Iterator[tuple[NDArray[Any], NDArray[Any] | None, int]]:
    """What is left of the training from ``step`` on, batch by batch, augmented.

    Virtual frames (each once, then all anew), real pictures where there are some, and of how many virtual frames the
    first are drawn.
    """
    rng = np.random.default_rng([settings.seed, step])
    size = settings.batch - (0 if real is None else settings.real_count())
    shards, queue = Shards.open(data), np.empty(0, dtype=np.int64)
    for _ in range(settings.steps - step):
        if len(queue) < size:
            shards = Shards.open(data)
            queue = rng.permutation(len(shards))
        batch = shards.take(np.sort(queue[:size]))
        queue = queue[size:]
        augment(batch, rng)
        yield batch, None if real is None else real.draw(settings.real_count(), rng), len(shards)


def _follow(average: Student, student: Student, keep: float) -> None:
    """Exponential moving average of weights and of normalisation statistics."""
    pairs = list(zip(average.state_dict().values(), student.state_dict().values(), strict=True))
    moving = [(a, b) for a, b in pairs if a.dtype.is_floating_point]
    with torch.no_grad():
        torch._foreach_lerp_([a for a, _ in moving], [b for _, b in moving], 1.0 - keep)
        for a, b in pairs:
            if not a.dtype.is_floating_point:
                a.copy_(b)


def _save(
    path: Path,
    step: int,
    states: int,
    student: Student,
    average: Student,
    mean: Student,
    optimiser: torch.optim.Optimizer,
) -> None:
    part = path.with_suffix(".part")
    state: dict[str, Any] = {
        "step": step,
        "states": states,
        "student": student.state_dict(),
        "average": average.state_dict(),
        "mean": mean.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    torch.save(state, part)
    part.replace(path)


def _restore(
    path: Path, student: Student, average: Student, mean: Student, optimiser: torch.optim.Optimizer
) -> tuple[int, int]:
    """Fill everything from a checkpoint; its step, and how many states its mean is of."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    try:
        student.load_state_dict(state["student"])
        average.load_state_dict(state["average"])
        mean.load_state_dict(state["mean"])
        optimiser.load_state_dict(state["optimiser"])
    except (KeyError, RuntimeError, ValueError) as error:
        raise InputError(f"{path} belongs to another network: choose another run folder") from error
    return int(state["step"]), int(state["states"])


def load_student(run: Path, *, latest: bool = False) -> Student:
    """The mean student of a run's checkpoint, or with ``latest`` the quick average of its last steps; ready to use.

    Raises:
        InputError: there is no checkpoint, or it is of another network.
    """
    path = run / "checkpoint.pt"
    if not path.exists():
        raise InputError(f"no checkpoint in {run}: train first")
    student = Student()
    state = torch.load(path, map_location="cpu", weights_only=True)
    try:
        student.load_state_dict(state["average" if latest else "mean"])
    except (KeyError, RuntimeError) as error:
        raise InputError(f"{path} belongs to another network: choose another run folder") from error
    return student.eval()
