"""Promises of the batched renderer (these need PyTorch):

- with the same noise it gives the numpy renderer's labels, transmission, contact and grey, for any patient, pose and
  machine, lost contact and gas included; with noise of its own, a picture of the same statistics;
- the crop and its labels are the numpy scan converter's, whatever the crop's error;
- a frame does not depend on the batch that it is drawn in; the same generator gives the same pictures;
- training frames keep patients, scenes and labels, are reproducible, and come whatever the batch; records may be
  drawn by either renderer, in worker processes too;
- its filters are OpenCV's; a GPU draws what the CPU does; whoever does not ask for it needs no torch.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from guidance.errors import InputError  # noqa: E402
from guidance.views import STANDARD_VIEWS, View  # noqa: E402
from models import dataset  # noqa: E402
from models.batch_frames import batch_frames  # noqa: E402
from models.dataset import record_frames  # noqa: E402
from models.frames import frames  # noqa: E402
from models.phantom.anatomy import Body  # noqa: E402
from models.phantom.batch_beamform import BatchBeamformer, BatchPolar, Shot  # noqa: E402
from models.phantom.batch_filters import (  # noqa: E402
    filter_matrix,
    gaussian_kernel,
    gaussian_matrices,
    upsampling_matrix,
)
from models.phantom.batch_scan import BatchScanConverter  # noqa: E402
from models.phantom.beamform import Beamformer, PolarImage  # noqa: E402
from models.phantom.patient import sample_patient  # noqa: E402
from models.phantom.scan_convert import ScanConverter  # noqa: E402
from models.phantom.style import sample_style  # noqa: E402
from models.phantom.targets import view_targets  # noqa: E402
from models.phantom.tissue import GASSY  # noqa: E402
from models.scenes import random_pose  # noqa: E402
from models.train import find_device  # noqa: E402

pytestmark = pytest.mark.train

BEAMS, SAMPLES = 96, 256
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Case:
    shot: Shot
    noise_seed: int
    numpy: PolarImage


def case(seed: int, view: View, press: float, gel: float = 1.0, **of_style: float) -> Case:
    rng = np.random.default_rng(seed)
    patient = sample_patient(rng)
    style = replace(sample_style(rng), **of_style)  # type: ignore[arg-type]
    pose = random_pose(patient, view_targets(patient, 1.5)[view].pose, rng)
    body = Body.at(patient, float(rng.random()), 1.5)
    noise_seed = 1000 + seed
    image = Beamformer(style, BEAMS, SAMPLES).draw(
        body, pose, np.random.default_rng(noise_seed), press=press, gel=gel
    )
    return Case(Shot(body, pose, style, press, gel), noise_seed, image)


CASES = [
    case(1, View.A4C, 0.8),
    case(2, View.PLAX, 0.65, curve_mm=0.0),
    case(3, View.SC_IVC, 0.9),
    case(4, View.SSN, 0.3),  # hardly touches the skin
    case(5, View.A2C, 0.7, gel=0.3),
]
SHOTS = [c.shot for c in CASES]


def white(cases: list[Case]) -> Any:
    """The numpy path's own standard normal noise."""
    shape = (2, BEAMS, SAMPLES)
    return torch.from_numpy(
        np.stack(
            [np.random.default_rng(c.noise_seed).standard_normal(shape, dtype=np.float32) for c in cases]
        )
    )


@pytest.fixture(scope="module")
def former() -> BatchBeamformer:
    torch.set_num_threads(1)
    return BatchBeamformer(BEAMS, SAMPLES)


@pytest.fixture(scope="module")
def drawn(former: BatchBeamformer) -> BatchPolar:
    return former.draw(SHOTS, white(CASES))


def agree(got: PolarImage, want: PolarImage) -> None:
    """Equal up to float error, which may move a border by a sample here and there."""
    assert (got.label == want.label).mean() > 0.999
    off = np.abs(got.transmission - want.transmission)
    assert (off < 0.01).mean() > 0.999
    np.testing.assert_allclose(got.contact, want.contact, atol=1e-6)
    difference = np.abs(got.grey.astype(int) - want.grey)
    assert (difference <= 1).mean() > 0.995
    assert difference.mean() < 0.05


def smooth(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 3.0), np.float32)


