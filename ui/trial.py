"""What ``sonoguide trial`` does: runs the trial on all cores, then tells, writes and draws what came out."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from guidance.model import Model, default_model_folder
from guidance.views import STANDARD_VIEWS, View, parse_view
from models.trial import TrialSettings, run_trial
from models.trial_summary import summarise
from ui.progress import progress
from ui.session import known_views
from ui.trial_figure import draw_trial
from ui.trial_record import TrialRecord, write_text


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

    With a folder, what is finished is written down as it comes, and the same command goes on where it was interrupted.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model or the outputs.
        KeyboardInterrupt: by the user; says where what is finished lies.
    """
    settings = TrialSettings(
        options.patients, parse_views(options.views), options.seed, *parse_start(options.start),
        without_hints=options.unguided,
    )  # fmt: skip
    folder = options.model or default_model_folder()
    with Model.load(folder, runtime=options.runtime) as model:  # says what is wrong before any work
        known_views(settings.views, model)
        manifest = model.manifest
    record = None if options.out is None else TrialRecord.open(options.out, settings, manifest)
    runs = [] if record is None else list(record.earlier)
    done = frozenset() if record is None else record.done
    with progress("virtual patients", options.patients) as advance:
        advance(len(done))
        jobs = run_trial(settings, folder, options.runtime, options.workers, done)
        try:
            for count, found in enumerate(jobs, len(done) + 1):
                runs += found
                if record is not None:
                    record.write(runs)
                advance(count)
        except KeyboardInterrupt:
            if record is not None and runs:
                patients = len({run.seed for run in runs})
                print(
                    f"{patients} of {options.patients} patients are kept in {record.folder}: the same command goes on",
                    file=sys.stderr,
                )
            raise
    figures = summarise(runs)
    if options.out is not None:
        write_text(options.out / "trial.json", json.dumps(figures, indent=2) + "\n")
        draw_trial(figures, options.out / "trial.png")
    if options.json == "-":
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(report_lines(figures)))
        if options.json is not None:
            write_text(Path(options.json), json.dumps(figures, indent=2) + "\n")
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
