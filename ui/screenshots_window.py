"""Pictures of the whole window, offscreen, with a still picture: protocol strip, help, panel, light, German."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, State
from guidance.prediction import Facets
from guidance.views import PROTOCOLS, STANDARD_VIEWS, View
from ui.board import Board
from ui.feeds import Show
from ui.progression import Progression
from ui.qt import offscreen_application
from ui.reference_pictures import reference_picture
from ui.state_look import StateLook
from ui.wording import Words, words_in

SIZE = (1280, 800)


class StillFeed:
    """A protocol half done, over one picture, for pictures of the window and nothing else."""

    def __init__(self, picture: NDArray[np.uint8], advice: Advice, source: str):
        views = PROTOCOLS["focus"].views
        self.title = source
        self.capture_quality = 0.6
        self.coach: Coach | None = Coach(views[0])
        self.targets: tuple[View, ...] = STANDARD_VIEWS
        self.profile: DeviceProfile | None = None
        self.running = True
        self.board = Board(views, Progression(views, self.coach.set_target))
        for number, view in enumerate(views[:3]):
            pixels = reference_picture(view)
            if pixels is not None:
                state = State.CAPTURED if number != 1 else State.ADJUSTING
                self._tell_board(Frame(pixels, number, 1, 0.1 * number, source), view, state)
        self.board.progression.skip(views[1])  # type: ignore[union-attr]
        self.coach.set_target(advice.target)
        self._frame = Frame(picture, 9, 1, 1.0, source)
        self._advice = advice
        self._show: Show | None = None
        self._told = 0

    def start(self, show: Show) -> None:
        """Show the picture."""
        self._show = show
        self.tell()

    def tell(self) -> None:
        """Show it once more, fresh."""
        if self._show is not None:
            self._show(self.fresh())

    def fresh(self) -> Guidance:
        """Guidance of this moment. Its latencies are what they may be, not measured."""
        now_ns, self._told = time.perf_counter_ns(), self._told + 1
        infer = 3.2 + 0.5 * float(np.sin(self._told / 7.0))
        latency = {"grab": 0.4, "queue": 0.6, "infer": infer, "total": infer + 1.9}
        frame = replace(self._frame, t_capture_ns=now_ns)
        return Guidance(frame, self._advice, latency_ms=latency, t_ready_ns=now_ns)

    def stop(self) -> None:
        """Nothing runs."""

    def ending(self) -> StateLook:
        """It does not end."""
        raise NotImplementedError("a still picture does not end")

    def _tell_board(self, frame: Frame, view: View, state: State) -> None:
        guidance = Guidance(frame, Advice(state, view, view, 0.95, 0.8 if state is State.CAPTURED else 0.4))
        self.board(guidance)
        if self.board.progression is not None:
            self.board.progression(guidance)


def window_pictures(picture: NDArray[np.uint8], advice: Advice, source: str) -> Iterator[tuple[str, object]]:
    """A name and a QPixmap for each; ``advice`` is what the window shows."""
    application = offscreen_application()
    from ui.app import GuidanceWindow, dress
    from ui.sheet import paint_first_help

    dress(application)

    def opened(words: Words) -> tuple[GuidanceWindow, StillFeed]:
        feed = StillFeed(picture, advice, source)
        window = GuidanceWindow(feed, words=words)
        window.display._stale_after_s = 3600.0  # a busy machine must not make it say that guidance is paused
        window.resize(*SIZE)
        window.show()
        window.begin()
        return window, feed

    def taken(window: GuidanceWindow, feed: StillFeed) -> object:
        feed.tell()
        window._watch()
        feed.tell()
        application.processEvents()
        return window.grab()

    window, feed = opened(words_in("en"))
    yield "window_protocol", taken(window, feed)
    window.show_help()
    yield "window_help", taken(window, feed)
    if window.sheet is not None:
        window.sheet.end()
    window._open_sheet(paint_first_help)
    yield "window_first_help", taken(window, feed)
    if window.sheet is not None:
        window.sheet.end()
    for number in range(60):
        for _ in range(30):
            window._log.note(feed.fresh())
        window._log.tick(30 * number, number // 20)
    window.show_engineer()
    feed.tell()
    application.processEvents()
    yield "window_engineer", window.grab()
    window.close()
    german = words_in("de")
    from ui.screenshots import tilt_hint

    advice = replace(advice, hint=tilt_hint(german))
    window, feed = opened(german)
    window.switch_light()
    window.scale_text(1)
    window.show_card()
    yield "window_light_german", taken(window, feed)
    window.close()


def write_window(folder: Path, picture: NDArray[np.uint8], source: str) -> list[Path]:
    """Write each to ``folder`` as PNG."""
    facets = Facets(0.8, 0.2, 0.9, 0.7)
    from ui.screenshots import example_hints

    hint = dict(example_hints())["tilt"]
    advice = Advice(State.ADJUSTING, View.A4C, View.A4C, 0.92, 0.46, facets, 0.1, hint)
    written = []
    for name, pixmap in window_pictures(picture, advice, source):
        path = folder / f"{name}.png"
        pixmap.save(str(path))  # type: ignore[attr-defined]
        written.append(path)
    return written
