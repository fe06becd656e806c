"""Fixtures that more than one package's tests need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small, real model folder, read only; to alter one, make your own with ``write_tiny_model``."""
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def clips() -> Path:
    """Folder of real clips: ``SONOGUIDE_CLIPS``, else ``../shared/clips`` beside the repository. Skips without it."""
    folder = Path(os.environ.get("SONOGUIDE_CLIPS") or Path(__file__).parents[2] / "shared" / "clips")
    if not folder.is_dir():
        pytest.skip("no real clips here: set SONOGUIDE_CLIPS to their folder")
    return folder
