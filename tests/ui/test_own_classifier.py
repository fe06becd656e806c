"""A classifier of one's own in the whole program, over a virtual clip. Promises:

- the example makes a model folder of an ONNX file and a list of classes; the checker accepts it;
- a network that names views alone runs: view and probability come, never a hint, an adjustment or a hold; the JSON
  line says why; a capture by hand works;
- with a quality the view is held and captured as ever, still without hints;
- a target that it does not know, and another view on screen, have reasons of their own;
- virtual patients, which ask for adjustments, and INT8 refuse it in one line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import one_line, sonoguide
from media import write_video
from tiny_classifier import CLASSES, classifier, write_classifier

from guidance import Coach, Engine, Guidance, Model, State, View, open_source
from guidance.hint import ReasonCode

ROOT = Path(__file__).resolve().parents[2]
FRAMES, FPS = 30, 20
AP4, PLAX, OTHER = np.eye(4)[0] * 8, np.eye(4)[2] * 8, np.eye(4)[3] * 8


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual patient's heart, drawn once."""
    with open_source(f"phantom:view=A4C,seed=4,fps={FPS},frames={FRAMES}", fast=True) as source:
        pictures = [frame.pixels for frame in iter(source.read, None)]
    colour = [p if p.ndim == 3 else np.repeat(p[..., None], 3, axis=2) for p in pictures]
    return write_video(tmp_path_factory.mktemp("clip") / "a4c.mp4", colour, FPS)


def lines(capsys: pytest.CaptureFixture[str], clip: Path, model: Path) -> list[Any]:
    options = ("--headless", "--fast", "--json", "-", "--runtime", "cpu")
    assert sonoguide("run", clip, "--model", model, "--target", "A4C", *options) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_from_an_onnx_file_to_guidance(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network, classes, folder = tmp_path / "views.onnx", tmp_path / "classes.csv", tmp_path / "my_model"
    network.write_bytes(classifier(size=224, softmax=True, offsets=AP4))
    classes.write_text("class,view\n" + "".join(f"{name},{view}\n" for name, view in CLASSES))
    command = [
        sys.executable,
        str(ROOT / "examples/own_classifier.py"),
        str(network),
        str(classes),
        str(folder),
    ]
    bad = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert bad.returncode == 2
    assert "ends in a softmax" in bad.stderr
    done = subprocess.run(
        [*command, "--probabilities"], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "A4C, PLAX" in done.stdout
    assert sonoguide("model", "check", folder) == 0
    assert sonoguide("model", "info", folder) == 0
    out = capsys.readouterr().out
    assert "1 outputs" in out
    assert "ap4 zoomed = A4C" in out
    assert "224 x 224 grey, in each of three channels" in out
    got = lines(capsys, clip, folder)
    assert len(got) == FRAMES
    assert {line["view"] for line in got} == {"A4C"}


def test_views_alone(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    got = lines(capsys, clip, write_classifier(tmp_path, classifier(offsets=AP4)))
    assert {line["state"] for line in got} == {"ADJUSTING"}
    assert {line["why_no_hint"] for line in got} == {"no_movements"}
    assert got[-1]["view_probability"] > 0.9
    for key in ("hint", "adjustment", "interval90", "quality", "facets", "novelty"):
        assert {line[key] for line in got} == {None}, key


def guided(clip: Path, folder: Path, target: View) -> list[Guidance]:
    with Model.load(folder, runtime="cpu") as model:
        coach = Coach(target, model.manifest.hints)
        return list(Engine(model, coach).run(open_source(str(clip), fast=True), fast=True))


def test_what_the_operator_reads(clip: Path, tmp_path: Path) -> None:
    alone = guided(clip, write_classifier(tmp_path / "alone", classifier(offsets=AP4)), View.A4C)
    assert "by hand" in alone[-1].advice.message
    poor = classifier(offsets=AP4, quality=1)
    folder = write_classifier(tmp_path / "poor", poor, quality=True, adapter={"quality": [5, 9]})
    last = guided(clip, folder, View.A4C)[-1].advice
    assert "no movements: look for the best picture" in last.message
    assert (last.state, last.reason_code) == (State.ADJUSTING, ReasonCode.NO_MOVEMENTS)


def test_capture_by_hand(clip: Path, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path, classifier(offsets=AP4))
    with Model.load(folder, runtime="cpu") as model:
        coach = Coach(View.A4C, model.manifest.hints)
        states = []
        for guidance in Engine(model, coach).run(open_source(str(clip), fast=True), fast=True):
            states.append(guidance.advice.state)
            if len(states) == 5:
                coach.mark_captured()
    assert states[4] is State.ADJUSTING
    assert states[-1] is State.ADJUSTING
    assert states[6:20].count(State.CAPTURED) > 10


def test_with_quality_it_is_held(clip: Path, tmp_path: Path) -> None:
    network = classifier(offsets=AP4, quality=1)
    folder = write_classifier(tmp_path, network, quality=True, adapter={"quality": [-9, -3]})
    got = guided(clip, folder, View.A4C)
    states = [g.advice.state for g in got]
    assert set(states) == {State.HOLD, State.CAPTURED}
    assert states[-1] is State.CAPTURED
    assert all(g.advice.hint is None for g in got)


def test_other_pictures_and_targets(clip: Path, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "plax", classifier(offsets=PLAX))
    wrong = guided(clip, folder, View.A4C)[-1].advice
    assert (wrong.state, wrong.view, wrong.reason_code) == (
        State.SEARCHING,
        View.PLAX,
        ReasonCode.WRONG_VIEW,
    )
    unknown = guided(clip, folder, View.SSN)[-1].advice
    assert unknown.state is State.NOT_RECOGNISED
    assert "does not know" in unknown.message
    none = guided(clip, write_classifier(tmp_path / "none", classifier(offsets=OTHER)), View.A4C)[-1].advice
    assert (none.state, none.reason_code) == (State.SEARCHING, ReasonCode.NO_MOVEMENTS)
    assert "No standard view" in none.message


def test_what_needs_more_refuses_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_classifier(tmp_path / "m", classifier())
    assert sonoguide("evaluate", "--model", folder) == 2
    assert "cannot be measured on virtual patients" in one_line(capsys)
    assert sonoguide("calibrate", "int8", "--model", folder, "--out", tmp_path / "small") == 2
    assert "made elsewhere" in one_line(capsys)