def test_the_cases_hold_what_is_hard() -> None:
    assert any(GASSY[c.numpy.label].any() for c in CASES)
    assert any(c.numpy.contact.mean() < 0.5 for c in CASES)
    assert any(c.numpy.contact.mean() > 0.95 for c in CASES)
    assert len({c.shot.style for c in CASES}) == len(CASES)
    assert {c.shot.style.curve_mm > 0 for c in CASES} == {True, False}


@pytest.mark.parametrize("k", range(len(CASES)))
def test_with_the_same_noise_it_is_the_same_picture(drawn: BatchPolar, k: int) -> None:
    agree(drawn.images()[k], CASES[k].numpy)


@pytest.mark.parametrize("k", range(len(CASES)))
def test_with_other_noise_it_is_alike(former: BatchBeamformer, k: int) -> None:
    got = former.draw([SHOTS[k]], torch.Generator().manual_seed(4)).images()[0].grey
    want = CASES[k].numpy.grey
    assert abs(got.mean() - want.mean()) < 1.0
    assert abs(got.std() - want.std()) < 1.0
    assert np.corrcoef(smooth(got).ravel(), smooth(want).ravel())[0, 1] > 0.95


def test_a_frame_does_not_depend_on_its_batch(former: BatchBeamformer, drawn: BatchPolar) -> None:
    alone = former.draw([SHOTS[2]], white([CASES[2]])).images()[0]
    agree(alone, drawn.images()[2])


