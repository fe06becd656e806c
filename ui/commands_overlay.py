"""``sonoguide overlay``: hints beside or over another program's window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def overlay(
    screen: Annotated[
        bool, typer.Option("--screen", help="Watch a region of the screen, whatever program shows it.")
    ] = False,
    region: Annotated[
        str | None,
        typer.Option(metavar="X,Y,W,H", help="The region, in pixels. [default: drawn with the mouse]"),
    ] = None,
    place: Annotated[
        str,
        typer.Option(
            metavar="SIDE", help="Where the hints stand: auto, left, right, above, below, or over it."
        ),
    ] = "auto",
    target: Annotated[
        str | None, typer.Option(metavar="VIEW", help="View to aim at, such as A4C. [default: A4C]")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(metavar="NAME", help="Views one after the other, such as focus.")
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="One JSON line for each frame, to a file or stdout (-)."),
    ] = None,
    fps: Annotated[int, typer.Option(metavar="N", min=1, max=120, help="Pictures a second.")] = 30,
    max_frames: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Stop after so many frames.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Model folder. [default: the one that comes along]")
    ] = None,
    runtime: Annotated[str, typer.Option(metavar="NAME", help="What runs the network.")] = "auto",
    listener: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=OPTIONS]", help="A plug-in that is told all guidance; may come again."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary on stderr.")] = False,
) -> None:
    """Guide on what a scanner's own program shows, without touching it. Needs the extra screen.

    Clicks go through the hints, and the hints are never in the picture that is looked at: they stand beside the
    region, or over it (--place over; X11 and Windows) where the window below is watched alone. Ctrl-C ends it.

    \b
    Examples:
      sonoguide overlay --screen
      sonoguide overlay --screen --region 100,80,800,600 --target PLAX
      sonoguide overlay --screen --region 100,80,800,600 --place right
      sonoguide overlay --screen --region 100,80,800,600 --place over
    """
    from guidance.errors import InputError
    from ui.screen_overlay import run_screen_overlay
    from ui.session import RunOptions

    if not screen:
        raise InputError("say what to watch: sonoguide overlay --screen")
    options = RunOptions(
        source="screen:", target=target, protocol=protocol, json=json, max_frames=max_frames, model=model,
        runtime=runtime, listeners=tuple(listener or ()),
    )  # fmt: skip
    run_screen_overlay(options, region, place, fps, quiet=quiet)
