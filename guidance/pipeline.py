"""Pipeline: one frame -> one Guidance: crop, network, coach, and a stamp after each stage."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.errors import RuntimeFailure
from guidance.frame import Frame
from guidance.hint import Guidance
from guidance.latency import STAGES, StageTimer
from guidance.live_profile import LiveProfile
from guidance.model import Model
from guidance.picture_check import check_picture
from guidance.picture_kind import KindWatch, PictureKind
from guidance.prediction import Prediction
from guidance.preprocess import Preprocessor
from guidance.screen_watch import ScreenState
from guidance.signal import Signal
from guidance.sources import SourceInfo


@dataclass(slots=True, eq=False)
class InWork:
    """A frame on its way through the pipeline.

    Attributes:
        frame: the frame. dropped: frames left out before it.
        timer: stamps its stages.
        signal: what the stream does; without a live one there is nothing to predict from.
        tensor: the network's input, (1, 1, S, S) float32.
        kind: of picture.
        answer: of the network, once it has looked: gives what it means.
        prediction: what it means, once it is decoded.
        error: why it could not look, or what it said means nothing.
    """

    frame: Frame
    dropped: int
    timer: StageTimer
    signal: Signal
    tensor: NDArray[np.float32] | None
    kind: PictureKind
    answer: Callable[[], Prediction] | None = None
    prediction: Prediction | None = None
    error: RuntimeFailure | None = None


class Pipeline:
    """What becomes of a frame, in four steps: :meth:`prepare`, :meth:`look`, :meth:`decode`, :meth:`conclude`.

    Each step has a state of its own, so that different threads may do them; each step takes the frames in order. The
    coach's time is the frame's stream time, so that the same frames always give the same hints.

    Args:
        model: looks at the pictures.
        coach: turns predictions into one hint.
        profile: where the picture lies, for every stream until its screen changes; None: what each source knows,
            else found from its first frames.
    """

    def __init__(self, model: Model, coach: Coach, profile: DeviceProfile | None = None):
        self._model = model
        self._memory = model.new_memory()
        self._coach = coach
        self._given = profile
        self._from_source: DeviceProfile | None = None
        self._found = LiveProfile(profile)
        self._live = False
        self._preprocessor: Preprocessor | None = None
        self._kinds = KindWatch()

    @property
    def profile(self) -> DeviceProfile | None:
        """The profile in use; None before the first frame."""
        return None if self._preprocessor is None else self._preprocessor.profile

    def restart(self, info: SourceInfo | None = None, *, live: bool = False, paced: bool = False) -> None:
        """A new stream begins.

        Args:
            info: what its source knows.
            live: whether a stream without a source is live.
            paced: frames do not wait for what takes long: searches for the picture run beside them, as on a live
                stream. Else the same frames always give the same guidance.
        """
        self._from_source = None if info is None else info.profile
        self._live = live if info is None else info.live
        self._found = LiveProfile(
            self._given, region=None if info is None else info.region, beside=paced or self._live
        )
        self._preprocessor = None
        self._kinds.reset(info is not None and info.not_adult)
        self._coach.reset()
        if self._memory is not None:
            self._memory.reset()

    def __call__(
        self, frame: Frame, arrived_ns: int, signal: Signal = Signal.LIVE, dropped: int = 0
    ) -> Guidance:
        """Guidance for ``frame``, which was handed over at ``arrived_ns`` (``perf_counter_ns``).

        Without a live signal the network is not run.

        Raises:
            RuntimeFailure: the network failed.
            InputError: the frame does not fit the given profile.
        """
        work = self.prepare(frame, arrived_ns, signal, dropped)
        self.look(work)
        self.decode(work)
        if work.error is not None:
            raise work.error
        return self.conclude(work)

    def prepare(
        self,
        frame: Frame,
        arrived_ns: int,
        signal: Signal = Signal.LIVE,
        dropped: int = 0,
        *,
        keep: bool = False,
    ) -> InWork:
        """The network's input for ``frame``; it lasts until the next frame is prepared, or longer with ``keep``.

        Raises:
            InputError: the frame does not fit the given profile, or its pixels are no picture (of a plug-in's source).
        """
        check_picture(frame.pixels)
        timer = StageTimer(frame.t_capture_ns)
        timer.mark("grab", arrived_ns)
        timer.mark("queue", time.perf_counter_ns())
        fitting = self._fitting(frame) if signal is Signal.LIVE else None
        if fitting is not None and self._live and self._found.state is ScreenState.FROZEN:
            signal, fitting = Signal.FROZEN, None  # whatever moves around the picture
        tensor, kind = None, PictureKind.B_MODE
        if fitting is not None:
            tensor = fitting(frame.pixels)
            scale = None if frame.mm_per_px is None else frame.mm_per_px[1]
            kind = self._kinds.see(frame.t_stream_s, frame.pixels, fitting.seen, fitting.profile, scale)
            if keep:
                tensor = tensor.copy()
        timer.mark("preprocess", time.perf_counter_ns())
        return InWork(frame, dropped, timer, signal, tensor, kind)

    def look(self, work: InWork) -> None:
        """Run the network; where it fails, ``work`` says so."""
        if work.tensor is not None:
            try:
                work.answer = self._model.ask(work.tensor, self._memory, work.frame.t_stream_s)
            except RuntimeFailure as error:
                work.error = error
        work.timer.mark("infer", time.perf_counter_ns())

    def decode(self, work: InWork) -> None:
        """Find out what the network said; where that means nothing, ``work`` says so.

        Apart from :meth:`look`, so that the network need not wait for it: it is a tenth of a millisecond or more.
        """
        if work.answer is not None:
            try:
                work.prediction = work.answer()
            except RuntimeFailure as error:
                work.error = error
            work.answer = None  # the raw answers need not live as long as the guidance
        work.timer.mark("infer", time.perf_counter_ns())

    def conclude(self, work: InWork) -> Guidance:
        """What the coach says to it."""
        frame = work.frame
        advice = self._coach.advise(
            frame.t_stream_s, work.prediction, pose=frame.pose, signal=work.signal, kind=work.kind
        )
        ready_ns = time.perf_counter_ns()
        work.timer.mark("coach", ready_ns)
        return Guidance(frame, advice, work.prediction, work.timer.finish(), work.dropped, ready_ns)

    def watch(self, frame: Frame) -> None:
        """Look at the screen round the picture, by whoever prepares, before the next frame: it delays no guidance."""
        if self._preprocessor is not None and self._preprocessor.profile is not self._from_source:
            self._found.watch(frame)

    def paused(self, frame: Frame, dropped: int = 0) -> Guidance:
        """Guidance that is paused, for a frame on which the network failed."""
        return self._unseen(frame, Signal.LIVE, dropped)

    def without_frame(self, last: Guidance, signal: Signal) -> Guidance:
        """The ``last`` guidance anew, as of now, while no frame comes."""
        return self._unseen(last.frame, signal, last.dropped)

    def _unseen(self, frame: Frame, signal: Signal, dropped: int) -> Guidance:
        advice = self._coach.advise(frame.t_stream_s, None, pose=frame.pose, signal=signal)
        nothing_ran = dict.fromkeys(STAGES, 0.0)
        return Guidance(frame, advice, None, nothing_ran, dropped, time.perf_counter_ns())

    def _fitting(self, frame: Frame) -> Preprocessor:
        """The preprocessor for ``frame``; a new one only where the profile has changed."""
        profile = self._profile_of(frame)
        if self._preprocessor is None or self._preprocessor.profile is not profile:
            self._preprocessor = Preprocessor(profile, self._model.manifest.input)
        return self._preprocessor

    def _profile_of(self, frame: Frame) -> DeviceProfile:
        known = self._from_source
        if self._given is None and known is not None and (known.width, known.height) == frame.size:
            return known
        return self._found.see(frame)
