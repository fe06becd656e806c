"""What ``sonoguide trial`` does: runs the trial on all cores, then tells, writes and draws what came out."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from guidance.model import Model, default_model_folder
from guidance.views import STANDARD_VIEWS, View, parse_view
from models.trial import TrialRun, TrialSettings, run_trial
from models.trial_summary import summarise
from ui.progress import progress
from ui.session import known_views
from ui.trial_figure import draw_trial


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """Options of ``sonoguide trial``, as typed."""

    patients: int
    views: str
    seed: int
    start: str
    unguided: bool
    out: Path | None
    json: str | None
    model: Path | None
    runtime: str
    workers: int


def run(options: TrialOptions) -> dict[str, Any]:
    """Run the trial and report it; returns the figures.

    What is finished is written to ``trial.csv`` as it comes, so that an interrupted trial is not lost.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model or the outputs.
    """
    settings = TrialSettings(
        options.patients, parse_views(options.views), options.seed, *parse_start(options.start),
        without_hints=options.unguided,
    )  # fmt: skip
    folder = options.model or default_model_folder()
    with Model.load(folder, runtime=options.runtime) as model:  # says what is wrong before any work
        known_views(settings.views, model)
    if options.out is not None:
        _make_folder(options.out)
    runs: list[TrialRun] = []
    with progress("virtual patients", options.patients) as advance:
        for done, found in enumerate(run_trial(settings, folder, options.runtime, options.workers)):
            runs += found
            if options.out is not None:
                write_table(options.out / "trial.csv", runs)
            advance(done + 1)
    figures = summarise(runs)
    if options.out is not None:
        _write(options.out / "trial.json", json.dumps(figures, indent=2) + "\n")
        draw_trial(figures, options.out / "trial.png")
    if options.json == "-":
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(report_lines(figures)))
        if options.json is not None:
            _write(Path(options.json), json.dumps(figures, indent=2) + "\n")
    if options.out is not None:
        print(f"written to {options.out}: trial.json, trial.csv, trial.png", file=sys.stderr)
    return figures


def parse_views(text: str) -> tuple[View, ...]:
    """``A4C,PLAX`` as views; ``all`` is every standard view.

    Raises:
        InputError: one is unknown.
    """
    if text.strip().lower() == "all":
        return STANDARD_VIEWS
    return tuple(dict.fromkeys(parse_view(part) for part in text.split(",")))


def parse_start(text: str) -> tuple[float | None, float | None]:
    """``60,45`` as (mm, degrees); ``card`` as (None, None).

    Raises:
        InputError: it is neither.
    """
    if text.strip().lower() == "card":
        return None, None
    try:
        mm, deg = (float(part) for part in text.split(","))
    except ValueError:
        mm = deg = -1.0
    if not (0.0 <= mm <= 120.0 and 0.0 <= deg <= 90.0):
        raise InputError(f"--start {text}: write MM,DEG up to 120,90, such as 60,45, or card")
    return mm, deg


def write_table(path: Path, runs: list[TrialRun]) -> None:
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


def report_lines(figures: dict[str, Any]) -> list[str]:
    """The figures for people."""

    def percent(share: float | None) -> str:
        return "-" if share is None else f"{100 * share:.0f} %"

    def interval(pair: Any) -> str:
        return "" if pair is None else f"  (95 %: {100 * pair[0]:.0f} to {100 * pair[1]:.0f} %)"

    worst = figures["worst_group"]
    rows = [
        ("trial on", f"{figures['patients']} virtual patients, {figures['runs']} runs with hints"),
        ("held right", percent(figures["held"]) + interval(figures["held_ci95"])),
        ("without hints", percent(figures["unguided_held"]) + interval(figures["unguided_held_ci95"])),
        ("strict 5/5", percent(figures["strict"])),
        ("median time", f"{_plain(figures['seconds_median'])} s, without hints "
                        f"{_plain(figures['unguided_seconds_median'])} s"),
        ("median path", f"{_plain(figures['path_ratio_median'])} times the shortest"),
        ("wrong way", f"{percent(figures['wrong_way'])} of {figures['confident_hints']} confident hints"),
        ("not possible", f"{figures['not_possible']} views that their patient cannot give, counted apart"),
        ("worst group", "none large enough" if worst is None else
                        f"{worst['group']}: {percent(worst['held'])} of {worst['runs']}"),
    ]  # fmt: skip
    rows += [
        (name, f"{percent(v['held'])} of {v['runs']}{interval(v['ci95'])}")
        for name, v in figures["by_view"].items()
    ]
    return [f"{name:<14} {value}" for name, value in rows]


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file of this name is there" if folder.exists() else error.strerror
        raise InputError(f"{folder} cannot be made ({reason}): choose another folder with --out") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another place") from error