def test_noise_comes_from_the_generator(former: BatchBeamformer) -> None:
    first, again, other = (
        former.draw(SHOTS[:1], torch.Generator().manual_seed(seed)).grey for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_crop_is_the_scan_converters(drawn: BatchPolar) -> None:
    rng = np.random.default_rng(0)
    scale = [float(s) for s in rng.uniform(0.9, 1.35, len(SHOTS))]
    shift = [(float(a), float(b)) for a, b in rng.normal(0, 0.03, (len(SHOTS), 2))]
    batch = BatchScanConverter(drawn.grids, 192, scale, shift, CPU)
    picture, label, coarse = (
        batch.picture(drawn.grey),
        batch.labels(drawn.label),
        batch.labels(drawn.label, 4),
    )
    for k, polar in enumerate(drawn.images()):
        one = ScanConverter.canonical(
            Beamformer(SHOTS[k].style, BEAMS, SAMPLES), 192, scale=scale[k], shift=shift[k]
        )
        assert (batch.inside[k].numpy() == one.inside).mean() > 0.999
        difference = np.abs(picture[k].numpy().astype(int) - one.picture(polar.grey))
        assert (difference <= 1).mean() > 0.999
        want = one.labels(polar.label)
        assert (label[k].numpy() == want).mean() > 0.999
        assert (coarse[k].numpy() == want[2::4, 2::4]).mean() > 0.998


def test_training_frames_keep_scenes_and_labels() -> None:
    """The first frame of a patient shows the numpy path's scene: only noise and what is drawn over it differ."""
    for seed in (5, 21):
        got, want = next(batch_frames(seed, 1, device="cpu")), next(frames(seed, 1))
        for name in ("view", "quality", "facets", "adjustment", "weight", "landmarks", "distance"):
            np.testing.assert_allclose(
                getattr(got.labels, name), getattr(want.labels, name), atol=0.02, err_msg=name
            )
        assert (got.structures == want.structures).mean() > 0.99
        assert np.corrcoef(smooth(got.image).ravel(), smooth(want.image).ravel())[0, 1] > 0.8


def test_training_frames_do_not_depend_on_the_batch() -> None:
    """Not even where a batch begins or ends within a patient; outliers stay in their places."""
    some = list(batch_frames(30, 22, per_patient=11, batch=4, device="cpu"))
    again = list(batch_frames(30, 22, per_patient=11, batch=9, device="cpu"))
    assert [f.patient for f in some] == [30] * 11 + [31] * 11
    assert 0 < sum(f.labels.novelty for f in some) < 10
    for a, b in zip(some, again, strict=True):
        np.testing.assert_allclose(a.labels.quality, b.labels.quality, atol=1e-3)
        np.testing.assert_array_equal(a.labels.adjustment, b.labels.adjustment)
        assert (a.structures == b.structures).mean() > 0.99
    same = list(batch_frames(30, 8, per_patient=11, batch=4, device="cpu"))
    for a, b in zip(some, same, strict=False):
        np.testing.assert_array_equal(a.image, b.image)


def test_records_of_the_torch_renderer() -> None:
    records = record_frames(9, 5, renderer="torch")
    assert records.dtype == dataset.RECORD
    assert (records["patient"] == 9).all()
    assert (records["image"].std((1, 2)) > 5).all()
    np.testing.assert_allclose(records["view"].astype(np.float32).sum(1), 1.0, atol=5e-3)


def test_a_device_that_is_not_there_is_said_so() -> None:
    assert find_device("cpu").type == "cpu"
    with pytest.raises(InputError, match="no such device"):
        find_device("abacus")


@pytest.mark.slow
def test_worker_processes_draw_with_torch(tmp_path: Path) -> None:
    (path,) = dataset.generate(tmp_path / "data", 1, seed=60, workers=1, renderer="torch")
    shards = dataset.Shards.open(tmp_path / "data")
    assert path.name == "shard_00000.npy"
    assert len(shards) == dataset.SHARD


@pytest.mark.parametrize("sigma", [0.35, 0.9, 2.7, 6.4])
def test_blurs_are_those_of_opencv(sigma: float) -> None:
    a = np.random.default_rng(0).normal(size=(64, 96)).astype(np.float32)
    x = torch.from_numpy(a)
    for replicate, border in ((True, cv2.BORDER_REPLICATE), (False, cv2.BORDER_DEFAULT)):
        want = cv2.GaussianBlur(a, (0, 0), sigmaX=sigma, sigmaY=1.1, borderType=border)
        along = gaussian_matrices([sigma, 4.0], 96, CPU, replicate=replicate)[0]
        across = gaussian_matrices([1.1], 64, CPU, replicate=replicate)[0]
        np.testing.assert_allclose((across @ x @ along.T).numpy(), want, atol=2e-6)
    fixed = filter_matrix(64, gaussian_kernel(1.1)) @ a @ filter_matrix(96, gaussian_kernel(sigma)).T
    np.testing.assert_allclose(fixed, want, atol=2e-6)


def test_a_blur_may_be_wider_than_the_picture() -> None:
    matrix = gaussian_matrices([9.0], 20, CPU, replicate=True)[0]
    np.testing.assert_allclose(matrix.sum(1).numpy(), 1.0, atol=1e-5)
    want = cv2.GaussianBlur(
        np.eye(20, dtype=np.float32), (1, 73), sigmaX=1, sigmaY=9, borderType=cv2.BORDER_REPLICATE
    )
    np.testing.assert_allclose(matrix.numpy(), want, atol=1e-5)


def test_edges_boxes_and_resizing_are_those_of_opencv() -> None:
    a = np.random.default_rng(1).normal(size=(64, 96)).astype(np.float32)
    edge = filter_matrix(64, [1.0, 2.0, 1.0]) @ a @ filter_matrix(96, [-1.0, 0.0, 1.0]).T
    np.testing.assert_allclose(edge, cv2.Sobel(a, cv2.CV_32F, 1, 0, ksize=3), atol=1e-5)
    box = filter_matrix(64, np.full(33, 1 / 33)) @ a @ filter_matrix(96, np.full(3, 1 / 3)).T
    np.testing.assert_allclose(box, cv2.blur(a, (3, 33)), atol=1e-5)
    np.testing.assert_allclose(
        upsampling_matrix(190, 64) @ a, cv2.resize(a, (96, 190), interpolation=cv2.INTER_LINEAR), atol=1e-5
    )


def test_torch_is_not_imported_unless_asked_for() -> None:
    code = "import sys, models.dataset, models.phantom, ui.training; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_draws_what_the_cpu_does(drawn: BatchPolar) -> None:
    gpu = BatchBeamformer(BEAMS, SAMPLES, "cuda")
    for got, want in zip(gpu.draw(SHOTS, white(CASES)).images(), drawn.images(), strict=True):
        agree(got, want)
    one = gpu.draw(SHOTS, torch.Generator("cuda").manual_seed(3))
    assert one.grey.is_cuda
    batch = BatchScanConverter(one.grids, 192, [1.0] * len(SHOTS), [(0.0, 0.0)] * len(SHOTS), gpu.device)
    assert batch.picture(one.grey).float().std() > 5
    assert len(STANDARD_VIEWS) + 1 == len(next(batch_frames(5, 1, device="cuda")).labels.view)
