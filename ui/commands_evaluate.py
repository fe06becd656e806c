"""``sonoguide evaluate``."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ui.data_parts import Part
from ui.model_options import Json, ModelFolder, tell


def evaluate(
    clips: Annotated[
        Path | None,
        typer.Argument(
            metavar="CLIPS",
            help="Folder of real clips, or one that data import wrote; none: virtual patients.",
        ),
    ] = None,
    labels: Annotated[Path | None, typer.Option(metavar="CSV", help="Columns clip,view.")] = None,
    model: ModelFolder = None,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the virtual test frames.")] = Path(
        "data/test"
    ),
    frames: Annotated[int, typer.Option(metavar="N", min=100, help="How many virtual frames.")] = 6144,
    not_heart: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Real clips of no heart, to tell virtual hearts from."),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for CSV tables and PNG figures.")
    ] = None,
    walks: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Walks that the model leads as well: what it would hold, and how right that is.",
        ),
    ] = 0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes. [default: one for each core]")
    ] = None,
    split: Annotated[Part, typer.Option(help="The part of what data import wrote.")] = Part.TEST,
    json: Json = None,
) -> None:
    """Measure a model: on locked virtual patients, on a folder of real clips, or on what data import wrote.

    With --walks, also where the model's own adjustments lead the probe, virtual patient by virtual patient, and how
    right the pictures are that it would hold there: about two walks a second on each core.

    A clip's view is looked up in --labels, else read from the beginning of its name or its folder's (a4c_012.mp4).

    \b
    Examples:
      sonoguide evaluate --figures figures --json figures/evaluation.json
      sonoguide evaluate --not-heart clips/not_a_heart --walks 1200
      sonoguide evaluate clips --labels clips/VIEWS.csv --json figures.json
      sonoguide evaluate data/camus --model my_model
    """
    from guidance.errors import InputError
    from guidance.model import default_model_folder
    from models.real.parts import Split
    from models.real.shards import read_note
    from ui.evaluation import (
        VirtualOptions,
        evaluate_clips,
        evaluate_import,
        evaluate_virtual,
        evaluate_walks,
        report_lines,
        walk_lines,
    )

    folder = model or default_model_folder()
    if clips is not None:
        if not_heart is not None or figures is not None or walks:
            raise InputError(
                "--not-heart, --figures and --walks go with virtual patients: leave out the folder of clips"
            )
        if read_note(clips) is not None:
            if labels is not None:
                raise InputError(f"{clips} was imported with its labels: leave out --labels")
            tell({"on": "imported real pictures", **evaluate_import(folder, clips, Split(split))}, json)
            return
        tell({"on": "real clips", **evaluate_clips(folder, clips, labels)}, json)
        return
    if labels is not None:
        raise InputError("--labels goes with a folder of clips: sonoguide evaluate CLIPS --labels CSV")
    options = VirtualOptions(folder, data, frames, workers or os.cpu_count() or 1, not_heart, figures, walks)
    found = evaluate_virtual(options)
    everything, lines = asdict(found), report_lines(found)
    if walks:
        led = evaluate_walks(options)
        everything["walks"] = asdict(led)
        lines += walk_lines(led)
    tell({"on": "unseen virtual patients", **everything}, json, lines)
    if figures is not None:
        print(f"written to {figures}: tables (CSV) and figures (PNG)", file=sys.stderr)
