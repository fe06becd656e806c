"""What tests of the engine's package share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guidance.model import Model


@pytest.fixture(scope="module")
def model(tiny_model_folder: Path) -> Iterator[Model]:
    """The tiny model, on the processor."""
    with Model.load(tiny_model_folder, runtime="cpu") as loaded:
        yield loaded
