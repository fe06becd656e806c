"""``sonoguide calibrate latency``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.model_options import Json, ModelFolder


def latency(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE", help="The live device that sees the screen: camera:0, rtsp://..., screen:1."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(metavar="S", min=2, max=600, help="How long to measure.")] = 20.0,
    screen: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Which screen shows the pattern. [default: the second, if there is one]"
        ),
    ] = None,
    device_profile: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Device profile that gets the result, as its table [latency]."
        ),
    ] = None,
    film: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Instead of SOURCE: a phone's film of pattern and window."),
    ] = None,
    film_fps: Annotated[
        float | None,
        typer.Option(
            metavar="FPS", min=1, max=2000, help="Rate at which it was filmed (240). [default: the file's]"
        ),
    ] = None,
    json: Json = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Each part's histogram, and a timeline.")
    ] = None,
    model: ModelFolder = None,
    runtime: Annotated[str, typer.Option(metavar="NAME", help="As for run.")] = "auto",
) -> None:
    """Measure the delay from photon to pixel: grabber, driver, engine and painting, each with percentiles.

    A flashing test pattern is shown on a screen that SOURCE sees (a grabber at the end of its cable, or a camera),
    and beside it sonoguide's window. docs/calibration.md says how to set it up, also with a phone's slow motion.

    \b
    Examples:
      sonoguide calibrate latency camera:0 --figure latency.png
      sonoguide calibrate latency camera:0,size=1920x1080,fps=60 --screen 2 --device-profile scanner.toml
      sonoguide calibrate latency --film IMG_0042.MOV --film-fps 240 --json -
    """
    from ui.latency import LatencyOptions, run
    from ui.output import tell

    figures, table = run(
        LatencyOptions(source, seconds, screen, device_profile, film, film_fps, json, figure, model, runtime)
    )
    tell(figures, table, json)
