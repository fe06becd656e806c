"""Provenance: which real pictures a run was taught with, kept in the run and told with every model made of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from guidance.whole_file import write_whole
from models.real.mixing import RealMix
from models.real.parts import Split
from models.real.readers import TITLES, Kind
from models.real.shards import RealFrames

NOTE = "real.json"
CARD = "CARD.md"


def real_mix(folders: Sequence[Path], share: float, run: Path) -> RealMix | None:
    """The training part of the imports in ``folders``, mixed; None without any. ``run`` gets a note of what they are.

    Raises:
        InputError: a folder holds no import, or ``run`` was begun with other pictures.
    """
    frames = RealFrames.open(folders, Split.TRAIN) if folders else None
    used = {"share": share, "sets": [_used(note) for note in frames.notes] if frames is not None else []}
    path = run / NOTE
    begun = (run / "checkpoint.pt").exists()
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"share": share, "sets": []}
    if begun and before["sets"] != used["sets"]:
        raise InputError(
            f"{run} was begun with other real pictures: give the same --real, or choose another run folder"
        )
    if frames is None:
        return None
    run.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(used, indent=2) + "\n").encode())
    return RealMix.of(frames)


def _used(note: dict[str, Any]) -> dict[str, Any]:
    part = note["splits"][Split.TRAIN.value]
    return {
        "kind": note["kind"],
        "pictures": part["pictures"],
        "patients": part["patients"],
        "views": note["views"],
        "with_outline": note["with_outline"],
        "with_quality": note["with_quality"],
    }


def real_used(run: Path) -> dict[str, Any] | None:
    """What :func:`real_mix` noted in ``run``; None: virtual patients alone."""
    path = run / NOTE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def training_statement(frames: object, steps: object, used: dict[str, Any] | None) -> str:
    """The sentence on training in ``model.json``."""
    if used is None:
        return f"Virtual patients only: {frames} rendered frames, {steps} steps; no patient data."
    sets = ", ".join(
        f"{TITLES[Kind(s['kind'])]} ({s['pictures']} pictures of {s['patients']} patients)"
        for s in used["sets"]
    )
    return (
        f"Virtual patients ({frames} rendered frames) and real pictures of patients, {used['share']:.0%} of each of "
        f"{steps} steps: {sets}. The terms of use of these data apply."
    )


def model_card(name: str, version: str, training: str, used: dict[str, Any]) -> str:
    """A card to be completed by those who know the data: what is known is filled in, what is not is asked for."""
    rows = "\n".join(
        f"| {TITLES[Kind(s['kind'])]} | {s['pictures']} | {s['patients']} | {', '.join(s['views']) or 'none'} | "
        f"{', '.join(s['with_outline']) or 'none'} | {s['with_quality']} |"
        for s in used["sets"]
    )
    return f"""# {name} {version}

For research use only. Not a medical device.

{training}

| real pictures of | trained on | patients | views | outlines | graded (all parts) |
|---|---|---|---|---|---|
{rows}

To be said by whoever made this model: where the data come from and under which terms, of whom they are (age, sex, size,
illness, machines) and of whom not, and the figures of `sonoguide evaluate` on their test part and on virtual patients.
"""
