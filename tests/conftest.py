"""Fixtures that more than one package's tests need."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small, real model folder, read only; to alter one, make your own with ``write_tiny_model``."""
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))
