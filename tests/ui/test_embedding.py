"""Guidance inside other Qt programs: over every kind of widget.

Promises:
- over a QGraphicsView it covers the viewport, stays when the view scrolls and lets clicks through; zoomed in, its parts
  stay in sight while outlines lie on the picture;
- over a QQuickWidget it is painted above the item, and where the item is;
- the sector's outline lies where the sector is, whatever the widget's size and the screen's scale;
- parts can be switched off one by one, colours exchanged; "research use" stays;
- images of any format and arrays of any strides and order are pictures; what is none is one clear line;
- the device-like example runs and shows guidance over its own picture.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, QRectF, QSizeF, Qt
from qtpy.QtGui import QColor, QImage, QPixmap
from qtpy.QtWidgets import QGraphicsScene, QGraphicsView, QWidget

from guidance import Guidance, InputError, State
from guidance.device import DeviceProfile, Sector
from ui.host_frame import ColourOrder, pixels_of
from ui.host_picture import fitted, of_graphics_item, of_picture
from ui.overlay import GuidanceOverlay
from ui.overlay_parts import OverlayParts
from ui.palette import Palette
from ui.sector_path import sector_path

Make = Callable[..., Guidance]
ROOT = Path(__file__).resolve().parents[2]
NOTHING = OverlayParts(hint=False, views=False, quality=False, edge=False)
SECTOR = DeviceProfile.from_sector((640, 480), Sector(320.0, 40.0, -40.0, 40.0, 0.0, 400.0))


def array_of(image: QImage) -> np.ndarray:
    return pixels_of(image.convertToFormat(QImage.Format.Format_RGB32))


def grabbed(widget: QWidget) -> np.ndarray:
    """(H, W, 3) BGR as painted."""
    pixels = array_of(widget.grab().toImage())
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


# QGraphicsView


@pytest.fixture
def view(qtbot: QtBot) -> QGraphicsView:
    scene = QGraphicsScene()
    flat = QPixmap(640, 480)
    flat.fill(QColor(40, 40, 40))
    scene.addPixmap(flat)
    view = QGraphicsView(scene)
    view.keep = scene
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    return view


def test_over_a_graphics_view(view: QGraphicsView, qtbot: QtBot, make: Make) -> None:
    overlay = GuidanceOverlay(view, clock=lambda: 1)
    overlay.set_guidance(make(State.HOLD))
    (item,) = view.scene().items()
    overlay.set_picture_rect(of_graphics_item(view, item))
    assert overlay.geometry() == view.viewport().geometry()
    view.resize(700, 500)
    qtbot.waitUntil(lambda: overlay.geometry() == view.viewport().geometry(), timeout=1000)
    place = of_graphics_item(view, item)()
    assert place.size() == QSizeF(640, 480)
    view.scale(3.0, 3.0)  # larger than the viewport: scroll bars come
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: overlay.geometry() == view.viewport().geometry(), timeout=1000)
    place = of_graphics_item(view, item)()
    assert place.size() == QSizeF(1920, 1440)
    assert place.x() < -1000
    shown = grabbed(view)
    assert len(np.unique(shown[-140:, :].reshape(-1, 3), axis=0)) > 20  # the bar with the hint is in sight
    assert view.childAt(QPoint(100, 100)) is view.viewport()


# The sector on the widget


@pytest.mark.parametrize("size", [(640, 480), (900, 500), (500, 900), (1280, 960)])
def test_the_sector_lies_on_the_picture(qtbot: QtBot, size: tuple[int, int]) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.setStyleSheet("background: black")
    host.resize(*size)
    overlay = GuidanceOverlay(host, show=replace(NOTHING, sector=True))
    overlay.set_picture_rect(of_picture(host, lambda: (640, 480)))
    overlay.set_profile(SECTOR)
    host.show()
    bare = GuidanceOverlay(host, show=NOTHING)  # leaves the label alone
    bare.hide()
    outline = cv2.cvtColor(grabbed(host), cv2.COLOR_BGR2GRAY) > 100
    scale = min(size[0] / 640, size[1] / 480)
    left, top = (size[0] - 640 * scale) / 2, (size[1] - 480 * scale) / 2
    for x, y in ((320, 440), (320 + 200 * np.sin(0.698), 40 + 200 * np.cos(0.698))):
        column, row = round(left + (x + 0.5) * scale), round(top + (y + 0.5) * scale)
        assert outline[row - 2 : row + 3, column - 2 : column + 3].any(), (x, y)
    assert not outline[round(top + 300 * scale), round(left + 320 * scale)]


def test_where_there_is_no_sector_the_window_is_outlined() -> None:
    profile = DeviceProfile.from_window((200, 100), (20, 10, 119, 59))
    assert sector_path(profile, QRectF(0, 0, 400, 200)).boundingRect() == QRectF(40, 20, 200, 100)


def test_modes_of_fitting() -> None:
    modes = Qt.AspectRatioMode
    rect = QRectF(10, 20, 400, 200)
    assert fitted(QSizeF(4, 3), rect) == QRectF(10 + (400 - 800 / 3) / 2, 20, 800 / 3, 200)
    assert fitted(QSizeF(4, 3), rect, modes.IgnoreAspectRatio) == rect
    assert fitted(QSizeF(4, 3), rect, modes.KeepAspectRatioByExpanding) == QRectF(10, -30, 400, 300)
    assert fitted(QSizeF(), rect) == rect


# Parts and colours


@pytest.mark.parametrize("part", ["hint", "views", "quality", "edge"])
def test_each_part_can_be_switched_off(qtbot: QtBot, make: Make, part: str) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(860, 645)
    overlay = GuidanceOverlay(host, clock=lambda: 1)
    overlay.set_guidance(make(State.HOLD, quality=0.7, hold_progress=0.5))
    host.show()
    everything = grabbed(host)
    overlay.set_parts(replace(OverlayParts(), **{part: False}))
    without = grabbed(host)
    overlay.set_parts(replace(NOTHING, **{part: True}))
    alone = grabbed(host)
    overlay.set_parts(NOTHING)
    nothing = grabbed(host)
    assert (everything != without).any()
    painted_alone = (alone != nothing).any(axis=2)
    assert painted_alone.any()
    # What it paints alone is where switching it off changes the picture (anti-aliased edges apart).
    changed = (everything != without).any(axis=2)
    assert (changed & ~painted_alone).sum() < 0.02 * changed.sum()
    assert len(np.unique(nothing.reshape(-1, 3), axis=0)) > 2  # the label stays


def test_colours_are_the_hosts(qtbot: QtBot, make: Make) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(860, 645)
    overlay = GuidanceOverlay(host, clock=lambda: 1, palette=Palette(good="#ff00ff"))
    overlay.set_guidance(make(State.HOLD, quality=0.7, hold_progress=0.5))
    host.show()

    def magenta() -> int:
        b, g, r = np.moveaxis(grabbed(host).astype(int), 2, 0)
        return int(((b > 200) & (r > 200) & (g < 60)).sum())

    assert magenta() > 100
    overlay.set_palette(Palette())
    assert magenta() == 0


# Other surfaces, each in a process of its own: scale and scene graph are chosen at the start

HIGH_DPI = """
import numpy as np
from qtpy.QtWidgets import QApplication, QWidget
app = QApplication([])
from tests_embedding import SECTOR, NOTHING, array_of, replace
from ui.overlay import GuidanceOverlay
host = QWidget(); host.setStyleSheet("background: black"); host.resize(640, 480)
overlay = GuidanceOverlay(host, show=replace(NOTHING, sector=True))
overlay.set_profile(SECTOR)
host.show()
image = host.grab().toImage()
print(image.devicePixelRatio(), image.width(), image.height())
pixels = array_of(image).max(axis=2)
print(bool((pixels[2 * 440 - 3:2 * 440 + 5, 2 * 320].max() > 100)), int((pixels[600:860, 641] > 100).sum()))
"""

QUICK = """
import sys
from qtpy.QtCore import QTimer, QUrl
from qtpy.QtQuick import QQuickItem
from qtpy.QtQuickWidgets import QQuickWidget
from qtpy.QtWidgets import QApplication
app = QApplication([])
from tests_embedding import NOTHING, array_of, replace
from ui.host_picture import of_quick_item
from ui.overlay import GuidanceOverlay
from guidance.device import DeviceProfile
widget = QQuickWidget()
widget.setResizeMode(QQuickWidget.ResizeMode.SizeRootObjectToView)
widget.setSource(QUrl.fromLocalFile(sys.argv[1]))
widget.resize(600, 400)
widget.show()
item = widget.rootObject().findChild(QQuickItem, "video")
overlay = GuidanceOverlay(widget, show=replace(NOTHING, sector=True))
overlay.set_picture_rect(of_quick_item(item))
overlay.set_profile(DeviceProfile.from_window((100, 80), (10, 10, 89, 69)))
def done():
    print(of_quick_item(item)().getRect())
    pixels = array_of(widget.grab().toImage())
    # BGR: the item is blue, the outline of the palette's guide colour lies on it
    blue = pixels[60, round(of_quick_item(item)().x()) + 10]
    print(blue.tolist(), bool(pixels[180 - 2:180 + 3, 250].max(axis=0)[1] > 100))
    item.setX(200)
    print(of_quick_item(item)().getRect())
    app.quit()
