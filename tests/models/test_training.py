"""Promises of training and export (these need PyTorch):

- the network gives every output of the contract in its shape, within the budget of the design;
- the loss asks most for the way to the target that is nearly reached;
- a short training lowers the loss; a run that was interrupted goes on, and another network's run is refused;
- a frozen stem stays as it began while the rest learns, over an interruption, too;
- a blend has the mean of both students' weights and statistics of its own; both stay as they are; of a student with
  itself it is that student;
- the exported network answers as the student does, one frame or several, and passes the engine's own checks.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from guidance.errors import InputError  # noqa: E402
from guidance.model import Model  # noqa: E402
from guidance.views import STANDARD_VIEWS  # noqa: E402
from models.blend import blend  # noqa: E402
from models.dataset import RECORD, SHARD, record_frames  # noqa: E402
from models.export import export  # noqa: E402
from models.losses import FAR_SHARE, NEAR_MM, WEIGHTS, loss_terms, nearness, total_loss  # noqa: E402
from models.network import OUTPUTS, Student  # noqa: E402
from models.train import Progress, TrainSettings, load_student, to_input, train  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    few = record_frames(40, 64)
    np.save(folder / "shard_00000.npy", np.resize(few, SHARD))
    return folder


def test_the_network_keeps_to_contract_and_budget() -> None:
    student = Student().eval()
    heads = student(torch.zeros(2, 1, 192, 192))
    v = len(STANDARD_VIEWS)
    assert heads.view.shape == (2, v + 1)
    assert heads.quality.shape == (2, v)
    assert heads.facets.shape == (2, 4)
    assert heads.adjustment.shape == heads.adjustment_scale.shape == (2, v, 5)
    assert (heads.adjustment_scale > 0).all()
    assert heads.landmarks.shape == (2, 9, 3)
    assert heads.novelty.shape == (2,)
    assert 1.0e6 < sum(p.numel() for p in student.parameters()) < 3.0e6
    products = 0

    def count(module: torch.nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal products
        weight = module.weight
        products += output.numel() * weight[0].numel() if output.ndim == 4 else weight.numel()

    hooks = [
        m.register_forward_hook(count)
        for m in student.modules()
        if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)
    ]
    student(torch.zeros(1, 1, 192, 192))
    for hook in hooks:
        hook.remove()
    assert products < 181e6


def test_every_head_is_taught(data: Path) -> None:
    batch = np.load(data / "shard_00000.npy")[:16]
    student = Student()
    terms = loss_terms(student(to_input(batch["image"])), batch)
    assert set(terms) == set(WEIGHTS)
    total_loss(terms).backward()
    for name, parameter in student.named_parameters():
        if name.startswith("head_"):
            assert parameter.grad is not None, name
            assert float(parameter.grad.abs().sum()) > 0, name


def test_the_way_to_the_target_at_hand_counts_most() -> None:
    batch = np.zeros(3, dtype=RECORD)
    batch["adjustment"][1, :, 0] = NEAR_MM
    batch["adjustment"][2, :, 4] = 170.0
    counts = nearness(batch, torch.device("cpu"))
    assert torch.allclose(counts[0], torch.ones(len(STANDARD_VIEWS)))
    assert torch.allclose(counts[1], torch.full((len(STANDARD_VIEWS),), 0.5 + 0.5 * FAR_SHARE))
    assert ((counts[2] > FAR_SHARE) & (counts[2] < FAR_SHARE + 0.01)).all()


def test_a_short_training_learns_and_goes_on(data: Path, tmp_path: Path) -> None:
    heard: list[Progress] = []
    first = TrainSettings(steps=20, batch=8, warm_up=2, checkpoint_every=10)
    train(data, tmp_path / "run", first, heard.append)
    assert [p.step for p in heard] == [10, 20]
    assert heard[1].terms["quality"] < heard[0].terms["quality"]
    longer = TrainSettings(steps=30, batch=8, warm_up=2, checkpoint_every=10)
    train(data, tmp_path / "run", longer, heard.append)
    assert [p.step for p in heard] == [10, 20, 30]
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 3


def test_a_frozen_stem_stays_while_the_rest_learns(data: Path, tmp_path: Path) -> None:
    images = np.load(data / "shard_00000.npy")["image"][:64]
    settings = TrainSettings(steps=4, batch=4, warm_up=1, checkpoint_every=2, frozen_stem=True)
    train(data, tmp_path, settings, start=lambda: _stirred(0, images))
    train(data, tmp_path, replace(settings, steps=6))
    began, ended = _stirred(0, images).state_dict(), load_student(tmp_path).state_dict()
    same = {name for name, value in began.items() if torch.equal(value, ended[name])}
    stem = {name for name in began if name.startswith("stem.")}
    assert stem <= same
    assert "eighth.0.0.weight" not in same
    assert "head_view.weight" not in same


def test_what_is_exported_is_the_mean_of_the_later_checkpoints(data: Path, tmp_path: Path) -> None:
    latest: list[torch.Tensor] = []

    def keep(_: Progress) -> None:
        latest.append(load_student(tmp_path, latest=True).head_view.weight.detach().clone())

    def settings(steps: int) -> TrainSettings:
        return TrainSettings(steps=steps, batch=4, warm_up=1, checkpoint_every=2, mean_from=0.5)

    student = train(data, tmp_path, settings(8), keep)
    assert len(latest) == 4
    assert not torch.equal(latest[2], latest[3])
    torch.testing.assert_close(student.head_view.weight, sum(latest[1:4]) / 3)
    torch.testing.assert_close(load_student(tmp_path).head_view.weight, student.head_view.weight)
    student = train(data, tmp_path, settings(10), keep)
    torch.testing.assert_close(student.head_view.weight, sum(latest[1:5]) / 4)


def test_another_networks_run_is_refused(data: Path, tmp_path: Path) -> None:
    torch.save({"step": 3, "student": {}, "average": {}, "optimiser": {}}, tmp_path / "checkpoint.pt")
    with pytest.raises(InputError, match="another network"):
        train(data, tmp_path, TrainSettings(steps=4))
    with pytest.raises(InputError, match="another network"):
        load_student(tmp_path)
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="no CUDA"):
            train(data, tmp_path / "gpu", TrainSettings(steps=1, device="cuda"))
    with pytest.raises(InputError, match="train first"):
        load_student(tmp_path / "nothing")


def _stirred(seed: int, images: np.ndarray) -> Student:
    """A student of random weights whose normalisation has the statistics of ``images``."""
    torch.manual_seed(seed)
    student = Student()
    return blend(student, student, images)


def test_a_blend_is_the_mean_of_both(data: Path) -> None:
    images = np.load(data / "shard_00000.npy")["image"][:64]
    one, other = _stirred(0, images), _stirred(1, images)
    before = {name: value.clone() for name, value in one.state_dict().items()}
    mean = blend(one, other, images)
    for name, value in mean.named_parameters():
        torch.testing.assert_close(
            value, 0.5 * (one.get_parameter(name) + other.get_parameter(name)), msg=name
        )
    for name, value in one.state_dict().items():
        assert torch.equal(value, before[name])
    first = mean.stem[0]
    seen = first[0](to_input(images))
    torch.testing.assert_close(first[1].running_mean, seen.mean((0, 2, 3)), atol=1e-4, rtol=1e-3)
    assert not mean.training
    assert first[1].momentum == one.stem[0][1].momentum
    near = blend(one, other, images, share=0.0)
    with torch.no_grad():
        torch.testing.assert_close(
            near(to_input(images)).view, one(to_input(images)).view, atol=1e-3, rtol=1e-3
        )


def test_the_export_answers_as_the_student_does(data: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    student = Student()
    batch = np.load(data / "shard_00000.npy")[:8]
    student(to_input(batch["image"]))  # moves the normalisation statistics off their start
    student.eval()
    export(student, tmp_path / "model", name="t", version="0", training="none")
    x = to_input(batch["image"]).contiguous()
    with torch.no_grad(), Model.load(tmp_path / "model", runtime="cpu") as model:
        want = student(x)
        assert not student.training
        one = model.runtime.run(x[:1].numpy())
        for name in OUTPUTS:
            expected = getattr(want, name)[:1].numpy()
            np.testing.assert_allclose(
                one[name], expected, atol=2e-3 * max(1.0, float(np.abs(expected).max()))
            )
        assert model.predict(x[:1].numpy()).adjustment is not None
