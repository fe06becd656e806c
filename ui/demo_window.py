"""``demo`` in a window: the closed loop on a virtual patient at its own pace, and another patient with R."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace

from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.hint import Guidance
from guidance.latency import LatencyLog
from guidance.model import Model, default_model_folder
from guidance.views import View, parse_view
from models.closed_loop import LoopResult, LoopSettings, VirtualExam, guide_for, run_loop
from ui.demo import DemoOptions, parse_policy, summary_lines
from ui.feeds import Show
from ui.pacing import stopped_before
from ui.session import known_views
from ui.state_look import StateLook


class DemoFeed:
    """Runs the loop on a thread of its own, in real time. Each start takes the next patient."""

    def __init__(self, settings: LoopSettings, model: Model):
        self._settings = settings
        self._model = model
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._last: Guidance | None = None
        self._exam: VirtualExam | None = None
        self._result: LoopResult | None = None
        self._latency: LatencyLog | None = None
        self._rounds = 0
        self._failure: Exception | None = None

    @property
    def title(self) -> str:
        """Says that nobody real is scanned."""
        return f"Virtual patient, seed {self._settings.seed}: a simulated beginner follows the hints"

    @property
    def capture_quality(self) -> float:
        """From the model's manifest."""
        return self._model.manifest.hints.hold_quality

    @property
    def coach(self) -> Coach | None:
        """None: nobody interferes with the simulated beginner."""
        return None

    @property
    def targets(self) -> tuple[View, ...]:
        """The one view of this demonstration."""
        return (self._settings.target,)

    @property
    def profile(self) -> DeviceProfile | None:
        """The virtual machine's."""
        return self._exam.profile if self._exam is not None else None

    @property
    def running(self) -> bool:
        """Whether the beginner is still at it."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, show: Show) -> None:
        """Begin with this patient, or, after the end, with the next one."""
        self.stop()
        if self._rounds:
            self._settings = replace(self._settings, seed=self._settings.seed + 1)
        self._rounds += 1
        self._stopped.clear()
        self._failure = self._result = None
        self._thread = threading.Thread(target=self._run, args=(show,), name="sonoguide-demo", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the picture under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(10.0)

    def ending(self) -> StateLook:
        """How it went."""
        result = self._result
        if self._failure is not None:
            return StateLook("The demo failed", "attention", str(self._failure))
        if result is None:
            return StateLook("Ended", "stop", "Press R for another patient.")
        how = f"{result.seconds:.0f} s and {result.moves} moves. Press R for another patient."
        if result.reached:
            return StateLook("View captured", "tick", f"The picture is right, after {how}")
        if result.held:
            return StateLook("Captured", "attention", f"But the picture is not quite right, after {how}")
        return StateLook("Not reached", "attention", f"Given up after {how}")

    def summary(self) -> list[str]:
        """Lines about the last patient; empty before there is a result."""
        if self._exam is None or self._result is None:
            return []
        return summary_lines(self._exam, self._result, self._latency)

    def _run(self, show: Show) -> None:
        try:
            self._exam = VirtualExam(self._settings)
            guide, self._latency = guide_for(self._exam, self._model)
            began_ns = time.perf_counter_ns()
            for guidance, result in run_loop(self._exam, guide):
                self._result = result
                show(guidance)
                if stopped_before(guidance.frame.t_stream_s, began_ns, self._stopped):
                    return
        except Exception as error:  # a thread has nobody to raise to: the window says it
            self._failure = error


def run_demo_window(options: DemoOptions) -> None:
    """Show the demo until its window is closed; the last patient's summary goes to stdout.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model or the display.
    """
    from ui.window_run import show_feed

    target = parse_view(options.target)
    settings = LoopSettings(
        target=target, seed=options.seed, policy=parse_policy(options.policy), max_moves=options.max_moves
    )
    with Model.load(options.model or default_model_folder(), runtime=options.runtime) as model:
        known_views((target,), model)
        print(f"virtual patient, seed {settings.seed}: {settings.policy} to {target}", file=sys.stderr)
        feed = DemoFeed(settings, model)
        show_feed(feed)
        lines = feed.summary()
    if lines:
        print("\n".join(lines))
