"""JSON lines.

Promises:
- each frame is one valid line with the same keys in every state; nothing that JSON does not know (NaN);
- every line is on disk when the call returns;
- the same frame in the same state is not written twice, a new state of it is;
- a place that cannot be written is one clear line.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from guidance.errors import InputError
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, State
from guidance.jsonl import JsonLines
from guidance.views import View


def _guidance(index: int, state: State = State.ADJUSTING) -> Guidance:
    frame = Frame(np.zeros((4, 4), np.uint8), index, 0, index / 30)
    return Guidance(frame, Advice(state, View.A4C, View.A4C, 0.9), latency_ms={"total": 1.0})


def test_one_line_per_frame_and_state() -> None:
    stream = io.StringIO()
    lines = JsonLines(stream)
    for guidance in (
        _guidance(0),
        _guidance(1),
        _guidance(1, State.NO_SIGNAL),
        _guidance(1, State.NO_SIGNAL),
        _guidance(2),
    ):
        lines(guidance)
    lines.close()
    written = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(w["frame"], w["state"]) for w in written] == [
        (0, "ADJUSTING"),
        (1, "ADJUSTING"),
        (1, "NO_SIGNAL"),
        (2, "ADJUSTING"),
    ]
    assert len({tuple(w) for w in written}) == 1
    assert not stream.closed


def test_each_line_is_on_disk_at_once(tmp_path: Path) -> None:
    path = tmp_path / "guidance.jsonl"
    with JsonLines.to_file(path) as lines:
        for index in range(3):
            lines(_guidance(index))
            assert len(path.read_text().splitlines()) == index + 1


def test_no_line_holds_nan() -> None:
    frame = Frame(np.zeros((4, 4), np.uint8), 0, 0, 0.0)
    broken = Guidance(frame, Advice(State.ADJUSTING, View.A4C, View.A4C, 0.9), latency_ms={"x": float("nan")})
    stream = io.StringIO()
    with pytest.raises(ValueError, match="JSON"):
        JsonLines(stream)(broken)
    assert stream.getvalue() == ""


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        JsonLines.to_file(tmp_path / "missing" / "guidance.jsonl")
