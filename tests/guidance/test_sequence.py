"""Tracked sequences of PLUS and 3D Slicer, and the poses in them.

Promises:
- pictures, times and poses come as recorded; raw or compressed, grey or colour, 3-D or 4-D, in one file or two;
- a calibrated picture gives the probe's pose in the axes of the house, whichever way the picture lies; what is not
  calibrated is marked so, and neither words nor the fusion of predictions use it;
- a transform that was not OK, is not finite or is no rotation is no pose; an invalid picture is left out;
- sizes that a header claims cost nothing; whatever is damaged is one line, after the pictures before it;
- the real recordings play to their end, with the poses that their header states.
"""

from __future__ import annotations

import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from media import grey_frames, index_of
from scripted import errors, prediction, times

from guidance import Coach, Engine, Frame, Model, open_source
from guidance.errors import InputError
from guidance.hint import Hint
from guidance.probe import Pose, PoseFrame, adjustment_between
from guidance.sources import Source
from guidance.tracking import between, matrix_of, probe_pose
from guidance.views import View

IDENTITY = "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"
HALF_MM = "0.5 0 0 0 0 0.5 0 0 0 0 0.5 0 0 0 0 1"


def write(path: Path, *, pictures: list[np.ndarray] | None = None, compressed: bool = True, data: bytes | None = None,
          stamps: list[float] | None = None, **fields: str) -> Path:  # fmt: skip
    """A sequence of three flat pictures at 10, 10.1 and 10.25 s, unless told otherwise."""
    shown = [p[..., 0] for p in grey_frames(3)] if pictures is None else pictures
    raw = b"".join(p[..., ::-1].tobytes() if p.ndim == 3 else p.tobytes() for p in shown)
    height, width = shown[0].shape[:2]
    header = {
        "ObjectType": "Image", "NDims": "3", "BinaryData": "True", "BinaryDataByteOrderMSB": "False",
        "CompressedData": str(compressed), "DimSize": f"{width} {height} {len(shown)}",
        "ElementNumberOfChannels": "3" if shown[0].ndim == 3 else "1", "ElementType": "MET_UCHAR",
    }  # fmt: skip
    for index, stamp in enumerate([10.0, 10.1, 10.25][: len(shown)] if stamps is None else stamps):
        header[f"Seq_Frame{index:04}_Timestamp"] = str(stamp)
    header |= fields
    header["ElementDataFile"] = header.pop("ElementDataFile", "LOCAL")
    body = data if data is not None else zlib.compress(raw) if compressed else raw
    text = "".join(f"{name} = {value}\n" for name, value in header.items()).encode("latin-1")
    if header["ElementDataFile"] == "LOCAL":
        path.write_bytes(text + body)
    else:
        path.write_bytes(text)
        (path.parent / header["ElementDataFile"]).write_bytes(body)
    return path


def read_all(source: Source) -> list[Frame]:
    with source:
        return list(iter(source.read, None))


def played(path: Path) -> list[Frame]:
    return read_all(open_source(str(path), fast=True))


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("colour", [True, False])
def test_pictures_and_times_are_as_recorded(tmp_path: Path, compressed: bool, colour: bool) -> None:
    pictures = grey_frames(3)
    pictures[1][..., 0] = 7  # blue, as OpenCV counts
    shown = pictures if colour else [p[..., 1] for p in pictures]
    frames = played(write(tmp_path / "a.igs.mha", pictures=shown, compressed=compressed))
    assert [f.t_stream_s for f in frames] == pytest.approx([0.0, 0.1, 0.25])
    assert all(np.array_equal(f.pixels, p) for f, p in zip(frames, shown, strict=True))


def test_other_shapes_of_the_same_thing(tmp_path: Path) -> None:
    assert len(played(write(tmp_path / "four.seq.mha", NDims="4", DimSize="64 48 1 3"))) == 3
    assert len(played(write(tmp_path / "one.mha", NDims="2", DimSize="64 48"))) == 1
    split = write(tmp_path / "two.mhd", ElementDataFile="two.zraw")
    assert [index_of(f.pixels) for f in played(split)] == [0, 1, 2]
    named = read_all(open_source(f"sequence:{split}", fast=True, loop=False))
    assert len(named) == 3


