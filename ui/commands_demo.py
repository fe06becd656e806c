"""``sonoguide demo``: a simulated beginner obeys the hints on a virtual patient."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def demo(
    target: Annotated[str | None, typer.Option(metavar="VIEW", help="View to reach. [default: A4C]")] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE.toml",
            help="Views one after the other, of one patient: focus, limited-tte, or a file of your own.",
        ),
    ] = None,
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
        typer.Option(
            metavar="DIR",
            help="Keep clips, as DICOM, in an exam under DIR; with --protocol an exam's own folder goes on. "
            "Without --protocol there is no window.",
        ),
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
      sonoguide demo --protocol focus --exam exams
      sonoguide demo --headless --seeds 20 --no-record
      sonoguide demo --headless --seeds 20 --no-record --policy random
    """
    import secrets

    from guidance.errors import InputError
    from ui.demo import DemoOptions, parse_policy, run_demo
    from ui.demo_protocol import ProtocolOptions
    from ui.interrupts import interruptible

    if protocol is not None:
        if target is not None or seeds > 1:
            other = "--target" if target is not None else "--seeds"
            raise InputError(f"{other} and --protocol exclude each other: give one of them")
        whole = ProtocolOptions(protocol, seed, parse_policy(policy), exam, model, runtime, max_moves)
        if headless or json is not None or _no_window():
            from ui.demo_protocol_run import run_protocol

            with interruptible():
                run_protocol(whole, json)
        else:
            from ui.demo_protocol_run import run_protocol_window

            run_protocol_window(whole)
        return
    options = DemoOptions(
        target=target or "A4C",
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
    if headless or _no_window():
        with interruptible():
            run_demo(options)
    else:
        from ui.demo_window import run_demo_window

        run_demo_window(options)


def _no_window() -> bool:
    """Whether no window can be shown here; says why on stderr."""
    from ui.qt import window_problem

    problem = window_problem()
    if problem is not None:
        print(f"sonoguide: {problem}: the demo runs without a window", file=sys.stderr)
    return problem is not None
