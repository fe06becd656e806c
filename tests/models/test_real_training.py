"""Promises of training on real pictures (these need PyTorch):

- what a label does not say costs nothing and moves nothing: no gradient reaches a head from it;
- a coarse label is content with any of its views; quality counts for the labelled view alone; outlines count for the
  outlined structures alone; a view of a heart is nothing novel;
- real pictures are a share of each batch, and no label crowds out the others;
- a short training on both lowers the loss on real pictures and still teaches every head; what was used is noted in the
  run, told in the exported model, and cannot be exchanged half way;
- the whole way by commands: import, train from the model that comes along, export, measure on the part kept for tests.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import real_data

torch = pytest.importorskip("torch")

from commands import one_line, sonoguide  # noqa: E402

from guidance.manifest import read_manifest  # noqa: E402
from guidance.views import View  # noqa: E402
from models.dataset import SHARD, record_frames  # noqa: E402
from models.frames import MASK_SIZE  # noqa: E402
from models.network import Student  # noqa: E402
from models.phantom.tissue import STRUCTURES  # noqa: E402
from models.real.clip import PSAX  # noqa: E402
from models.real.importing import import_clips  # noqa: E402
from models.real.losses import quality_loss, real_terms, structure_loss, view_loss  # noqa: E402
from models.real.mixing import RealMix  # noqa: E402
from models.real.parts import Split  # noqa: E402
from models.real.provenance import real_mix, real_used, training_statement  # noqa: E402
from models.real.readers import Kind, read_clips  # noqa: E402
from models.real.shards import ALL_VIEWS, REAL_RECORD, RealFrames  # noqa: E402
from models.train import Progress, TrainSettings, to_input, train  # noqa: E402

pytestmark = pytest.mark.train
LV = STRUCTURES.index("LV")


def rows_of(*views: tuple[View, ...]) -> Any:
    rows = np.zeros(len(views), REAL_RECORD)
    rows["quality"] = np.nan
    for row, allowed in zip(rows, views, strict=True):
        row["views"] = [v in allowed for v in ALL_VIEWS]
    return rows


def test_what_is_not_known_moves_nothing() -> None:
    rows = rows_of((), ())
    rows["structures"] = 3
    student = Student()
    terms = real_terms(student(to_input(rows["image"])).float(), rows)
    assert {name: float(value.detach()) for name, value in terms.items()} == dict.fromkeys(terms, 0.0)
    torch.stack(list(terms.values())).sum().backward()
    for name, parameter in student.named_parameters():
        assert parameter.grad is None or not parameter.grad.abs().any(), name


def test_a_coarse_label_is_content_with_any_of_its_views() -> None:
    rows = rows_of(PSAX, (View.A4C,), ())
    logits = torch.zeros(3, len(ALL_VIEWS), requires_grad=True)
    p = 1.0 / len(ALL_VIEWS)
    assert float(view_loss(logits, rows).detach()) == pytest.approx(
        -(np.log(4 * p) + np.log(p)) / 2, rel=1e-5
    )
    view_loss(logits, rows).backward()
    gradient = logits.grad.numpy()
    inside = rows["views"][0]
    assert (gradient[0][inside] < 0).all()
    assert (gradient[0][~inside] > 0).all()
    assert not gradient[2].any()
    assert np.isfinite(gradient).all()
    sure = torch.full((1, len(ALL_VIEWS)), -20.0)
    sure[0, ALL_VIEWS.index(View.PSAX_MV)] = 20.0
    assert float(view_loss(sure, rows[:1])) == pytest.approx(0.0, abs=1e-4)


def test_quality_counts_for_the_labelled_view() -> None:
    rows = rows_of((View.A4C,), (View.A2C,), PSAX, (View.OTHER,), (View.PLAX,))
    rows["quality"] = [1.0, np.nan, 1.0, 1.0, 0.0]
    logits = torch.zeros(5, len(ALL_VIEWS) - 1, requires_grad=True)
    loss = quality_loss(logits, rows)
    assert float(loss.detach()) == pytest.approx(np.log(2), rel=1e-5)
    loss.backward()
    touched = np.argwhere(logits.grad.numpy()).tolist()
    assert touched == [[0, ALL_VIEWS.index(View.A4C)], [4, ALL_VIEWS.index(View.PLAX)]]


def test_outlines_count_for_what_is_outlined() -> None:
    rows = rows_of((View.A4C,), (View.A4C,))
    rows["known"][0, LV] = True
    rows["structures"][0, 10:20, 10:20] = LV + 1
    logits = torch.zeros(2, len(STRUCTURES), MASK_SIZE, MASK_SIZE, requires_grad=True)
    structure_loss(logits, rows).backward()
    gradient = np.abs(logits.grad.numpy()).sum((2, 3))
    assert np.argwhere(gradient).tolist() == [[0, LV]]
    right = torch.full((2, len(STRUCTURES), MASK_SIZE, MASK_SIZE), 20.0)
    right[0, LV] = -20.0
    right[0, LV, 10:20, 10:20] = 20.0
    assert float(structure_loss(right, rows)) == pytest.approx(0.0, abs=1e-3)


@pytest.fixture(scope="module")
def virtual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("virtual")
    np.save(folder / "shard_00000.npy", np.resize(record_frames(40, 48), SHARD))
    return folder


@pytest.fixture(scope="module")
def camus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("real")
    source = real_data.write_camus(place / "camus", patients=5)
    import_clips("camus", read_clips(Kind.CAMUS, source), place / "imported")
    return place / "imported"


def test_no_label_crowds_out_the_others(camus: Path, tmp_path: Path) -> None:
    clips = read_clips(Kind.CAMUS, real_data.write_camus(tmp_path / "c", patients=4))
    few = [c for c in clips if c.views == (View.A4C,) or c.patient == "patient0001"]
    import_clips("camus", few, tmp_path / "out")
    frames = RealFrames.open([tmp_path / "out", camus], Split.TRAIN)
    a2c = frames.field("views")[:, ALL_VIEWS.index(View.A2C)]
    share = a2c.mean()
    drawn = RealMix.of(frames).draw(400, np.random.default_rng(0))
    got = drawn["views"][:, ALL_VIEWS.index(View.A2C)].mean()
    wanted = np.sqrt(share) / (np.sqrt(share) + np.sqrt(1 - share))
    assert share < 0.5
    assert got == pytest.approx(wanted, abs=0.08)
    assert len(np.unique(drawn["image"].reshape(400, -1), axis=0)) > 200  # varied, as virtual frames are


def test_a_short_training_on_both(virtual: Path, camus: Path, tmp_path: Path) -> None:
    heard: list[Progress] = []
    mix = real_mix([camus], 0.5, tmp_path)
    settings = TrainSettings(steps=16, batch=8, warm_up=2, checkpoint_every=8, real_share=0.5, threads=1)
    assert settings.real_count() == 4
    torch.manual_seed(0)
    start = Student()
    before = {k: v.clone() for k, v in start.state_dict().items()}
    train(virtual, tmp_path, settings, heard.append, start=lambda: start, real=mix)
    first, last = heard[0].terms, heard[-1].terms
    assert {"real_view", "real_quality", "real_structures", "real_novelty", "adjustment"} < set(first)
    assert last["real_view"] < first["real_view"]
    assert last["real_structures"] < first["real_structures"]
    moved = [
        k for k, v in start.state_dict().items() if k.startswith("head_") and not torch.equal(v, before[k])
    ]
    assert {"head_adjustment.weight", "head_landmarks.weight", "head_foreshortening.weight"} <= set(moved)
    used = real_used(tmp_path)
    assert used is not None
    assert [s["kind"] for s in used["sets"]] == ["camus"]
    statement = training_statement(1024, 16, used)
    assert "50% of each of 16 steps: CAMUS (" in statement
    assert "no patient data" in training_statement(1024, 16, None)
    with pytest.raises(Exception, match="begun with other real pictures"):
        real_mix([], 0.5, tmp_path)
    real_mix([camus], 0.5, tmp_path)


def test_the_whole_way_by_commands(
    virtual: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clips = real_data.write_clips(tmp_path / "clips", patients=4)
    args = (
        "data",
        "import",
        "folder",
        clips,
        "data/clips",
        "--labels",
        clips / "VIEWS.csv",
        "--per-clip",
        "3",
    )
    assert sonoguide(*args, "--workers", "1") == 0
    echo = Path(__file__).resolve().parents[2] / "models" / "weights" / "echo"
    (virtual / "dataset.json").unlink(missing_ok=True)
    common = ("--data", "frames", "--frames", "1024", "--steps", "1", "--workers", "1", "--device", "cpu")
    (tmp_path / "frames").mkdir()
    np.save(tmp_path / "frames" / "shard_00000.npy", np.load(virtual / "shard_00000.npy"))
    note_of_frames(tmp_path / "frames")
    first = ("--from", echo, "--real", "data/clips", "--learning-rate", "5e-4", "--frozen-stem")
    assert sonoguide("train", "runs/ours", *first, *common) == 0
    assert sonoguide("export", "runs/ours", "my_model", "--name", "ours") == 0
    assert sonoguide("export", "runs/ours", "between", "--blend", echo, "--data", "frames") == 0
    version = read_manifest(echo).version
    assert f"weights of echo {version} (50 %): " in read_manifest(tmp_path / "between").training
    third = ("export", "runs/ours", "third", "--blend", echo, "--data", "frames", "--blend-share", "0.33")
    assert sonoguide(*third) == 0
    assert f"weights of echo {version} (67 %): " in read_manifest(tmp_path / "third").training
    digests = {read_manifest(tmp_path / name).sha256 for name in ("between", "third", "my_model")}
    assert len(digests) == 3
    capsys.readouterr()
    assert sonoguide("export", "runs/ours", "none", "--blend", echo, "--data", "nothing") == 2
    assert "nothing" in one_line(capsys)
    manifest = read_manifest(tmp_path / "my_model")
    assert "clips of the user's own" in manifest.training
    assert "clips of the user's own" in (tmp_path / "my_model" / "CARD.md").read_text()
    capsys.readouterr()
    assert sonoguide("evaluate", "data/clips", "--model", "my_model", "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["on"], found["split"], found["kind"]) == ("imported real pictures", "test", "folder")
    assert found["labelled_frames"] > 0
    assert sonoguide("train", "runs/ours", *common) == 2
    assert "other real pictures" in one_line(capsys)
    assert sonoguide("train", "runs/random", "--frozen-stem", *common) == 2
    assert "--from" in one_line(capsys)
    led = ("train", "runs/led", "--from", echo, "--guided-by", echo, *common)
    assert sonoguide(*led) == 2
    assert "frames holds other frames" in one_line(capsys)
    note_of_frames(tmp_path / "frames", guide=read_manifest(echo).sha256)
    assert sonoguide(*led) == 0


def note_of_frames(folder: Path, **more: str) -> None:
    """Say that ``folder`` holds what the command would draw, so that it need not."""
    from dataclasses import asdict

    from models.frames import SIZE
    from models.scenes import TRAINING

    content = {"seed": 0, "shard": SHARD, "size": SIZE, **asdict(TRAINING), **more}
    (folder / "dataset.json").write_text(json.dumps(content) + "\n")