def test_a_repeated_sequence_goes_on_in_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mha", Seq_Frame0000_ProbeToReferenceTransform=IDENTITY)
    with open_source(str(path), fast=True, loop=True) as source:
        frames = [source.read() for _ in range(7)]
    times = [f.t_stream_s for f in frames if f is not None]
    assert times == sorted(set(times))
    assert [f is not None and f.pose is not None for f in frames] == [True, False, False] * 2 + [True]


@pytest.mark.parametrize("stamps", [[3.0, 2.0, 4.0], [1.0, float("nan"), 3.0], [1.0, 2.0], [0.0, 1.0, 1e9]])
def test_unusable_times_become_a_steady_rate(tmp_path: Path, stamps: list[float]) -> None:
    frames = played(write(tmp_path / "a.mha", stamps=stamps))
    assert [f.t_stream_s for f in frames] == pytest.approx([0.0, 0.1, 0.2])


# Poses


def near(pose: Pose | None, position: tuple[float, float, float], beam: tuple[float, float, float]) -> bool:
    assert pose is not None
    assert np.linalg.det(pose.rotation) == pytest.approx(1.0)
    return np.allclose(pose.position, position) and np.allclose(pose.rotation[:, 2], beam)


@pytest.mark.parametrize(
    ("orientation", "position", "beam", "marker"),
    [
        ("MFA", (15.75, 0.0, 5.0), (0, 1, 0), (1, 0, 0)),
        ("UF", (15.75, 0.0, 5.0), (0, 1, 0), (-1, 0, 0)),
        ("MN", (15.75, 23.5, 5.0), (0, -1, 0), (1, 0, 0)),
    ],
)
def test_a_calibrated_picture_gives_the_probes_pose(
    tmp_path: Path,
    orientation: str,
    position: tuple[float, ...],
    beam: tuple[float, ...],
    marker: tuple[float, ...],
) -> None:
    """64 x 48 pixels of 0.5 mm; the sensor is 5 mm behind the picture's plane."""
    shift = "1 0 0 0 0 1 0 0 0 0 1 5 0 0 0 1"
    path = write(
        tmp_path / "a.mha", UltrasoundImageOrientation=orientation, ImageToProbeTransform=HALF_MM,
        Seq_Frame0001_ProbeToReferenceTransform=shift,
    )  # fmt: skip
    before, frame, _ = played(path)
    assert before.pose is None
    assert near(frame.pose, position, beam)  # type: ignore[arg-type]
    assert frame.pose is not None
    assert np.allclose(frame.pose.rotation[:, 0], marker)
    assert frame.pose.frame is PoseFrame.TRACKER
    assert frame.mm_per_px == pytest.approx((0.5, 0.5))


