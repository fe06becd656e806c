"""The record of a trial on disk: what it is of, and one line a run, so that an interrupted trial goes on.

``trial_of.json`` says what was measured (model, views, starts); ``trial.csv`` grows by the runs of each patient.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from guidance.manifest import Manifest
from guidance.views import View
from models.trial import TrialRun, TrialSettings

TABLE, NOTE = "trial.csv", "trial_of.json"

_READ: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": {"True": True, "False": False}.__getitem__,
    "View": View,
}
"""How a column of that type is read."""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A folder that holds a trial, or will.

    Attributes:
        folder: where it lies; a folder holds one trial.
        earlier: runs of the patients that are asked for and were finished before.
        others: runs of patients that are not asked for this time: they are kept.
    """

    folder: Path
    earlier: tuple[TrialRun, ...] = ()
    others: tuple[TrialRun, ...] = ()

    @classmethod
    def open(cls, folder: Path, settings: TrialSettings, manifest: Manifest) -> TrialRecord:
        """The record in ``folder``, made where it is missing.

        More patients than before are the same trial, made longer.

        Raises:
            InputError: the folder cannot be made, or holds another trial, or a table that cannot be read.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "a file of this name is there" if folder.exists() else error.strerror
            raise InputError(
                f"{folder} cannot be made ({reason}): choose another folder with --out"
            ) from error
        of = _what_of(settings, manifest)
        table, note = folder / TABLE, folder / NOTE
        if not table.exists():
            write_text(note, json.dumps(of, indent=2) + "\n")
            return cls(folder)
        try:
            found = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        if found != of:
            raise InputError(
                f"{folder} holds another trial (model, views, start or arms): choose another folder with --out"
            )
        runs = read_table(table)
        seeds = range(settings.first_seed, settings.first_seed + settings.patients)
        asked = tuple(run for run in runs if run.seed in seeds)
        return cls(folder, asked, tuple(run for run in runs if run.seed not in seeds))

    @property
    def done(self) -> frozenset[int]:
        """Patients whose runs are all there: they are written together."""
        return frozenset(run.seed for run in self.earlier)

    def write(self, runs: Sequence[TrialRun]) -> None:
        """Write down ``runs``, which begin with the earlier ones, beside those of other patients.

        Raises:
            InputError: they cannot be written.
        """
        write_table(self.folder / TABLE, [*runs, *self.others])


def _what_of(settings: TrialSettings, manifest: Manifest) -> dict[str, Any]:
    of = asdict(settings)
    del of["patients"]
    of["views"] = [str(view) for view in settings.views]
    hints = manifest.hints.model_dump(mode="json")
    return {
        "model": {"name": manifest.name, "version": manifest.version, "sha256": manifest.sha256},
        "hints": hints,
        **of,
    }


def write_table(path: Path, runs: Sequence[TrialRun]) -> None:
    """One line a run, with a line of headings.

    Raises:
        InputError: it cannot be written.
    """
    part = path.with_suffix(".part")
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, [f.name for f in fields(TrialRun)])
            table.writeheader()
            for r in runs:
                row = {k: round(v, 3) if isinstance(v, float) else v for k, v in asdict(r).items()}
                table.writerow(row)
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another folder") from error


def read_table(path: Path) -> list[TrialRun]:
    """The runs in ``path``, as :func:`write_table` wrote them.

    Raises:
        InputError: it cannot be read, or is no such table.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if table.fieldnames != [f.name for f in fields(TrialRun)]:
                raise ValueError("other columns")
            return [_run(row) for row in table]
    except (OSError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} is no table of a trial's runs: choose another folder with --out, or move it away"
        ) from error


def _run(row: dict[str, Any]) -> TrialRun:
    return TrialRun(**{f.name: _READ[str(f.type)](row[f.name]) for f in fields(TrialRun)})


def write_text(path: Path, text: str) -> None:
    """Write ``text`` into ``path``.

    Raises:
        InputError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another place") from error
