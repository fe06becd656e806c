"""How the window feels: what its thread works on, what it paints and leaves out. ``python -m bench.window SOURCE``.

Every event that the window's thread handles is timed twice: by the clock, and by the thread's own processor time, which
a busy machine does not lengthen. Needs a display (``xvfb-run`` does), or QT_QPA_PLATFORM=offscreen.
Example: ``python -m bench.window phantom:view=A4C,fps=60 --seconds 20 --json out/window.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QApplication

from guidance.errors import SonoguideError
from guidance.latency import percentiles
from guidance.pauses import real_time
from ui.bench_machine import environment
from ui.engineer import BUDGET_MS
from ui.feeds import StreamFeed
from ui.heartbeat import LATE
from ui.paint_count import PAINT
from ui.session import RunOptions, Session

WARM_UP_S = 1.0
"""Fonts are looked up and caches filled; an operator sees that once."""


class TimedApplication(QApplication):
    """Times each event of the GUI thread, the outermost only: what is sent meanwhile is part of it.

    Attributes:
        events: (clock ms, processor ms) of each, by the name of its kind, while ``measuring``.
    """

    def __init__(self) -> None:
        super().__init__(["sonoguide"])
        self.events: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.measuring = False
        self._depth = 0

    def notify(self, receiver: QObject | None, event: QEvent | None) -> bool:
        """Handle ``event``, timed."""
        if self._depth or not self.measuring:
            return bool(super().notify(receiver, event))
        kind = "none" if event is None else event.type().name
        self._depth += 1
        clock_ns, work_ns = time.perf_counter_ns(), time.thread_time_ns()
        try:
            return bool(super().notify(receiver, event))
        finally:
            self._depth -= 1
            times = ((time.perf_counter_ns() - clock_ns) / 1e6, (time.thread_time_ns() - work_ns) / 1e6)
            self.events[kind].append(times)


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.window", description=__doc__.split("\n")[0])
    parser.add_argument("source", help="as for sonoguide run")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to measure")
    parser.add_argument("--protocol", default=None, help="with the strip of a protocol")
    parser.add_argument("--size", default="1280x800", help="of the window, in logical pixels")
    parser.add_argument("--panel", action="store_true", help="with the engineer's panel")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    given = parser.parse_args(arguments)
    try:
        options = RunOptions(given.source, protocol=given.protocol, loop=True)
        found = measure(options, given.seconds, given.size, panel=given.panel)
    except SonoguideError as error:
        print(f"bench.window: {error}", file=sys.stderr)
        return error.exit_code
    print("\n".join(table(found)))
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(options: RunOptions, seconds: float, size: str, *, panel: bool) -> dict[str, Any]:
    """Run the window for ``seconds`` after a warm-up; see :func:`table` for what comes of it.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model or the stream.
    """
    width, height = (int(part) for part in size.split("x"))
    application = TimedApplication()
    from ui.app import GuidanceWindow, dress

    began_ns = time.perf_counter_ns()
    with Session(options) as session, real_time():
        dress(application)
        window = GuidanceWindow(StreamFeed(session), words=session.words)
        window.resize(width, height)
        if panel:
            window.show_engineer()
        window.show()
        window.begin()
        counted: list[int] = []

        def start() -> None:
            window.heartbeat.switch(True)
            counted.extend((window.display.count.frames, window.display.count.left_out))
            application.measuring = True

        QTimer.singleShot(round(1000 * WARM_UP_S), start)
        QTimer.singleShot(round(1000 * (WARM_UP_S + seconds)), window.close)
        application.exec()
        application.measuring = False
        count, beats = window.display.count, window.heartbeat
        ratio = window.devicePixelRatioF()
        surroundings = environment(session.model)
    events = [pair for pairs in application.events.values() for pair in pairs]
    clock, work = (np.array([pair[place] for pair in events] or [0.0]) for place in (0, 1))
    return {
        "seconds": seconds,
        "platform": application.platformName(),
        "pixels": [round(width * ratio), round(height * ratio)],
        "first_picture_s": None if count.first_ns is None else (count.first_ns - began_ns) / 1e9,
        "painted": count.frames - counted[0],
        "left_out": count.left_out - counted[1],
        "paint_ms": percentiles(count.times.values(PAINT)),
        "late_ms": percentiles(beats.times.values(LATE)),
        "event_clock_ms": percentiles(clock),
        "event_work_ms": percentiles(work),
        "over_budget": {
            "budget_ms": BUDGET_MS,
            "events": len(events),
            "by_clock": int((clock > BUDGET_MS).sum()),
            "by_work": int((work > BUDGET_MS).sum()),
        },
        "work_of_thread": float(work.sum()) / 1e3 / seconds,
        "longest_by_kind_ms": {
            kind: max(pair[1] for pair in pairs) for kind, pairs in sorted(application.events.items())
        },
        "environment": surroundings,
    }


def table(found: dict[str, Any]) -> list[str]:
    """The figures for people."""
    over = found["over_budget"]
    first = found["first_picture_s"]
    rows = [
        ("window", f"{found['pixels'][0]} x {found['pixels'][1]} pixels, {found['platform']}"),
        ("first", "none" if first is None else f"{first:.2f} s from opening the stream to its first picture"),
        ("painted", f"{found['painted']} frames, {found['left_out']} left out for newer ones"),
        ("paint, ms", _line(found["paint_ms"])),
        ("late, ms", _line(found["late_ms"])),
        ("event, ms", f"{_line(found['event_clock_ms'])}   by the clock"),
        ("", f"{_line(found['event_work_ms'])}   of its own work"),
        (
            "over budget",
            f"{over['by_work']} of {over['events']} events worked longer than {over['budget_ms']:g} ms "
            f"({over['by_clock']} by the clock)",
        ),
        ("thread", f"{100 * found['work_of_thread']:.0f} % of a core"),
    ]
    return [f"{name:<12} {value}" for name, value in rows]


def _line(figures: dict[str, float]) -> str:
    return "   ".join(f"{name} {figures[name]:.1f}" for name in ("p50", "p90", "p99", "max"))


if __name__ == "__main__":
    sys.exit(main())
