"""What tests of the servers share: guidance made by hand, fed at a rate, with a sector and text burnt in beside it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from guidance.device import DeviceProfile, Sector
from guidance.directions import PatientDirection
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, Hint, ReasonCode, State
from guidance.prediction import Facets
from guidance.probe import Adjustment, Manoeuvre
from guidance.views import View

SIZE = (640, 480)
SECTOR = Sector(320.0, 40.0, -40.0, 40.0, 0.0, 400.0)
PROFILE = DeviceProfile.from_sector(SIZE, SECTOR, mm_per_px=0.4)
NAME_BOX = (slice(4, 30), slice(4, 200))
"""Where the made pictures have text burnt in, beside the sector."""

HINT = Hint(
    Manoeuvre.SLIDE,
    "towards the head",
    "slightly",
    "Slide slightly towards the head",
    "The apex is cut off",
    ReasonCode.FORESHORTENED,
    "slide_y",
    1,
    PatientDirection.HEAD,
)
ADJUSTMENT = Adjustment(1.5, 8.0, -3.0, 4.0, 12.0)


def picture(index: int = 0) -> NDArray[np.uint8]:
    """(480, 640) uint8: grey that rises with ``index``, and white text in :data:`NAME_BOX`."""
    pixels = np.full((SIZE[1], SIZE[0]), 40 + index % 160, np.uint8)
    pixels[NAME_BOX] = 255
    return pixels


def guidance(
    index: int = 0, state: State = State.ADJUSTING, *, now_ns: int | None = None, **advice: object
) -> Guidance:
    """Guidance on picture ``index`` that is ready at ``now_ns`` (default now); other keywords go to Advice."""
    now_ns = time.perf_counter_ns() if now_ns is None else now_ns
    told: dict[str, object] = {"quality": 0.42, "facets": Facets(0.8, 0.5, 0.9, 0.7), "novelty": 0.1}
    if state is State.ADJUSTING:
        told |= {"hint": HINT, "adjustment": ADJUSTMENT, "half_width90": Adjustment(4, 4, 5, 5, 9)}
    frame = Frame(picture(index), index, now_ns, index / 30, "camera:0", mm_per_px=(0.4, 0.4))
    return Guidance(
        frame, replace(Advice(state, View.A4C, View.A4C, 0.93), **(told | advice)), t_ready_ns=now_ns
    )  # type: ignore[arg-type]


@contextmanager
def feeding(
    *listeners: Callable[[Guidance], object], rate: float = 30.0, **options: object
) -> Iterator[threading.Event]:
    """Fresh guidance for ``listeners`` from a thread of its own; setting the event stops it, as leaving does."""
    stop = threading.Event()

    def feed() -> None:
        index = 0
        while not stop.wait(1.0 / rate):
            for listener in listeners:
                listener(guidance(index, **options))  # type: ignore[arg-type]
            index += 1

    thread = threading.Thread(target=feed, name="feed", daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until ``condition`` holds; fails after ``seconds``, which only a broken program needs."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
