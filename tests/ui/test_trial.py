"""``sonoguide trial``: options are checked, what is written can be read again, the figure is a picture.

Slow: the command itself, on one virtual patient.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from commands import sonoguide

from guidance.errors import InputError
from guidance.views import STANDARD_VIEWS, View
from models.trial import TrialRun
from models.trial_summary import summarise
from ui.trial import parse_start, parse_views, report_lines, write_table
from ui.trial_figure import bars_by_group, bars_by_view, draw_trial

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
    assert {file.name for file in (tmp_path / "trial").iterdir()} == {"trial.json", "trial.csv", "trial.png"}
    figures = json.loads((tmp_path / "trial" / "trial.json").read_text())
    assert figures["runs"] == 1
