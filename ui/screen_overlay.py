"""``overlay --screen``: guidance on what another program shows, in a window beside or over it that lets every click
through.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from guidance.errors import InputError, SonoguideError
from guidance.pauses import real_time
from ui.interrupts import handling
from ui.qt import window_application
from ui.screen_place import Side, panel_beside
from ui.session import RunOptions, Session

if TYPE_CHECKING:
    from qtpy.QtCore import QRect

    from ui.floating_overlay import FloatingOverlay

USAGE = "write --region X,Y,WIDTH,HEIGHT in pixels of the desktop, such as 100,80,800,600"
WATCH_MS = 100


def run_screen_overlay(
    options: RunOptions, region: str | None, place: str, fps: int, *, quiet: bool = False
) -> None:
    """Show hints beside or over a region of the screen until Ctrl-C, SIGTERM or the end of ``options.max_frames``.

    Args:
        options: those of ``run``; ``source`` is filled in here.
        region: ``X,Y,WIDTH,HEIGHT`` in native pixels of the desktop; None: drawn with the mouse.
        place: a :class:`~ui.screen_place.Side`.
        fps: pictures a second.
        quiet: no summary on stderr.

    Raises:
        InputError: the region cannot be read, is on no screen, leaves no room, or cannot be watched from below.
        RuntimeFailure: no window can be shown, or the screen can no longer be grabbed.
    """
    side = _side(place)
    wanted = None if region is None else parse_region(region)
    application = window_application()
    # Only now: without Qt these imports fail, with a riddle for a message.
    from qtpy.QtCore import QRect, QTimer

    native = _picked() if wanted is None else QRect(*wanted)
    source, make = _over(native, fps) if side is Side.OVER else _beside(native, fps, side)
    with Session(replace(options, source=source)) as session:
        overlay = make()
        overlay.set_capture_quality(session.model.manifest.hints.hold_quality)
        engine = session.engine
        for output in session.outputs:
            engine.add_listener(output)
        engine.add_listener(overlay.set_guidance)
        failed: list[SonoguideError] = []

        def watch() -> None:
            seen = session.summary.frames
            if options.max_frames is not None and seen >= options.max_frames:
                engine.stop()
            if not engine.running:
                if isinstance(engine.error, SonoguideError):
                    failed.append(engine.error)
                application.quit()

        timer = QTimer()
        timer.timeout.connect(watch)
        # Not at once: the signal may come amid a paint, whose window quitting would take away.
        with handling(lambda number, frame: QTimer.singleShot(0, application.quit)), real_time():
            engine.start(session.source, reopen=session.reopen)
            timer.start(WATCH_MS)
            if not quiet:
                print(
                    f"watching {native.width()} x {native.height()} at {native.x()},{native.y()}",
                    file=sys.stderr,
                )
            application.exec()
            timer.stop()
        session.close()
        overlay.close()
        overlay.deleteLater()
        if not quiet:
            session.summary.print_to(sys.stderr, engine.latency.summary())
        if failed:
            raise failed[0]


def _beside(native: QRect, fps: int, side: Side) -> tuple[str, Callable[[], FloatingOverlay]]:
    """The stream of the region ``native``, and what makes the window of hints beside it."""
    from ui.desktop import native_desktop, to_logical
    from ui.hint_panel import HintPanel
    from ui.layout import Box

    logical, screen = to_logical(native)
    panel = panel_beside(Box(*logical.getRect()), Box(*screen.getRect()), side)
    corner = native.topLeft() - native_desktop().topLeft()
    source = f"screen:0,region={native.width()}x{native.height()}+{corner.x()}+{corner.y()},fps={fps}"
    return source, lambda: HintPanel(panel)


def _over(native: QRect, fps: int) -> tuple[str, Callable[[], FloatingOverlay]]:
    """The stream of what is below the region ``native``, and what makes the window of hints over it."""
    from ui.desktop import to_logical
    from ui.screen_cover import ScreenCover, covered

    to_logical(native)  # wholly on one screen
    where = covered(native, fps)
    return where.source, lambda: ScreenCover(where)


def parse_region(text: str) -> tuple[int, int, int, int]:
    """Left, top, width, height of ``X,Y,WIDTH,HEIGHT``.

    Raises:
        InputError: it is not that, or too small for a picture.
    """
    found = re.fullmatch(r"(-?[0-9]{1,5}),(-?[0-9]{1,5}),([0-9]{1,5}),([0-9]{1,5})", text.replace(" ", ""))
    if found is None:
        raise InputError(f"region '{text}' is not understood: {USAGE}")
    x, y, width, height = (int(number) for number in found.groups())
    if min(width, height) < 64:
        raise InputError(f"region '{text}' is too small for an ultrasound picture: {USAGE}")
    return x, y, width, height


def _side(text: str) -> Side:
    try:
        return Side(text.strip().lower())
    except ValueError:
        raise InputError(f"unknown place '{text}': choose one of {', '.join(Side)}") from None


def _picked() -> QRect:
    """The region that the user draws, in native pixels.

    Raises:
        InputError: none was drawn.
    """
    import numpy as np
    from qtpy.QtCore import QRect
    from qtpy.QtGui import QGuiApplication, QPixmap

    from guidance.sources.screen import open_screen
    from ui.desktop import to_native
    from ui.picture import scaled_picture
    from ui.region_picker import RegionPicker

    with open_screen("0") as source:
        frame = source.read()
    pixels = np.zeros((1, 1), np.uint8) if frame is None else frame.pixels
    picture = scaled_picture(pixels, pixels.shape[1], pixels.shape[0])
    desktop = QRect()
    for screen in QGuiApplication.screens():
        desktop = desktop.united(screen.geometry())
    region = RegionPicker(QPixmap.fromImage(picture.image.copy()), desktop).picked()
    if region.isNull():
        raise InputError("no region was drawn: draw one, or give --region X,Y,WIDTH,HEIGHT")
    return to_native(region)
