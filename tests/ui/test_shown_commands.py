"""Every command that the documents show: README, CONTRIBUTING, the pages of docs/, the examples, the model card.

Promises:
- each ``sonoguide`` command is one: the command line takes its words, every option exists and takes its value;
- each is run by a test: those of :data:`RUN_HERE` as they stand, in a folder that has what they name (a recording in
  place of cameras and networks), with exit code 0; the pages of :data:`RUN_BY_A_TEST_OF_THEIR_OWN` are run line by line
  there; of the rest each option is used by the tests that :data:`RUN_IN` names;
- each Python program and module that is shown exists, and a test names it.
"""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from commands import sonoguide
from media import dicom, grey_frames, save, write_video
from reviewed_exam import keep_exam

from guidance.exam import ExamReview, Verdict
from ui.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
    ROOT / "models" / "weights" / "echo" / "CARD.md",
]
RUN_HERE = ("run", "exam list", "exam show", "exam review", "exam mark", "exam export", "exam spool", "plugins",
            "devices", "model check")  # fmt: skip
RUN_BY_A_TEST_OF_THEIR_OWN = {
    "hospital.md": "tests/ui/test_hospital_page.py",
    "your-own-model.md": "tests/ui/test_data_commands.py",
}
RUN_IN = {
    "bench": "ui/test_bench.py",
    "calibrate confidence": "ui/test_teaching.py ui/test_real_confidence.py",
    "calibrate int8": "ui/test_quantising.py ui/test_real_confidence.py",
    "calibrate latency": "ui/test_latency_command.py",
    "calibrate sector": "ui/test_sector_calibration.py",
    "data import": "ui/test_data_commands.py",
    "demo": "ui/test_exam.py ui/test_demo_window.py ui/test_bad_input.py ui/test_cli.py",
    "doctor": "ui/test_doctor_stream.py ui/test_cli.py",
    "evaluate": "ui/test_evaluation.py ui/test_data_commands.py",
    "exam send": "ui/test_hospital_page.py ui/test_exam_send.py ui/test_exam_review_commands.py",
    "export": "ui/test_triton.py models/test_real_training.py",
    "model check": "ui/test_cli.py ui/test_triton.py",
    "overlay": "ui/test_screen_overlay.py",
    "practice": "ui/practice/test_practice_command.py",
    "run": "ui/test_triton.py ui/test_plugins.py ui/test_screen_overlay.py ui/test_cli.py",
    "serve": "ui/test_serve.py",
    "train": "models/test_real_training.py",
    "trial": "ui/test_trial.py",
}
"""Tests of commands that need a peer, a display, PyTorch, or more time than a page's test should take."""

ELSEWHERE = re.compile(r"--runtime triton|swinging:|window:")
"""Of :data:`RUN_HERE`: what needs a server, an example package or a display is run by the tests of :data:`RUN_IN`."""

STAND_INS = re.compile(r"camera:\S+|rtsp://\S+|clip\.igs\.mha")


def shown() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(document, command): of every line of a shell block; of every span of code with options, which may be a piece."""
    whole, pieces = [], []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
        spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
        lines = [line for block in blocks for line in re.sub(r"\\\n\s*", "", block).splitlines()]
        for line in lines:
            whole += [(document.name, part.strip()) for part in re.sub(r"\s+#.*$", "", line).split("&&")]
        pieces += [(document.name, span) for span in spans if " --" in span]
    return whole, pieces


def words_of(command: str) -> list[str] | None:
    """What follows ``sonoguide``, in words; None for another program's command."""
    found = re.match(r"(?:[A-Z_]+=\S+ )?(?:\S*/)?(?:uv run .*)?sonoguide (.*)", command)
    return shlex.split(found[1]) if found else None


def name_of(words: list[str]) -> str:
    """``exam list``, ``run``."""
    group = words[0] in ("exam", "data", "model", "calibrate") and len(words) > 1
    return " ".join(words[: 2 if group else 1])


