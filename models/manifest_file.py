"""Writes ``model.json``; reading it is the engine's business. Needs no torch."""

from __future__ import annotations

import json
import os
from pathlib import Path

from guidance.manifest import Manifest


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write ``model.json`` in one step: a reader never sees half of it."""
    path = folder / "model.json"
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(manifest.model_dump(mode="json"), file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
