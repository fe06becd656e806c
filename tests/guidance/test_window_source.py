"""The source ``window:``, one window of an X11 desktop.

Promises:
- options are read or refused in one line; no display is one line;
- slow: under other windows it gives what the window's program has drawn, of the region that was asked for; a region
  that is not in it and a window that is not there are one line; a hidden window is a loss that is said, and seen again
  when it is shown again; after closing there is no frame.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from virtual_display import virtual_display
from x_input import CAN_SHOW_WINDOWS

from guidance.errors import InputError
from guidance.sources import known_schemes, open_source

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("text", ["", "one", "0xfffffffff", "1,fps=0", "1,region=3x4", "1,size=3x4", "1,2"])
def test_wrong_options_are_one_line(text: str) -> None:
    with pytest.raises(InputError, match="write window:") as caught:
        open_source(f"window:{text}")
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="X11")
def test_no_display_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(
        InputError, match=r"window:0x12: the window cannot be watched \(.*(display|libxcb).*\)"
    ):
        open_source("window:0x12")
    assert "window:" in known_schemes()


WATCH = """
from qtpy.QtGui import QColor
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget
from guidance.errors import InputError, RuntimeFailure
from guidance.sources import open_source
app = QApplication([])
def coloured(name, x, y, w, h):
    widget = QWidget(); widget.setStyleSheet(f"background: {name}"); widget.setGeometry(x, y, w, h)
    widget.show(); QTest.qWaitForWindowExposed(widget); QTest.qWait(200)
    return widget
scanner = coloured("#204060", 20, 30, 200, 100)
part = QWidget(scanner); part.setStyleSheet("background: #ff0000"); part.setGeometry(100, 50, 100, 50); part.show()
QTest.qWait(200)
cover = coloured("#00ff00", 0, 0, 300, 200)
number = int(scanner.winId())
with open_source(f"window:{number:#x},region=100x60+80+30,fps=50") as source:
    QTest.qWait(200)  # what was covered until now is drawn anew
    pixels = source.read().pixels
    print(source.info.kind, source.info.live, source.info.size, pixels[0, 0].tolist(), pixels[59, 99].tolist())
    scanner.hide(); QTest.qWait(200)
    try:
        source.read()
    except RuntimeFailure as error:
        print(str(error).split(": ")[1])
    scanner.show(); QTest.qWaitForWindowExposed(scanner); QTest.qWait(300)
    print(source.read().pixels[0, 0].tolist())
print(source.read())
for wrong in (f"window:{number},region=200x100+1+0", "window:12"):
    try:
        open_source(wrong)
    except InputError as error:
        print(str(error).replace(hex(number), "ID"))
"""


@pytest.mark.slow
@pytest.mark.skipif(not CAN_SHOW_WINDOWS, reason="needs Xvfb and the libraries of X11 windows")
def test_a_window_below_others_is_a_stream() -> None:
    with virtual_display("320x240x24") as name:
        done = subprocess.run(
            [sys.executable, "-c", WATCH], capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "window True (100, 60) [96, 64, 32] [0, 0, 255]",
        "the window can no longer be grabbed (it is hidden, or smaller than the region)",
        "[96, 64, 32]",
        "None",
        "the region 200x100+1+0 is not in the window ID, which has 200x100 pixels",
        "window:12: the window cannot be watched (there is no such window)",
    ]