def here(words: list[str]) -> str:
    """The command with recordings in place of devices and networks."""
    if words[0] != "run":
        return shlex.join(words)
    return shlex.join("clip.mp4" if STAND_INS.fullmatch(word) else word for word in words)


WHOLE, PIECES = ([(d, words) for d, command in some if (words := words_of(command))] for some in shown())
SHOWN = [*WHOLE, *PIECES]
HERE = sorted({
    here(words)
    for document, words in WHOLE
    if name_of(words) in RUN_HERE and document not in RUN_BY_A_TEST_OF_THEIR_OWN and "--help" not in words
    and not ELSEWHERE.search(" ".join(words))
})  # fmt: skip
"""Commands to run as they stand."""


def test_there_are_commands() -> None:
    assert len(SHOWN) > 100
    assert len(HERE) > 25


@pytest.fixture(scope="module")
def program() -> Any:
    """The whole command line, to ask and not to run."""
    return typer.main.get_command(app)


@pytest.mark.parametrize("document", sorted({document for document, _ in SHOWN}))
def test_the_command_line_takes_it(document: str, program: Any) -> None:
    for _, words in (pair for pair in SHOWN if pair[0] == document):
        command, rest = program, words
        while hasattr(command, "commands") and rest[0] != "--help":
            assert rest[0] in command.commands, words
            command, rest = command.commands[rest[0]], rest[1:]
        if "--help" in rest:
            continue
        options = {
            option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {option for option in rest if option.startswith("--")} <= options, words
        if (document, words) not in PIECES:
            command.make_context("sonoguide", list(rest))


@pytest.mark.parametrize("document", sorted({document for document, _ in SHOWN}))
def test_a_test_runs_it(document: str) -> None:
    if document in RUN_BY_A_TEST_OF_THEIR_OWN:
        text = (ROOT / RUN_BY_A_TEST_OF_THEIR_OWN[document]).read_text(encoding="utf-8")
        assert f'"{document}"' in text
        return
    for _, words in (pair for pair in SHOWN if pair[0] == document):
        name, options = name_of(words), {word for word in words if word.startswith("--")}
        if here(words) in HERE or "--help" in options:
            continue
        text = "\n".join((ROOT / "tests" / file).read_text(encoding="utf-8") for file in RUN_IN[name].split())
        last = name.rpartition(" ")[2]
        assert re.search(rf"""["' ]{last}["' ]""", text), words
        missing = [option for option in options if not re.search(rf"{option}(?![a-z-])", text)]
        assert not missing, (words, missing)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the commands name."""
    folder = tmp_path_factory.mktemp("place")
    pictures = [np.full((48, 64), 60 + 10 * i, np.uint8) for i in range(6)]
    write_video(folder / "clip.mp4", grey_frames(8))
    save(dicom(np.stack(pictures)), folder / "clip.dcm")
    (folder / "ours.toml").write_text('title = "Ours"\nviews = ["A4C", "PLAX"]\n')
    (folder / "device.toml").write_text(
        'schema = 1\n[screen]\nwidth = 64\nheight = 48\n[picture]\nshape = "box"\nwindow = [4, 4, 59, 43]\n'
    )
    (folder / "exams").mkdir()
    exam = keep_exam(folder / "kept")
    ExamReview(exam).judge(1, Verdict.ACCEPTED)
    exam.rename(folder / "exams" / "2026-11-26_10-15-00")
    return folder


@pytest.mark.parametrize("command", HERE)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_runs_as_it_is_shown(
    command: str, place: Path, with_tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(place, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("SONOGUIDE_SPOOL", str(tmp_path / "spool"))
    for name in ("my_model", "my_model_int8"):
        shutil.copytree(with_tiny_model, name)
    words = shlex.split(command)
    more: list[str] = []
    if words[0] == "run":
        more = ["--max-frames", "3"]
    elif words[:2] == ["exam", "review"] and "--html" not in words:
        more = ["--html", "review.html"]  # the window itself: tests/ui/test_review_window.py
        words = words[: words.index("--clip")] if "--clip" in words else words
    assert sonoguide(*words, *more) == 0
