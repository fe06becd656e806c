"""``sonoguide data`` and evaluation of imports, as docs/your-own-model.md shows them. Promises:

- every command of that page works as written, on data of the same layouts; its model.json is a manifest; the options of
  the commands that need PyTorch exist (the training tests run them);
- an import says what is in it, and whose terms go on applying; nothing is written beside it; the data are untouched;
- a wrong kind, a folder in use, an import without its part, and labels beside an import are one clear line.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import real_data
from commands import one_line, sonoguide
from media import write_video
from tiny_classifier import classifier
from tiny_model import write_tiny_model

from guidance.manifest import Manifest
from guidance.views import View
from models.real.parts import Split
from ui.data_parts import Part

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "your-own-model.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def commands(program: str) -> list[list[str]]:
    lines = [re.sub(r"\s{2,}#.*$", "", line) for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith(program)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the page's commands name."""
    folder = tmp_path_factory.mktemp("page")
    real_data.write_echonet(folder / "EchoNet-Dynamic", videos=2)
    real_data.write_camus(folder / "CAMUS" / "database_nifti", patients=2)
    real_data.write_tmed2(folder / "TMED2" / "approved_users_only", patients=1)
    real_data.write_unity(folder / "unity", files=4)
    real_data.write_clips(folder / "clips", patients=3)
    write_tiny_model(folder / "my_model")
    write_video(folder / "clip.mp4", [real_data.colour(real_data.sector_picture(n)) for n in range(4)])
    (folder / "classes.csv").write_text(blocks("csv")[0])
    return folder


def files_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_pages_commands(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    # Five classes on the page, four in the tiny network: one more of the same kind.
    (place / "classes.csv").write_text(
        "".join(blocks("csv")[0].splitlines(keepends=True)[:-2]) + "doppler,OTHER\n"
    )
    (place / "views.onnx").write_bytes(classifier(size=224, softmax=True, offsets=np.eye(4)[1] * 8))
    before = files_of(place)
    for words in commands(".venv/bin/python"):
        assert words[0] == "examples/own_classifier.py"
        done = subprocess.run(
            [sys.executable, str(ROOT / words[0]), *words[1:]],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=None,
        )
        assert done.returncode == 0, done.stderr
    ran = commands(".venv/bin/sonoguide")
    assert len(ran) == 10
    for words in ran:
        more = ["--workers", "1", "--per-clip", "2"] if words[:2] == ["data", "import"] else []
        assert sonoguide(*words, *more) == 0, words
    out = capsys.readouterr().out
    assert "clips of the user's own" not in out
    assert "the terms of use of CAMUS go on applying" in out
    assert re.search(r"views +A2C 4, A4C 4", out)
    after = files_of(place)
    assert {name: digest for name, digest in after.items() if name in before} == before
    new = {name.partition("/")[0] for name in after.keys() - before.keys()}
    assert new == {"data", "my_classifier", "sheet.png"}
    sheet = cv2.imread(str(place / "sheet.png"))
    assert sheet is not None


def test_the_pages_manifest() -> None:
    (text,) = blocks("json")
    content = json.loads(text) | {"sha256": "0" * 64}
    manifest = Manifest.model_validate(content)
    assert manifest.views == (View.PLAX, View.A4C)
    assert manifest.adapter is not None
    assert manifest.adapter.quality == (1, 5)
    first_cells = re.findall(r"^\|([^|]+)\|", PAGE, flags=re.MULTILINE)
    fields = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert set(type(manifest.adapter).model_fields) <= fields


def test_the_options_of_training_exist(capsys: pytest.CaptureFixture[str]) -> None:
    ran = commands(".venv-train/bin/sonoguide")
    assert [words[0] for words in ran] == ["train", "export", "calibrate"]
    for words in ran:
        command = words[: 2 if words[0] == "calibrate" else 1]
        assert sonoguide(*command, "--help") == 0
        shown = capsys.readouterr().out
        assert all(word in shown for word in words if word.startswith("--"))


def test_wrong_use_is_one_clear_line(
    tmp_path: Path, tiny_model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    camus, out = real_data.write_camus(tmp_path / "camus", patients=1), tmp_path / "out"
    assert sonoguide("data", "import", "mri", camus, out) == 2
    assert "choose one of echonet, camus, tmed2, unity, folder" in one_line(capsys)
    assert sonoguide("data", "import", "camus", camus, camus) == 2
    assert "not empty" in one_line(capsys)
    assert sonoguide("data", "show", camus) == 2
    assert "holds no imported pictures" in one_line(capsys)
    assert sonoguide("data", "import", "camus", camus, out, "--workers", "1") == 0
    capsys.readouterr()
    evaluate = ("evaluate", out, "--model", tiny_model_folder)
    assert sonoguide(*evaluate) == 2
    assert "no pictures for test (it has 1 patients)" in one_line(capsys)
    assert sonoguide(*evaluate, "--split", "train", "--json", tmp_path / "figures.json") == 0
    assert json.loads((tmp_path / "figures.json").read_text())["on"] == "imported real pictures"
    capsys.readouterr()
    (tmp_path / "v.csv").write_text("clip,view\n")
    assert sonoguide(*evaluate, "--labels", tmp_path / "v.csv") == 2
    assert "leave out --labels" in one_line(capsys)
    assert sonoguide("data", "show", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["patients"] == 1


def test_the_command_line_knows_every_part() -> None:
    assert [part.value for part in Part] == [split.value for split in Split]
