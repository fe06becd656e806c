"""What one frame costs, stage by stage, back to back on this machine: ``make bench``.

The network is the one that comes along (or ``SONOGUIDE_MODEL``); the picture is the virtual patient's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from guidance.coach import Coach
from guidance.engine import Engine
from guidance.frame import Frame
from guidance.model import Model, default_model_folder
from guidance.preprocess import Preprocessor
from guidance.views import View
from models.phantom import Patient, VirtualScanner
from ui.qt import painting_application
from ui.still import render_still


@pytest.fixture(scope="module")
def scanner() -> VirtualScanner:
    return VirtualScanner(Patient.mean())


@pytest.fixture(scope="module")
def frame(scanner: VirtualScanner) -> Frame:
    return Frame(scanner.render(scanner.targets[View.A4C].pose, 0.0), 0, 0, 0.0, "phantom:bench")


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model.load(default_model_folder()) as loaded:
        yield loaded


def test_render_the_virtual_patient(benchmark: BenchmarkFixture, scanner: VirtualScanner) -> None:
    assert benchmark(scanner.render, scanner.targets[View.A4C].pose, 0.0).dtype == np.uint8


def test_preprocess(benchmark: BenchmarkFixture, scanner: VirtualScanner, frame: Frame, model: Model) -> None:
    size = model.manifest.input.size
    assert benchmark(Preprocessor(scanner.profile, model.manifest.input), frame.pixels).shape == (
        1,
        1,
        size,
        size,
    )


def test_predict(benchmark: BenchmarkFixture, scanner: VirtualScanner, frame: Frame, model: Model) -> None:
    tensor = Preprocessor(scanner.profile, model.manifest.input)(frame.pixels)
    prediction = benchmark(model.predict, tensor, model.new_memory())
    assert prediction.view_probabilities.size == len(model.manifest.views) + 1


def test_frame_to_guidance(
    benchmark: BenchmarkFixture, scanner: VirtualScanner, frame: Frame, model: Model
) -> None:
    engine = Engine(model, Coach(View.A4C), profile=scanner.profile)
    assert benchmark(engine.process, frame).frame is frame


def test_paint(benchmark: BenchmarkFixture, scanner: VirtualScanner, frame: Frame, model: Model) -> None:
    application = painting_application()
    guidance = Engine(model, Coach(View.A4C), profile=scanner.profile).process(frame)
    image = benchmark(render_still, guidance, (1280, 720), now_ns=guidance.t_ready_ns)
    assert application is not None
    assert image.shape == (720, 1280, 3)
