"""A device's program with guidance in it: its own pictures in its own view, our overlay and engine embedded.

python examples/device_program.py [CLIP] [--target A4C] [--pictures 60 --photo window.png]
"""

from __future__ import annotations

import argparse
import sys

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QGraphicsScene,
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from guidance import STANDARD_VIEWS, Clip, Frame, Guidance, SonoguideError, View, open_source, parse_view
from ui import GuidanceEngine, GuidanceOverlay, OverlayParts, Palette, of_graphics_item

OUR_COLOURS = Palette(guide="#7fd1ff", good="#8ee06a", panel="#1d1a24", background="#121016")


class DeviceWindow(QMainWindow):
    """Stands for a device's own program. What a maker adds for guidance is in ``add_guidance``."""

    def __init__(self, clip: str, target: View) -> None:
        super().__init__()
        self.setWindowTitle("A scanner's own program")
        self.resize(1100, 800)
        self.scanner = open_source(clip, fast=True, loop=True)  # stands for the beamformer
        self.scene = QGraphicsScene()
        self.picture = self.scene.addPixmap(QPixmap(*(self.scanner.info.size or (640, 480))))
        self.view = QGraphicsView(self.scene)
        self.view.setStyleSheet("background: black; border: 0")
        self.shown = 0
        self.status = QLabel("no clip kept yet")
        self.targets, self.mute, self.keep = QComboBox(), QPushButton("Hints"), QPushButton("Keep clip")
        row, column, whole = QHBoxLayout(), QVBoxLayout(), QWidget()
        for widget in (self.targets, self.mute, self.keep, self.status):
            row.addWidget(widget)
        column.addWidget(self.view, 1)
        column.addLayout(row)
        whole.setLayout(column)
        self.setCentralWidget(whole)
        self.add_guidance(target)
        self.clock = QTimer(self, interval=33)
        self.clock.timeout.connect(self.next_picture)
        self.clock.start()

    def add_guidance(self, target: View) -> None:
        self.engine = GuidanceEngine(target=target, source=self.scanner.info.uri, parent=self)
        self.overlay = GuidanceOverlay(self.view, palette=OUR_COLOURS, show=OverlayParts(sector=True))
        self.overlay.set_picture_rect(of_graphics_item(self.view, self.picture))
        self.overlay.set_capture_quality(self.engine.capture_quality)
        self.engine.guidance.connect(self.on_guidance)
        self.engine.clip.connect(self.on_clip)
        self.engine.failed.connect(self.status.setText)
        self.targets.addItems([view.value for view in STANDARD_VIEWS])
        self.targets.setCurrentText(target.value)
        self.targets.currentTextChanged.connect(self.engine.set_target)
        self.mute.setCheckable(True)
        self.mute.toggled.connect(self.engine.mute)
        self.keep.clicked.connect(self.engine.capture)
        self.engine.start()

    def next_picture(self) -> None:
        frame: Frame | None = self.scanner.read()
        if frame is None:
            return
        pixels = frame.pixels
        form = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_BGR888
        self.picture.setPixmap(QPixmap(QImage(pixels.data, *frame.size, pixels.strides[0], form)))
        self.view.fitInView(self.picture, Qt.AspectRatioMode.KeepAspectRatio)
        self.engine.submit(pixels)
        self.shown += 1

    def on_guidance(self, guidance: Guidance) -> None:
        self.overlay.set_guidance(guidance)
        self.overlay.set_profile(self.engine.profile)

    def on_clip(self, clip: Clip) -> None:
        self.status.setText(f"kept {len(clip.frames)} pictures of {clip.view}")

    def closeEvent(self, event: object) -> None:
        self.clock.stop()
        self.engine.close()
        self.scanner.close()
        super().closeEvent(event)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", default="phantom:view=A4C,seed=3", help="what the device shows")
    parser.add_argument("--target", default="A4C", help="the view to aim at")
    parser.add_argument("--pictures", type=int, default=0, help="end after so many")
    parser.add_argument("--photo", help="write the window to this PNG at the end")
    options = parser.parse_args()
    application = QApplication(sys.argv[:1])
    window = DeviceWindow(options.clip, parse_view(options.target))
    window.show()

    def end_in_time() -> None:
        if options.pictures and window.shown >= options.pictures:
            window.clock.timeout.disconnect(end_in_time)
            if options.photo:
                window.grab().save(options.photo)
            said = window.overlay.guidance
            print(f"{said.advice.state if said else 'no guidance'} | {window.status.text()}")
            window.close()
            application.quit()

    window.clock.timeout.connect(end_in_time)
    sys.exit(application.exec())


if __name__ == "__main__":
    try:
        main()
    except SonoguideError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
