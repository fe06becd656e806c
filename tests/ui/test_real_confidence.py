"""Promises of ``calibrate confidence --real`` and ``calibrate int8 --real``:

- temperatures are fitted on the validation part of imported pictures and measured on the test part; they are written
  only where they are better there, and nothing else of the calibration changes;
- a threshold to hold is the lowest at which readers refuse no more than the stated share, else nothing is written;
- pictures whose label the model does not know count nowhere; of coarse labels any view is right;
- too few pictures, no import, no part, and a risk that no real picture tells are one line, exit code 2;
- INT8 ranges are measured on the one part, what is lost on the other, and the new model says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import one_line, sonoguide
from numpy.typing import NDArray
from tiny_model import write_tiny_model

from guidance.model import Model
from guidance.views import View
from models.frames import SIZE
from models.real.labelled_answers import ask_labelled
from models.real.parts import Split
from models.real.shards import ALL_VIEWS, FORMAT, NOTE, REAL_RECORD, RealFrames


def pictures(
    count: int, seed: int, *, right: float = 1.0, views: Sequence[View] = (View.A4C,), graded: bool = True
) -> NDArray[Any]:
    """Bright ones, which the tiny network calls A4C, and dark ones, OTHER to it; a share ``right`` is labelled so.

    ``views``: what the label of a bright one allows. Grades follow the brightness.
    """
    rng = np.random.default_rng(seed)
    out = np.zeros(count, REAL_RECORD)
    for n, row in enumerate(out):
        level = rng.uniform(0.0, 0.9)
        row["image"] = np.clip(rng.normal(255 * level, 8, (SIZE, SIZE)), 0, 255).astype(np.uint8)
        bright = (level > 0.45) == (rng.random() < right)
        for view in views if bright else (View.OTHER,):
            row["views"][ALL_VIEWS.index(view)] = True
        row["quality"] = (0.9 if level > 0.7 else 0.2) if graded and bright else np.nan
        row["patient"] = n % 4
    return out


def imported(folder: Path, **parts: NDArray[Any]) -> Path:
    """A folder as ``data import`` writes it."""
    for part, rows in parts.items():
        (folder / part).mkdir(parents=True)
        np.save(folder / part / "shard_00000.npy", rows)
    (folder / NOTE).write_text(json.dumps({"format": FORMAT, "kind": "folder", "patients": 4}))
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "model", size=SIZE)


def calibration(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "model.json").read_text())
    return found


def test_what_is_too_sure_is_cooled_and_nothing_else_changes(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = imported(
        tmp_path / "data", validation=pictures(160, 1, right=0.75), test=pictures(160, 2, right=0.75)
    )
    before = Model.load(model).manifest
    assert sonoguide("calibrate", "confidence", "--model", model, "--real", data, "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["on"] == "imported real pictures"
    assert found["pictures"] == {"fitted_on": 160, "measured_on": 160}
    assert found["patients"] == {"fitted_on": 4, "measured_on": 4}
    view = found["view"]
    assert view["written"]
    assert view["after"]["temperature"] > view["before"]["temperature"] == 1.0
    assert view["after"]["log_loss"] < view["before"]["log_loss"]
    assert view["after"]["ece"] < view["before"]["ece"]
    after = Model.load(model).manifest
    assert after.calibration.view_temperature == pytest.approx(view["after"]["temperature"], abs=1e-3)
    rest = {"view_temperature", "quality_temperature"}
    assert after.calibration.model_dump(exclude=rest) == before.calibration.model_dump(exclude=rest)
    assert after.hints == before.hints


def test_what_is_not_better_on_other_pictures_is_not_written(model: Path, tmp_path: Path) -> None:
    as_it_says = pictures(120, 2)
    as_it_says["views"] = False
    with Model.load(model) as loaded:
        for row in as_it_says:
            said = loaded.predict((row["image"] / np.float32(255.0))[None, None]).view
            row["views"][ALL_VIEWS.index(said)] = True
    data = imported(tmp_path / "data", validation=pictures(120, 1, right=0.6), test=as_it_says)
    place = tmp_path / "found.json"
    assert sonoguide("calibrate", "confidence", "--model", model, "--real", data, "--json", place) == 0
    view = json.loads(place.read_text())["view"]
    assert not view["written"]
    assert calibration(model)["calibration"]["view_temperature"] == 1.0


def test_without_enough_grades_the_quality_stays(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = imported(
        tmp_path / "data",
        validation=pictures(80, 1, graded=False),
        test=pictures(80, 2, graded=False),
    )
    place = tmp_path / "found.json"
    options = ("--model", model, "--real", data, "--json", place)
    assert sonoguide("calibrate", "confidence", *options) == 0
    assert json.loads(place.read_text())["quality"] is None
    capsys.readouterr()
    assert sonoguide("calibrate", "confidence", *options, "--hold-risk", 0.1) == 2
    assert "50 graded pictures" in one_line(capsys)


def test_a_threshold_by_readers_grades(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = imported(tmp_path / "data", validation=pictures(400, 1), test=pictures(400, 2))
    place = tmp_path / "found.json"
    options = ("--model", model, "--real", data, "--json", place)
    chosen = []
    for risk in (0.3, 0.02):
        assert sonoguide("calibrate", "confidence", *options, "--hold-risk", risk) == 0
        hold = json.loads(place.read_text())["hold"]
        chosen.append(hold["quality"])
        assert hold["other_part"]["refused"] <= risk + 0.1
        assert calibration(model)["hints"]["hold_quality"] == hold["quality"]
    assert chosen[0] < chosen[1]
    capsys.readouterr()
    kept = (model / "model.json").read_bytes()
    none_accepted = pictures(200, 3)
    none_accepted["quality"] = np.where(np.isnan(none_accepted["quality"]), np.nan, 0.1)
    worse = imported(tmp_path / "worse", validation=none_accepted, test=none_accepted)
    assert sonoguide("calibrate", "confidence", "--model", model, "--real", worse, "--hold-risk", 0.1) == 2
    assert "--hold-risk" in one_line(capsys)
    assert (model / "model.json").read_bytes() == kept


def test_labels_that_are_coarse_or_unknown(model: Path, tmp_path: Path) -> None:
    """Any of the allowed views is right; a label of other views alone is no picture; several have no quality."""
    coarse = pictures(60, 1, views=(View.A4C, View.PLAX))
    unknown = pictures(60, 2, views=(View.SSN,))
    data = imported(tmp_path / "data", validation=np.concatenate([coarse, unknown]))
    with Model.load(model) as loaded:
        assert View.SSN not in loaded.manifest.views
        got = ask_labelled(loaded, RealFrames.open([data], Split.VALIDATION))
    named = int((coarse["views"].sum(1) == 2).sum())
    other = int((unknown["views"][:, -1]).sum())
    assert len(got) == len(coarse) + other
    assert int((got.allowed.sum(1) == 2).sum()) == named
    assert not got.graded.any()


@pytest.mark.parametrize(
    ("parts", "options", "clause"),
    [
        ({}, (), "has no pictures for validation"),
        ({"validation": 60}, (), "has no pictures for test"),
        ({"validation": 60, "test": 10}, (), "50 pictures of 2 patients are the least"),
        ({"validation": 60, "test": 60}, ("--hint-risk", 0.1), "--hint-risk"),
    ],
)
def test_bad_input_is_one_line(
    parts: dict[str, int],
    options: tuple[object, ...],
    clause: str,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "data").mkdir()
    data = imported(tmp_path / "data", **{part: pictures(count, 1) for part, count in parts.items()})
    before = (model / "model.json").read_bytes()
    assert sonoguide("calibrate", "confidence", "--model", model, "--real", data, *options) == 2
    assert clause in one_line(capsys)
    assert (model / "model.json").read_bytes() == before


def test_a_folder_that_was_not_imported(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (("confidence",), ("int8", "--out", tmp_path / "small")):
        assert sonoguide("calibrate", *command, "--model", model, "--real", tmp_path) == 2
        assert "data import" in one_line(capsys)
    assert not (tmp_path / "small").exists()


def test_int8_on_real_pictures(model: Path, tmp_path: Path) -> None:
    data = imported(tmp_path / "data", validation=pictures(70, 1), test=pictures(60, 2))
    place, small = tmp_path / "found.json", tmp_path / "small"
    options = ("--model", model, "--out", small, "--real", data, "--json", place, "--force")
    assert sonoguide("calibrate", "int8", *options) == 0
    found = json.loads(place.read_text())
    assert found["on"] == "imported real pictures"
    assert (found["frames_quantised_on"], found["frames_compared_on"]) == (70, 60)
    assert "70 real pictures" in calibration(small)["training"]
    assert Model.load(small).manifest.name == "tiny-int8"


def test_int8_of_too_few_real_pictures_is_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = imported(tmp_path / "data", validation=pictures(70, 1), test=pictures(9, 2))
    small = tmp_path / "small"
    assert sonoguide("calibrate", "int8", "--model", model, "--out", small, "--real", data) == 2
    assert "the test parts have 9 pictures, 50 are the least" in one_line(capsys)
    assert not small.exists()
