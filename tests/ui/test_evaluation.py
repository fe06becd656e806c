"""Promises of ``sonoguide evaluate``:

- figures on virtual patients are valid JSON, with the keys that the README and others read;
- tables and pictures are written where asked, and a picture shows what it says;
- a model that cannot be compared, options that do not go together and places that cannot be written are clear errors,
  before any work;
- what there is nothing to count of is null, and the report for people still comes.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from media import grey_frames, write_images
from tiny_model import write_tiny_model

from guidance.errors import InputError
from guidance.views import STANDARD_VIEWS
from models.dataset import SHARD, TEST_SEED, record_frames
from models.evaluate import VirtualFigures
from models.frames import SIZE
from models.scenes import TEST
from ui.cli import main
from ui.evaluation import VirtualOptions, evaluate_virtual, report_lines, write_tables
from ui.evaluation_figures import draw_evaluation, shades

COUNT = 200
KEYS = {
    "on", "frames", "view_accuracy", "clear_frames", "a4c_a5c_confused", "pooled_error", "zero_pooled_error", "error",
    "zero_error", "sign_right", "coverage90", "novelty_auroc", "quality_auc", "naming", "reliability", "quality",
    "adjustment", "direction", "coverage", "strangeness", "structures", "foreshortening", "trade_off", "by_view",
    "by_group", "worst_group", "patients",
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of test frames as they are drawn, its one shard filled with few frames again and again."""
    folder = tmp_path_factory.mktemp("test")
    np.save(folder / "shard_00000.npy", np.resize(record_frames(3, COUNT), SHARD))
    note = {"seed": TEST_SEED, "shard": SHARD, "size": SIZE, **asdict(TEST)}
    (folder / "dataset.json").write_text(json.dumps(note))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model"), size=SIZE, views=tuple(STANDARD_VIEWS))


@pytest.fixture(scope="module")
def options(model: Path, data: Path) -> VirtualOptions:
    return VirtualOptions(model, data, COUNT, 1)


@pytest.fixture(scope="module")
def figures(options: VirtualOptions) -> VirtualFigures:
    return evaluate_virtual(options)


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", *(str(w) for w in words)])
    return int(ended.value.code or 0)


def test_json(model: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not run("--model", model, "--data", data, "--frames", COUNT, "--workers", 1, "--json", "-")
    found = json.loads(capsys.readouterr().out)
    assert set(found) == KEYS
    assert found["frames"] == COUNT
    assert found["zero_pooled_error"] > 0.0
    assert None not in found.values()
    assert (found["trade_off"]["sign_confidence"], found["trade_off"]["hold_quality"]) == (0.8, 0.6)
    assert len(found["naming"]["confusion"]) == len(found["naming"]["labels"]) == 13
    assert [row["view"] for row in found["by_view"]] == [str(v) for v in STANDARD_VIEWS]


def test_everything_is_written(
    tmp_path: Path, model: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, place = tmp_path / "deep" / "figures", tmp_path / "found.json"
    strangers = write_images(tmp_path / "strangers", grey_frames(3), ["0.png", "1.png", "2.png"])
    assert not run(
        "--model", model, "--data", data, "--frames", COUNT, "--workers", 1, "--figures", folder, "--json", place,
        "--not-heart", strangers, "--walks", 1,
    )  # fmt: skip
    assert {p.name for p in folder.iterdir()} == {
        "by_view.csv", "by_group.csv", "confusion.png", "reliability.png", "error.png", "direction.png",
        "trade_off.png", "trade_off_hints.csv", "trade_off_holds.csv",
    }  # fmt: skip
    found = json.loads(place.read_text())
    assert found["strangeness"]["real"]["strangers"] == 3
    assert "mixed source" in found["strangeness"]["real"]["on"]
    assert (found["walks"]["walks"], found["walks"]["stops"]) == (12, 16)
    assert set(found["walks"]["right_by_view"]) == {str(v) for v in STANDARD_VIEWS}
    out = capsys.readouterr().out
    assert "12 to a view" in out
    assert "mixed source" in out
    assert "always zero" in out


def test_tables(tmp_path: Path, figures: VirtualFigures) -> None:
    write_tables(figures, tmp_path)
    with (tmp_path / "by_view.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["view"] for r in rows] == [str(v) for v in STANDARD_VIEWS]
    for row, expected in zip(rows, figures.by_view, strict=True):
        assert int(row["clear_frames"]) == expected.clear_frames
        assert float(row["pooled_error"]) == pytest.approx(expected.pooled_error, abs=1e-4)
    with (tmp_path / "by_group.csv").open(newline="") as file:
        groups = list(csv.DictReader(file))
    assert {g["of"] for g in groups} == set(figures.by_group)
    assert all("nan" not in cell for g in groups for cell in g.values())


def test_pictures(tmp_path: Path, figures: VirtualFigures) -> None:
    for path in draw_evaluation(figures, tmp_path):
        picture = cv2.imread(str(path))
        assert picture is not None
        assert min(picture.shape[:2]) > 400
        assert picture.mean() > 150  # paper
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20


def test_a_confusion_matrix_shows_mistakes() -> None:
    colours = shades(np.array([[99, 1, 0], [0, 0, 0], [0, 50, 50]])).astype(int)
    assert (colours[0, 2] == 255).all()
    assert (colours[1] == 255).all()  # nothing to show
    depth = 255 - colours.min(-1)
    assert depth[0, 1] > 10  # one in a hundred is seen
    assert depth[2, 1] > depth[0, 1]
    assert colours[0, 0, 2] > colours[0, 0, 0]  # right: blue
    assert colours[2, 1, 0] > colours[2, 1, 2]  # wrong: orange


def test_nothing_to_count(
    tmp_path: Path, data: Path, figures: VirtualFigures, capsys: pytest.CaptureFixture[str]
) -> None:
    roles = ("view", "quality", "adjustment", "adjustment_scale")
    bare = write_tiny_model(
        tmp_path / "bare", size=SIZE, views=tuple(STANDARD_VIEWS), outputs={role: role for role in roles},
        structures=[], landmarks=[],
    )  # fmt: skip
    folder = tmp_path / "figures"
    assert not run(
        "--model", bare, "--data", data, "--frames", COUNT, "--workers", 1, "--figures", folder, "--json", "-"
    )
    found = json.loads(capsys.readouterr().out)
    assert found["novelty_auroc"] is None
    assert found["structures"] is None
    assert found["foreshortening"]["auc"] is None
    assert (folder / "direction.png").exists()
    lines = report_lines(replace(figures, structures=None, view_accuracy=float("nan")))
    assert not any("nan" in line for line in lines)


def test_what_does_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        (tmp_path, "--figures", tmp_path),
        (tmp_path, "--not-heart", tmp_path),
        ("--labels", tmp_path),
    ):
        assert run(*words) == 2
        assert "clips" in capsys.readouterr().err


def test_what_cannot_work_is_said_before_any_work(
    tmp_path: Path, options: VirtualOptions, tiny_model_folder: Path
) -> None:
    nowhere = tmp_path / "data"
    with pytest.raises(InputError, match="virtual patients"):
        evaluate_virtual(replace(options, model=tiny_model_folder, data=nowhere))
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(InputError, match="--figures"):
        evaluate_virtual(replace(options, data=nowhere, figures=taken))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="no clips"):
        evaluate_virtual(replace(options, data=nowhere, not_heart=empty))
    assert not nowhere.exists()
