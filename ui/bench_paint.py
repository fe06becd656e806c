"""Painting for a benchmark: guidance drawn offscreen at 1280 x 720, timed, on the caller's thread or its own."""

from __future__ import annotations

import threading
import time

from qtpy.QtCore import QRectF
from qtpy.QtGui import QImage, QPainter

from guidance.hint import Guidance
from ui.bench_samples import Samples
from ui.painter import paint_guidance

SIZE = (1280, 720)
COLUMNS = ("paint", "painted")
"""Milliseconds that painting took, and from the capture of the picture to its last painted pixel."""


class TimedPainter:
    """Paints guidance into one picture, used again and again. A QGuiApplication must exist.

    Attributes:
        samples: gets :data:`COLUMNS` for every guidance painted while ``measuring``.
    """

    def __init__(self, capacity: int):
        self.samples = Samples(COLUMNS, capacity)
        self.measuring = False
        self._image = QImage(*SIZE, QImage.Format.Format_RGB32)
        self._rect = QRectF(0, 0, *SIZE)

    def __call__(self, guidance: Guidance) -> None:
        """Paint ``guidance`` now."""
        began_ns = time.perf_counter_ns()
        painter = QPainter(self._image)
        try:
            paint_guidance(painter, self._rect, guidance, now_ns=began_ns)
        finally:
            painter.end()
        done_ns = time.perf_counter_ns()
        if self.measuring:
            captured_ns = guidance.frame.t_capture_ns
            self.samples.add({"paint": (done_ns - began_ns) / 1e6, "painted": (done_ns - captured_ns) / 1e6})


class PaintThread:
    """Paints the newest guidance on a thread of its own, as a window does beside the network.

    Guidance that is replaced before it was painted is left out: a display shows the newest.
    """

    def __init__(self, painter: TimedPainter):
        self._painter = painter
        self._changed = threading.Condition()
        self._newest: Guidance | None = None
        self._ended = False
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="sonoguide-bench-paint", daemon=True)
        self._thread.start()

    def __call__(self, guidance: Guidance) -> None:
        """Hand over ``guidance``; never waits."""
        with self._changed:
            self._newest = guidance
            self._changed.notify()

    def close(self) -> None:
        """End the thread. Idempotent."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while (guidance := self._take()) is not None:
            try:
                self._painter(guidance)
            except Exception as error:  # a thread has nobody to raise to: the benchmark asks for it
                self.error = error
                return

    def _take(self) -> Guidance | None:
        with self._changed:
            while self._newest is None and not self._ended:
                self._changed.wait()
            guidance, self._newest = self._newest, None
            return None if self._ended else guidance
