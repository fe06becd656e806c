"""The whole protocol on a virtual patient.

Promises:
- the beginner takes view after view of one patient on one time line; what he cannot reach is skipped, its best kept;
- the operator may capture, skip and choose meanwhile; held and skipped views are told apart at the end;
- an exam that goes on takes its own patient, begins at the first view without a clip, and refuses another patient;
- in a window the strip follows, and the end says how many views there are;
- wrong options: one line, exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from commands import sonoguide
from exam_clips import kept, new_exam
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt

from guidance.errors import InputError
from guidance.exam import ExamFolder, ExamInfo, look_at
from guidance.hint import State
from guidance.model import Model
from guidance.views import View
from models.closed_loop import LoopSettings
from ui.app import GuidanceWindow
from ui.board import Progress
from ui.demo_protocol import OpenDemo, ProtocolDemo, ProtocolOptions, open_demo, patient_of
from ui.demo_protocol_run import ProtocolDemoFeed

A4C, A2C, PLAX = View.A4C, View.A2C, View.PLAX
QUICK = LoopSettings(seed=4, fps=5.0, max_s=0.3, size=(160, 120))


@pytest.fixture
def model(tiny_model_folder: Path) -> Iterator[Model]:
    with Model.load(tiny_model_folder, runtime="cpu") as loaded:
        yield loaded


def test_view_after_view_of_one_patient(model: Model) -> None:
    demo = ProtocolDemo(QUICK, (A4C, A2C, PLAX), model)
    times, targets, patients = [], [], []
    for guidance in demo.run():
        times.append(guidance.frame.t_stream_s)
        targets.append(guidance.advice.target)
        assert demo.exam is not None
        patients.append(id(demo.exam.patient))
        if guidance.advice.target is A2C and guidance.advice.state is not State.CAPTURED:
            demo.coach.mark_captured()  # the operator's word
    assert list(dict.fromkeys(targets)) == [A4C, A2C, PLAX]
    assert times == sorted(set(times))
    assert len(set(patients)) == 1
    assert demo.progression.captured == [A2C]
    assert demo.progression.skipped == [A4C, PLAX]
    said = "\n".join(demo.lines())
    assert "A4C          skipped" in said
    assert "A2C          held, but the picture is not right" in said


def options(protocol: Path, exam: Path, model: Path, seed: int | None = None) -> ProtocolOptions:
    return ProtocolOptions(str(protocol), seed, exam=exam, model=model)


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text('views = ["A4C", "A2C"]')
    return path


def quick(opened: OpenDemo) -> OpenDemo:
    """The same with few, small pictures."""
    opened.demo.settings = replace(QUICK, seed=opened.demo.settings.seed, target=opened.demo.settings.target)
    return opened


def test_an_exam_goes_on_with_its_own_patient(
    protocol: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    begun = ExamFolder(tmp_path / "exams", ExamInfo("phantom:seed=7", (A4C, A2C), "tiny 1", virtual=True))
    begun.keep(kept())
    begun.close()
    place = begun.path
    assert patient_of(place, None) == 7
    with ExitStack() as stack:
        opened = quick(open_demo(options(protocol, place, tiny_model_folder), stack, wait=True))
        assert opened.demo.settings.seed == 7
        targets = [guidance.advice.target for guidance in opened.demo.run(opened.listeners)]
        assert set(targets) == {A2C}
        stack.close()
        assert "A4C          captured before" in opened.lines()
    record = look_at(place).record
    assert record is not None
    assert record.clips[0].target is A4C
    with pytest.raises(InputError, match="leave out --seed"):
        patient_of(place, 8)
    assert record.finished is not None


def test_the_window_shows_the_whole_protocol(
    protocol: Path, tiny_model_folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    with ExitStack() as stack:
        opened = quick(
            open_demo(options(protocol, tmp_path / "exams", tiny_model_folder, 4), stack, wait=False)
        )
        window = GuidanceWindow(ProtocolDemoFeed(opened, opened.capture_quality))
        qtbot.addWidget(window)
        window.show()
        window.begin()
        qtbot.waitUntil(lambda: window.display.guidance is not None, timeout=20000)
        assert "Virtual patient, seed 4" in window.status_text()
        qtbot.keyClick(window, Qt.Key.Key_K)
        assert opened.demo.coach.target is A2C
        qtbot.waitUntil(lambda: window.display.lines()[0] == "Protocol finished", timeout=20000)
        assert window.display.lines()[1].startswith("0 of 2 views captured")
        assert [tile.progress for tile in window.strip.tiles] == [Progress.SKIPPED] * 2
        window.close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--protocol", "focus", "--target", "A4C"], "--target and --protocol exclude each other"),
        (["--protocol", "focus", "--seeds", "3"], "--seeds and --protocol exclude each other"),
        (["--protocol", "focus", "--policy", "oracle"], "knows one view"),
        (["--protocol", "fokus"], "fokus"),
    ],
)
def test_wrong_options(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sonoguide("demo", "--headless", *words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_somebody_elses_exam(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exam = new_exam(tmp_path / "exams")
    exam.keep(kept())
    exam.close()
    assert sonoguide("demo", "--headless", "--protocol", "focus", "--exam", exam.path) == 2
    assert "not the exam of a virtual patient" in capsys.readouterr().err