def test_movements_of_a_calibrated_probe_are_adjustments() -> None:
    """5 mm along the picture's rows is a slide towards the marker; turning it about its depth is a rotation."""
    image = matrix_of(HALF_MM)
    turned, moved = np.eye(4), np.eye(4)
    moved[0, 3] = 5.0
    angle = np.radians(10.0)
    turned[:3, :3] = [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    assert image is not None
    poses = [
        probe_pose({"ImageToProbe": image, "ProbeToReference": m}, (65, 48))
        for m in (np.eye(4), moved, turned)
    ]
    first, slid, rotated = (p for p in poses if p is not None)
    assert np.allclose(adjustment_between(first, slid).as_array(), [5, 0, 0, 0, 0], atol=1e-9)
    rotation = adjustment_between(first, rotated)
    assert (abs(rotation.rotate), rotation.tilt, rotation.rock) == pytest.approx((10.0, 0.0, 0.0), abs=1e-9)


def test_the_way_between_two_names_may_lead_over_others_and_back() -> None:
    a, b = np.eye(4), np.eye(4)
    a[:3, 3], b[:3, 3] = (1, 2, 3), (10, 0, 0)
    way = between({"ProbeToTracker": a, "ReferenceToTracker": b, "StylusToTracker": a}, "Probe", "Reference")
    assert way is not None
    assert np.allclose(way[:3, 3], (-9, 2, 3))
    assert between({"ProbeToTracker": a}, "Probe", "Thorax") is None


def test_only_the_thorax_gives_words_and_only_the_probes_axes_are_carried(tmp_path: Path) -> None:
    to_probe = {"ImageToProbe": np.diag([0.5, 0.5, 0.5, 1.0])}
    names = {"Thorax": PoseFrame.THORAX, "Reference": PoseFrame.TRACKER, "Tracker": PoseFrame.TRACKER}
    for end, frame in names.items():
        pose = probe_pose({**to_probe, f"ProbeTo{end}": np.eye(4)}, (64, 48))
        assert pose is not None
        assert pose.frame is frame
    uncalibrated = probe_pose({"ProbeToThorax": np.eye(4)}, (64, 48))
    assert uncalibrated is not None
    assert uncalibrated.frame is PoseFrame.SENSOR


def last_hint(frame: PoseFrame | None, moves: bool) -> Hint | None:
    """After two seconds of the same error, told with a pose in ``frame`` that is turned about the beam (and moves)."""
    coach, seen, hint = Coach(View.A4C), prediction(adjustment=errors(slide_x=20.0), half_width90=3.0), None
    turned = Pose.looking((0, 0, 0), (0, 0, -1), (-1, 0, 0)).rotation
    for index, t_s in enumerate(times(2.0)):
        at = np.array([20.0 * index if moves else 0.0, 0.0, 0.0])
        pose = None if frame is None else Pose(at, turned, frame)
        hint = coach.advise(t_s, seen, pose=pose).hint
    return hint


def test_the_coach_believes_a_pose_as_far_as_it_goes() -> None:
    without = last_hint(None, False)
    assert without is not None
    for frame in (PoseFrame.TRACKER, PoseFrame.SENSOR):
        assert last_hint(frame, False) == without  # the words are those without a pose
    thorax = last_hint(PoseFrame.THORAX, False)
    assert thorax is not None
    assert thorax.place is not without.place
    assert last_hint(PoseFrame.SENSOR, True) == without  # a sensor's movement is not carried
    assert last_hint(PoseFrame.TRACKER, True) != without


@pytest.mark.parametrize(
    "matrix",
    ["", "1 2 3", "nan " * 16, "inf 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "0 " * 15 + "1",
     "1e9 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
     "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0.5 1", "2 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
     "-1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "x " * 16],
)  # fmt: skip
def test_what_is_no_movement_is_no_pose(tmp_path: Path, matrix: str) -> None:
    frames = played(write(tmp_path / "a.mha", Seq_Frame0000_ProbeToReferenceTransform=matrix))
    assert [f.pose for f in frames] == [None] * 3


def test_what_the_recorder_calls_invalid_is_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.mha", Seq_Frame0000_ProbeToReferenceTransform=IDENTITY,
        Seq_Frame0000_ProbeToReferenceTransformStatus="INVALID", Seq_Frame0001_ImageStatus="INVALID",
    )  # fmt: skip
    frames = played(path)
    assert [index_of(f.pixels) for f in frames] == [0, 2]
    assert frames[0].pose is None
    assert open_source(str(path)).info.frame_count == 2


# Damage


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"DimSize": "999999999 999999999 999999999"}, "too large"),
        ({"DimSize": "64 48 99999999999"}, "says that it holds"),
        ({"DimSize": "-64 48 3"}, "no pixels"),
        ({"DimSize": "64 48 7 3"}, "no sequence of flat pictures"),
        ({"DimSize": "many"}, "no sequence of flat pictures"),
        ({"ElementType": "MET_SHORT"}, "only 8-bit"),
        ({"ElementNumberOfChannels": "4"}, "only 8-bit"),
        ({"ElementNumberOfChannels": "-1"}, "no number"),
        ({"BinaryData": "False"}, "as text"),
        ({"ElementDataFile": "../secret.raw"}, "a file beside it"),
        ({"ElementDataFile": "gone.raw"}, "cannot be read"),
    ],
)
def test_a_hostile_header_is_one_line(tmp_path: Path, fields: dict[str, str], words: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = write(folder / "a.mha", **fields)
    for gone in folder.glob("*.raw"):
        gone.unlink()
    with pytest.raises(InputError, match=words) as caught:
        open_source(str(path))
    assert "\n" not in str(caught.value)


def test_a_header_without_an_end_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.mha"
    for text in (b"ObjectType = Image\nNDims = 3\n", b"ObjectType = Image\nNDims = 3\n" + b"x" * 200_000):
        path.write_bytes(text)
        with pytest.raises(InputError, match="header is damaged or does not end"):
            open_source(str(path))


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_cut_short_gives_what_it_has(tmp_path: Path, compressed: bool) -> None:
    noise = [np.random.default_rng(i).integers(0, 255, (48, 64), dtype=np.uint8) for i in range(3)]
    whole = write(tmp_path / "a.mha", pictures=noise, compressed=compressed).read_bytes()
    (tmp_path / "b.mha").write_bytes(whole[:-2000])
    with open_source(str(tmp_path / "b.mha"), fast=True) as source:
        assert [source.read() is not None for _ in range(2)] == [True, True]
        with pytest.raises(InputError, match="cut short after picture 2 of 3"):
            source.read()


def test_damaged_pixels_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="compressed pixels are damaged"):
        open_source(str(write(tmp_path / "a.mha", data=b"this is not zlib")))


