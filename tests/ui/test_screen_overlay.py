"""``overlay --screen``: hints on what another program shows.

Promises:
- the panel is as large as fits beside the region, never touches it, and lies on the screen; without room it says so;
- wrong options are one line and exit code 2, without a window;
- slow, on a real X display with another program that plays a clip: hints appear beside it, the picture that is grabbed
  is what that program shows and nothing of ours, clicks go through the hints, an interrupt ends it;
- slow: hints over the region are seen on the screen, and every picture that the engine gets is one of the clip's, pixel
  by pixel; clicks go to the program below; when its window moves, hints and pictures go along;
- hints over a region that no window holds, or where the system cannot keep them out of the picture, are one line;
- slow: a region drawn with the mouse is the one that is watched; Esc leaves with one line.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from commands import one_line, sonoguide
from virtual_display import virtual_display
from x_input import CAN_GRAB, Mouse

from guidance.errors import InputError
from guidance.sources.x11 import X11
from ui.layout import Box
from ui.screen_place import LEAST_HEIGHT, Side, panel_beside

ROOT = Path(__file__).resolve().parents[2]
needs_windows = pytest.mark.skipif(not CAN_GRAB, reason="needs Xvfb, mss and the libraries of X11 windows")
SCREEN = Box(0, 0, 1920, 1080)


@pytest.mark.parametrize(
    ("region", "side", "where"),
    [
        (Box(0, 0, 1200, 1080), Side.AUTO, Side.RIGHT),
        (Box(700, 0, 1220, 1080), Side.AUTO, Side.LEFT),
        (Box(0, 0, 1920, 500), Side.AUTO, Side.BELOW),
        (Box(0, 600, 1920, 480), Side.AUTO, Side.ABOVE),
        (Box(600, 300, 640, 480), Side.LEFT, Side.LEFT),
    ],
)
def test_the_panel_stands_beside_the_region(region: Box, side: Side, where: Side) -> None:
    panel = panel_beside(region, SCREEN, side)
    box = panel.box
    assert SCREEN.contains(box)
    assert not box.overlaps(region)
    assert box.h >= LEAST_HEIGHT
    beside = {
        Side.RIGHT: box.x >= region.right,
        Side.LEFT: box.right <= region.x,
        Side.BELOW: box.y >= region.bottom,
        Side.ABOVE: box.bottom <= region.y,
    }
    assert beside[where]
    assert panel.display.right == pytest.approx(box.w)
    assert panel.display.x < 0  # its picture is out of sight


@pytest.mark.parametrize(("region", "side"), [(SCREEN, Side.AUTO), (Box(0, 0, 1200, 1080), Side.LEFT)])
def test_no_room_is_one_line(region: Box, side: Side) -> None:
    with pytest.raises(InputError, match="there is no room for hints"):
        panel_beside(region, SCREEN, side)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "say what to watch"),
        (("--screen", "--region", "1,2,3"), "write --region X,Y,WIDTH,HEIGHT"),
        (("--screen", "--region", "1,2,30,40"), "too small"),
        (("--screen", "--region", "0,0,99999,99999"), "not on one screen"),
        (("--screen", "--region", "0,0,400,400", "--place", "inside"), "unknown place 'inside'"),
        (
            ("--screen", "--region", "0,0,400,400", "--place", "over"),
            "on offscreen hints over the region would be",
        ),
    ],
)
def test_wrong_options_are_one_line(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sonoguide("overlay", *arguments) == 2
    assert words in one_line(capsys)


# With a real display

SCANNER = """
import sys
import numpy as np
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QApplication, QLabel, QPushButton, QWidget
class Picture(QLabel):
    def mousePressEvent(self, event):
        window.move(40, 20)
        print("picture", flush=True)
