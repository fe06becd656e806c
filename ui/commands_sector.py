"""``sonoguide calibrate sector``: where the picture lies on a scanner's screen, as a device profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def sector(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="As for run: a recording, camera:0, rtsp://..., phantom:..."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE.toml", help="Device profile to write; an older one is kept beside it."
        ),
    ] = Path("device.toml"),
    figure: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", help="What was found, over the picture. [default: beside the profile]"
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(metavar="S", min=0.1, max=60.0, help="How long to look.")] = 4.0,
    marker: Annotated[
        Literal["auto", "left", "right"], typer.Option(help="Side of the marker on the screen.")
    ] = "auto",
    convention: Annotated[
        Literal["cardiology", "emergency"],
        typer.Option(help="emergency: marker on the left, probe turned by 180 degrees."),
    ] = "cardiology",
    depth_mm: Annotated[
        float | None, typer.Option(metavar="MM", min=5.0, max=500.0, help="Depth that the screen states.")
    ] = None,
    json: Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Everything as JSON.")] = None,
) -> None:
    """Find the ultrasound picture on a scanner's screen: sector, marker, depth ruler. Write a device profile.

    Hold the probe on the patient meanwhile, with depth and layout as in use. Look at the PNG before you use the
    profile: docs/calibration.md.

    \b
    Examples:
      sonoguide calibrate sector camera:0 --out device.toml --figure device.png
      sonoguide run camera:0 --device-profile device.toml
    """
    from ui.sector_calibration import SectorOptions, calibrate_sector

    calibrate_sector(SectorOptions(source, out, figure, seconds, marker, convention, depth_mm, json))
