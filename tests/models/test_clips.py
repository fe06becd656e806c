"""Promises of evaluation on recorded clips:

- videos, pictures, DICOM files and folders of pictures are found by content; what is none of them is passed over;
- every frame has a vote; a clip that is cut short counts with the frames it has, one that cannot be read is named;
- labels go by path, name or stem; a label that is no view, or a file that is no table, is a clear error;
- without a label in the table, the name of a clip or of its folder gives one where it begins with a view;
- accuracies are those of the labelled frames and clips; without labels there are none.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from media import grey_frames, write_images, write_video

from guidance.errors import InputError
from guidance.model import Model
from guidance.views import View
from models.clip_votes import ClipResult, label_in
from models.clips import clip_figures, measure_clips, read_labels


@pytest.fixture
def some_clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    (folder / "deep").mkdir(parents=True)
    write_video(folder / "a.mp4", grey_frames(6))
    write_images(folder / "deep" / "sequence", grey_frames(4), [f"{i}.png" for i in range(4)])
    whole = write_video(folder / "deep" / "short.avi", grey_frames(18), fourcc="MJPG").read_bytes()
    (folder / "deep" / "short.avi").write_bytes(whole[: len(whole) // 2])
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"nothing more")
    (folder / "VIEWS.csv").write_text("clip,view\na,A4C\n")
    return folder


def test_clips_are_found_read_and_counted(some_clips: Path, tiny_model_folder: Path) -> None:
    heard: list[tuple[int, int]] = []
    with Model.load(tiny_model_folder) as model:
        figures = measure_clips(model, some_clips, {"a": "A4C"}, lambda *counts: heard.append(counts))
    frames = {c["clip"]: c["frames"] for c in figures["by_clip"]}
    assert frames["a.mp4"] == 6
    assert frames["deep/sequence"] == 4
    assert set(frames) <= {"a.mp4", "deep/sequence", "deep/short.avi"}
    assert set(figures["unreadable"]) == {"broken.png", "deep/short.avi"}
    assert (
        figures["frames"] == sum(frames.values()) == sum(sum(c["votes"].values()) for c in figures["by_clip"])
    )
    assert figures["labelled_clips"] == 1
    assert heard == [(n, 4) for n in (1, 2, 3, 4)]
    json.dumps(figures, allow_nan=False)


def test_pictures_of_several_sizes_are_clips_of_their_own(tmp_path: Path, tiny_model_folder: Path) -> None:
    write_images(tmp_path / "stills", grey_frames(1), ["small.png"])
    write_images(tmp_path / "stills", [f.repeat(2, 0).repeat(2, 1) for f in grey_frames(1)], ["large.png"])
    with Model.load(tiny_model_folder) as model:
        figures = measure_clips(model, tmp_path, {})
    assert {c["clip"] for c in figures["by_clip"]} == {"stills/small.png", "stills/large.png"}


def test_one_file_and_one_folder_of_pictures_are_clips(some_clips: Path, tiny_model_folder: Path) -> None:
    with Model.load(tiny_model_folder) as model:
        for place, name in ((some_clips / "a.mp4", "a.mp4"), (some_clips / "deep" / "sequence", "sequence")):
            figures = measure_clips(model, place, {})
            assert [c["clip"] for c in figures["by_clip"]] == [name]
            assert figures["view_accuracy"] is figures["clip_majority_accuracy"] is None


def test_nothing_to_evaluate(tmp_path: Path, tiny_model_folder: Path) -> None:
    (tmp_path / "notes.txt").write_text("no clip")
    with Model.load(tiny_model_folder) as model:
        for place in (tmp_path, tmp_path / "absent"):
            with pytest.raises(InputError, match="no clips"):
                measure_clips(model, place, {})
        (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        with pytest.raises(InputError, match="not one clip could be read"):
            measure_clips(model, tmp_path, {})


def test_labels(tmp_path: Path) -> None:
    table = tmp_path / "VIEWS.csv"
    table.write_text("folder,view,patient\nx_1,PSAX-AV,A\ny.mp4,psax\nz,OTHER\n")
    assert read_labels(table) == {"x_1": "PSAX-AV", "y.mp4": "psax", "z": "OTHER"}
    table.write_text("clip,view\nx,A9C\n")
    with pytest.raises(InputError, match="A9C"):
        read_labels(table)
    table.write_bytes(b"\xff\xfe\x00")
    for path in (table, tmp_path / "absent.csv"):
        with pytest.raises(InputError, match="labels cannot be read"):
            read_labels(path)


def test_figures_are_those_of_the_votes() -> None:
    figures = clip_figures(
        [
            ClipResult("a", "A4C", 10, 8, {View.A4C: 6, View.A2C: 2, View.OTHER: 2}),
            ClipResult("b", "PSAX", 10, 10, {View.PSAX_MV: 3, View.PLAX: 7}),
            ClipResult("c", "", 20, 0, {View.OTHER: 20}),
        ]
    )
    assert figures["view_accuracy"] == pytest.approx(9 / 20)
    assert figures["window_accuracy"] == pytest.approx(18 / 20)
    assert figures["clip_majority_accuracy"] == pytest.approx(1 / 2)
    assert figures["clip_majority_window"] == 1.0
    assert figures["guided_fraction"] == pytest.approx(18 / 40)
    assert figures["confusion"]["A4C"] == {"A4C": 6, "A2C": 2, "OTHER": 2}
    assert (figures["frames"], figures["clips"], figures["labelled_clips"]) == (40, 3, 2)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("A4C", "A4C"), ("a4c_012.mp4", "A4C"), ("PSAX-AV 3.dcm", "PSAX_AV"), ("psax_ge.jpg", "PSAX"),
        ("other.avi", "OTHER"), ("A4Chamber.mp4", ""), ("A_a2c_0021", ""), ("", ""), ("PSAX_APEX2.mp4", ""),
    ],
)  # fmt: skip
def test_names_begin_with_views(name: str, label: str) -> None:
    assert label_in(name) == label


def test_names_label_clips(tmp_path: Path, tiny_model_folder: Path) -> None:
    write_video(tmp_path / "a4c_one.mp4", grey_frames(3))
    (tmp_path / "PLAX").mkdir()
    write_video(tmp_path / "PLAX" / "two.mp4", grey_frames(3))
    write_video(tmp_path / "three.mp4", grey_frames(3))
    with Model.load(tiny_model_folder) as model:
        figures = measure_clips(model, tmp_path, {"three": "A2C"})
        assert {c["clip"]: c["label"] for c in figures["by_clip"]} == {
            "a4c_one.mp4": "A4C", "PLAX/two.mp4": "PLAX", "three.mp4": "A2C",
        }  # fmt: skip
        assert measure_clips(model, tmp_path, {"a4c_one": "A2C"})["by_clip"][1]["label"] == "A2C"
