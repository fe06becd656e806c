"""``sonoguide run``: live guidance on a stream, in a window or headless."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def run(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A file (DICOM, video, GIF, picture), a folder of pictures, camera:0, rtsp://..., phantom:...",
        ),
    ],
    target: Annotated[
        str | None, typer.Option(metavar="VIEW", help="View to aim at, such as A4C or PLAX. [default: A4C]")
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE.toml",
            help="Views one after the other: focus, limited-tte, a plug-in's, or a file of your own.",
        ),
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="No window.")] = False,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="One JSON line for each frame, to a file or stdout (-)."),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE.mp4", help="Record the display; the last picture goes beside it as PNG."),
    ] = None,
    exam: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keep clips, as DICOM, in an exam under DIR; an exam's own folder goes on."
        ),
    ] = None,
    max_frames: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Stop after so many frames.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Every frame, as fast as possible, not at the recording's rate.")
    ] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Play a recording again and again.")] = False,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Model folder. [default: the one that comes along]")
    ] = None,
    runtime: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="auto, cpu, cuda, tensorrt, tensorrt-native, triton or a plug-in's."
        ),
    ] = "auto",
    device_profile: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where the picture lies, from calibrate sector. [default: found from the first frames]",
        ),
    ] = None,
    language: Annotated[
        str,
        typer.Option(metavar="CODE", help="Of hints and window: en, de, or a plug-in's, for hints alone."),
    ] = "en",
    listener: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=OPTIONS]", help="A plug-in that is told all guidance; may come again."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no summary on stderr.")
    ] = False,
) -> None:
    """Guide on a live stream or a recording.

    \b
    Examples:
      sonoguide run clip.dcm
      sonoguide run camera:0 --target PLAX
      sonoguide run camera:0 --device-profile device.toml
      sonoguide run phantom:view=A4C,seed=3 --protocol focus
      sonoguide run clip.mp4 --headless --fast --json -
      sonoguide run clip.mp4 --headless --fast --record guided.mp4
      sonoguide run camera:0 --protocol focus --exam exams
      sonoguide run camera:0 --protocol ours.toml --language de

    \b
    A protocol of your own: a file ours.toml with a line  views = ["PLAX", "A4C"]
    Keys in the window: ? or F1 shows all of them.
    """
    from ui.session import RunOptions

    options = RunOptions(
        source=source,
        target=target,
        protocol=protocol,
        json=json,
        record=record,
        exam=exam,
        max_frames=max_frames,
        fast=fast,
        loop=loop,
        model=model,
        runtime=runtime,
        device_profile=device_profile,
        language=language,
        listeners=tuple(listener or ()),
    )
    if headless:
        from ui.headless import run_headless

        run_headless(options, quiet=quiet)
    else:
        from ui.window_run import run_window

        run_window(options, quiet=quiet)