app = QApplication([])
window = QWidget(); window.setWindowFlags(Qt.WindowType.FramelessWindowHint); window.setGeometry(0, 0, 1100, 600)
window.setStyleSheet("background: #203040")
picture = Picture(window); picture.setGeometry(30, 40, 512, 384)
button = QPushButton("freeze", window); button.setGeometry(620, 100, 400, 400)
button.clicked.connect(lambda: print("clicked", flush=True))
clip = np.load(sys.argv[1])
count = 0
def show():
    global count
    picture.setPixmap(QPixmap(QImage(clip[count % len(clip)].data, 512, 384, 512, QImage.Format.Format_Grayscale8)))
    count += 1
timer = QTimer(); timer.timeout.connect(show); timer.start(60)
show(); window.show()
print("shown", flush=True)
app.exec()
"""
CLIP = np.random.default_rng(1).integers(225, 255, (25, 96, 128), dtype=np.uint8).repeat(4, 1).repeat(4, 2)
"""(25, 384, 512): what the scanner's program plays."""


def grab(box: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """(H, W, 3) BGR of the display that the environment names."""
    import mss

    with mss.MSS() as grabber:
        left, top, width, height = box or (0, 0, 1100, 600)
        shot = grabber.grab({"left": left, "top": top, "width": width, "height": height})
        return np.frombuffer(shot.raw, np.uint8).reshape(height, width, 4)[..., :3].astype(int)


def until(what: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def running(*command: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def scanner(tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """A display with a scanner's program on it, and the environment to reach it."""
    with virtual_display("1100x600x24") as name:
        monkeypatch.setenv("DISPLAY", name)
        environment = {
            **os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT), "SONOGUIDE_MODEL": str(tiny_model_folder),
        }  # fmt: skip
        np.save(tmp_path / "clip.npy", CLIP)
        with running("-c", SCANNER, str(tmp_path / "clip.npy"), environment=environment) as program:
            assert program.stdout is not None
            assert program.stdout.readline() == "shown\n"
            until(lambda: bool(grab((100, 100, 50, 50)).min() > 200))
            yield program, environment, name


@pytest.mark.slow
@needs_windows
def test_hints_appear_beside_another_program(scanner, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    program, environment, name = scanner
    lines = tmp_path / "lines.jsonl"
    command = ["-m", "ui.cli", "overlay", "--screen", "--region", "30,40,512,384", "--fps", "20", "--runtime", "cpu",
               "--json", str(lines)]  # fmt: skip
    with running(*command, environment=environment) as overlay:

        def green() -> int:
            area = grab((548, 0, 552, 600))
            return int(((area[..., 1] > 180) & (area[..., 0] < 200) & (area[..., 2] < 120)).sum())

        until(lambda: green() > 500)  # the meter is full: the picture is held
        region = grab((30, 40, 512, 384))
        assert region.min() >= 220  # nothing but what the scanner shows
        assert (region[..., 0] == region[..., 2]).all()
        mouse = Mouse(name)
        mouse.click(700, 300)  # on the hints, which lie over the button
        mouse.close()
        assert program.stdout.readline() == "clicked\n"
        overlay.send_signal(signal.SIGINT)
        _, said = overlay.communicate(timeout=60)
        assert overlay.returncode == 0, said
        assert "watching 512 x 384 at 30,40" in said
        assert "QBackingStore" not in said
    seen = [json.loads(line) for line in lines.read_text().splitlines()]
    assert {"HOLD", "CAPTURED"} & {line["state"] for line in seen}


WITNESS = """
import zlib
class Witness:
    def __init__(self, file): self.file = open(file, "w", buffering=1)
    def __call__(self, guidance): print(zlib.crc32(guidance.frame.pixels.tobytes()), file=self.file)
    def close(self): self.file.close()
"""
"""A plug-in that writes down what pictures guidance was made of."""


def witness_in(folder: Path) -> Path:
    info = folder / "witness-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "witness.py").write_text(WITNESS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: witness\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sonoguide.listeners]\nwitness = witness:Witness\n")
    return folder


@pytest.mark.slow
@needs_windows
def test_hints_lie_over_another_program_and_not_in_its_picture(scanner, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    program, environment, name = scanner
    seen = tmp_path / "seen.txt"
    paths = os.pathsep.join([environment["PYTHONPATH"], str(witness_in(tmp_path / "site"))])
    command = ["-m", "ui.cli", "overlay", "--screen", "--region", "30,40,512,384", "--place", "over", "--fps", "30",
               "--target", "A4C",
               "--runtime", "cpu", "--listener", f"witness={seen}"]  # fmt: skip

    def hints(left: int, top: int) -> int:
        """Pixels over the picture, when its corner is there, that are not the clip's grey."""
        area = grab((left, top, 512, 384))
        return int((np.ptp(area, axis=2) > 60).sum())

    def over(display: X11, left: int, top: int) -> bool:
        """Whether the uppermost window lies just where the picture is when its corner is there."""
        window = display.window_under(left, top, 512, 384)
        return window is not None and (window.x, window.y, window.width, window.height) == (
            left,
            top,
            512,
            384,
        )

    def pictures() -> list[int]:
        return [int(line) for line in seen.read_text().split()] if seen.exists() else []

    with running(*command, environment={**environment, "PYTHONPATH": paths}) as overlay:
        until(lambda: hints(30, 40) > 500 and len(pictures()) > 60)
        mouse = Mouse(name)
        mouse.click(286, 380)  # on the bar of the hint
        assert program.stdout.readline() == "picture\n"
        with closing(X11()) as display:
            until(lambda: over(display, 70, 60))
        until(lambda: hints(70, 60) > 500)
        after = len(pictures())
        until(lambda: len(pictures()) > after + 60)
        mouse.close()
        overlay.send_signal(signal.SIGINT)
        _, said = overlay.communicate(timeout=60)
        assert overlay.returncode == 0, said
        assert "watching 512 x 384 at 30,40" in said
    of_the_clip = [zlib.crc32(np.repeat(picture[..., None], 3, axis=2).tobytes()) for picture in CLIP]
    assert set(pictures()) <= set(of_the_clip)
    assert len(set(pictures())) > 10  # it is a moving picture


@pytest.mark.slow
@needs_windows
def test_a_region_of_no_window_cannot_be_covered(tiny_model_folder: Path) -> None:
    with virtual_display("800x600x24") as name:
        environment = {**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
        command = ["-m", "ui.cli", "overlay", "--screen", "--region", "30,40,512,384", "--place", "over"]
        with running(*command, environment=environment) as overlay:
            _, said = overlay.communicate(timeout=60)
    assert overlay.returncode == 2
    assert "no window holds the whole region" in said
    assert said.count("\n") == 1


@pytest.mark.slow
@needs_windows
@pytest.mark.parametrize("leave", [False, True])
def test_a_region_is_drawn_with_the_mouse(scanner, leave: bool) -> None:  # type: ignore[no-untyped-def]
    _, environment, name = scanner
    command = ["-m", "ui.cli", "overlay", "--screen", "--fps", "20", "--runtime", "cpu", "--max-frames", "5"]
    with running(*command, environment=environment) as overlay:
        until(lambda: bool(grab((100, 100, 50, 50)).max() < 160))  # dimmed
        mouse = Mouse(name)
        if leave:
            mouse.key(0xFF1B)
        else:
            mouse.click(300, 300)  # a slip is no region
            mouse.move(30, 40)
            mouse.press(True)
            for step in range(1, 9):
                mouse.move(30 + 64 * step, 40 + 48 * step)
            mouse.press(False)
        _, said = overlay.communicate(timeout=60)
        mouse.close()
    if leave:
        assert overlay.returncode == 2
        assert "no region was drawn" in said
    else:
        assert overlay.returncode == 0, said
        assert "watching 513 x 385 at 30,40" in said
