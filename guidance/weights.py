"""Weights: the ONNX files of a model folder, read once and held against their sha256 in ``model.json``."""

from __future__ import annotations

import hashlib
from pathlib import Path

from guidance.errors import InputError


def read_weights(folder: Path, file: str, sha256: str) -> bytes:
    """The bytes of ``file`` in ``folder``.

    Raises:
        InputError: it cannot be read, or has another ``sha256`` (lower-case hexadecimal).
    """
    path = folder / file
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{path}: weights cannot be read ({reason}): download or export the model again"
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise InputError(
            f"{folder}: sha256 of {file} differs from model.json: "
            "the file was altered or is damaged; download or export it again"
        )
    return data
