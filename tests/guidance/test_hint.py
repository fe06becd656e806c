"""Promises of guidance.hint:

- the JSON line has every key of the contract, only plain types, and survives a round trip through ``json``;
- intervals are centre -+ half width, and null when either is missing; a hint is null when there is none;
- records are frozen; the fields that came later have defaults, so that older callers still work.
"""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from guidance.directions import PatientDirection
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, Hint, ReasonCode, State
from guidance.prediction import Facets
from guidance.probe import Adjustment, Manoeuvre
from guidance.views import View

KEYS = {
    "frame", "t_capture_s", "state", "target", "view", "view_probability", "quality", "facets", "novelty",
    "foreshortening", "hint", "adjustment", "interval90", "latency_ms", "dropped",
}  # fmt: skip
FRAME = Frame(np.zeros((4, 6), np.uint8), index=12, t_capture_ns=1, t_stream_s=0.4)
HINT = Hint(
    Manoeuvre.TILT,
    "towards the feet",
    "slightly",
    "Tilt tail slightly towards the feet",
    "because",
    ReasonCode.OFF_AXIS,
    axis="tilt",
    sign=1,
    place=PatientDirection.FEET,
)


def line(**advice: object) -> dict[str, object]:
    a = Advice(State.ADJUSTING, View.A4C, View.A4C, 0.93333, **advice)  # type: ignore[arg-type]
    made: dict[str, object] = json.loads(
        json.dumps(Guidance(FRAME, a, latency_ms={"infer": 1.23456}).to_json())
    )
    return made


def test_every_key_is_there_even_when_nothing_is_known() -> None:
    made = line()
    assert set(made) >= KEYS
    assert all(
        made[key] is None for key in ("hint", "adjustment", "interval90", "quality", "facets", "novelty")
    )
    assert (made["frame"], made["t_capture_s"], made["state"], made["dropped"]) == (12, 0.4, "ADJUSTING", 0)
    assert made["latency_ms"] == {"infer": 1.235}


def test_a_full_line() -> None:
    made = line(
        quality=0.61,
        facets=Facets(0.1, 0.2, 0.3, 0.4),
        novelty=0.1,
        hint=HINT,
        adjustment=Adjustment(1.0, 2.0, 3.0, -4.0, 5.0),
        half_width90=Adjustment(0.5, 1.0, 1.5, 2.0, 2.5),
    )
    assert made["facets"] == {"structures": 0.1, "on_axis": 0.2, "window": 0.3, "gain_depth": 0.4}
    hint = made["hint"]
    assert isinstance(hint, dict)
    assert (hint["move"], hint["direction"], hint["amount"]) == ("tilt", "towards the feet", "slightly")
    assert (hint["text"], hint["reason"], hint["reason_code"]) == (HINT.text, "because", "off_axis")
    assert made["adjustment"] == {
        "slide_x_mm": 1.0, "slide_y_mm": 2.0, "tilt_deg": 3.0, "rock_deg": -4.0, "rotate_deg": 5.0
    }  # fmt: skip
    assert made["interval90"] == {
        "slide_x_mm": [0.5, 1.5], "slide_y_mm": [1.0, 3.0], "tilt_deg": [1.5, 4.5], "rock_deg": [-6.0, -2.0],
        "rotate_deg": [2.5, 7.5],
    }  # fmt: skip


def test_an_interval_needs_centre_and_width() -> None:
    assert line(adjustment=Adjustment(1, 2, 3, 4, 5))["interval90"] is None


def test_records_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        HINT.text = "else"  # type: ignore[misc]


def test_later_fields_have_defaults() -> None:
    plain = Hint(Manoeuvre.PRESS, "", "", "Press more, add gel", "", ReasonCode.NO_CONTACT)
    assert (plain.axis, plain.sign, plain.place) == ("", 0, None)
    assert Advice(State.HOLD, View.A4C, View.A4C, 1.0).reason_code is None
