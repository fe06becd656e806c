"""A latency measurement at work: the pattern on a screen, a stream that sees it, the engine, and the display."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from qtpy.QtCore import QEventLoop, QObject, Qt, QTimer

from calibration.latency_code import CODES
from calibration.latency_delays import Delays, Guided, Shown, delays_of
from calibration.latency_reader import Verdict
from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.errors import InputError
from guidance.hint import Guidance
from guidance.latency import percentiles
from guidance.model import Model
from guidance.pauses import real_time
from guidance.sector import whole_frame
from guidance.sources import Source
from guidance.views import View
from ui.latency_reading import ReadingThread
from ui.latency_windows import PatternWindow, TimedDisplay
from ui.tap import Tap

DELIVERS_S = 5.0
"""A device that sends nothing for so long, at the start, does not deliver."""

FIND_S = 15.0
FOUND = 5
"""So many pictures must have been read before measuring begins, within :data:`FIND_S`."""

WARM_UP_S = 1.0
TAIL_S = 1.0
"""Codes go on for so long after the end, so that the last ones measured can arrive."""

FEWEST = 10
"""Codes without which there is no result."""

FIRST_HOLD_S = 0.1
POLL_MS = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run gave.

    Attributes:
        delays: of every code and picture.
        shown_ms: what handing a code to the display took, p50: the clock knows no better when it was shown.
        interval_ms: percentiles of the time between captured pictures.
        stages_ms: percentiles of the engine's stages.
        size: (width, height) of the captured pictures.
        left_out: pictures that were not read, because reading was behind.
        dropped: pictures that the engine dropped.
        seconds: how long it measured.
        cut_short: somebody ended it, or the stream did.
    """

    delays: Delays
    shown_ms: float
    interval_ms: dict[str, float]
    stages_ms: dict[str, dict[str, float]]
    size: tuple[int, int]
    left_out: int
    dropped: int
    seconds: float
    cut_short: bool


def measure(
    source: Source,
    model: Model,
    pattern: PatternWindow,
    display: TimedDisplay,
    *,
    seconds: float,
    refresh_hz: float,
    profile: DeviceProfile | None = None,
    find_s: float = FIND_S,
    delivers_s: float = DELIVERS_S,
) -> Measured:
    """Show the pattern, guide on what ``source`` sees of it, and measure for ``seconds``; closes the source.

    Both windows are there already. On the GUI thread; runs an event loop of its own.

    Raises:
        InputError: the source delivers nothing, or no pattern can be read in it, or too few codes were.
        RuntimeFailure: the stream or the network failed before there was a result.
    """
    display.swapped_ns.clear()
    readings = ReadingThread()
    try:
        run = _Run(
            source, model, pattern, display, readings, seconds, refresh_hz, profile, find_s, delivers_s
        )
        with real_time():
            return run.measure()
    finally:
        readings.close()


