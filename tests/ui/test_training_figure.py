"""Curves of a training: read from the log, drawn as a picture; half a line is no harm."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from guidance.errors import InputError
from ui.training_figure import draw_curves, read_curves


def test_curves_of_a_log_are_read_and_drawn(tmp_path: Path, qapp: object) -> None:
    log = tmp_path / "log.jsonl"
    lines = [json.dumps({"step": s, "terms": {"view": 1.0 / s, "adjustment": -0.1 * s}}) for s in (1, 2, 4)]
    log.write_text("\n".join([*lines, '{"step": 8, "ter']))
    curves = read_curves(log)
    assert curves == {"view": ([1, 2, 4], [1.0, 0.5, 0.25]), "adjustment": ([1, 2, 4], [-0.1, -0.2, -0.4])}
    draw_curves(curves, tmp_path / "curves.png")
    picture = cv2.imread(str(tmp_path / "curves.png"))
    assert picture is not None
    blue = (picture[..., 0] > 150) & (picture[..., 2] < 90)
    assert blue.sum() > 100


def test_no_log_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="train first"):
        read_curves(tmp_path / "log.jsonl")
