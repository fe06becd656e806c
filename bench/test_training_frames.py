"""What eight training frames cost, drawn by numpy and by torch (with the train extra; on a GPU where there is one).

Polar pictures only, then whole frames with scenes, labels, marks and video chain: ``make bench ARGS='-k training'``.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from models.dataset import Renderer, record_frames
from models.frames import BEAMS, SAMPLES
from models.phantom.beamform import Beamformer
from models.phantom.patient import Patient, sample_patient
from models.scenes import Scan, Scene, draw_scene

COUNT = 8


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    cv2.setNumThreads(1)


@pytest.fixture(scope="module")
def scans() -> list[tuple[Scene, Scan]]:
    rng = np.random.default_rng(0)
    patient: Patient = sample_patient(rng)
    found: list[tuple[Scene, Scan]] = []
    while len(found) < COUNT:
        scene = draw_scene(patient, rng)
        if scene.scan is not None:
            found.append((scene, scene.scan))
    return found


def test_training_pictures_numpy(benchmark: BenchmarkFixture, scans: list[tuple[Scene, Scan]]) -> None:
    rng = np.random.default_rng(0)

    def draw() -> int:
        for scene, scan in scans:
            former = Beamformer(scene.style, BEAMS, SAMPLES)
            former.draw(scan.body(), scan.pose, rng, press=scan.press, gel=scan.gel)
        return len(scans)

    assert benchmark(draw) == COUNT


def test_training_pictures_torch(benchmark: BenchmarkFixture, scans: list[tuple[Scene, Scan]]) -> None:
    torch = pytest.importorskip("torch")
    from models.phantom.batch_beamform import BatchBeamformer, Shot

    torch.set_num_threads(1)
    former = BatchBeamformer(BEAMS, SAMPLES, "cuda" if torch.cuda.is_available() else "cpu")
    noise = torch.Generator(former.device).manual_seed(0)

    def draw() -> int:
        shots = [Shot(n.body(), n.pose, scene.style, n.press, n.gel) for scene, n in scans]
        return len(former.draw(shots, noise).grey.cpu())

    assert benchmark(draw) == COUNT


@pytest.mark.parametrize("renderer", ["numpy", "torch"])
def test_training_frames(benchmark: BenchmarkFixture, renderer: Renderer) -> None:
    if renderer == "torch":
        pytest.importorskip("torch").set_num_threads(1)
    assert len(benchmark(record_frames, 11, COUNT, 0.0, renderer)) == COUNT
