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
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Say what works on this machine, and what is missing.

    Looks at libraries, Qt, runtimes, the model and its speed, cameras, and the disk.

    Exit code 0 when sonoguide can guide here (if only without a window), else 1.

    \b
    Example:
      sonoguide doctor
    """
    from ui.doctor import Grade, examine

    checks = list(examine(model))
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
