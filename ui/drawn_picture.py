"""The picture with the guidance drawn over it, at the picture's own scale: what OpenIGTLink clients may get."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np

from guidance.hint import Guidance
from guidance.serve import Outgoing, SectorPictures

LEAST_HEIGHT = 480
"""Rows below which the words would not be readable: smaller pictures are doubled."""

LONGEST_SIDE = 960
"""Larger ones are made smaller: each is drawn, copied and checked for errors beside the engine."""


def drawn_over(pictures: SectorPictures) -> Callable[[Guidance], Outgoing | None]:
    """A function that draws; it may be called from any thread, one call at a time.

    Raises:
        RuntimeFailure: Qt cannot paint here.
    """
    from ui.qt import painting_application

    application = painting_application()
    from ui.layout import Mode
    from ui.still import render_still  # imports Qt: after the line that says clearly when it is missing

    def drawn(guidance: Guidance) -> Outgoing | None:
        assert application is not None  # Qt paints no text without one
        picture = pictures.of(guidance.frame)
        if picture is None:
            return None
        pixels, scale = picture.pixels, picture.mm_per_px
        longest = max(pixels.shape[:2])
        if longest > LONGEST_SIDE:
            size = tuple(max(1, round(side * LONGEST_SIDE / longest)) for side in pixels.shape[1::-1])
            if scale is not None:
                scale = (scale[0] * pixels.shape[1] / size[0], scale[1] * pixels.shape[0] / size[1])
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        while pixels.shape[0] < LEAST_HEIGHT:
            pixels = np.asarray(
                cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.uint8
            )
            scale = None if scale is None else (scale[0] / 2, scale[1] / 2)
        size = pixels.shape[1], pixels.shape[0]
        now_ns = time.perf_counter_ns()
        return Outgoing(
            render_still(guidance, size, now_ns=now_ns, under=pixels, mode=Mode.OVER), (0, 0), scale
        )

    return drawn