QTimer.singleShot(400, done)
app.exec()
"""


def in_a_process(code: str, *arguments: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code.replace("tests_embedding", "test_embedding"), *arguments],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_on_a_screen_of_double_resolution() -> None:
    lines = in_a_process(HIGH_DPI, QT_SCALE_FACTOR="2")
    assert lines == ["2.0 1280 960", "True 0"]


@pytest.mark.parametrize(
    ("item", "left", "width"),
    [
        ('Rectangle { color: "blue";', 100, 300),
        ('Image { source: "blue.png"; fillMode: Image.PreserveAspectFit;', 170, 160),  # its picture alone
    ],
)
def test_over_a_quick_widget(tmp_path: Path, item: str, left: int, width: int) -> None:
    pytest.importorskip("qtpy.QtQuickWidgets")
    cv2.imwrite(str(tmp_path / "blue.png"), np.full((160, 160, 3), (255, 0, 0), np.uint8))
    scene = tmp_path / "scene.qml"
    scene.write_text(
        'import QtQuick\nRectangle { color: "black"\n'
        f'  {item} objectName: "video"; x: 100; y: 40; width: 300; height: 160 }} }}\n'
    )
    lines = in_a_process(QUICK, str(scene), QT_QUICK_BACKEND="software")
    assert lines == [
        f"({left}.0, 40.0, {width}.0, 160.0)",
        "[255, 0, 0] True",
        f"({left + 100}.0, 40.0, {width}.0, 160.0)",
    ]


# Pictures of a host


@pytest.mark.parametrize("form", [QImage.Format.Format_RGB32, QImage.Format.Format_ARGB32_Premultiplied,
                                  QImage.Format.Format_RGB888, QImage.Format.Format_BGR888,
                                  QImage.Format.Format_RGB16, QImage.Format.Format_RGBA8888])  # fmt: skip
def test_images_of_any_format(form: QImage.Format) -> None:
    image = QImage(37, 11, QImage.Format.Format_RGB32)  # an odd width: rows are padded
    image.fill(QColor(255, 0, 0))
    image.setPixelColor(36, 10, QColor(0, 255, 0))
    pixels = pixels_of(image.convertToFormat(form))
    assert pixels.shape == (11, 37, 3)
    assert pixels[0, 0].tolist() == [0, 0, 255]
    assert pixels[10, 36].tolist() == [0, 255, 0]


def test_grey_images_stay_grey() -> None:
    for form in (
        QImage.Format.Format_Grayscale8,
        QImage.Format.Format_Grayscale16,
        QImage.Format.Format_Indexed8,
    ):
        image = QImage(37, 11, QImage.Format.Format_Grayscale8)
        image.fill(90)
        pixels = pixels_of(image.convertToFormat(form))
        assert (pixels.shape, int(pixels[10, 36])) == ((11, 37), 90)


def test_arrays_of_any_strides_and_order() -> None:
    whole = np.random.default_rng(0).integers(0, 255, (40, 60, 4), dtype=np.uint8)
    for picture in (whole[::2, ::-1], whole[..., :3], whole.transpose(1, 0, 2), np.asfortranarray(whole)):
        pixels = pixels_of(picture)
        assert np.array_equal(pixels, picture[..., :3])
        assert np.array_equal(pixels_of(picture, ColourOrder.RGB), picture[..., :3][..., ::-1])
        assert pixels.flags.c_contiguous
    grey = pixels_of(whole[..., :1])
    assert grey.shape == (40, 60)
    kept = pixels_of(whole)
    whole[:] = 0
    assert kept.any()  # a copy


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((4, 4), np.float32), "uint8, not float32"),
        (np.zeros((4, 4, 2), np.uint8), r"not 4 x 4 x 2 numbers"),
        (np.zeros((4,), np.uint8), "not 4 numbers"),
        (np.zeros((0, 4), np.uint8), "no pixels"),
        (np.zeros((1, 9000), np.uint8), "too large"),
        (QImage(), "null QImage"),
        (b"bytes", "not bytes"),
        (None, "not NoneType"),
    ],
)
def test_what_is_no_picture_is_one_line(picture: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        pixels_of(picture)


def test_the_device_program_runs(with_tiny_model: Path, tmp_path: Path) -> None:
    from media import write_images

    rng = np.random.default_rng(0)
    bright = [rng.integers(225, 255, (96, 128, 3), dtype=np.uint8) for _ in range(12)]
    folder = write_images(tmp_path / "in", bright, [f"{i:02}.png" for i in range(12)])
    photo = tmp_path / "photo.png"
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "device_program.py"), str(folder), "--pictures", "80",
         "--photo", str(photo)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    line, _, kept = done.stdout.strip().partition(" | ")
    assert line in ("HOLD", "CAPTURED")
    assert kept.startswith(("kept", "no clip"))
    shown = cv2.imread(str(photo))
    assert shown is not None
    assert shown.shape == (800, 1100, 3)
