"""Options that several commands about models share, and how they tell their figures."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated, Any

import typer

Workers = Annotated[int, typer.Option(metavar="N", min=1, help="Processes and threads.")]
ModelFolder = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="Model folder. [default: the one that comes along]"),
]
RealFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--real", metavar="DIR", help="Real pictures that data import wrote; may be given several times."
    ),
]
Json = Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Everything as JSON.")]


def tell(found: dict[str, Any], place: str | None, lines: list[str] | None = None) -> None:
    """The figures as JSON to a file or stdout, or for people: as ``lines``, or all but the long tables."""
    from guidance.errors import InputError

    # Where there was nothing to count the figures are nan, which JSON does not know.
    found = jsonlib.loads(jsonlib.dumps(found), parse_constant=lambda _: None)
    text = jsonlib.dumps(found, indent=2, allow_nan=False)
    if place == "-":
        print(text)
        return
    if lines is None:
        lines = [f"{name:<24} {_short(value)}" for name, value in found.items() if name != "by_clip"]
    print("\n".join(lines))
    if place is not None:  # last: what took minutes to find is not lost to a wrong place
        try:
            Path(place).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{place} cannot be written ({error.strerror}): choose another place") from error


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return "  ".join(_short(v) for v in value)
    if isinstance(value, dict):
        return "; ".join(f"{k} {_short(v)}" for k, v in value.items())
    return str(value)
