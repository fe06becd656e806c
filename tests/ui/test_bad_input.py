"""Bad input through the real command line, end to end.

Promises:
- whatever is wrong with a stream, a model folder, a name or an output: exit code 2, exactly one line on stderr that
  names the fault, nothing on stdout, no traceback, nothing that a library has to say, and no file is left behind;
- a CT is played like any picture, and the model that comes along abstains from it;
- a stream that breaks in the middle keeps what was recorded: the MP4 plays, every JSON line is whole;
- a full disk is one line and exit code 1;
- no output replaces the stream that it comes from, and a refused output does not empty another one;
- the demo refuses wrong options before it works.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import sonoguide
from media import dicom, grey_frames, png, save, write_images, write_video
from pydicom.data import get_testdata_file
from tiny_model import write_tiny_model

from guidance.model import MODEL_VARIABLE, default_model_folder

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from ui.cli import main; main()"]
GUIDE = ("--headless", "--fast", "-q")

pytestmark = pytest.mark.usefixtures("with_tiny_model")

Arguments = list[object]


def a_video(folder: Path) -> Path:
    noise = np.random.default_rng(0)
    frames = [noise.integers(0, 255, (96, 128, 3), dtype=np.uint8) for _ in range(20)]
    return write_video(folder / "whole.mp4", frames)


def atoms(data: bytes) -> dict[bytes, tuple[int, int]]:
    """Top level of an MP4: name -> (begin, end)."""
    found, at = {}, 0
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        found[data[at + 4 : at + 8]] = (at, at + length)
        at += length
    return found


def cut_in_the_middle(folder: Path) -> Path:
    """An MP4 made for streaming (its index first) of which half the pictures never came."""
    data = a_video(folder).read_bytes()
    where = atoms(data)
    media, end = where[b"mdat"]
    index = bytearray(data[slice(*where[b"moov"])])
    at = index.index(b"stco") + 8
    for entry in range(struct.unpack_from(">I", index, at)[0]):
        place = at + 4 + 4 * entry
        struct.pack_into(">I", index, place, struct.unpack_from(">I", index, place)[0] + len(index))
    (folder / "whole.mp4").unlink()
    path = folder / "cut.mp4"
    path.write_bytes(data[:media] + index + data[media : (media + end) // 2])
    return path


# Streams


def missing_file(folder: Path) -> Arguments:
    return [folder / "gone.mp4"]


def text_named_mp4(folder: Path) -> Arguments:
    (folder / "a.mp4").write_text("This is not a video.\n" * 200)
    return [folder / "a.mp4"]


def mp4_without_moov(folder: Path) -> Arguments:
    path = a_video(folder)
    data = path.read_bytes()
    path.write_bytes(data[: atoms(data)[b"moov"][0]])
    return [path]


def mp4_cut_in_mdat(folder: Path) -> Arguments:
    path = a_video(folder)
    data = path.read_bytes()
    path.write_bytes(data[: sum(atoms(data)[b"mdat"]) // 2])
    return [path]


def mp4_cut_in_mdat_after_its_index(folder: Path) -> Arguments:
    return [cut_in_the_middle(folder)]


def dicom_cut_in_its_header(folder: Path) -> Arguments:
    path = save(dicom(np.zeros((2, 48, 64), np.uint8)), folder / "a.dcm")
    path.write_bytes(path.read_bytes()[:300])
    return [path]


def dicom_cut_in_its_pixels(folder: Path) -> Arguments:
    path = save(dicom(np.zeros((4, 48, 64), np.uint8)), folder / "a.dcm")
    path.write_bytes(path.read_bytes()[: -48 * 64 - 100])
    return [path]


def dicom_without_pixels(folder: Path) -> Arguments:
    return [save(dicom(None, PatientName="Nobody"), folder / "a.dcm")]


def empty_folder(folder: Path) -> Arguments:
    (folder / "empty").mkdir()
    return [folder / "empty"]


def mixed_sizes(folder: Path) -> Arguments:
    frames = grey_frames(3)
    return [write_images(folder / "mixed", [*frames[:2], frames[2][:40]], ["1.png", "2.png", "3.png"])]


def huge_picture(folder: Path) -> Arguments:
    (folder / "a.png").write_bytes(png(60000, 60000) + bytes(100))
    return [folder / "a.png"]


def missing_camera(folder: Path) -> Arguments:
    return ["camera:93"]


def no_name_at_all(folder: Path) -> Arguments:
    return [""]


# Models


def with_model(folder: Path, model: Path) -> Arguments:
    return [a_video(folder), "--model", model]


def no_model_folder(folder: Path) -> Arguments:
    return with_model(folder, folder / "gone")


def model_folder_without_manifest(folder: Path) -> Arguments:
    return with_model(folder, folder)


def model_without_weights(folder: Path) -> Arguments:
    model = write_tiny_model(folder / "bare")
    (model / "model.onnx").unlink()
    return with_model(folder, model)


def model_with_altered_weights(folder: Path) -> Arguments:
    model = write_tiny_model(folder / "altered")
    data = bytearray((model / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (model / "model.onnx").write_bytes(data)
    return with_model(folder, model)


def manifest_with_other_views(folder: Path) -> Arguments:
    model = write_tiny_model(folder / "unfit", views=("A4C", "A2C"))
    manifest = json.loads((model / "model.json").read_text()) | {"views": ["A4C", "A2C", "PLAX"]}
    (model / "model.json").write_text(json.dumps(manifest))
    return with_model(folder, model)


def manifest_with_another_input(folder: Path) -> Arguments:
    return with_model(folder, write_tiny_model(folder / "unfit", input={"size": 96}))


def manifest_that_is_no_json(folder: Path) -> Arguments:
    model = write_tiny_model(folder / "broken")
    (model / "model.json").write_text('{"name": ')
    return with_model(folder, model)


# Names and places


def unknown_view(folder: Path) -> Arguments:
    return [a_video(folder), "--target", "A6C"]


def unknown_protocol(folder: Path) -> Arguments:
    return [a_video(folder), "--protocol", "everything"]


def protocol_file_with_an_unknown_view(folder: Path) -> Arguments:
    (folder / "ours.toml").write_text('views = ["A4C", "A6C"]')
    return [a_video(folder), "--protocol", folder / "ours.toml"]


def protocol_file_that_is_gone(folder: Path) -> Arguments:
    return [a_video(folder), "--protocol", folder / "gone.toml"]


def unknown_language(folder: Path) -> Arguments:
    return [a_video(folder), "--language", "tlh"]


def recording_into_no_folder(folder: Path) -> Arguments:
    return [a_video(folder), "--record", folder / "no" / "a.mp4"]


def json_into_no_folder(folder: Path) -> Arguments:
    return [a_video(folder), "--json", folder / "no" / "a.jsonl"]


def json_onto_a_folder(folder: Path) -> Arguments:
    return [a_video(folder), "--json", folder]


def recording_onto_the_stream(folder: Path) -> Arguments:
    path = a_video(folder)
    return [path, "--record", path]


def json_onto_the_stream(folder: Path) -> Arguments:
    path = a_video(folder)
    return [path, "--json", path]


def last_picture_onto_the_stream(folder: Path) -> Arguments:
    write_images(folder, grey_frames(1), ["a.png"])
    return [folder / "a.png", "--record", folder / "a.mp4"]


def recording_among_the_pictures(folder: Path) -> Arguments:
    images = write_images(folder / "images", grey_frames(2), ["1.png", "2.png"])
    return [images, "--record", images / "a.mp4"]


CASES: dict[Callable[[Path], Arguments], str] = {
    missing_file: "gone.mp4: no such file or folder",
    text_named_mp4: "is not a video, an image or a DICOM file",
    mp4_without_moov: "the video cannot be decoded; the file is cut short or damaged",
    mp4_cut_in_mdat: "the video cannot be decoded; the file is cut short or damaged",
    mp4_cut_in_mdat_after_its_index: "cut short or damaged: ",
    dicom_cut_in_its_header: "a.dcm: the DICOM ",
    dicom_cut_in_its_pixels: "cut short: 2 of its 4 frames could be read",
    dicom_without_pixels: "the DICOM file holds no picture",
    empty_folder: "the folder holds no images",
    mixed_sizes: "1.png is 64 x 48 and 3.png is 64 x 40",
    huge_picture: "60000 x 60000 pixels is too large",
    missing_camera: "camera 93 gives no picture",
    no_name_at_all: "no stream is named",
    no_model_folder: "no model folder at",
    model_folder_without_manifest: "model.json cannot be read",
    model_without_weights: "model.onnx: weights cannot be read",
    model_with_altered_weights: "sha256 of model.onnx differs",
    manifest_with_other_views: "output 'view' of the network has shape",
    manifest_with_another_input: "input 'image' of the network has shape",
    manifest_that_is_no_json: "model.json: Invalid JSON",
    unknown_view: "unknown view 'A6C': choose one of PLAX",
    unknown_protocol: "unknown protocol 'everything': choose one of",
    protocol_file_with_an_unknown_view: "ours.toml: unknown view 'A6C': choose one of PLAX",
    protocol_file_that_is_gone: "gone.toml cannot be read",
    unknown_language: "unknown language 'tlh': choose one of en, de",
    recording_into_no_folder: "no such folder",
    json_into_no_folder: "cannot be written",
    json_onto_a_folder: "cannot be written",
    recording_onto_the_stream: "is what is being played",
    json_onto_the_stream: "is what is being played",
    last_picture_onto_the_stream: "is what is being played",
    recording_among_the_pictures: "would become one of the pictures",
}
FRESH = {
    mp4_without_moov, mp4_cut_in_mdat, mp4_cut_in_mdat_after_its_index, dicom_cut_in_its_pixels, missing_camera,
    manifest_with_other_views, model_with_altered_weights,
}  # fmt: skip
"""Run in a process of their own. Among them all that FFmpeg reads: it is silenced when a process first uses it, and
other tests of this process may have used it before."""


def contents(folder: Path) -> dict[str, bytes | None]:
    return {
        str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_it_is_one_line_and_nothing_is_touched(
    make: Callable[[Path], Arguments], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", *make(tmp_path), *GUIDE]
    before = contents(tmp_path)
    if make in FRESH:
        done = process(*arguments)
        code, out, err = done.returncode, done.stdout, done.stderr
    else:
        code, (out, err) = sonoguide(*arguments), capfd.readouterr()
    assert code == 2
    check(out, err, CASES[make])
    assert contents(tmp_path) == before


def process(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *(str(a) for a in arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options
    )


def check(out: str, err: str, fault: str) -> None:
    assert out == ""
    assert err.startswith("sonoguide: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1, err
    assert fault in err


CT = (
    "run",
    get_testdata_file("CT_small.dcm", download=False),
    *GUIDE,
    "--loop",
    "--max-frames",
    30,
    "--json",
    "-",
)
"""The CT that comes with pydicom, for three seconds."""


def test_a_ct_plays_as_a_picture(capfd: pytest.CaptureFixture[str]) -> None:
    assert sonoguide(*CT) == 0
    out, err = capfd.readouterr()
    assert (len(out.splitlines()), err) == (30, "")


def test_the_model_that_comes_along_abstains_from_a_ct(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(MODEL_VARIABLE)
    if not default_model_folder().is_dir():
        pytest.skip("the model that comes along is not there")
    assert sonoguide(*CT) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert {line["view"] for line in lines} == {"OTHER"}
    assert {line["state"] for line in lines} <= {"SEARCHING", "NOT_RECOGNISED"}
    assert lines[-1]["state"] == "NOT_RECOGNISED"
    assert all(line["hint"] is None for line in lines)


def frames_in(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count


def test_a_stream_that_breaks_keeps_what_was_recorded(tmp_path: Path) -> None:
    video, lines = tmp_path / "out.mp4", tmp_path / "out.jsonl"
    done = process("run", cut_in_the_middle(tmp_path), *GUIDE, "--record", video, "--json", lines)
    assert done.returncode == 2
    check(done.stdout, done.stderr, "of its 20 frames could be read")
    written = [json.loads(line) for line in lines.read_text().splitlines()]
    assert 5 <= len(written) < 20
    assert [line["frame"] for line in written] == list(range(len(written)))
    assert frames_in(video) == len(written)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.mp4", "out.jsonl", "out.mp4", "out.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
@pytest.mark.parametrize("option", ["--json", "--record"])
def test_a_full_disk_is_one_line(option: str, bright_folder: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    place = tmp_path / ("out.jsonl" if option == "--json" else "out.mp4")
    done = process("run", bright_folder, *GUIDE, option, place, preexec_fn=limit)
    assert done.returncode == 1
    check(done.stdout, done.stderr, "free some space")
    assert str(place) in done.stderr
    if option == "--json":
        assert len(place.read_text()) == 2000


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_stdout_that_is_full_is_one_line(bright_folder: Path) -> None:
    for arguments in (["run", bright_folder, *GUIDE, "--json", "-"], ["devices"]):
        with open("/dev/full", "w") as full:
            command = [*PROGRAM, *(str(a) for a in arguments)]
            done = subprocess.run(
                command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
            )
        assert done.returncode == 1
        check("", done.stderr, "free some space")


def test_a_refused_recording_does_not_empty_the_lines_of_before(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "earlier.jsonl"
    lines.write_text("worth keeping\n")
    arguments = recording_into_no_folder(tmp_path)
    assert sonoguide("run", *arguments, *GUIDE, "--json", lines) == 2
    check(*capfd.readouterr(), "no such folder")
    assert lines.read_text() == "worth keeping\n"


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--target", "A6C"], "unknown view 'A6C'"),
        (["--policy", "wishful"], "unknown policy 'wishful'"),
        (["--model", "gone"], "no model folder at gone"),
        (["--out", "taken"], "taken cannot be made (a file of this name is there)"),
        (["--no-record", "--json", "no/a.jsonl"], "cannot be written"),
        (["--seeds", "3", "--json", "no/a.jsonl"], "cannot be written"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_the_demo_refuses_before_it_works(
    options: list[str],
    fault: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("a file")
    assert sonoguide("demo", "--headless", "--max-moves", 1, *options) == 2
    check(*capfd.readouterr(), fault)
