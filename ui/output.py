"""Output of the measuring commands: a progress bar that costs nothing, a table for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from guidance.errors import InputError, RuntimeFailure


@contextmanager
def progress(seconds: float) -> Iterator[Callable[[float], None]]:
    """A progress bar on a terminal's stderr, drawn once a second: drawing it oftener would cost what is measured."""
    columns = (
        TextColumn("measuring"),
        BarColumn(),
        TextColumn("{task.completed:.0f} s"),
        TimeRemainingColumn(),
    )
    wanted = sys.stderr.isatty()
    with Progress(
        *columns, console=Console(stderr=True), transient=True, auto_refresh=False, disable=not wanted
    ) as bar:
        task = bar.add_task("measuring", total=seconds)
        told = -1

        def tick(done_s: float) -> None:
            nonlocal told
            if int(done_s) != told:
                told = int(done_s)
                bar.update(task, completed=done_s, refresh=True)

        yield tick


def tell(figures: Mapping[str, Any], table: Sequence[str], place: str | None) -> None:
    """The table on stdout, and JSON to a file; with ``-`` JSON alone on stdout, and the table on stderr.

    Raises:
        RuntimeFailure: the file cannot be written.
    """
    text = json.dumps(figures, indent=2, allow_nan=False, default=str)  # a plug-in's details may be anything
    if place == "-":
        print(text)
        print("\n".join(table), file=sys.stderr)
        return
    print("\n".join(table))
    if place is not None:
        try:
            Path(place).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise RuntimeFailure(
                f"{place} could not be written ({error.strerror}): free some space, or choose another place"
            ) from error


def check_output(place: str | None, option: str) -> None:
    """Refuse a place that cannot become a file; None and ``-`` are good.

    Raises:
        InputError: a folder, in no folder, or not writable; ``option`` names what to change.
    """
    if place is None or place == "-":
        return
    path = Path(place)
    if path.is_dir():
        raise InputError(f"{option} {path} is a folder: give the name of a file")
    if not path.parent.is_dir():
        raise InputError(f"{option} {path}: no such folder: make it first, or choose another place")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{option} {path} cannot be written: choose another place")


def check_figure(path: Path | None) -> None:
    """Refuse a ``--figure`` that cannot become a PNG file; None is good.

    Raises:
        InputError: its name ends otherwise, or as :func:`check_output`.
    """
    if path is None:
        return
    if path.suffix.lower() != ".png":
        raise InputError(f"--figure {path}: figures are PNG files: choose a name ending in .png")
    check_output(str(path), "--figure")
