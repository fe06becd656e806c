"""Writes ``model.json``; reading it is the engine's business. Needs no torch."""

from __future__ import annotations

import json
import os
from pathlib import Path

from guidance.manifest import Manifest


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write ``model.json`` in one step: a reader never sees half of it.

    What a model does not have is written without the fields for it, so that earlier versions read it too.
    """
    content = manifest.model_dump(mode="json")
    if manifest.memory is None:
        del content["memory"]
    if manifest.adapter is None:
        del content["adapter"]
    if manifest.outputs.features is None:
        del content["outputs"]["features"]
    if manifest.hints.sign_confidence is None:
        del content["hints"]["sign_confidence"]
    path = folder / "model.json"
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
