"""GuidanceEngine: the engine as a QObject. A host hands it pictures; guidance is a signal on the host's thread.

It works on one thread of its own, and the host never waits for that: pictures are handed over, the newest wins.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from qtpy.QtCore import QCoreApplication, QObject, Qt, Signal  # type: ignore[attr-defined]

from guidance.capture import AutoCapture, Clip, ClipBuffer
from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.errors import SonoguideError
from guidance.frame import Frame
from guidance.hint import Guidance
from guidance.model import Model, default_model_folder
from guidance.views import View, parse_view
from guidance.wording import Catalogue
from guidance.wording.en import ENGLISH
from ui.host_frame import ColourOrder, pixels_of

CHECK_MS = 500
"""How often it looks whether the engine has given up."""


class GuidanceEngine(QObject):
    """Guidance for the pictures that a Qt program shows.

    Signals arrive on the thread that this object lives on. When that is busy, only the newest guidance is told.

    Args:
        model: a loaded model, which stays the caller's, or its folder; None: the one that comes along.
        target: the view to aim at.
        profile: where the picture lies; None: found from the first pictures.
        runtime: what runs the network, when ``model`` is a folder or None.
        catalogue: language of the hints.
        clip_s: seconds of a clip.
        source: what the pictures are called; those of a virtual patient (``phantom:``) are labelled so.
        parent: owner.

    Signals:
        guidance: each new :class:`~guidance.hint.Guidance`.
        clip: each :class:`~guidance.capture.Clip`: of a view that was held, or by :meth:`capture`.
        failed: guidance has ended, and why, in one line.

    Raises:
        InputError, RuntimeFailure: the model cannot be loaded.

    Example:
        >>> engine = GuidanceEngine(parent=window)  # doctest: +SKIP
        >>> engine.guidance.connect(overlay.set_guidance)  # doctest: +SKIP
        >>> engine.start()  # doctest: +SKIP
        >>> engine.submit(image)  # doctest: +SKIP
    """

    guidance = Signal(object)
    clip = Signal(object)
    failed = Signal(str)
    _woken = Signal()

    def __init__(
        self,
        model: Model | Path | None = None,
        target: View = View.A4C,
        *,
        profile: DeviceProfile | None = None,
        runtime: str = "auto",
        catalogue: Catalogue = ENGLISH,
        clip_s: float = 3.0,
        source: str = "host",
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._source = source
        self._owned = not isinstance(model, Model)
        self.model = (
            model
            if isinstance(model, Model)
            else Model.load(model or default_model_folder(), runtime=runtime)
        )
        self.coach = Coach(target, self.model.manifest.hints, catalogue)
        self._clips = ClipBuffer()
        self._capture = AutoCapture(self._clips, self._took, clip_s)
        self._engine = Engine(
            self.model, self.coach, profile=profile, clips=self._clips, listeners=[self._capture, self._heard]
        )
        self._lock = threading.Lock()
        self._newest: Guidance | None = None
        self._taken: list[Clip] = []
        self._waking = False
        self._index, self._began_ns = 0, time.perf_counter_ns()
        self._closed = False
        self._woken.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._timer = self.startTimer(CHECK_MS)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)
        # Python's part may go before Qt's: what must end is bound to nothing of ours.
        engine = self._engine
        self.destroyed.connect(lambda *_: engine.stop())

    # Driving it

    def start(self) -> None:
        """Begin, or begin anew with another patient. Starting twice is harmless."""
        if self._closed or self._engine.running:
            return
        with self._lock:
            self._index, self._began_ns = 0, time.perf_counter_ns()
        self._engine.start()

    def stop(self) -> None:
        """End; the picture under way is finished, and no signal comes after it."""
        self._engine.stop()
        with self._lock:
            self._newest = None

    def close(self) -> None:
        """Stop for good, and let go of the model where it is ours. Called by itself when the application quits."""
        if self._closed:
            return
        self._closed = True
        self.killTimer(self._timer)
        self.stop()
        if self._owned:
            self.model.close()

    def submit(
        self, picture: Any, t_stream_s: float | None = None, *, order: ColourOrder = ColourOrder.BGR
    ) -> None:
        """Hand over the newest picture, from any thread; it never waits for the network.

        Args:
            picture: a Frame, which is passed on as it is; a QImage, a QVideoFrame, or a uint8 array (H, W), (H, W, 3)
                or (H, W, 4) with any strides: these are copied.
            t_stream_s: seconds on the stream's time line; None: since :meth:`start`.
            order: of an array's channels.

        Raises:
            InputError: it is no such picture.
            RuntimeError: the engine was not started.
        """
        if isinstance(picture, Frame):
            self._engine.submit(picture)
            return
        pixels = pixels_of(picture, order)
        with self._lock:  # pictures from two threads: numbered in the order in which they are handed over
            now_ns = time.perf_counter_ns()
            seconds = (now_ns - self._began_ns) / 1e9 if t_stream_s is None else t_stream_s
            frame = Frame(pixels, self._index, now_ns, seconds, source=self._source)
            self._index += 1
            self._engine.submit(frame)

    # The operator's wishes

    def set_target(self, view: str) -> None:
        """Aim at ``view``, a :class:`~guidance.views.View` or its name.

        Raises:
            InputError: no standard view has this name.
        """
        self.coach.set_target(parse_view(view))

    def mute(self, muted: bool = True) -> None:
        """Silence hints, or let them come again."""
        self.coach.mute(muted)

    def dismiss(self) -> None:
        """The operator disagrees with the hint on screen."""
        self.coach.dismiss_hint()

    def capture(self) -> None:
        """The operator says that this is the picture: the last seconds come as :attr:`clip`."""
        self._capture.capture_now(self.coach.target)
        self.coach.mark_captured()

    # Watching it

    @property
    def running(self) -> bool:
        """Whether guidance may come."""
        return self._engine.running

    @property
    def dropped(self) -> int:
        """Pictures that were left out because a newer one had come."""
        return self._engine.dropped

    @property
    def profile(self) -> DeviceProfile | None:
        """Where the picture lies, as far as known."""
        return self._engine.profile

    @property
    def capture_quality(self) -> float:
        """From which quality a view is held, for :meth:`ui.overlay.GuidanceOverlay.set_capture_quality`."""
        return self.model.manifest.hints.hold_quality

    # Inside

    def timerEvent(self, event: Any) -> None:
        """Say once that guidance has ended."""
        error = self._engine.error
        if error is not None and not self._engine.running:
            self.killTimer(self._timer)
            text = str(error) if isinstance(error, SonoguideError) else f"{type(error).__name__}: {error}"
            self.failed.emit(text)

    def _heard(self, guidance: Guidance) -> None:
        """On the thread that infers."""
        with self._lock:
            self._newest = guidance
        self._wake()

    def _took(self, clip: Clip) -> None:
        with self._lock:
            self._taken.append(clip)
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            waking, self._waking = self._waking, True
        if not waking:  # one event waits at most, however busy the host is
            self._woken.emit()

    def _tell(self) -> None:
        """On the host's thread."""
        with self._lock:
            newest, self._newest = self._newest, None
            taken, self._taken = self._taken, []
            self._waking = False
        if newest is not None:
            self.guidance.emit(newest)
        for clip in taken:
            self.clip.emit(clip)
