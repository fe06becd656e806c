"""What tests of the interface share: Qt offscreen, hand-made guidance, a small stream, and a watch over threads."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from media import write_images
from numpy.typing import NDArray

from guidance.frame import Frame
from guidance.hint import Advice, Guidance, State
from guidance.views import View

Pixels = NDArray[np.uint8]


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    """Every thread that a test starts ends with it."""
    yield
    deadline = time.monotonic() + 2.0
    while left := [t.name for t in threading.enumerate() if t.name.startswith("sonoguide")]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _qt(qapp: object) -> None:
    """One Qt application for all, with widgets: whoever paints finds it."""


@pytest.fixture
def picture() -> Pixels:
    """(480, 640) uint8: a gradient, so that every place differs."""
    y, x = np.mgrid[0:480, 0:640]
    return ((x * 0.2 + y * 0.2) % 256).astype(np.uint8)


@pytest.fixture
def make(picture: Pixels) -> Callable[..., Guidance]:
    """Guidance of ``state`` ready at ``ready_ns``; other keywords go to Advice."""

    def made(state: State = State.ADJUSTING, *, ready_ns: int = 1, t_s: float = 0.0, source: str = "clip.mp4",
             index: int = 0, view: View = View.A4C, target: View = View.A4C, **advice: object) -> Guidance:  # fmt: skip
        frame = Frame(picture, index, ready_ns, t_s, source)
        return Guidance(frame, Advice(state, target, view, 0.9, **advice), t_ready_ns=ready_ns)

    return made


@pytest.fixture(scope="session")
def bright_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 12 bright noisy pictures: a good A4C to the tiny model."""
    rng = np.random.default_rng(3)
    frames = [rng.integers(225, 255, (96, 128, 3), dtype=np.uint8) for _ in range(12)]
    return write_images(
        tmp_path_factory.mktemp("stream") / "bright", frames, [f"{i:02}.png" for i in range(12)]
    )


@pytest.fixture
def with_tiny_model(tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny model is the default one."""
    monkeypatch.setenv("SONOGUIDE_MODEL", str(tiny_model_folder))
    return tiny_model_folder


@pytest.fixture
def short_latency_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long beginning and end: for tests that ask whether, not how late."""
    for name in ("WARM_UP_S", "TAIL_S"):
        monkeypatch.setattr(f"ui.latency_run.{name}", 0.2)
    monkeypatch.setattr("ui.latency_run.FEWEST", 1)  # a busy machine shows few codes in a second
