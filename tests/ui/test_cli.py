"""The command line.

Promises:
- importing it loads neither Qt nor a network runtime; a headless run without a recording needs no Qt;
- every command that is listed explains itself, with an example;
- stdout carries nothing but JSON with --json -; every line has every key; progress and summary go to stderr;
- bad input and wrong options are one line on stderr and exit code 2, without a traceback; --debug shows it, anywhere;
- a failure while running is exit code 1; what was recorded until then plays;
- Ctrl-C and SIGTERM end a run cleanly: exit code 130, the recording is finished and plays;
- a reader that goes away ends the run quietly;
- a protocol's views follow each other; views that the model does not know are left out aloud.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import one_line, sonoguide
from media import grey_frames, level_of, write_gif, write_images, write_video
from tiny_model import add_memory, write_tiny_model

from guidance.errors import InputError, RuntimeFailure
from guidance.runtimes import TRITON, runtime_names

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from ui.cli import main; main()"]
KEYS = {
    "frame", "t_capture_s", "state", "target", "view", "view_probability", "quality", "facets", "novelty", "hint",
    "foreshortening", "why_no_hint", "adjustment", "interval90", "latency_ms", "dropped",
}  # fmt: skip
COMMANDS = ["run", "serve", "demo", "devices", "doctor", "model info", "model check"]

pytestmark = pytest.mark.usefixtures("with_tiny_model")


# Start


def test_importing_it_is_light() -> None:
    code = (
        "import sys, ui.cli; print(*sorted(m for m in sys.modules if m.partition('.')[0] in "
        "{'qtpy', 'PyQt6', 'PySide6', 'cv2', 'onnxruntime', 'torch', 'models'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_headless_run_needs_no_qt(bright_folder: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('qtpy', 'PyQt6', 'PySide6'): sys.modules[name] = None\n"
        "from ui.cli import main\n"
        f"main(['run', {str(bright_folder)!r}, '--headless', '--fast', '--json', '-', '--quiet'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 12
    assert done.stderr == ""
    code = code.replace("'--json', '-'", "'--record', 'never.mp4'")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("sonoguide: Qt is not installed")
    assert not (ROOT / "never.mp4").exists()


@pytest.mark.parametrize("command", ["", *COMMANDS, "model"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sonoguide(*command.split(), "--help") == 0
    out = capsys.readouterr().out
    assert f"sonoguide {command}".strip() in out
    assert "Example" in out


def listed(capsys: pytest.CaptureFixture[str], *group: str) -> list[str]:
    """Names of the commands that --help lists."""
    assert sonoguide(*group, "--help") == 0
    section = capsys.readouterr().out.partition("Commands:\n")[2].partition("\n\n")[0]
    return [line.split()[0] for line in section.splitlines() if line.startswith("  ") and line[2] != " "]


def test_every_listed_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    names = listed(capsys)
    assert {command.split()[0] for command in COMMANDS} <= set(names)
    for name in names:
        for inner in listed(capsys, name) or [""]:
            assert sonoguide(*f"{name} {inner}".split(), "--help") == 0
            out = capsys.readouterr().out
            assert f"sonoguide {name} {inner}".strip() in out
            assert "Example" in out, f"{name} {inner}"


# Runs


def test_json_lines_are_all_that_stdout_carries(
    bright_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sonoguide("run", bright_folder, "--headless", "--fast", "--json", "-") == 0
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["frame"] for line in lines] == list(range(12))
    assert all(set(line) == KEYS for line in lines)
    assert {"grab", "queue", "preprocess", "infer", "coach", "total"} == set(lines[0]["latency_ms"])
    assert lines[-1]["state"] in ("HOLD", "CAPTURED")
    assert "12 processed" in err
    assert "p99" in err


def test_json_to_a_file_and_a_quiet_run(
    bright_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "a.jsonl"
    assert (
        sonoguide("run", bright_folder, "--headless", "--fast", "--json", place, "-q", "--max-frames", 7) == 0
    )
    assert capsys.readouterr() == ("", "")
    assert len(place.read_text().splitlines()) == 7


@pytest.mark.parametrize("kind", ["mp4", "gif", "png", "folder"])
def test_every_kind_of_recording_runs(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = grey_frames(5)
    if kind == "mp4":
        stream = write_video(tmp_path / "a.mp4", frames)
    elif kind == "gif":
        stream = write_gif(tmp_path / "a.gif", frames)
    elif kind == "folder":
        stream = write_images(tmp_path / "a", frames, [f"{i}.png" for i in range(5)])
    else:
        stream = write_images(tmp_path, frames[:1], ["a.png"]) / "a.png"
    assert sonoguide("run", stream, "--headless", "--fast", "--json", "-") == 0
    assert len(capsys.readouterr().out.splitlines()) == (1 if kind == "png" else 5)


def test_real_clips_run(clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    streams = [clips / "echo" / "a4c_sonosite_120f.dcm", *sorted((clips / "dicom").iterdir())]
    for stream in streams:
        assert sonoguide("run", stream, "--headless", "--fast", "--json", "-", "-q") == 0
        out, err = capsys.readouterr()
        assert err == ""
        lines = [json.loads(line) for line in out.splitlines()]
        assert lines
        assert all(set(line) == KEYS for line in lines)
    assert sonoguide("run", streams[0], "--headless", "--fast", "--json", "-", "-q") == 0
    assert len(capsys.readouterr().out.splitlines()) == 120


def test_a_recording_shows_the_run(
    bright_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "a.mp4"
    assert sonoguide("run", bright_folder, "--headless", "--fast", "--record", place) == 0
    assert str(place) in capsys.readouterr().err
    assert frame_count(place) == 12
    last = cv2.imread(str(place.with_suffix(".png")))
    assert last.shape == (720, 1280, 3)
    assert last[360, 400].min() > 200  # the bright picture


def test_a_protocol_goes_on_to_the_next_view(
    bright_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """PLAX is the first view of the tiny model here, so bright pictures are captured; then A4C is the target."""
    model = write_tiny_model(tmp_path / "model", views=("PLAX", "A4C"))
    frames = [cv2.imread(str(bright_folder / "00.png"))] * 60
    stream = write_images(tmp_path / "long", frames, [f"{i:02}.png" for i in range(60)])
    arguments = ("--headless", "--fast", "--json", "-", "--protocol", "focus", "--model", model)
    assert sonoguide("run", stream, *arguments) == 0
    out, err = capsys.readouterr()
    assert "does not know PSAX_PM, SC4C, SC_IVC: left out" in err
    targets = [json.loads(line)["target"] for line in out.splitlines()]
    assert targets[0] == "PLAX"
    assert targets[-1] == "A4C"
    assert targets == sorted(targets, reverse=True)


# What is wrong


def test_bad_input_is_one_line(
    bright_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("this is no video")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(write_video(tmp_path / "whole.mp4", grey_frames(18, (320, 240))).read_bytes()[:400])
    (tmp_path / "empty").mkdir()
    altered = write_tiny_model(tmp_path / "altered")
    (altered / "model.onnx").write_bytes(b"other" + (altered / "model.onnx").read_bytes())
    bare = write_tiny_model(tmp_path / "bare")
    (bare / "model.onnx").unlink()
    unfit = write_tiny_model(tmp_path / "unfit", views=("A4C", "A2C"))
    manifest = json.loads((unfit / "model.json").read_text()) | {"views": ["A4C", "A2C", "PLAX"]}
    (unfit / "model.json").write_text(json.dumps(manifest))
    good = str(bright_folder)
    cases: list[tuple[str, ...]] = [
        (str(tmp_path / "nothing.mp4"),),
        (str(text),),
        (str(cut),),
        (str(tmp_path / "empty"),),
        ("camera:93",),
        ("nonsense:1",),
        (good, "--target", "A6C"),
        (good, "--target", "SSN"),
        (good, "--protocol", "everything"),
        (good, "--protocol", "focus", "--target", "A4C"),
        (good, "--model", str(altered)),
        (good, "--model", str(bare)),
        (good, "--model", str(unfit)),
        (good, "--model", str(tmp_path)),
        (good, "--runtime", "abacus"),
        (good, "--record", str(tmp_path / "a.avi")),
        (good, "--record", str(tmp_path / "no" / "a.mp4")),
        (good, "--json", str(tmp_path / "no" / "a.json")),
        (good, "--max-frames", "0"),
        (good, "--max-frames", "many"),
        (good, "--no-such-option"),
        (good, "another"),
        (),
    ]
    before = sorted(p.name for p in tmp_path.iterdir())
    for arguments in cases:
        assert sonoguide("run", *arguments, "--headless") == 2, arguments
        assert "Traceback" not in one_line(capsys)
    assert sonoguide("dance") == 2
    one_line(capsys)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_damaged_rest_keeps_what_came_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Frames before the damage are guided and recorded; then one line and exit code 2."""
    stream = write_images(tmp_path / "a", grey_frames(6), [f"{i}.png" for i in range(6)])
    whole = write_images(
        tmp_path, [np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)], ["b.png"]
    )
    (stream / "6.png").write_bytes((whole / "b.png").read_bytes()[:300])
    place = tmp_path / "a.mp4"
    assert sonoguide("run", stream, "--headless", "--fast", "--json", "-", "--record", place, "-q") == 2
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 6
    assert err.count("\n") == 1
    assert frame_count(place) == 6


