"""``sonoguide practice``: the probe in your own hand, on a virtual patient."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def practice(
    patient: Annotated[
        list[str] | None,
        typer.Option(
            metavar="easy|average|hard|slim|usual|heavy|SEED",
            help="Whom to scan; several words with commas. [default: anybody]",
        ),
    ] = None,
    view: Annotated[str, typer.Option(metavar="VIEW", help="View to reach.")] = "A4C",
    hints: Annotated[bool, typer.Option("--hints/--no-hints", help="Say which movement to make.")] = True,
    fade: Annotated[
        bool, typer.Option("--fade/--no-fade", help="Hints grow sparser as you get better.")
    ] = True,
    retest: Annotated[
        bool, typer.Option("--retest", help="On your own: the picture alone; you say when it is right.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where your attempts are kept. [default: in your data folder]"),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Print your learning curve; no window.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --history: as JSON on stdout.")] = False,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Model folder. [default: the one that comes along]")
    ] = None,
    runtime: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="auto, cpu, cuda, tensorrt, tensorrt-native, triton or a plug-in's."
        ),
    ] = "auto",
) -> None:
    """Practise on a virtual patient: move the probe with mouse and keyboard, and follow the hints.

    \b
    Examples:
      sonoguide practice
      sonoguide practice --view PLAX --patient hard,heavy
      sonoguide practice --patient 4711 --no-hints
      sonoguide practice --retest
      sonoguide practice --history
    """
    from guidance.errors import InputError
    from ui.practice.run import PracticeOptions, run_practice, tell_history

    if history:
        tell_history(keep, as_json=json)
        return
    if json:
        raise InputError("--json goes with --history")
    run_practice(PracticeOptions(tuple(patient or ()), view, hints, fade, retest, keep, model, runtime))
