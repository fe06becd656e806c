"""What is kept of practice, and the learning curve.

Promises:
- attempts outlast the program, in order; two programs at once lose none;
- a file that is damaged or newer is one clear line and stays as it is, byte for byte; nothing is half written;
- what could not be written waits, and is written with the next;
- the curve counts by session and view, medians over what was reached; text and JSON say the same.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from practice_parts import attempt

from guidance.errors import InputError, RuntimeFailure
from guidance.views import View
from ui.practice.attempt import Aid, Ending
from ui.practice.curve import curve_json, curve_lines, fade_of, learning_curve, spark
from ui.practice.fading import Fade
from ui.practice.history import SCHEMA_VERSION, History

LATER = "2026-11-27T09:00:00+01:00"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "practice.json"


def test_attempts_are_kept_in_order(file: Path) -> None:
    history = History(file)
    assert history.attempts == ()
    assert not file.exists()
    for seed in (3, 1, 2):
        history.add(attempt(seed=seed))
    assert [a.seed for a in History(file).attempts] == [3, 1, 2]
    assert History(file).attempts == history.attempts
    assert json.loads(file.read_text())["schema_version"] == SCHEMA_VERSION
    assert [path.name for path in file.parent.iterdir()] == ["practice.json"]


def test_two_programs_lose_nothing(file: Path) -> None:
    one, other = History(file), History(file)
    one.add(attempt(seed=1))
    other.add(attempt(seed=2))
    one.add(attempt(seed=3))
    assert [a.seed for a in History(file).attempts] == [1, 2, 3]


def whole() -> dict[str, object]:
    return {"schema_version": SCHEMA_VERSION, "attempts": [attempt().model_dump(mode="json")]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[1]", "damaged"),
        ("[" * 100_000, "damaged"),
        (json.dumps({"attempts": []}), "damaged"),
        (json.dumps(whole() | {"schema_version": True}), "damaged"),
        (json.dumps(whole() | {"attempts": [{"view": "A4C"}]}), "attempts.0"),
        (
            json.dumps(whole() | {"attempts": [attempt().model_dump(mode="json") | {"seconds": -1}]}),
            "seconds",
        ),
        (json.dumps(whole() | {"schema_version": SCHEMA_VERSION + 1}), "newer sonoguide"),
    ],
)
def test_what_cannot_be_read_is_said_and_left_alone(file: Path, content: str, says: str) -> None:
    file.parent.mkdir()
    opened = History(file)
    file.write_text(content)
    with pytest.raises(InputError, match=says) as refused:
        History(file)
    assert "\n" not in str(refused.value)
    assert str(file) in str(refused.value)
    with pytest.raises(RuntimeFailure, match="1 attempt is not kept"):
        opened.add(attempt())  # it went bad while practising
    assert file.read_text() == content
    assert [path.name for path in file.parent.iterdir()] == ["practice.json"]


def test_fields_of_a_later_version_of_the_same_schema_are_ignored(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(json.dumps(whole() | {"mood": "good"}))
    assert History(file).attempts == (attempt(),)


def test_what_could_not_be_written_waits(file: Path) -> None:
    history = History(file)
    file.parent.write_text("a file where the folder should be")
    with pytest.raises(RuntimeFailure, match="1 attempt is not kept"):
        history.add(attempt(seed=1))
    with pytest.raises(RuntimeFailure, match="2 attempts are not kept"):
        history.add(attempt(seed=2))
    assert len(history.attempts) == 2
    file.parent.unlink()
    history.finish()
    assert [a.seed for a in History(file).attempts] == [1, 2]
    history.finish()
    assert len(History(file).attempts) == 2


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        History(tmp_path)


# The curve

RECORD = (
    attempt(seconds=40.0, ending=Ending.GIVEN_UP, hints=9),
    attempt(seconds=30.0),
    attempt(seconds=50.0, right=False),
    attempt(view=View.PLAX, seconds=15.0),
    attempt(session=LATER, seconds=10.0, path_mm=30.0, path_deg=30.0, quality=None),
    attempt(session=LATER, seconds=20.0, aid=Aid.NOTHING, retest=True, hints=0),
    attempt(session=LATER, seconds=5.0, aid=Aid.NOTHING, retest=True, right=False, hints=0),
)


def test_the_curve_counts_by_session_and_view() -> None:
    first, plax, later = learning_curve(RECORD)
    assert (first.attempts, first.right, first.unaided, first.hints) == (3, 1, 0, 17)
    assert first.seconds == 30.0
    assert first.detour == pytest.approx(2.0)
    assert (plax.view, plax.right) == (View.PLAX, 1)
    assert (later.attempts, later.right, later.unaided, later.unaided_right) == (3, 2, 2, 1)
    assert later.seconds == 15.0
    assert later.detour == pytest.approx((1.2 + 2.0) / 2)
    assert later.quality == 0.7
    (nothing,) = learning_curve([attempt(right=False)])
    assert (nothing.seconds, nothing.detour, nothing.quality) == (None, None, None)


def test_who_gives_up_in_front_of_the_right_picture_has_not_reached_it() -> None:
    assert not RECORD[0].reached
    assert RECORD[0].right


def test_each_view_has_a_level_of_its_own() -> None:
    attempts = [attempt()] * 4 + [attempt(view=View.PLAX, right=False)] * 2
    assert fade_of(attempts, View.A4C) is Fade.RARE
    assert fade_of(attempts, View.PLAX) is Fade.AT_ONCE


def test_text_and_json_say_the_same() -> None:
    text, data = "\n".join(curve_lines(RECORD)), curve_json(RECORD)
    assert "A4C: 3 of 6 attempts ended with the right picture" in text
    assert "PLAX: 1 of 1" in text
    assert "Virtual patients" in text
    assert data["virtual_patients"] is True
    assert [p["right"] for p in data["sessions"]] == [1, 1, 2]
    assert len(data["attempts"]) == len(RECORD)
    assert data["attempts"][1]["detour"] == 2.0
    assert data["hint_level"] == {"A4C": 1, "PLAX": 0}  # two in a row were right
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_a_bar_for_each_attempt() -> None:
    assert spark([attempt(seconds=80.0), attempt(right=False), attempt(seconds=5.0)]) == "█·▁"
    assert spark([]) == ""
    assert spark([attempt(seconds=0.0)]) == "▁"