class _Run(QObject):
    def __init__(
        self,
        source: Source,
        model: Model,
        pattern: PatternWindow,
        display: TimedDisplay,
        readings: ReadingThread,
        seconds: float,
        refresh_hz: float,
        profile: DeviceProfile | None,
        find_s: float,
        delivers_s: float,
    ):
        super().__init__()
        self._uri = source.info.uri
        self._pattern, self._display, self._readings = pattern, display, readings
        self._seconds, self._find_s, self._delivers_s = seconds, find_s, delivers_s
        self._refresh_s = 1.0 / refresh_hz
        if profile is None and source.info.size is not None:
            profile = whole_frame(source.info.size)  # nothing to look for: the pattern has no sector
        self._engine = Engine(
            model,
            Coach(View.A4C, model.manifest.hints),
            profile=profile,
            listeners=[self._note, display.set_guidance],
        )
        self._source = Tap(source, readings.add)
        self._guided: dict[int, Guided] = {}
        self._shown: list[Shown] = []
        # Begins where the clock stands: pictures of an earlier run that a device still holds do not fit.
        self._code = time.perf_counter_ns() // 1_000_000 % CODES
        self._hold_s = FIRST_HOLD_S, FIRST_HOLD_S
        self._rng = np.random.default_rng(0)
        self._began_ns = 0
        self._from_ns: int | None = None
        self._until_ns: int | None = None
        self._failure: InputError | None = None
        self._cut_short = False
        self._loop = QEventLoop()
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setTimerType(Qt.TimerType.PreciseTimer)
        self._next.timeout.connect(self._show_next)
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._watch)

    def measure(self) -> Measured:
        self._pattern.ended.connect(self._cut)
        self._began_ns = time.perf_counter_ns()
        self._engine.start(self._source)
        try:
            self._poll.start(POLL_MS)
            self._next.start(0)
            self._loop.exec()
        finally:
            self._poll.stop()
            self._next.stop()
            self._engine.stop()
            self._source.close()
            self._readings.close()
        if self._failure is not None:
            raise self._failure
        return self._result()

    # On the engine's thread

    def _note(self, guidance: Guidance) -> None:
        if guidance.prediction is not None:
            index = guidance.frame.index
            self._guided[index] = Guided(index, guidance.t_ready_ns, guidance.latency_ms)

    # On the GUI thread

    def _show_next(self) -> None:
        self._code = (self._code + 1) % CODES
        self._shown.append(self._pattern.show_code(self._code))
        # Held for uneven times: screen and camera must not keep step, or every code would wait equally long.
        self._next.start(round(1000 * self._rng.uniform(*self._hold_s)))

    def _watch(self) -> None:
        now_ns = time.perf_counter_ns()
        since_s = (now_ns - self._began_ns) / 1e9
        error = self._engine.error
        if error is not None or not self._engine.running:
            self._cut()
        elif self._from_ns is None:
            self._find(now_ns, since_s)
        elif self._until_ns is not None:
            left_s = (self._until_ns - now_ns) / 1e9
            if left_s < -TAIL_S:
                self._loop.quit()
            elif now_ns >= self._from_ns:
                codes = self._readings.count(Verdict.READ)
                self._say(f"measuring, {max(0.0, left_s):.0f} s left, {codes} pictures read")

    def _find(self, now_ns: int, since_s: float) -> None:
        readings = self._readings
        if readings.received == 0 and since_s > self._delivers_s:
            self._fail(
                f"{self._uri} has sent no picture for {self._delivers_s:.0f} s: check its cable, and that no "
                "other program uses it"
            )
        elif readings.count(Verdict.READ) >= FOUND:
            interval_s = self._interval_s()
            # Long enough that the camera sees every code, uneven by a whole interval of both.
            shortest = max(2.0 * self._refresh_s, 1.25 * interval_s)
            self._hold_s = shortest, shortest + max(interval_s, self._refresh_s)
            self._from_ns = now_ns + round(WARM_UP_S * 1e9)
            self._until_ns = self._from_ns + round(self._seconds * 1e9)
        elif since_s > self._find_s:
            self._fail(self._unread())
        else:
            self._say("looking for this pattern in the captured picture")

    def _say(self, text: str) -> None:
        self._pattern.say(f"sonoguide latency: {text}. Esc ends.")

    def _fail(self, text: str) -> None:
        self._failure = InputError(text)
        self._loop.quit()

    def _cut(self) -> None:
        self._cut_short = True
        self._loop.quit()

    # Afterwards

    def _unread(self) -> str:
        readings = self._readings
        most = max(
            (verdict for verdict in Verdict if verdict is not Verdict.READ),
            key=lambda verdict: readings.count(verdict),
        )
        why = {
            Verdict.UNSEEN: "no pattern seen: let it see the whole pattern, sharp and not too small",
            Verdict.FAINT: "the pattern is too faint: set exposure so that black is black and white is white",
            Verdict.BLENDED: "every picture shows two codes at once: shorten the exposure, or use a faster screen",
            Verdict.TORN: "every picture is torn between two codes: switch on the screen's vertical sync",
        }[most]
        return f"{self._uri}: {readings.received} pictures in {self._find_s:.0f} s, but {why}"

    def _interval_s(self) -> float:
        times = [seen.arrived_ns for seen in self._readings.seen]
        return float(np.median(np.diff(times))) / 1e9 if len(times) > 1 else FIRST_HOLD_S

    def _result(self) -> Measured:
        now_ns = time.perf_counter_ns()
        error = self._engine.error
        if self._from_ns is None or self._until_ns is None or now_ns <= self._from_ns:
            raise error or InputError("ended before anything was measured: let it find the pattern first")
        until_ns = (
            self._until_ns if not self._cut_short else min(self._until_ns, now_ns - round(TAIL_S * 1e9))
        )
        guided = [
            Guided(g.index, g.ready_ns, g.latency_ms, self._display.swapped_ns.get(g.index))
            for g in self._guided.values()
        ]
        seen = self._readings.seen
        delays = delays_of(self._shown, seen, guided, from_ns=self._from_ns, until_ns=until_ns)
        if len(delays.values["capture"]) < FEWEST:
            raise error or InputError(
                f"only {len(delays.values['capture'])} of {delays.shown} codes were seen: measure longer with "
                "--seconds, from a steady place"
            )
        inside = [s.arrived_ns for s in seen if self._from_ns <= s.arrived_ns < until_ns]
        took = [s.at_ns - s.began_ns for s in self._shown if self._from_ns <= s.at_ns < until_ns]
        size = self._readings.size
        assert size is not None
        return Measured(
            delays=delays,
            shown_ms=float(np.median(took)) / 1e6,
            interval_ms=percentiles(np.diff(inside) / 1e6),
            stages_ms=self._engine.latency.summary(),
            size=size,
            left_out=self._readings.left_out,
            dropped=self._engine.dropped,
            seconds=(until_ns - self._from_ns) / 1e9,
            cut_short=self._cut_short,
        )
