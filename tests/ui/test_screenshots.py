"""The module that writes every state as a PNG.

Promises:
- one picture for each state, manoeuvre and size, named after them, plus the overlay alone, all different; and one
  sheet of them;
- bad arguments are a usage error.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import pytest

from guidance.hint import State
from guidance.probe import Manoeuvre
from ui import screenshots
from ui.contact_sheet import COLUMNS, WIDTH


def test_every_state_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["screenshots", str(tmp_path / "out")])
    screenshots.main()
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    for width, height in screenshots.SIZES:
        for state in State:
            assert any(
                n.startswith(state.value.lower()) and n.endswith(f"{width}x{height}") for n in names
            ), state
        for move in Manoeuvre:
            assert any(n.startswith(f"adjusting_{move.value}") for n in names)
        assert cv2.imread(str(tmp_path / "out" / f"hold_{width}x{height}.png")).shape == (height, width, 3)
    assert any(n.startswith("over_") for n in names)
    assert cv2.imread(str(tmp_path / "out" / "states.jpg")).shape[1] == COLUMNS * WIDTH
    assert len({path.read_bytes() for path in (tmp_path / "out").iterdir()}) == len(names)


def test_a_bad_picture_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_text("no picture")
    monkeypatch.setattr(sys, "argv", ["screenshots", str(tmp_path), "--picture", str(tmp_path / "a.png")])
    with pytest.raises(SystemExit) as ended:
        screenshots.main()
    assert ended.value.code == 2
