"""Recordings.

Promises:
- a recording plays at the stream's rate, whatever the rate at which it was processed: gaps are filled, a stream that
  begins anew goes on;
- it shows picture, hint and quality, and never the pause of its own slow making;
- the file appears whole under its name when it is closed; an exception on the way leaves what was written playable;
- without a picture nothing is left behind; bad places are input errors;
- the last picture lies beside it as a PNG.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from guidance.errors import InputError
from guidance.hint import Guidance, State
from ui.recorder import LONGEST_GAP_S, Mp4File, Recorder, write_png
from ui.still import render_still

Make = Callable[..., Guidance]
SIZE = (640, 480)


def frames_of(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    found = []
    while (read := capture.read())[0]:
        found.append(read[1])
    capture.release()
    return found


def at(guidance: Guidance, t_s: float) -> Guidance:
    return replace(guidance, frame=replace(guidance.frame, t_stream_s=t_s))


def test_it_plays_at_the_stream_s_rate(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "a.mp4"
    with Recorder(path, 20.0, SIZE) as recorder:
        for t_s in (0.0, 0.05, 0.10, 0.30, 0.31):  # a gap of three frames, and one that comes too early
            recorder(at(make(), t_s))
    assert len(frames_of(path)) == 7
    capture = cv2.VideoCapture(str(path))
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(20.0)
    capture.release()


def test_a_stream_that_begins_anew_or_was_long_away_goes_on(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "a.mp4"
    with Recorder(path, 10.0, SIZE) as recorder:
        for t_s in (0.0, 0.1, 0.2, 0.0, 0.1, 500.0, 500.1):
            recorder(at(make(), t_s))
    assert len(frames_of(path)) == 5 + round(LONGEST_GAP_S * 10) + 1


def test_it_shows_guidance_as_it_was(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "a.mp4"
    guidance = at(make(State.HOLD, quality=0.9, hold_progress=0.5, ready_ns=10**12), 3.0)
    with Recorder(path, 30.0, SIZE) as recorder:
        for _ in range(3):
            recorder(guidance)
    expected = render_still(guidance, SIZE, now_ns=10**12)
    assert np.array_equal(cv2.imread(str(path.with_suffix(".png"))), expected)
    coded = frames_of(path)[0].astype(int)
    assert np.abs(coded - expected.astype(int)).mean() < 8


def test_what_was_written_survives_an_exception(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "a.mp4"

    def broken() -> None:
        with Recorder(path, 10.0, SIZE) as recorder:
            for index in range(5):
                recorder(at(make(), index / 10))
            assert not path.exists()
            raise RuntimeError("the model failed")

    with pytest.raises(RuntimeError, match="the model failed"):
        broken()
    assert len(frames_of(path)) == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "a.png"]


def test_an_earlier_recording_is_replaced_only_by_a_whole_one(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"earlier")
    with Recorder(path, 10.0, SIZE):
        pass
    assert path.read_bytes() == b"earlier"
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    with Recorder(path, 10.0, SIZE) as recorder:
        recorder(make())
        assert path.read_bytes() == b"earlier"
    assert len(frames_of(path)) == 1


def test_closing_twice_is_harmless(tmp_path: Path, make: Make) -> None:
    recorder = Recorder(tmp_path / "a.mp4", None, SIZE)
    recorder(make())
    recorder.close()
    recorder.close()
    assert recorder.frames == 1


@pytest.mark.parametrize(
    ("name", "word"), [("a.avi", "MP4"), ("nowhere/a.mp4", "no such folder"), ("folder.mp4", "is a folder")]
)
def test_bad_places_are_input_errors(tmp_path: Path, name: str, word: str) -> None:
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(InputError, match=word):
        Mp4File(tmp_path / name, SIZE, 30.0)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.mp4"]


def test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    with Mp4File(tmp_path / "a.mp4", SIZE, 30.0) as file, pytest.raises(ValueError, match="shape"):
        file.write(np.zeros((10, 10, 3), np.uint8))


def test_a_png_is_whole_or_not_there(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    write_png(tmp_path / "a.png", picture)
    assert np.array_equal(cv2.imread(str(tmp_path / "a.png")), picture)
    with pytest.raises(InputError, match="no such folder"):
        write_png(tmp_path / "nowhere" / "a.png", picture)
