"""The overlay over a host's own widget, fed with the host's own frames: python examples/overlay_in_host.py CLIP"""

import sys

from qtpy.QtCore import QTimer
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QApplication, QLabel

from guidance import Coach, Engine, Frame, Model, View, default_model_folder, open_source
from ui import GuidanceOverlay


def main(clip: str, loop: bool = True) -> None:
    application = QApplication.instance() or QApplication(["host"])
    host = QLabel()  # any widget that shows the picture will do
    host.setScaledContents(True)
    host.resize(960, 720)
    overlay = GuidanceOverlay(host)
    model = Model.load(default_model_folder())
    overlay.set_capture_quality(model.manifest.hints.hold_quality)
    stream = open_source(clip, fast=True, loop=loop)  # stands for the device: the host has the frames

    def next_frame(engine: Engine) -> None:
        frame: Frame | None = stream.read()
        if frame is None:
            return application.quit()
        engine.submit(frame)  # never blocks; the newest frame wins
        form = QImage.Format.Format_Grayscale8 if frame.pixels.ndim == 2 else QImage.Format.Format_BGR888
        host.setPixmap(QPixmap(QImage(frame.pixels.data, *frame.size, frame.pixels.strides[0], form)))

    with Engine(model, Coach(View.A4C, model.manifest.hints), listeners=[overlay.set_guidance]) as engine:
        engine.start()
        timer = QTimer(interval=33)
        timer.timeout.connect(lambda: next_frame(engine))
        timer.start()
        host.show()
        application.exec()
        timer.stop()


if __name__ == "__main__":
    main(sys.argv[1])
