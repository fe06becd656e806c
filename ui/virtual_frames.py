"""Folders of virtual frames and sequences: drawn where they are missing, with progress."""

from __future__ import annotations

from pathlib import Path

from models.dataset import SEQUENCE_SHARD, SHARD, Renderer, generate, generate_sequences
from models.scenes import FrameMix
from ui.progress import progress

SEQUENCE_PATIENTS = 5_000_000
"""Sequences are of patients from so many seeds on: others than those of single frames."""


def make_frames(
    folder: Path,
    count: int,
    seed: int,
    workers: int,
    mix: FrameMix,
    renderer: Renderer = "numpy",
    guide: Path | None = None,
) -> None:
    """See to it that ``folder`` holds ``count`` labelled virtual frames of patients from ``seed`` on.

    With ``guide`` half of them are of where that model leads the probe.

    Raises:
        InputError: it holds frames of others, or ``guide`` is no model that leads.
    """
    shards = -(-count // SHARD)
    with progress("drawing virtual frames", shards) as advance:
        done = min(shards, len(list(folder.glob("shard_*.npy"))))
        advance(done)
        drawn = generate(folder, count, seed=seed, workers=workers, mix=mix, renderer=renderer, guide=guide)
        for _ in drawn:
            done += 1
            advance(done)


def make_sequences(folder: Path, count: int, seed: int, workers: int, mix: FrameMix) -> None:
    """See to it that ``folder`` holds ``count`` sequences of virtual patients from ``seed`` on.

    Raises:
        InputError: it holds others.
    """
    shards = -(-count // SEQUENCE_SHARD)
    with progress("drawing sequences", shards) as advance:
        done = min(shards, len(list(folder.glob("shard_*.npy"))))
        advance(done)
        for _ in generate_sequences(folder, count, seed=seed, workers=workers, mix=mix):
            done += 1
            advance(done)
