"""Player: which picture of a clip is on screen; it plays at the clip's own rate, over and over, or steps."""

from __future__ import annotations

import time
from collections.abc import Callable

from qtpy.QtCore import QObject, Qt, QTimer, Signal  # type: ignore[attr-defined]

from guidance.exam.clip_pictures import ClipPictures

TICK_MS = 10
PAUSE_AT_END_S = 0.5


class Player(QObject):
    """Says :attr:`moved` whenever another picture is to be shown, and :attr:`played` when it begins or stops playing.

    Args:
        clock_s: seconds of a clock that never jumps.
    """

    moved = Signal(int)
    played = Signal(bool)

    def __init__(self, parent: QObject | None = None, clock_s: Callable[[], float] = time.perf_counter):
        super().__init__(parent)
        self._clock_s = clock_s
        self._pictures: ClipPictures | None = None
        self._index = 0
        self._from_s = 0.0
        self._began_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def index(self) -> int:
        """The picture on screen."""
        return self._index

    @property
    def playing(self) -> bool:
        """Whether it moves by itself."""
        return self._timer.isActive()

    def load(self, pictures: ClipPictures | None) -> None:
        """Take another clip, at its first picture, at rest; None: none."""
        self.pause()
        self._pictures = pictures
        self._index = 0
        if pictures is not None:
            self.moved.emit(0)

    def play(self) -> None:
        """Go on from here; from the beginning, at the end."""
        if self._pictures is None or len(self._pictures) < 2 or self.playing:
            return
        if self._index == len(self._pictures) - 1:
            self._show(0)
        self._begin()
        self._timer.start(TICK_MS)
        self.played.emit(True)

    def pause(self) -> None:
        """Stay at this picture."""
        if self.playing:
            self._timer.stop()
            self.played.emit(False)

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def step(self, by: int) -> None:
        """``by`` pictures on (negative: back), within the clip, and stay there."""
        self.go_to(self._index + by)

    def go_to(self, index: int) -> None:
        """Show picture ``index``, or the nearest there is, and stay there."""
        self.pause()
        if self._pictures is not None:
            self._show(min(len(self._pictures) - 1, max(0, index)))

    def _begin(self) -> None:
        assert self._pictures is not None
        self._from_s, self._began_s = self._pictures.times_s[self._index], self._clock_s()

    def _tick(self) -> None:
        pictures = self._pictures
        if pictures is None:
            return
        t_s = self._from_s + self._clock_s() - self._began_s
        if t_s > pictures.times_s[-1] + PAUSE_AT_END_S:
            self._show(0)
            self._begin()
        else:
            self._show(pictures.index_at(t_s))

    def _show(self, index: int) -> None:
        if index != self._index:
            self._index = index
            self.moved.emit(index)
