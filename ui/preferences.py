"""Preferences: what the window remembers from one run to the next. A file that cannot be read does no harm."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from ui.layout import TEXT_SCALES

_log = logging.getLogger(__name__)
_MAX_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the operator chose.

    Attributes:
        help_seen: the first help was shown.
        light: the light palette.
        text_scale: one of :data:`ui.layout.TEXT_SCALES`.
        voice: hints are spoken.
    """

    help_seen: bool = False
    light: bool = False
    text_scale: float = 1.0
    voice: bool = False


class PreferencesFile:
    """The preferences and where they are kept.

    Args:
        path: a JSON file; None: they last as long as this object.
    """

    def __init__(self, path: Path | None = None):
        self._path = path
        self.now = Preferences() if path is None else _read(path)

    @classmethod
    def of_user(cls) -> PreferencesFile:
        """Those of whoever runs the program."""
        return cls(user_config_path("sonoguide", appauthor=False) / "window.json")

    def change(self, **changes: Any) -> Preferences:
        """Change some, and keep them."""
        self.now = replace(self.now, **changes)
        if self._path is not None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                part = self._path.with_name(f".{self._path.name}.{os.getpid()}")
                part.write_text(json.dumps(asdict(self.now), indent=2) + "\n", encoding="utf-8")
                part.replace(self._path)
            except OSError as error:
                _log.info("preferences are not kept: %s", error)
        return self.now


def _read(path: Path) -> Preferences:
    """What is in ``path`` as far as it makes sense."""
    usual = Preferences()
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return usual
    if not isinstance(found, dict):
        return usual
    good = {
        name: found[name]
        for name, value in asdict(usual).items()
        if isinstance(found.get(name), bool if isinstance(value, bool) else (int, float))
    }
    if good.get("text_scale") not in TEXT_SCALES:
        good.pop("text_scale", None)
    return replace(usual, **good)
