"""``demo --protocol``: the whole protocol on a virtual patient, in a window or without one."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.hint import Guidance
from guidance.jsonl import JsonLines
from guidance.views import View
from ui.board import Board
from ui.demo_protocol import OpenDemo, ProtocolOptions, open_demo
from ui.feeds import Show
from ui.pacing import stopped_before
from ui.state_look import StateLook


class ProtocolDemoFeed:
    """Drives a window at the patient's own pace, on a thread of its own. The operator's keys count, too."""

    def __init__(self, opened: OpenDemo, capture_quality: float):
        self._opened = opened
        self._demo = opened.demo
        self._board = Board(opened.views, self._demo.progression, opened.kept)
        self._capture_quality = capture_quality
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._failure: Exception | None = None

    @property
    def title(self) -> str:
        """Says that nobody real is scanned."""
        return f"Virtual patient, seed {self._demo.settings.seed}: a simulated beginner"

    @property
    def capture_quality(self) -> float:
        """From the model's manifest."""
        return self._capture_quality

    @property
    def coach(self) -> Coach | None:
        """The beginner's coach."""
        return self._demo.coach

    @property
    def targets(self) -> tuple[View, ...]:
        """Views of the protocol."""
        return self._opened.views

    @property
    def profile(self) -> DeviceProfile | None:
        """The virtual machine's."""
        exam = self._demo.exam
        return None if exam is None else exam.profile

    @property
    def board(self) -> Board:
        """How far the protocol is, and what was kept."""
        return self._board

    @property
    def running(self) -> bool:
        """Whether the beginner is still at it."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, show: Show) -> None:
        """Begin. An exam is of one patient and one protocol: there is no second start."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, args=(show,), name="sonoguide-demo", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End after the picture under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(10.0)

    def ending(self) -> StateLook:
        """How it went."""
        if self._failure is not None:
            return StateLook("The demo failed", "attention", str(self._failure))
        progression = self._demo.progression
        done = sum(view in progression.captured for view in progression.views)
        right = sum(self._demo.right.values())
        line = f"{done} of {len(progression.views)} views captured, {right} of them right in this run."
        return StateLook("Protocol finished", "tick" if done == len(progression.views) else "stop", line)

    def _run(self, show: Show) -> None:
        try:
            began_ns = time.perf_counter_ns()
            for guidance in self._demo.run((*self._opened.listeners, self._board)):
                show(guidance)
                if stopped_before(guidance.frame.t_stream_s, began_ns, self._stopped):
                    return
        except Exception as error:  # a thread has nobody to raise to: the window says it
            self._failure = error


def run_protocol_window(options: ProtocolOptions) -> None:
    """Show the demonstration until its window is closed; how it went goes to stdout.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model, the exam or the display.
    """
    from ui.window_run import show_feed

    with ExitStack() as stack:
        opened = open_demo(options, stack, wait=False)
        _say_who(options, opened)
        show_feed(ProtocolDemoFeed(opened, opened.capture_quality))
        stack.close()
        print("\n".join(opened.lines()))


def run_protocol(options: ProtocolOptions, json: str | None = None) -> None:
    """The same without a window, as fast as it goes; ``json`` is a file or ``-``.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model, or the outputs.
    """
    with ExitStack() as stack:
        opened = open_demo(options, stack, wait=True)
        lines: JsonLines | None = None if json is None else stack.enter_context(_json(json))
        _say_who(options, opened)
        aimed: View | None = None
        for guidance in opened.demo.run(opened.listeners):
            _hear(lines, guidance)
            if guidance.advice.target is not aimed:
                aimed = guidance.advice.target
                print(f"{guidance.frame.t_stream_s:6.1f} s  {aimed}", file=sys.stderr, flush=True)
        stack.close()
        print("\n".join(opened.lines()), file=sys.stderr if json == "-" else sys.stdout)


def _json(place: str) -> JsonLines:
    return JsonLines(sys.stdout) if place == "-" else JsonLines.to_file(Path(place))


def _hear(lines: JsonLines | None, guidance: Guidance) -> None:
    if lines is not None:
        lines(guidance)


def _say_who(options: ProtocolOptions, opened: OpenDemo) -> None:
    seed = opened.demo.settings.seed
    print(f"virtual patient, seed {seed}: {options.policy}, {options.protocol}", file=sys.stderr, flush=True)
