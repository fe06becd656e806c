"""``sonoguide demo``: a simulated beginner obeys the hints on a virtual patient."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def demo(
    target: Annotated[str, typer.Option(metavar="VIEW", help="View to reach.")] = "A4C",
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, help="Which virtual patient. [default: a random one; 0 with --seeds]"
        ),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, help="So many patients in a row, without a window: how many are reached."
        ),
    ] = 1,
    policy: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What the beginner goes by: guided (the hints), meter (the quality bar), random or oracle.",
        ),
    ] = "guided",
    headless: Annotated[
        bool, typer.Option("--headless", help="No window; so it is, too, where there is no display.")
    ] = False,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the MP4 and PNG, without a window.")
    ] = Path("out"),
    no_record: Annotated[bool, typer.Option("--no-record", help="No MP4 and no PNG.")] = False,
    exam: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep clips, as DICOM, in an exam under DIR. Without a window."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="JSON lines: one a frame; with --seeds, one a patient."),
    ] = None,
    max_moves: Annotated[int, typer.Option(metavar="N", min=1, help="Give up after so many moves.")] = 60,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Processes for --seeds. [default: one for each core]"),
    ] = None,
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
    """Watch a simulated beginner follow the hints on a virtual patient.

    \b
    Examples:
      sonoguide demo
      sonoguide demo --seed 7 --target PLAX
      sonoguide demo --headless --seeds 20 --no-record
      sonoguide demo --headless --seeds 20 --no-record --policy random
    """
    import secrets

    from ui.demo import DemoOptions, run_demo
    from ui.interrupts import interruptible
    from ui.qt import window_problem

    options = DemoOptions(
        target=target,
        seed=seed if seed is not None else 0 if seeds > 1 else secrets.randbelow(10_000),
        seeds=seeds,
        policy=policy,
        out=None if no_record or seeds > 1 else out,
        exam=exam,
        json=json,
        model=model,
        runtime=runtime,
        max_moves=max_moves,
        workers=workers,
    )
    headless = headless or seeds > 1 or json is not None or exam is not None
    if not headless:
        problem = window_problem()
        headless = problem is not None
        if headless:
            print(f"sonoguide: {problem}: the demo runs without a window", file=sys.stderr)
    if headless:
        with interruptible():
            run_demo(options)
    else:
        from ui.demo_window import run_demo_window

        run_demo_window(options)