def test_a_bomb_costs_one_picture_at_a_time(tmp_path: Path) -> None:
    """128 MB of zeros in an eighth of a megabyte, claimed as half a million pictures."""
    squeeze = zlib.compressobj(9)
    block = bytes(1 << 20)
    data = b"".join([*(squeeze.compress(block) for _ in range(128)), squeeze.flush()])
    path = write(tmp_path / "a.mha", data=data, DimSize="64 48 500000")
    tracemalloc.start()
    with open_source(str(path), fast=True) as source:
        assert all(source.read() is not None for _ in range(50))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20


# The real ones


def test_the_real_recordings_play_with_their_poses(clips: Path) -> None:
    spine = played(clips / "tracked" / "SpinePhantomFreehand.igs.mha")
    assert len(spine) == 21
    assert spine[0].size == (820, 616)
    assert spine[1].t_stream_s == pytest.approx(215.190114 - 215.102186)
    poses = [f.pose for f in spine]
    assert all(p is not None and p.frame is PoseFrame.SENSOR for p in poses)
    first = poses[0]
    assert first is not None
    # By hand: inverse of ReferenceToTracker applied to where the probe's sensor is.
    r = np.array(
        [[0.949536, -0.208383, 0.234431], [-0.195717, -0.977686, -0.076326], [0.245105, 0.0265923, -0.969132]]
    )
    expected = np.linalg.inv(r) @ (
        np.array([172.641, -98.0022, -22.0262]) - np.array([264.096, 93.8733, 3.0506])
    )
    assert np.allclose(first.position, expected, atol=1e-3)

    stepper = played(clips / "tracked" / "USTC_FrameGrabber_RandomStepperMotionData2.igs.mha")
    assert len(stepper) == 200
    assert stepper[19].t_stream_s == pytest.approx(1.9)
    pose = stepper[19].pose
    assert pose is not None
    assert np.allclose(pose.position, (1.26619, 3.40492, -60.033))


def test_guidance_runs_on_a_real_recording(clips: Path, tiny_model_folder: Path) -> None:
    with Model.load(tiny_model_folder, runtime="cpu") as model:
        engine = Engine(model, Coach(View.A4C))
        source = open_source(str(clips / "tracked" / "SpinePhantomFreehand.igs.mha"), fast=True)
        seen = list(engine.run(source, fast=True))
    assert len(seen) == 21
    assert all(g.frame.pose is not None for g in seen)
