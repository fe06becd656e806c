"""``sonoguide trial``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def trial(
    patients: Annotated[int, typer.Option(metavar="N", min=1, help="How many unseen patients.")] = 20,
    views: Annotated[str, typer.Option(metavar="VIEW,VIEW", help="Which views, or all.")] = "all",
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="First patient.")] = 1000,
    start: Annotated[
        str,
        typer.Option(metavar="MM,DEG|card", help="How far off to start; card: where the start card leads."),
    ] = "60,45",
    with_only: Annotated[
        bool, typer.Option("--no-unguided", help="Leave out the arm without hints.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for trial.json, trial.csv and trial.png.")
    ] = None,
    json: Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Figures as JSON.")] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Model folder. [default: the one that comes along]")
    ] = None,
    runtime: Annotated[
        str, typer.Option(metavar="NAME", help="auto, cpu, cuda, tensorrt or tensorrt-native.")
    ] = "auto",
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes. [default: one for each core]")
    ] = None,
) -> None:
    """Measure the guidance on virtual patients: a clumsy novice, with hints and without.

    With --out, interrupt it at will: the same command goes on, and more patients make the same trial longer.

    \b
    Examples:
      sonoguide trial --patients 20 --views A4C,PLAX
      sonoguide trial --patients 200 --out trial --json -
    """
    from ui.trial import TrialOptions, run

    run(
        TrialOptions(
            patients, views, seed, start, not with_only, out, json, model, runtime,
            workers or os.cpu_count() or 1,
        )
    )  # fmt: skip
