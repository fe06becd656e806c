"""``sonoguide doctor``: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer


def doctor(
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Model folder. [default: the one that comes along]")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="SOURCE", help="Look at this stream too: rate, and whether guidance keeps up."),
    ] = None,
    device_profile: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Compare this device profile with the picture of --source."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Say what works on this machine, and what is missing.

    Looks at libraries, Qt, runtimes, the model and its speed, cameras, and the disk; with --source also whether the
    stream delivers and guidance keeps up with it, with --device-profile whether the profile fits it.

    Exit code 0 when sonoguide can guide here (if only without a window), else 1.

    \b
    Examples:
      sonoguide doctor
      sonoguide doctor --source camera:0 --device-profile scanner.toml
    """
    from ui.doctor import examine
    from ui.doctor_check import Grade

    checks = list(examine(model, source=source, profile=device_profile))
    usable = all(check.grade is not Grade.BAD for check in checks)
    if json:
        report = [
            {"name": c.name, "grade": c.grade.value, "found": c.found, "advice": c.advice} for c in checks
        ]
        print(jsonlib.dumps({"usable": usable, "checks": report}, indent=2))
    else:
        for check in checks:
            print(f"{check.grade.value:<5} {check.name:<16} {check.found}")
            if check.advice:
                print(f"{'':<22} -> {check.advice}")
        print(
            "sonoguide can be used here."
            if usable
            else "sonoguide cannot be used here yet: see the advice above."
        )
    if not usable:
        raise typer.Exit(1)
