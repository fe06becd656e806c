"""What the benchmarks share: a stream of 1280 x 720 pictures of the virtual patient, the network, and a Qt application.

The network is the one that comes along (or the one that ``SONOGUIDE_MODEL`` names). Garbage collection is what
``sonoguide run`` makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.stream import Stream, make_stream
from guidance.errors import RuntimeFailure
from guidance.model import Model, default_model_folder
from guidance.pauses import real_time
from models.phantom import Patient, VirtualScanner
from ui.qt import has_display, offscreen_application, window_application


@pytest.fixture(scope="session")
def scanner() -> VirtualScanner:
    return VirtualScanner(Patient.mean())


@pytest.fixture(scope="session")
def stream(scanner: VirtualScanner) -> Stream:
    return make_stream(scanner)


@pytest.fixture(scope="session")
def model() -> Iterator[Model]:
    with Model.load(default_model_folder()) as loaded, real_time():
        yield loaded


@pytest.fixture(scope="session")
def qt() -> object:
    """A Qt application that shows windows where there is a display (Xvfb, say), else draws offscreen."""
    try:
        return window_application() if has_display() else offscreen_application()
    except RuntimeFailure as error:
        pytest.skip(str(error))
