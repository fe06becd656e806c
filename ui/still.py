"""The display as an array of pixels, for recordings and PNGs. Needs QtGui, but no window and no display."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QRectF
from qtpy.QtGui import QImage, QPainter

from guidance.hint import Guidance
from ui.layout import Box
from ui.painter import paint_guidance
from ui.picture import draw_picture


def render_still(
    guidance: Guidance | None,
    size: tuple[int, int],
    *,
    now_ns: int,
    under: NDArray[np.uint8] | None = None,
    **options: Any,
) -> NDArray[np.uint8]:
    """Paint the display at ``size`` (width, height); returns (H, W, 3) uint8 BGR.

    ``under`` is a picture to paint first, as a host of the overlay would. ``options`` go to
    :func:`ui.painter.paint_guidance`. A QGuiApplication must exist (:mod:`ui.qt`).
    """
    width, height = size
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    try:
        if under is not None:
            draw_picture(painter, under, Box(0, 0, width, height))
        paint_guidance(painter, QRectF(0, 0, width, height), guidance, now_ns=now_ns, **options)
    finally:
        painter.end()
    bits: Any = image.constBits()
    if hasattr(bits, "setsize"):  # PyQt gives a pointer without a size, PySide a memoryview
        bits.setsize(image.sizeInBytes())
    canvas = np.frombuffer(bits, dtype=np.uint8).reshape(height, image.bytesPerLine() // 4, 4)[:, :width]
    return np.asarray(cv2.cvtColor(canvas, cv2.COLOR_BGRA2BGR), dtype=np.uint8)
