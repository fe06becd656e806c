"""Readers of labelled data sets. Promises, on tiny sets of the same layouts:

- each finds every clip whose pictures are there, with the view that its label allows (several where it is coarse), its
  patient, its quality where it has one, and the part that its makers put it in;
- outlines lie where they were drawn, and only the outlined structures are known;
- a set of another layout, or a damaged file, is one clear line.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
import real_data
from real_data import CHAMBER, damage, sector_picture, write_rows

from guidance.errors import InputError
from guidance.views import View
from models.phantom.tissue import STRUCTURES
from models.real.camus import QUALITY
from models.real.clip import PSAX, RealClip, RealPicture, label_of, views_of
from models.real.parts import Split
from models.real.readers import Kind, read_clips
from models.real.sampling import spread

LV, LV_WALL, LA, RA = (STRUCTURES.index(name) + 1 for name in ("LV", "LV_wall", "LA", "RA"))
CX, CY, W, H = CHAMBER


def truth() -> np.ndarray:
    mask = np.zeros((112, 112), bool)
    mask[CY : CY + H, CX : CX + W] = True
    return mask


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2.0 * float((a & b).sum()) / float(a.sum() + b.sum())


def outlined(clip: RealClip) -> list[RealPicture]:
    return [p for p in clip.load().pictures if p.mask is not None]


def test_echonet(tmp_path: Path) -> None:
    clips = read_clips(Kind.ECHONET, real_data.write_echonet(tmp_path), per_clip=3)
    assert [c.views for c in clips] == [(View.A4C,)] * 4
    assert [c.split for c in clips] == [Split.TRAIN, Split.TRAIN, Split.VALIDATION, Split.TEST]
    assert len({c.patient for c in clips}) == 4
    pictures = clips[0].load().pictures
    assert len(pictures) == 5  # frames 0, 6 and 11, and the two that were traced
    traced = outlined(clips[0])
    assert len(traced) == 2
    for picture in traced:
        assert picture.known == ("LV",)
        assert picture.mask is not None
        assert set(np.unique(picture.mask)) == {0, LV}
        assert dice(picture.mask == LV, truth()) > 0.97


@pytest.mark.parametrize("meta_image", [False, True])
def test_camus(tmp_path: Path, meta_image: bool) -> None:
    folder = real_data.write_camus(tmp_path / "database_nifti", meta_image=meta_image)
    (tmp_path / "database_split").mkdir()
    (tmp_path / "database_split" / "subgroup_testing.txt").write_text("patient0002\n")
    clips = read_clips(Kind.CAMUS, folder)
    assert Counter(c.views for c in clips) == {(View.A2C,): 4, (View.A4C,): 4}
    assert {c.patient: c.split for c in clips} == {
        "patient0001": None,
        "patient0002": Split.TEST,
        "patient0003": None,
        "patient0004": None,
    }
    assert [c.quality for c in clips[::2]] == [QUALITY[g] for g in ("medium", "poor", "good", "medium")]
    pictures = outlined(clips[0])
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.pixels.shape == (112, 112)  # square pixels again
        assert picture.known == ("LV", "LV_wall", "LA")
        assert picture.mask is not None
        assert dice(picture.mask == LV, truth()) > 0.95
        assert (picture.mask == LV_WALL).any()
        assert (picture.mask[CY + H + 2 : CY + H + 12, CX + 2 : CX + W - 2] == LA).all()
        assert picture.pixels[truth()].mean() < 60 < 90 < picture.pixels[CY : CY + H, 40:55].mean()


def test_camus_sequences(tmp_path: Path) -> None:
    folder = real_data.write_camus(tmp_path, patients=1)
    stem = folder / "patient0001" / "patient0001_4CH_half_sequence"
    frames = np.stack([sector_picture(i)[:, ::2] for i in range(9)])
    real_data.write_nifti(stem, frames)
    real_data.write_nifti(stem.with_name(stem.name + "_gt"), np.stack([real_data.camus_mask()[:, ::2]] * 9))
    a2c, a4c = read_clips(Kind.CAMUS, folder, per_clip=4)
    assert len(a2c.load().pictures) == 2
    assert len(outlined(a4c)) == 2 + 4


def test_tmed2(tmp_path: Path) -> None:
    clips = read_clips(Kind.TMED2, real_data.write_tmed2(tmp_path))
    assert len(clips) == 25
    assert {c.patient for c in clips} == {"1", "2", "3", "4", "5"}
    views = {c.views for c in clips}
    assert {(View.PLAX,), PSAX, (View.A4C,), (View.A2C,)} < views
    (rest,) = (v for v in views if len(v) > 4)
    assert View.OTHER in rest
    assert not {View.PLAX, *PSAX} & set(rest)
    assert label_of(rest) == "not PLAX, PSAX"
    assert {c.split for c in clips} == {None}
    fold = read_clips(Kind.TMED2, tmp_path, labels=tmp_path / "DEV479" / "TMED2_fold0_labeledpart.csv")
    assert {c.patient: c.split for c in fold} == {
        "1": Split.TRAIN,
        "2": Split.VALIDATION,
        "3": Split.TEST,
        "4": Split.TRAIN,
        "5": Split.TRAIN,
    }
    assert clips[0].load().pictures[0].pixels.shape == (112, 112)


def test_unity(tmp_path: Path) -> None:
    clips = read_clips(Kind.UNITY, real_data.write_unity(tmp_path))
    assert len(clips) == 8
    assert [c.views for c in clips[:4]] == [
        (View.PLAX,),
        (View.A4C, View.A5C, View.A2C, View.A3C),
        (View.A4C, View.A5C),
        (),
    ]
    assert [c.split for c in clips] == [Split.TRAIN] * 6 + [Split.VALIDATION, None]
    assert len({c.patient for c in clips}) == 8
    plax, apical, a4c, none = (c.load().pictures[0] for c in clips[:4])
    assert (plax.mask, none.mask) == (None, None)
    assert apical.known == ("LV", "RA")  # the right atrium is known not to be there
    assert apical.mask is not None
    assert dice(apical.mask == LV, truth()) > 0.97
    assert not (apical.mask == RA).any()
    assert a4c.known == ("LV", "RA")  # a blurred curve says nothing


def test_a_folder_of_clips(tmp_path: Path) -> None:
    folder = real_data.write_clips(tmp_path)
    clips = read_clips(Kind.FOLDER, folder, per_clip=3, labels=folder / "VIEWS.csv")
    assert len(clips) == 11
    by_name = {c.name: c for c in clips}
    a4c, psax = by_name["person1/clip_a4c.avi"], by_name["person1/clip_psax.avi"]
    assert (a4c.views, a4c.quality, a4c.patient) == ((View.A4C,), QUALITY["good"], "person1")
    assert (psax.views, psax.quality) == (PSAX, 0.2)
    assert by_name["person0/plax_1.avi"].views == (View.PLAX,)
    assert len(a4c.load().pictures) == 3


def test_patients_of_a_folder(tmp_path: Path) -> None:
    for name in ("a4c/one.png", "a4c/two.png", "mary/a4c_1.png", "mary/plax_1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        size = (
            112 if "one" in name or "a4c_1" in name else 100
        )  # pictures of one size in a folder would be a clip
        cv2.imwrite(str(tmp_path / name), sector_picture(0)[:size])
    clips = read_clips(Kind.FOLDER, tmp_path)
    assert [c.patient for c in clips] == ["a4c/one.png", "a4c/two.png", "mary", "mary"]
    table = write_rows(
        tmp_path / "v.csv",
        "file,seen,patient,split",
        [["one", "A2C", "john", "Test"], ["two.png", "A2C", "", ""]],
    )
    one, two, *_ = read_clips(Kind.FOLDER, tmp_path, labels=table)
    assert (one.patient, one.split, one.views) == ("john", Split.TEST, (View.A2C,))
    assert (two.patient, two.split) == ("a4c/two.png", None)


def test_labels_for_people() -> None:
    assert views_of(" psax-av ") == (View.PSAX_AV,)
    assert label_of(views_of("PSAX")) == "PSAX"
    assert label_of(()) == ""
    assert label_of((View.A5C, View.A4C)) == "A4C or A5C"


def test_pictures_are_spread_over_the_whole_clip() -> None:
    frames = [np.full((2, 2), n, np.uint8) for n in range(100)]
    got = [int(f[0, 0]) for f in spread(frames, 5)]
    assert len(got) == 5
    assert got[0] == 0
    assert got[-1] >= 80
    assert [int(f[0, 0]) for f in spread(frames[:3], 5)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (Kind.ECHONET, "FileList.csv: cannot be read"),
        (Kind.CAMUS, "no folders patientXXXX"),
        (Kind.TMED2, "labels_per_image.csv: cannot be read"),
        (Kind.UNITY, "no labels-all.json"),
        (Kind.FOLDER, "no labelled clips"),
    ],
)
def test_another_layout_is_one_clear_line(tmp_path: Path, kind: Kind, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_clips(kind, tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        read_clips(kind, tmp_path / "nothing")


def test_faults_of_tables(tmp_path: Path) -> None:
    folder = real_data.write_clips(tmp_path, patients=1)
    for n, (header, row, says) in enumerate(
        [
            ("clip", ["x"], "has one column"),
            ("clip,view", ["x", "A9C"], "'A9C' .of x. is no view"),
            ("clip,view,quality", ["x", "A4C", "fine"], "quality 'fine'"),
            ("clip,view,split", ["x", "A4C", "exam"], "split 'exam'"),
        ]
    ):
        with pytest.raises(InputError, match=says):
            read_clips(Kind.FOLDER, folder, labels=write_rows(tmp_path / f"{n}.csv", header, [row]))
    with pytest.raises(InputError, match="brings its own labels"):
        read_clips(Kind.CAMUS, folder, labels=tmp_path / "0.csv")
    real_data.write_echonet(tmp_path / "e")
    (tmp_path / "e" / "FileList.csv").write_text("FileName,EF\nx,1\n")
    with pytest.raises(InputError, match="no column NumberOfFrames, Split"):
        read_clips(Kind.ECHONET, tmp_path / "e")


def test_damaged_files_are_one_clear_line(tmp_path: Path) -> None:
    camus = real_data.write_camus(tmp_path / "c", patients=1)
    damage(camus / "patient0001" / "patient0001_2CH_ED.nii.gz")
    a2c, a4c = read_clips(Kind.CAMUS, camus)
    with pytest.raises(InputError, match=r"ED\.nii\.gz: cannot be read as NIfTI") as caught:
        a2c.load()
    assert "\n" not in str(caught.value)
    assert a4c.load().pictures
    real_data.write_nifti(camus / "patient0001" / "patient0001_4CH_ES_gt", np.zeros((10, 10), np.uint8))
    with pytest.raises(InputError, match="of another size"):
        a4c.load()
    tmed = real_data.write_tmed2(tmp_path / "t", patients=1)
    for path in tmed.rglob("*.png"):
        path.write_bytes(b"no picture")
    with pytest.raises(InputError, match="is no picture"):
        read_clips(Kind.TMED2, tmed)[0].load()
