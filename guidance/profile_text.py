"""The text of a device profile, TOML that people edit: read whole, and what is wrong with it is one line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from guidance.errors import InputError

MAX_BYTES = 1 << 20
"""A profile is some hundred bytes; a wrong one of that name may be anything."""


def read_text(path: Path) -> str:
    """The text of the device profile at ``path``, its line ends as they are.

    Raises:
        InputError: it cannot be read, is far too large, or is not text.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{path} cannot be read ({reason}): make a profile with sonoguide calibrate sector"
        ) from error
    if len(raw) > MAX_BYTES:
        raise InputError(f"{path} is larger than 1 MB: this is no device profile")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no device profile: it is not text") from error


def parsed(text: str, path: Path) -> dict[str, Any]:
    """What ``text``, read from ``path``, says.

    Raises:
        InputError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = " ".join(str(error).split())
        raise InputError(f"{path} is no TOML file ({what}): correct that line, or calibrate anew") from error
