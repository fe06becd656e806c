"""The source ``screen:`` and the driver's stamps of a camera.

Promises:
- options are read or refused in one line; a missing package and a missing screen are one line;
- slow: a region of a virtual screen is what it shows; its frames are numbered and paced;
- a stamp of the driver is passed on where it is on our clock, and left out where it cannot be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from virtual_display import virtual_display

from guidance.errors import InputError
from guidance.sources import known_schemes, open_source
from guidance.sources.live import LiveCapture

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("text", ["one", "1,fps=0", "1,fps=fast", "1,region=3x4", "1,size=3x4", "1,2"])
def test_wrong_options_are_one_line(text: str) -> None:
    with pytest.raises(InputError, match="write screen:"):
        open_source(f"screen:{text}")


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mss", None)
    with pytest.raises(InputError, match=r"pip install 'sonoguide\[screen\]'"):
        open_source("screen:1")
    assert "screen:" in known_schemes()


@pytest.mark.skipif(sys.platform != "linux" or find_spec("mss") is None, reason="needs mss, on Linux")
def test_no_screen_at_all_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="screen:1: no screen can be grabbed here"):
        open_source("screen:1")


GRAB = """
from guidance.errors import InputError
from guidance.sources import open_source
with open_source("screen:1,region=64x48+10+20,fps=50") as source:
    frames = [source.read() for _ in range(5)]
    print(source.info.kind, source.info.live, source.info.size, [f.index for f in frames])
    print(frames[0].pixels.shape, int(frames[0].pixels.max()))
    print(all(b.t_capture_ns - a.t_capture_ns > 5e6 for a, b in zip(frames[1:], frames[2:])))
print(source.read())
for wrong in ("screen:7", "screen:1,region=9999x9+0+0"):
    try:
        open_source(wrong)
    except InputError as error:
        print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Xvfb") is None or find_spec("mss") is None, reason="needs Xvfb and mss")
def test_a_region_of_a_screen_is_a_stream() -> None:
    with virtual_display("320x240x24") as name:
        done = subprocess.run(
            [sys.executable, "-c", GRAB], cwd=ROOT, env={**os.environ, "DISPLAY": name}, capture_output=True,
            text=True, timeout=60, check=True,
        )  # fmt: skip
    assert done.stdout.splitlines() == [
        "screen True (64, 48) [0, 1, 2, 3, 4]",
        "(48, 64, 3) 0",
        "True",
        "None",
        "there is no screen 7: 1 are connected, counted from 1 (0 is all of them)",
        "the region 9999x9+0+0 is not on screen 1, which has 320x240 pixels",
    ]


class Capture:
    """What LiveCapture needs of cv2.VideoCapture: no camera can be had in a test."""

    def __init__(self, stamp_ms: float) -> None:
        self.stamp_ms = stamp_ms

    def isOpened(self) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray]:
        return True, np.zeros((48, 64, 3), np.uint8)

    def get(self, what: int) -> float:
        return self.stamp_ms if what == cv2.CAP_PROP_POS_MSEC else 30.0

    def release(self) -> None:
        pass


@pytest.mark.parametrize(
    ("before_ms", "stamped", "expected"),
    [(7.0, True, True), (7.0, False, False), (-1000.0, True, False), (9000.0, True, False)],
)
def test_the_drivers_stamp_is_passed_on(before_ms: float, stamped: bool, expected: bool) -> None:
    """A wall clock, a clock of its own, and 0 for no stamp are all far from ours."""
    stamp_ms = time.perf_counter_ns() / 1e6 - before_ms
    capture: object = Capture(stamp_ms)
    with LiveCapture(lambda: capture, uri="camera:0", kind="camera", absent="", stamped=stamped) as source:  # type: ignore[arg-type,return-value]
        assert source.read() is not None
        frame = source.read()
    assert frame is not None
    assert (frame.t_driver_ns is not None) is expected
    if expected:
        assert frame.t_driver_ns == pytest.approx(stamp_ms * 1e6, abs=1e3)
