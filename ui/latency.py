"""What ``sonoguide calibrate latency`` does: checks its options, measures, tells, writes and draws what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from calibration.latency_reader import PairReader, Reading
from calibration.latency_video import analyse_film
from guidance.device_latency import DeviceLatency, write_latency
from guidance.errors import InputError
from guidance.model import Model, default_model_folder
from guidance.profile_file import read_profile
from guidance.sources import Source, open_source
from ui.interrupts import handling, interruptible
from ui.output import check_figure, check_output, progress
from ui.qt import window_application, window_problem
from ui.session import check_apart, check_size

if TYPE_CHECKING:
    from ui.latency_report import Figures
    from ui.latency_windows import PatternWindow

DEFAULT_S = 20.0
USUAL_HZ = 60.0


@dataclass(frozen=True, slots=True)
class LatencyOptions:
    """Options of ``sonoguide calibrate latency``, as typed. Either ``source`` or ``film``."""

    source: str | None = None
    seconds: float = DEFAULT_S
    screen: int | None = None
    device_profile: Path | None = None
    film: Path | None = None
    film_fps: float | None = None
    json: str | None = None
    figure: Path | None = None
    model: Path | None = None
    runtime: str = "auto"


def run(options: LatencyOptions) -> tuple[Figures, list[str]]:
    """Measure; draws the figure, updates the device profile; returns the figures and the table's lines.

    Raises:
        InputError: what is wrong with the options, the stream, the film, the profile, the outputs or the display.
        RuntimeFailure: the stream or the network failed.
    """
    _check(options)
    from ui.latency_report import lines  # needs Qt's names, not a display

    if options.film is not None:
        figures = _of_film(options)
        return figures, lines(figures)
    figures = _of_stream(options)
    table = lines(figures)
    if options.device_profile is not None:
        capture = figures["delays_ms"]["capture"]
        # A display may show a code before painting has returned: a delay within the resolution of 0 is 0.
        p50, p99 = (max(0.0, capture[place]) for place in ("p50", "p99"))
        latency = DeviceLatency(p50, p99, figures["resolution_ms"], figures["measured_at"])
        write_latency(options.device_profile, latency)
        table.append(f"{'profile':<17}{options.device_profile}: [latency] written")
    return figures, table


def _check(options: LatencyOptions) -> None:
    if (options.source is None) == (options.film is None):
        raise InputError("give a SOURCE that sees the screen, or --film FILE with a film of both screens")
    if options.film is None and options.film_fps is not None:
        raise InputError("--film-fps goes with --film: give both")
    if options.film is not None and options.device_profile is not None:
        raise InputError(
            "a film tells the whole delay, not the grabber's: leave out --device-profile, or give a SOURCE"
        )
    check_output(options.json, "--json")
    check_figure(options.figure)
    for place in (options.json, None if options.figure is None else str(options.figure)):
        check_apart(options.source or str(options.film), place, None)


def _of_film(options: LatencyOptions) -> Figures:
    from ui.latency_report import film_figures

    assert options.film is not None
    with open_source(str(options.film), fast=True) as source:
        info = source.info
        if info.kind != "video" or info.live or info.fps is None:
            raise InputError(f"{options.film}: is not a video file")
        fps = options.film_fps or info.fps
        length_s = (info.frame_count or 0) / info.fps
        with interruptible(), progress(length_s) as tick:
            film = analyse_film(_pictures(source, info.fps / fps, tick))
    figures = film_figures(film, source=str(options.film), fps=fps, measured_at=_now())
    if options.figure is not None:
        from ui.latency_figure import draw_latency

        draw_latency({"photon_to_pixel": film.values}, film.at_s, figures, options.figure)
    return figures


def _pictures(
    source: Source, slower: float, tick: Callable[[float], None]
) -> Iterator[tuple[float, list[Reading]]]:
    """True time and patterns of every picture; slow motion plays ``1 / slower`` times too slowly."""
    reader = PairReader()
    while (frame := source.read()) is not None:
        tick(frame.t_stream_s)
        yield frame.t_stream_s * slower, reader.read(frame.pixels)


def _of_stream(options: LatencyOptions) -> Figures:
    assert options.source is not None
    profile = None if options.device_profile is None else read_profile(options.device_profile)
    problem = window_problem()
    if problem is not None:
        raise InputError(f"{problem}: the pattern needs a screen (on Linux, DISPLAY names it)")
    with ExitStack() as undo:
        model = undo.enter_context(
            Model.load(options.model or default_model_folder(), runtime=options.runtime)
        )
        source = undo.enter_context(open_source(options.source))
        info = source.info
        if profile is not None:
            check_size(profile, info.size, options.device_profile)
        if not info.live:
            raise InputError(
                f"{options.source} is no live device: give the one that sees the screen, such as camera:0 "
                "(a phone's film of both screens: --film FILE)"
            )
        return _measure(options, source, model)


def _measure(options: LatencyOptions, source: Source, model: Model) -> Figures:
    application = window_application()
    from ui.app import dress
    from ui.bench_machine import environment
    from ui.latency_figure import draw_latency
    from ui.latency_report import figures_of
    from ui.latency_run import measure
    from ui.latency_windows import PatternWindow, TimedDisplay, place_windows

    dress(application)
    pattern, display = PatternWindow(), TimedDisplay()
    uri = source.info.uri
    try:
        screen = place_windows(pattern, display, options.screen)
        rate = screen.refreshRate()
        refresh_hz = rate if 20.0 <= rate <= 1000.0 else USUAL_HZ
        surroundings = environment(model)
        with _ended_by_signals(pattern):
            measured = measure(
                source, model, pattern, display, seconds=options.seconds, refresh_hz=refresh_hz
            )
    finally:
        pattern.close()
        display.close()
    where = {
        "name": screen.name(),
        "size": [screen.size().width(), screen.size().height()],
        "refresh_hz": round(refresh_hz, 3),
    }
    figures = figures_of(measured, source=uri, screen=where, measured_at=_now(), environment=surroundings)
    if options.figure is not None:
        draw_latency(measured.delays.values, measured.delays.at_s, figures, options.figure)
    return figures


@contextmanager
def _ended_by_signals(pattern: PatternWindow) -> Iterator[None]:
    """Qt must not be left by an exception: signals close the window, which ends the measurement."""
    from qtpy.QtCore import QTimer

    def close(number: int, frame: FrameType | None) -> None:
        QTimer.singleShot(0, pattern.close)  # not at once: the signal may come amid a paint

    with handling(close):
        yield


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
