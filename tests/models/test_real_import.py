"""Imports of labelled data. Promises:

- an import holds the pictures in the network's crop, as a run would cut them, with their outlines in the same place;
- only what the labels say is known in it; patients are never in two parts, whoever orders the files; the set's own
  parts count;
- several processes write what one does; what cannot be read is left out and counted; a folder in use is refused, and an
  import that fails leaves nothing;
- the marker on the left mirrors picture and outline alike;
- a model is measured by what the labels say alone: right, wrong and unknown answers give the figures that they must.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import real_data
from tiny_classifier import classifier, write_classifier
from tiny_model import write_tiny_model

from guidance.errors import InputError
from guidance.manifest import InputSpec
from guidance.model import Model
from guidance.preprocess import Preprocessor
from guidance.sector import find_sector, whole_frame
from guidance.views import View
from models.frames import SIZE
from models.phantom.tissue import STRUCTURES
from models.real.clip import RealClip
from models.real.contact_sheet import contact_sheet
from models.real.importing import import_clips, records_of
from models.real.measure import measure_import
from models.real.parts import Split
from models.real.readers import Kind, read_clips
from models.real.shards import ALL_VIEWS, REAL_RECORD, RealFrames, read_note
from models.real.splits import splits_of

LV = STRUCTURES.index("LV") + 1


@pytest.fixture(scope="module")
def camus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return real_data.write_camus(tmp_path_factory.mktemp("data") / "camus", patients=6)


@pytest.fixture(scope="module")
def imported(camus: Path) -> Path:
    folder = camus.parent / "imported"
    import_clips("camus", read_clips(Kind.CAMUS, camus), folder)
    return folder


def test_what_is_kept(camus: Path, imported: Path) -> None:
    note = read_note(imported)
    assert note is not None
    assert (note["pictures"], note["patients"], note["with_quality"]) == (24, 6, 24)
    assert note["views"] == {"A2C": 12, "A4C": 12}
    assert note["with_outline"] == {"LV": 24, "LV_wall": 24, "LA": 24}
    assert {name: s["patients"] for name, s in note["splits"].items()} == {
        "train": 4,
        "validation": 1,
        "test": 1,
    }
    frames = RealFrames.open([imported], Split.TRAIN)
    assert len(frames) == 16
    row = frames.take([0])[0]
    assert row["known"].tolist() == [name in ("LV", "LV_wall", "LA") for name in STRUCTURES]
    assert row["views"].sum() == 1
    assert str(camus) not in (imported / "real.json").read_text()


def test_patients_are_in_one_part(imported: Path) -> None:
    patients = [set(RealFrames.open([imported], split).field("patient").tolist()) for split in Split]
    assert sum(map(len, patients)) == len(set().union(*patients)) == 6


def test_pictures_are_cut_as_in_a_run_and_outlines_with_them(camus: Path) -> None:
    clip = read_clips(Kind.CAMUS, camus)[0]
    pixels = [p.pixels for p in clip.load().pictures]
    profile = find_sector(pixels) or whole_frame((112, 112))
    seen = Preprocessor(profile, InputSpec(size=SIZE)).crop(pixels[0])
    rows = records_of("camus", clip)
    assert not isinstance(rows, str)
    np.testing.assert_array_equal(rows["image"][0], seen)
    inside = np.kron(rows["structures"][0] == LV, np.ones((4, 4))) > 0
    ring = np.kron(rows["structures"][0] == STRUCTURES.index("LV_wall") + 1, np.ones((4, 4))) > 0
    assert seen[inside].mean() < 45
    assert seen[ring].mean() > seen[inside].mean() + 20  # the wall was drawn a little into the bright


def test_the_marker_on_the_left(camus: Path) -> None:
    clip = read_clips(Kind.CAMUS, camus)[0]
    left, right = records_of("camus", clip, True), records_of("camus", clip)
    assert not isinstance(left, str)
    assert not isinstance(right, str)
    columns = np.arange(48)

    def middle(row: Any) -> float:
        return float(columns[(row["structures"] == LV).any(0)].mean())

    assert middle(left[0]) + middle(right[0]) == pytest.approx(47, abs=1.5)
    assert abs(middle(left[0]) - middle(right[0])) > 3
    np.testing.assert_allclose(left["image"][0][:, ::-1], right["image"][0], atol=60)


def clip_of(patient: str, split: Split | None = None) -> RealClip:
    return RealClip(patient, patient, lambda: pytest.fail("not to be read"), split=split)


def test_parts_do_not_depend_on_the_order_of_files() -> None:
    clips = [clip_of(f"p{n}") for n in range(50)]
    parts = splits_of(clips)
    assert splits_of(clips[::-1]) == parts
    assert [list(parts.values()).count(s) for s in Split] == [35, 5, 10]
    said = splits_of([*clips, clip_of("mixed", Split.TRAIN), clip_of("mixed", Split.TEST)])
    assert said["mixed"] is Split.TEST
    assert {p: s for p, s in said.items() if p != "mixed"} == parts
    assert list(splits_of([clip_of("a"), clip_of("b")]).values()) == [Split.TRAIN] * 2


def test_several_processes_write_what_one_does(camus: Path, imported: Path) -> None:
    folder = camus.parent / "two"
    import_clips("camus", read_clips(Kind.CAMUS, camus), folder, workers=2)
    for split in Split:
        one, two = (RealFrames.open([f], split).arrays for f in (imported, folder))
        np.testing.assert_array_equal(np.concatenate(one), np.concatenate(two))


def test_the_makers_parts_and_unknown_views(tmp_path: Path) -> None:
    clips = read_clips(Kind.UNITY, real_data.write_unity(tmp_path / "unity", files=8))
    note = import_clips("unity", clips, tmp_path / "out")
    assert note["views"] == {"PLAX": 2, "A4C or A5C or A2C or A3C": 2, "A4C or A5C": 2, "unknown": 2}
    rows = np.concatenate(
        [RealFrames.open([tmp_path / "out"], s).take([0]) for s in (Split.TRAIN, Split.VALIDATION)]
    )
    assert np.isnan(rows["quality"]).all()
    assert rows.dtype == REAL_RECORD


def test_what_cannot_be_read_is_left_out_and_counted(tmp_path: Path) -> None:
    folder = real_data.write_camus(tmp_path / "camus", patients=2)
    real_data.damage(folder / "patient0002" / "patient0002_4CH_ES.nii.gz")
    note = import_clips("camus", read_clips(Kind.CAMUS, folder), tmp_path / "out")
    assert note["pictures"] == 6
    assert note["unreadable"] == 1
    assert list(note["unreadable_first"]) == ["patient0002_4CH"]
    for path in folder.rglob("*.nii.gz"):
        real_data.damage(path)
    with pytest.raises(InputError, match="not one clip could be read"):
        import_clips("camus", read_clips(Kind.CAMUS, folder), tmp_path / "nothing")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["camus", "out"]
    with pytest.raises(InputError, match="not empty"):
        import_clips("camus", read_clips(Kind.CAMUS, folder), tmp_path / "out")


def test_what_is_no_import_is_refused(imported: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no imported pictures"):
        RealFrames.open([tmp_path], Split.TRAIN)
    assert read_note(tmp_path) is None
    (tmp_path / "real.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(InputError, match="another version"):
        read_note(tmp_path)
    (tmp_path / "real.json").write_text((imported / "real.json").read_text())
    with pytest.raises(InputError, match="no pictures for test"):
        RealFrames.open([tmp_path], Split.TEST)


def test_several_imports_are_one_array(imported: Path) -> None:
    frames = RealFrames.open([imported, imported], Split.TRAIN)
    assert len(frames) == 32
    np.testing.assert_array_equal(frames.take([3, 19])[0], frames.take([3, 19])[1])


def test_a_contact_sheet(imported: Path) -> None:
    sheet = contact_sheet(RealFrames.open([imported], Split.TEST))
    assert sheet.shape == (SIZE + 22, 6 * SIZE, 3)
    coloured = np.ptp(sheet.astype(int), axis=2) > 60
    assert coloured.any()


def test_a_perfect_and_a_blind_model(imported: Path, tmp_path: Path) -> None:
    a4c = write_classifier(tmp_path / "a4c", classifier(offsets=np.eye(4)[0] * 9, quality=1), quality=True)
    with Model.load(a4c, runtime="cpu") as model:
        got = measure_import(model, imported)
    assert (got["frames"], got["patients"], got["kind"], got["split"]) == (4, 1, "camus", "test")
    assert got["unknown_to_the_model"] == {"A2C": 2}  # the classifier has no such class
    assert got["labelled_frames"] == 2
    assert got["view_accuracy"] == 1.0
    assert got["confusion"] == {"A4C": {"A4C": 2}}
    assert got["graded_frames"] == 2
    assert got["dice"] == {}
    plax = write_classifier(tmp_path / "plax", classifier(offsets=np.eye(4)[2] * 9))
    with Model.load(plax, runtime="cpu") as model:
        got = measure_import(model, imported, Split.TRAIN)
    assert (got["view_accuracy"], got["window_accuracy"], got["quality_auc"]) == (0.0, 0.0, None)


def test_a_model_with_outlines(imported: Path, tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path, views=("A4C", "A2C", "PLAX"))
    with Model.load(folder, runtime="cpu") as model:
        got = measure_import(model, imported)
    assert got["labelled_frames"] == 4
    assert set(got["dice"]) == {"LV", "LA"}  # the tiny model outlines no wall
    assert 0.0 <= got["dice"]["LV"] <= 1.0
    json.dumps(got, allow_nan=False)


def test_a_coarse_label_is_right_for_each_of_its_views(tmp_path: Path) -> None:
    clips = [
        c
        for c in read_clips(Kind.TMED2, real_data.write_tmed2(tmp_path / "t", patients=3))
        if len(c.views) != 1
    ]
    import_clips("tmed2", clips, tmp_path / "out")
    psax = [{"name": str(n), "view": v} for n, v in enumerate(("PSAX_AV", "PSAX_MV", "A4C", "OTHER"))]
    for first, psax_right, rest_right in ((0, 1.0, 0.0), (3, 0.0, 1.0)):
        network = classifier(offsets=np.eye(4)[first] * 9)
        folder = write_classifier(tmp_path / str(first), network, adapter={"classes": psax})
        with Model.load(folder, runtime="cpu") as model:
            got = measure_import(model, tmp_path / "out", Split.TRAIN)
        assert got["view_accuracy_by_label"] == {"PSAX": psax_right, "not PLAX, PSAX": rest_right}
    assert View.OTHER in ALL_VIEWS
