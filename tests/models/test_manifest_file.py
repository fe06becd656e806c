"""Writing ``model.json``.

Promises:
- what is written is read as it was, with a memory or without;
- a model without memory is written without a word of it, so that earlier versions read it too.
"""

from __future__ import annotations

import json
from pathlib import Path

from tiny_model import add_memory, write_tiny_model

from guidance.manifest import read_manifest
from models.manifest_file import write_manifest


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    for folder in (
        write_tiny_model(tmp_path / "without"),
        add_memory(write_tiny_model(tmp_path / "with", features=True)),
    ):
        manifest = read_manifest(folder)
        write_manifest(manifest, folder)
        assert read_manifest(folder) == manifest


def test_without_memory_no_word_of_it(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path)
    write_manifest(read_manifest(folder), folder)
    content = json.loads((folder / "model.json").read_text())
    assert "memory" not in content
    assert "features" not in content["outputs"]
