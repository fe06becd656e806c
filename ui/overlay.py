"""GuidanceOverlay: a transparent widget over any host widget, or our own whole display. Guidance comes from any thread.

It watches the clock itself: when guidance stops coming it says so, whatever the threads that made it are doing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal  # type: ignore[attr-defined]
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QAbstractScrollArea, QWidget

from guidance.device import DeviceProfile
from guidance.hint import Guidance, State
from ui.layout import Mode
from ui.overlay_parts import ALL_PARTS, OverlayParts
from ui.paint_count import PaintCount
from ui.painter import CAPTURE_QUALITY, STALE_AFTER_S, USUAL, Wanted, paint_guidance, words
from ui.palette import DARK, Palette
from ui.sector_path import sector_path
from ui.state_look import StateLook

TICK_MS = 33
"""How often what moves is painted anew."""

_MOVED = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.LayoutRequest)
_ANIMATED = (State.SEARCHING, State.ADJUSTING, State.NO_CONTACT)


class GuidanceOverlay(QWidget):
    """Guidance over a host's picture (``Mode.OVER``), or picture and guidance together (``Mode.FULL``).

    Over a host it covers the host (of a QGraphicsView or another scroll area its viewport), follows its size, lets
    every mouse and key event through and takes no focus. A QVideoWidget shows its video in a window of the system's,
    over which no widget can be painted: use :class:`ui.floating_overlay.FloatingOverlay` there.

    Args:
        host: the widget that shows the picture; None for a widget of its own.
        mode: OVER paints guidance only; FULL also the background and the picture.
        palette: colours.
        show: which parts are painted over a host.
        stale_after_s: guidance older than this is not shown: the overlay says that guidance is paused.
        clock: ``time.perf_counter_ns``, or another for a replay.

    Signals:
        said: line one and line two, each time that they change.

    Attributes:
        count: what was painted, what was not, and how long painting took.

    Example:
        >>> overlay = GuidanceOverlay(my_video_widget)  # doctest: +SKIP
        >>> engine.add_listener(overlay.set_guidance)  # doctest: +SKIP
    """

    _arrived = Signal()
    said = Signal(str, str)

    def __init__(
        self,
        host: QWidget | None = None,
        *,
        mode: Mode = Mode.OVER,
        palette: Palette = DARK,
        show: OverlayParts = ALL_PARTS,
        stale_after_s: float = STALE_AFTER_S,
        clock: Callable[[], int] = time.perf_counter_ns,
    ):
        super().__init__(host)
        self._mode = mode
        self._colours = palette
        self._stale_after_s = stale_after_s
        self._clock = clock
        self._guidance: Guidance | None = None
        self._picture: NDArray[np.uint8] | None = None
        self._place: Callable[[], QRectF] | None = None
        self._wanted = USUAL
        self.count = PaintCount()
        self._profile: DeviceProfile | None = None
        self._options: dict[str, Any] = {"capture_quality": CAPTURE_QUALITY, "show": show}
        self._lines = ("", "")
        self._arrived.connect(self._refresh, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)
        self._expiry = QTimer(self)  # rings when what is shown has become too old
        self._expiry.setSingleShot(True)
        self._expiry.setTimerType(Qt.TimerType.PreciseTimer)
        self._expiry.timeout.connect(self._refresh)
        if mode is Mode.OVER:
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        else:
            self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
            self.setMinimumSize(640, 480)
        self._surface: QWidget | None = host
        if isinstance(host, QAbstractScrollArea):
            self._surface = host.viewport()  # not its child: scrolling would take the overlay along
        if host is not None and self._surface is not None:
            host.installEventFilter(self)
            self._surface.installEventFilter(self)
            self._cover()
            self.show()

    # What a host tells it, from any thread

    def set_guidance(self, guidance: Guidance | None) -> None:
        """Show ``guidance``; the newest wins. None forgets what was shown (a new stream)."""
        self._guidance = guidance
        self.count.arrived(guidance)
        self._arrived.emit()

    def set_picture(self, pixels: NDArray[np.uint8] | None) -> None:
        """FULL only: paint ``pixels``, newer than the guidance's own, until told otherwise (None)."""
        self._picture = pixels
        self._arrived.emit()

    # What a host tells it, on the GUI thread

    def set_picture_rect(self, place: QRectF | Callable[[], QRectF] | None) -> None:
        """Where the host paints the whole picture, in the host's coordinates; a function is asked at every paint.

        Functions for several kinds of host: :mod:`ui.host_picture`. Parts stand in what is in sight of the picture;
        outlines lie where they belong. None: the picture fills the host.
        """
        self._place = (lambda: place) if isinstance(place, QRectF) else place
        self.update()

    def set_capture_quality(self, quality: float) -> None:
        """Where the meter's line stands: ``manifest.hints.hold_quality`` of the model."""
        self._set(capture_quality=quality)

    def set_structures(self, show: bool, profile: DeviceProfile | None = None) -> None:
        """Outline the structures that the model sees; ``profile`` says where the sector lies."""
        self._set(show_structures=show, profile=profile)

    def set_parts(self, show: OverlayParts) -> None:
        """Which parts are painted over a host."""
        self._set(show=show)

    def set_palette(self, palette: Palette) -> None:
        """Paint in other colours."""
        self._colours = palette
        self._refresh()

    def set_profile(self, profile: DeviceProfile | None) -> None:
        """Where the sector lies in the picture: outlined where ``OverlayParts.sector`` says so."""
        self._profile = profile
        self._refresh()

    def set_notice(self, notice: StateLook | None) -> None:
        """Say ``notice`` instead of guidance, such as the end of a recording; None ends it."""
        self._set(notice=notice)

    def set_wanted(self, wanted: Wanted) -> None:
        """Language, size of text, and what is shown besides the guidance."""
        self._wanted = wanted
        self._refresh()

    def _set(self, **options: Any) -> None:
        self._options.update(options)
        self._refresh()

    # What it says

    @property
    def guidance(self) -> Guidance | None:
        """The newest guidance it was given."""
        return self._guidance

    @property
    def wanted(self) -> Wanted:
        """What is shown besides the guidance."""
        return self._wanted

    def lines(self) -> tuple[str, str]:
        """Line one and line two as they are shown at this moment."""
        return words(
            self._guidance,
            self._clock(),
            stale_after_s=self._stale_after_s,
            notice=self._options.get("notice"),
            language=self._wanted.words,
        )

    # Qt

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint the newest guidance."""
        guidance = self._guidance
        whole = QRectF(self.rect())
        place = whole if self._place is None else self._place()
        began_ns = time.perf_counter_ns()
        painter = QPainter(self)
        try:
            if self._mode is Mode.OVER and self._profile is not None and self._options["show"].sector:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(QColor(self._colours.guide), 1.5))
                painter.drawPath(sector_path(self._profile, place))
            paint_guidance(
                painter,
                place if self._mode is Mode.FULL else place.intersected(whole),
                guidance,
                now_ns=self._clock(),
                palette=self._colours,
                stale_after_s=self._stale_after_s,
                mode=self._mode,
                picture=self._picture,
                wanted=self._wanted,
                picture_rect=place,
                **self._options,
            )
        finally:
            painter.end()
        self.count.painted(guidance, began_ns, time.perf_counter_ns())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the host's size."""
        if event is not None and event.type() in _MOVED and watched in (self.parentWidget(), self._surface):
            self._cover()
        return False

    def _cover(self) -> None:
        """Lie over the surface; above what the host has added since."""
        surface = self._surface
        if surface is None:
            return
        self.setGeometry(surface.rect() if surface is self.parentWidget() else surface.geometry())
        self.raise_()

    def _refresh(self) -> None:
        said = self.lines()
        if said != self._lines:
            self._lines = said
            self.setAccessibleName(said[0])
            self.setAccessibleDescription(said[1])
            self.said.emit(*said)
        if self._guidance is not None:
            age_s = (self._clock() - self._guidance.as_of_ns) / 1e9
            if 0.0 <= age_s <= self._stale_after_s:
                self._expiry.start(round(1000 * (self._stale_after_s - age_s)) + 1)
        self.update()

    def _tick(self) -> None:
        """Repaint where something moves, or where the words are no longer true."""
        guidance = self._guidance
        moving = guidance is None or guidance.advice.state in _ANIMATED
        if moving or self.lines() != self._lines:
            self._refresh()
