"""``sonoguide trial``: options are checked, what is written can be read again, the figure is a picture.

A trial that was interrupted goes on: finished patients are not run again, also where more are asked for; a folder with
another trial, or with another table, is left as it is.

Slow: the command itself, on one virtual patient.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from commands import sonoguide

from guidance.errors import InputError
from guidance.manifest import Manifest, read_manifest
from guidance.model import default_model_folder
from guidance.views import STANDARD_VIEWS, View
from models.trial import TrialRun, TrialSettings
from models.trial_summary import summarise
from ui import trial
from ui.trial import parse_start, parse_views, report_lines
from ui.trial_figure import bars_by_group, bars_by_view, draw_trial
from ui.trial_record import TrialRecord, read_table, write_table

RUN = TrialRun(
    seed=1, view=View.A4C, guided=True, sex="male", bmi="BMI < 25", age="age < 40", function="EF >= 50 %",
    position="supine", chest="usual", machine="handheld", possible=True, held=True, reached=True, strict=False,
    seconds=30.0, moves=9, path=120.0, direct=80.0, plane_mm=2.0, in_plane_deg=3.0, pose_mm=4.0, pose_deg=5.0,
    quality=0.9, hints=6, confident=4, wrong_way=0,
)  # fmt: skip
RUNS = [RUN, replace(RUN, seed=2, reached=False), replace(RUN, view=View.PLAX), replace(RUN, guided=False)]


def test_views_and_start_as_typed() -> None:
    assert parse_views("all") == STANDARD_VIEWS
    assert parse_views("a4c, PLAX,A4C") == (View.A4C, View.PLAX)
    assert parse_start("60,45") == (60.0, 45.0)
    assert parse_start("card") == (None, None)


@pytest.mark.parametrize("text", ["", "60", "60,45,3", "-1,5", "nan,5", "900,45", "far"])
def test_a_wrong_start_is_one_line(text: str) -> None:
    with pytest.raises(InputError, match="--start"):
        parse_start(text)


def test_an_unknown_view_is_named() -> None:
    with pytest.raises(InputError, match="A9C"):
        parse_views("A4C,A9C")


def test_the_table_can_be_read_again(tmp_path: Path) -> None:
    write_table(tmp_path / "trial.csv", RUNS)
    with (tmp_path / "trial.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["view"] for r in rows] == ["A4C", "A4C", "PLAX", "A4C"]
    assert rows[0]["path"] == "120.0"
    with pytest.raises(InputError, match="cannot be written"):
        write_table(tmp_path / "none" / "trial.csv", RUNS)


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_table(tmp_path / "trial.csv", RUNS)
    assert read_table(tmp_path / "trial.csv") == RUNS
    for text in (
        "seed,view\n1,A4C\n",
        (tmp_path / "trial.csv").read_text().replace("True", "perhaps"),
        "\x00",
    ):
        (tmp_path / "other.csv").write_text(text)
        with pytest.raises(InputError, match="no table of a trial's runs") as told:
            read_table(tmp_path / "other.csv")
        assert "\n" not in str(told.value)


@pytest.fixture
def manifest() -> Manifest:
    return read_manifest(default_model_folder())


def test_a_record_belongs_to_one_trial(tmp_path: Path, manifest: Manifest) -> None:
    settings = TrialSettings(patients=2, first_seed=1)
    folder = tmp_path / "trial"
    assert TrialRecord.open(folder, settings, manifest).done == frozenset()
    assert (
        TrialRecord.open(folder, replace(settings, start_mm=1.0), manifest).done == frozenset()
    )  # nothing was run
    TrialRecord.open(folder, settings, manifest).write(RUNS)
    assert TrialRecord.open(folder, settings, manifest).done == {1, 2}
    assert TrialRecord.open(folder, replace(settings, patients=9), manifest).earlier == tuple(RUNS)
    assert TrialRecord.open(folder, replace(settings, patients=1), manifest).done == {1}
    TrialRecord.open(folder, replace(settings, patients=1), manifest).write(RUNS[:1])  # fewer are asked for
    assert {run.seed for run in read_table(folder / "trial.csv")} == {1, 2}
    TrialRecord.open(folder, settings, manifest).write(RUNS)
    others = (
        (replace(settings, start_mm=10.0), manifest),
        (replace(settings, first_seed=2), manifest),
        (replace(settings, views=(View.A4C,)), manifest),
        (settings, manifest.model_copy(update={"sha256": "0" * 64})),
        (
            settings,
            manifest.model_copy(update={"hints": manifest.hints.model_copy(update={"hold_quality": 0.9})}),
        ),
    )
    for other, model in others:
        with pytest.raises(InputError, match="holds another trial"):
            TrialRecord.open(folder, other, model)
    assert read_table(folder / "trial.csv") == RUNS


def test_an_interrupted_trial_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], qapp: object
) -> None:
    ran: list[int] = []

    def one_then_interrupted(
        settings: TrialSettings, _folder: Path, _runtime: str, _workers: int, done: Collection[int]
    ) -> Iterator[list[TrialRun]]:
        for seed in range(settings.first_seed, settings.first_seed + settings.patients):
            if seed not in done:
                if len(ran) == 1:
                    ran.append(-1)
                    raise KeyboardInterrupt
                ran.append(seed)
                yield [replace(RUN, seed=seed)]

    monkeypatch.setattr(trial, "run_trial", one_then_interrupted)
    command = (
        "trial",
        "--patients",
        3,
        "--seed",
        5,
        "--views",
        "A4C",
        "--no-unguided",
        "--out",
        tmp_path / "t",
    )
    assert sonoguide(*command) == 130
    assert (
        f"1 of 3 patients are kept in {tmp_path / 't'}: the same command goes on" in capsys.readouterr().err
    )
    assert [run.seed for run in read_table(tmp_path / "t" / "trial.csv")] == [5]
    assert sonoguide(*command) == 0
    assert ran == [5, -1, 6, 7]
    assert json.loads((tmp_path / "t" / "trial.json").read_text())["runs"] == 3
    assert sonoguide(*command) == 0  # nothing is left to run
    assert ran == [5, -1, 6, 7]
    assert sonoguide(*command, "--start", "card") == 2
    assert "holds another trial" in capsys.readouterr().err


def test_the_report_says_virtual_and_gives_every_view() -> None:
    text = "\n".join(report_lines(summarise(RUNS)))
    assert "virtual patients" in text
    assert "A4C" in text
    assert "PLAX" in text
    assert report_lines(summarise([replace(RUN, possible=False)]))  # nothing to count is no error


def test_the_figure_is_a_picture_with_bars(tmp_path: Path, qapp: object) -> None:
    figures = summarise(RUNS)
    assert [(b[0], b[3]) for b in bars_by_view(figures)] == [("A4C", 2), ("PLAX", 1)]
    assert len(bars_by_group(figures)) == 7
    draw_trial(figures, tmp_path / "trial.png")
    picture = cv2.imread(str(tmp_path / "trial.png"))
    assert picture is not None
    assert (picture == (181, 127, 47)).all(axis=-1).sum() > 500  # bars, in BGR


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    options = ("--patients", 1, "--views", "A4C", "--no-unguided", "--workers", 1, "--start", "0,0")
    assert sonoguide("trial", *options, "--out", tmp_path / "trial") == 0
    assert {file.name for file in (tmp_path / "trial").iterdir()} == {
        "trial_of.json",
        "trial.json",
        "trial.csv",
        "trial.png",
    }
    figures = json.loads((tmp_path / "trial" / "trial.json").read_text())
    assert figures["runs"] == 1
