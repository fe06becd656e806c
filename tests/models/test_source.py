"""Promises of ``phantom:``:

- it opens through ``open_source`` and gives as many frames as asked for, on its own time line;
- on a slow machine it falls behind the clock frame by frame, or, where it must keep up, leaves frames out;
- it knows its screen exactly (profile, mm per pixel); the probe can be moved while it plays;
- a wrong option is one clear line.
"""

from __future__ import annotations

import time

import numpy as np
import pytest

from guidance.errors import InputError
from guidance.sources import Source, open_source
from guidance.views import View
from models.phantom.patient import Patient
from models.phantom.scanner import VirtualScanner
from models.phantom.source import PhantomSource, open_phantom


def test_it_is_a_source_like_any_other() -> None:
    with open_source("phantom:view=PLAX,seed=4,fps=25,frames=3", fast=True) as source:
        assert isinstance(source, Source)
        assert source.info.kind == "phantom"
        assert source.info.profile is not None
        frames = [source.read(), source.read(), source.read(), source.read()]
    assert [f.index for f in frames if f is not None] == [0, 1, 2]
    assert frames[3] is None
    assert frames[2] is not None
    assert frames[2].t_stream_s == pytest.approx(0.08)
    assert frames[2].pixels.shape == (480, 640)
    assert frames[2].source.startswith("phantom:")
    assert frames[2].mm_per_px is not None


def test_the_probe_can_be_moved() -> None:
    with open_phantom("seed=2", fast=True) as source:
        first = source.read()
        source.place(source.scanner.targets[View.PLAX].pose)
        second = source.read()
    assert first is not None
    assert second is not None
    difference = np.abs(first.pixels.astype(int) - second.pixels.astype(int)).mean()
    assert difference > 5


@pytest.mark.parametrize("keep_up", [False, True])
def test_what_is_overdue_is_left_out_where_it_must_keep_up(keep_up: bool) -> None:
    class Slow(VirtualScanner):
        def render(self, *place: object, **press: object) -> np.ndarray:  # type: ignore[type-arg,override]
            time.sleep(0.1)
            return np.zeros((48, 64), np.uint8)

    scanner = Slow(Patient.mean(), size=(64, 48))
    with PhantomSource(scanner, scanner.targets[View.A4C].pose, fps=50.0, keep_up=keep_up) as source:
        began = time.perf_counter()
        frames = [frame for _ in range(5) if (frame := source.read()) is not None]
        took = time.perf_counter() - began
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    times = [frame.t_stream_s for frame in frames]
    assert times == sorted(times)
    if keep_up:
        assert 0.39 <= times[-1] <= took  # four pictures took at least 0.4 s
    else:
        assert times[-1] == pytest.approx(4 / 50)


def test_closing_ends_it() -> None:
    source = open_phantom("", fast=True)
    source.close()
    assert source.read() is None


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("view=XYZ", "unknown view"),
        ("speed=3", "does not know"),
        ("fps=fast", "fps=fast"),
        ("fps=0", "number"),
        ("size=9", "640x480"),
    ],
)  # fmt: skip
def test_wrong_options_are_one_clear_line(options: str, word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        open_source(f"phantom:{options}")
    assert "\n" not in str(caught.value)