@pytest.mark.parametrize(
    ("error", "code"), [(InputError("bad: mend it"), 2), (RuntimeFailure("failed: try again"), 1), (MemoryError(), 1),
                        (ZeroDivisionError("oh"), 1)]
)  # fmt: skip
def test_errors_become_exit_codes(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("ui.headless.run_headless", fails)
    assert sonoguide("run", "x", "--headless") == code
    one_line(capsys)
    assert sonoguide("run", "x", "--headless", "--debug") == code
    assert "Traceback" in capsys.readouterr().err


def test_no_display_is_said_in_one_line(
    bright_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert sonoguide("run", bright_folder) == 1
    assert "--headless" in one_line(capsys)


def frame_count(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_finishes_the_recording(number: int, bright_folder: Path, tmp_path: Path) -> None:
    place, lines = tmp_path / "a.mp4", tmp_path / "a.jsonl"
    arguments = [
        "run",
        str(bright_folder),
        "--headless",
        "--loop",
        "--record",
        str(place),
        "--json",
        str(lines),
    ]
    program = subprocess.Popen([*PROGRAM, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not (lines.exists() and lines.read_text().count("\n") >= 5):
        assert program.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    program.send_signal(number)
    _, err = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "Traceback" not in err
    assert frame_count(place) >= 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.jsonl", "a.mp4", "a.png"]
    assert all(set(json.loads(line)) == KEYS for line in lines.read_text().splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Unix")
def test_a_reader_that_goes_away_ends_the_run(bright_folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "a.mp4"
    arguments = [
        "run",
        str(bright_folder),
        "--headless",
        "--loop",
        "--json",
        "-",
        "-q",
        "--record",
        str(place),
    ]
    program = subprocess.Popen(
        [*PROGRAM, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stderr is not None
    assert set(json.loads(program.stdout.readline())) == KEYS
    program.stdout.close()
    err = program.stderr.read()
    program.stderr.close()
    assert program.wait(timeout=30) == 0
    assert err == ""
    assert frame_count(place) >= 1


# Looking at things


def test_devices_lists_schemes(capsys: pytest.CaptureFixture[str]) -> None:
    assert sonoguide("devices") == 0
    out = capsys.readouterr().out
    assert "camera:" in out
    assert "phantom:" in out
    assert sonoguide("devices", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert "rtsp:" in found["schemes"]
    assert isinstance(found["cameras"], list)


def test_model_info_and_check(with_tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sonoguide("model", "info") == 0
    out = capsys.readouterr().out
    assert "A4C, A2C, PLAX" in out
    assert "designed by hand" in out
    assert sonoguide("model", "info", with_tiny_model, "--json") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "tiny"
    assert sonoguide("model", "check", "--json", "--runtime", "cpu") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["answers_vary"]
    assert report["runtime"] == "cpu"
    assert 0 < report["ms"]["p50"] <= report["ms"]["p99"] <= report["ms"]["max"]
    assert sonoguide("model", "check") == 0
    assert "sha256 as in model.json" in capsys.readouterr().out


def test_a_memory_is_told_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = add_memory(write_tiny_model(tmp_path / "m", features=True))
    assert sonoguide("model", "info", folder) == 0
    assert "3 numbers, moved on every 0.2 s, refine view, quality" in capsys.readouterr().out
    assert sonoguide("model", "check", folder, "--runtime", "cpu") == 0
    assert "refines view, quality" in capsys.readouterr().out
    assert sonoguide("model", "check", folder, "--runtime", "cpu", "--json") == 0
    refined = ["view", "quality", "adjustment", "adjustment_scale"]
    assert json.loads(capsys.readouterr().out)["memory"] == refined
    (folder / "memory.onnx").write_bytes(b"other")
    assert sonoguide("model", "check", folder) == 2
    assert "sha256 of memory.onnx" in one_line(capsys)


def test_an_altered_model_fails_its_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_tiny_model(tmp_path / "m")
    weights = bytearray((folder / "model.onnx").read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / "model.onnx").write_bytes(weights)
    assert sonoguide("model", "check", folder) == 2
    assert "sha256" in one_line(capsys)


def test_doctor_examines_the_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert sonoguide("doctor", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["usable"]
    by_name = {check["name"]: check for check in report["checks"]}
    assert {"Python", "libraries", "ONNX Runtime", "model", "Qt", "display", "cameras", "disk"} <= set(
        by_name
    )
    assert by_name["model"]["found"].startswith("tiny")
    others = set(runtime_names()) - {"auto", TRITON, by_name["model"]["found"].split()[3].rstrip(":")}
    assert all(by_name[name]["found"].startswith("not taken: ") for name in others)
    assert all(check["advice"] for check in report["checks"] if check["grade"] != "ok")
    assert sonoguide("doctor") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "sonoguide can be used here."


def test_doctor_says_when_guidance_is_impossible(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sonoguide("doctor", "--model", tmp_path / "none") == 1
    out = capsys.readouterr().out
    assert "BAD   model" in out
    assert "--model" in out


def test_grey_levels_of_the_streams_differ() -> None:
    """The recordings above are of pictures that differ, or their frame counts would mean little."""
    assert len({level_of(i) for i in range(5)}) == 5
    assert not np.array_equal(*grey_frames(2))
    assert os.environ["SONOGUIDE_MODEL"]
