"""Engine: source -> grabber -> latest-frame slot -> pipeline -> listeners. It bounds latency and never
queues.

The grabber thread always reads; the inference thread takes the newest frame, counts those it had to drop, and
tells the listeners what the :class:`~guidance.pipeline.Pipeline` made of it. So guidance is at most about one
frame and one inference old, however slow the network is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from types import TracebackType
from typing import Self

from guidance.ahead import ahead
from guidance.arrivals import Arrivals
from guidance.capture import ClipBuffer
from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.frame import Frame
from guidance.grabber import Grabber, GrabberSettings
from guidance.hint import Guidance
from guidance.latency import LatencyLog
from guidance.listeners import Listener, Listeners
from guidance.model import Model
from guidance.picture_check import check_picture
from guidance.pipeline import InWork, Pipeline
from guidance.signal import Signal
from guidance.slot import Delivery, LatestFrame
from guidance.sources import Source

MAX_FAILURES = 5
"""So many failed frames in a row end a run; fewer give guidance that is paused."""

Stream = Generator[Guidance, None, None]

_log = logging.getLogger(__name__)


class Engine:
    """Guides one operator on one stream at a time.

    Three ways to drive it, one at a time: :meth:`process`, frame by frame on the caller's thread;
    :meth:`run`, which yields the guidance of a source; :meth:`start`, in the background, on a source or on
    frames that the host gives to :meth:`submit`. Listeners are called on the thread that infers: they must
    be quick.

    The operator's wishes (target, mute, manual capture) go to :attr:`coach`, from any thread.

    Args:
        model: what looks at the pictures; the caller closes it.
        coach: what turns predictions into one hint.
        profile: where the picture lies; None: what the source knows, else found from the first frames.
        listeners: called with each guidance, in this order.
        clips: gets every frame, dropped ones too, with the judgement of those that the network saw.
        stale_after_s: guidance older than this must not be shown (:meth:`is_stale`).
        delivery: which frame a slow network gets: the newest at once, or the next to arrive.
        grabber: when a live stream counts as lost or frozen, and how it reconnects.

    Example:
        >>> engine = Engine(Model.load(folder), Coach(View.A4C))  # doctest: +SKIP
        >>> for guidance in engine.run(open_source("clip.mp4")):  # doctest: +SKIP
        ...     print(guidance.advice.hint)
    """

    def __init__(
        self,
        model: Model,
        coach: Coach,
        *,
        profile: DeviceProfile | None = None,
        listeners: Iterable[Listener] = (),
        clips: ClipBuffer | None = None,
        stale_after_s: float = 0.25,
        delivery: Delivery = Delivery.NEWEST,
        grabber: GrabberSettings | None = None,
    ):
        self.coach = coach
        self.model = model
        self.clips = clips
        self.stale_after_s = stale_after_s
        self.latency = LatencyLog()
        self._pipeline = Pipeline(model, coach, profile)
        self._listeners = Listeners(listeners)
        self._delivery = delivery
        self._times = grabber or GrabberSettings()
        self._slot: LatestFrame | None = None
        self._arrivals = Arrivals()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._error: Exception | None = None
        self._failures = 0
        self._latest: Guidance | None = None

    # Driving it

    def process(self, frame: Frame, dropped: int = 0) -> Guidance:
        """Guidance for ``frame``, now, on this thread; listeners are called too.

        Raises:
            RuntimeFailure: the network failed.
            InputError: the frame does not fit the device profile that was given, or its pixels are no picture.
        """
        check_picture(frame.pixels)
        if self.clips is not None:
            self.clips.add(frame)
        guidance = self._timed(self._pipeline(frame, time.perf_counter_ns(), Signal.LIVE, dropped))
        self._pipeline.watch(frame)
        return guidance

    def run(
        self,
        source: Source,
        max_frames: int | None = None,
        *,
        fast: bool = False,
        reopen: Callable[[], Source] | None = None,
    ) -> Stream:
        """Guidance for ``source`` until it ends, ``max_frames`` are processed, or :meth:`stop`; closes the
        source.

        While a live signal is lost, the last frame comes again with state NO_SIGNAL, several times a second.

        Args:
            source: what to read.
            max_frames: process at most so many frames.
            fast: process every frame, in order (for ``open_source(..., fast=True)``). Of a recording the next frames
                are read, and looked at by the network, on threads of their own, while this one decodes its answers
                and coaches and the listeners work; else all is done on this thread. Not fast: the source is read on a
                thread of its own, and the newest frame wins.
            reopen: opens a lost live source anew; without it a loss ends the run.

        Raises:
            InputError, RuntimeFailure: what the source raised, after the guidance of all earlier frames; or
                the network failed :data:`MAX_FAILURES` times in a row.
        """
        self._begin()
        return self._guide(source, max_frames, fast, reopen)

    def start(
        self, source: Source | None = None, *, fast: bool = False, reopen: Callable[[], Source] | None = None
    ) -> None:
        """Guide in the background: ``source`` as :meth:`run` does, or frames given to :meth:`submit`.

        What ended it early is in :attr:`error`.
        """
        self._begin()
        if source is None:
            self._pipeline.restart(live=True, paced=True)
            slot = self._new_slot()
            work = self._newest_submitted(slot)
        else:
            work = self._guide(source, None, fast, reopen)
        self._thread = threading.Thread(
            target=self._drain, args=(work,), name="sonoguide-inference", daemon=True
        )
        self._thread.start()

    def submit(self, frame: Frame) -> None:
        """Hand over a frame, from any thread; never blocks, the newest wins. Its guidance comes to the listeners.

        Raises:
            InputError: its pixels are no picture; guidance on the others goes on.
            RuntimeError: the engine was not started for submitted frames.
        """
        check_picture(frame.pixels)
        slot = self._slot
        if slot is None:
            raise RuntimeError("start() the engine before frames are submitted")
        self._arrived(frame)
        slot.put(frame)

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End :meth:`run`, or the background, after the inference under way. False when that takes longer."""
        self._stopped.set()
        slot = self._slot
        if slot is not None:
            slot.close()
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Watching it

    def add_listener(self, listener: Listener) -> None:
        """Call ``listener`` with each guidance from now on. One that keeps failing is logged and left out."""
        self._listeners.add(listener)

    def remove_listener(self, listener: Listener) -> None:
        """Do not call ``listener`` any more."""
        self._listeners.remove(listener)

    def latest(self) -> Guidance | None:
        """The newest guidance; None before the first."""
        return self._latest

    def age_s(self, now_ns: int | None = None) -> float:
        """Age of the newest guidance (:attr:`Guidance.as_of_ns`) in seconds at ``now_ns``; infinite without any."""
        latest = self._latest
        if latest is None:
            return float("inf")
        return ((time.perf_counter_ns() if now_ns is None else now_ns) - latest.as_of_ns) / 1e9

    def is_stale(self, now_ns: int | None = None) -> bool:
        """Whether the newest guidance is too old to be shown."""
        return self.age_s(now_ns) > self.stale_after_s

    @property
    def running(self) -> bool:
        """Whether the background thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def error(self) -> Exception | None:
        """What ended the background early, or None."""
        return self._error

    @property
    def dropped(self) -> int:
        """Frames of this run that were replaced by newer ones before the network could take them."""
        return 0 if self._slot is None else self._slot.dropped

    @property
    def profile(self) -> DeviceProfile | None:
        """Where the picture lies, as used for the last frame."""
        return self._pipeline.profile

    # Inside

    def _begin(self) -> None:
        if self.running:
            raise RuntimeError("the engine is running: stop it first")
        self._stopped.clear()
        self._error = None
        self._failures = 0
        self._latest = None
        self._slot = None

    def _new_slot(self) -> LatestFrame:
        self._arrivals = Arrivals()
        self._slot = LatestFrame(self._delivery)
        if self._stopped.is_set():  # stop() came before there was a slot to close
            self._slot.close()
        return self._slot

    def _arrived(self, frame: Frame) -> None:
        """On the grabber's or the host's thread, with every frame."""
        self._arrivals.note(frame, time.perf_counter_ns())
        if self.clips is not None:
            self.clips.add(frame)

    def _guide(
        self, source: Source, max_frames: int | None, fast: bool, reopen: Callable[[], Source] | None
    ) -> Stream:
        self._pipeline.restart(source.info, paced=not fast)
        count = 0
        work = self._every_frame(source) if fast else self._newest_frames(source, reopen)
        with closing(work):
            previous: Frame | None = None
            for guidance in work:
                yield guidance
                count += guidance.frame is not previous
                previous = guidance.frame
                if self._stopped.is_set() or (max_frames is not None and count >= max_frames):
                    return

    def _every_frame(self, source: Source) -> Stream:
        recorded = source.info.recorded
        prepared = self._prepared(source, keep=recorded)
        looked_at = self._looked_at(ahead(prepared) if recorded else prepared)
        with closing(ahead(looked_at) if recorded else looked_at) as works:
            for work in works:
                if self.clips is not None:
                    self.clips.add(work.frame)
                yield self._concluded(work)

    def _prepared(self, source: Source, *, keep: bool) -> Generator[InWork, None, None]:
        with closing(source):
            while not self._stopped.is_set():
                frame = source.read()
                if frame is None:
                    return
                yield self._pipeline.prepare(frame, time.perf_counter_ns(), keep=keep)
                self._pipeline.watch(frame)

    def _looked_at(self, works: Generator[InWork, None, None]) -> Generator[InWork, None, None]:
        with closing(works):
            for work in works:
                work.timer.mark("queue", time.perf_counter_ns())
                self._pipeline.look(work)
                yield work

    def _newest_frames(self, source: Source, reopen: Callable[[], Source] | None) -> Stream:
        slot = self._new_slot()
        grabber = Grabber(source, slot, on_frame=self._arrived, reopen=reopen, settings=self._times)
        grabber.start()
        try:
            yield from self._take(slot, grabber.signal)
            if grabber.error is not None and not self._stopped.is_set():
                yield from self._without_frame(Signal.LOST)
                raise grabber.error
        finally:
            grabber.stop()

    def _newest_submitted(self, slot: LatestFrame) -> Stream:
        lost_ns = self._times.lost_after_s * 1e9
        arrivals = self._arrivals

        def signal() -> Signal:
            return Signal.LOST if time.perf_counter_ns() - arrivals.last_ns > lost_ns else Signal.LIVE

        return self._take(slot, signal)

    def _take(self, slot: LatestFrame, signal: Callable[[], Signal]) -> Stream:
        """Guidance for the newest frame, again and again, until the slot is closed and empty."""
        while not self._stopped.is_set():
            # Woken twice within the staleness limit, so that a lost signal is said anew before it goes stale.
            frame = slot.get(self.stale_after_s / 2)
            if frame is not None:
                # A frame is at hand, so the signal is not lost: it may just have ended after this frame.
                frozen = signal() is Signal.FROZEN
                state = Signal.FROZEN if frozen else Signal.LIVE
                yield self._attempt(frame, self._arrivals.take(frame), state, slot.dropped)
                if state is Signal.LIVE:
                    self._pipeline.watch(frame)  # whoever takes the guidance has it by now
            elif slot.closed:
                return
            elif signal() is Signal.LOST:
                yield from self._without_frame(Signal.LOST)

    def _without_frame(self, signal: Signal) -> Stream:
        last = self._latest
        if last is not None:
            yield self._publish(self._pipeline.without_frame(last, signal))

    def _attempt(self, frame: Frame, arrived_ns: int, signal: Signal, dropped: int) -> Guidance:
        work = self._pipeline.prepare(frame, arrived_ns, signal, dropped)
        self._pipeline.look(work)
        return self._concluded(work)

    def _concluded(self, work: InWork) -> Guidance:
        """A frame that the network fails on now and then gives paused guidance instead of an end."""
        work.timer.mark("queue", time.perf_counter_ns())
        self._pipeline.decode(work)
        if work.error is not None:
            self._failures += 1
            if self._failures >= MAX_FAILURES:
                raise work.error
            _log.warning("frame %d: %s", work.frame.index, work.error)
            return self._publish(self._pipeline.paused(work.frame, work.dropped))
        self._failures = 0
        return self._timed(self._pipeline.conclude(work))

    def _timed(self, guidance: Guidance) -> Guidance:
        self.latency.add(guidance.latency_ms)
        return self._publish(guidance)

    def _publish(self, guidance: Guidance) -> Guidance:
        self._latest = guidance
        if self.clips is not None:
            self.clips.note(guidance)
        self._listeners.tell(guidance)
        return guidance

    def _drain(self, work: Stream) -> None:
        try:
            for _ in work:
                if self._stopped.is_set():
                    break
        except Exception as error:  # a thread has nobody to raise to: the host asks for it
            self._error = error
            _log.error("guidance ended: %s", error)
        finally:
            work.close()
