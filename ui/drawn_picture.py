"""The picture with the guidance drawn over it, at the picture's own scale: what OpenIGTLink clients may get."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from guidance.hint import Guidance
from guidance.serve import Outgoing, SectorPictures

LEAST_HEIGHT = 480
"""Rows below which the words would not be readable: smaller pictures are made larger."""

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
        picture = at_readable_size(picture)
        pixels = picture.pixels
        size = pixels.shape[1], pixels.shape[0]
        now_ns = time.perf_counter_ns()
        return Outgoing(
            render_still(guidance, size, now_ns=now_ns, under=pixels, mode=Mode.OVER),
            picture.origin,
            picture.mm_per_px,
        )

    return drawn


def at_readable_size(picture: Outgoing) -> Outgoing:
    """``picture`` between :data:`LEAST_HEIGHT` and :data:`LONGEST_SIDE`, with the size of its pixels kept true."""
    height, width = picture.pixels.shape[:2]
    factor = min(max(1.0, LEAST_HEIGHT / height), LONGEST_SIDE / max(height, width))
    if factor == 1.0:
        return picture
    size = max(1, round(width * factor)), max(1, round(height * factor))
    way = cv2.INTER_LINEAR if factor > 1.0 else cv2.INTER_AREA
    pixels = np.asarray(cv2.resize(picture.pixels, size, interpolation=way), np.uint8)
    scale = picture.mm_per_px
    if scale is not None:
        scale = scale[0] * width / size[0], scale[1] * height / size[1]
    return replace(picture, pixels=pixels, mm_per_px=scale)
