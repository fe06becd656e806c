"""Camera pixels to something Qt can paint: scaled by OpenCV, wrapped without a copy, fitted into a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF
from qtpy.QtGui import QImage, QPainter

from ui.layout import Box

MAX_STEP = 1.5
"""Frame pixels per painted pixel beyond which a picture is shrunk by area: bilinear would alias. Below it, bilinear
takes a fraction of the time, which is the largest part of a paint.
"""

FORMS = {
    1: QImage.Format.Format_Grayscale8,
    3: QImage.Format.Format_BGR888,
    4: QImage.Format.Format_RGB32,
}
"""Qt's name of pixels of so many channels."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A QImage over ``pixels``. The image is shallow: keep this object until the paint is done."""

    image: QImage
    pixels: NDArray[np.uint8]


def fit_inside(size: tuple[int, int], box: Box) -> Box:
    """The largest box of the shape of ``size`` (width, height) centred in ``box``."""
    scale = min(box.w / size[0], box.h / size[1])
    w, h = size[0] * scale, size[1] * scale
    return Box(box.x + (box.w - w) / 2, box.y + (box.h - h) / 2, w, h)


def scaled_picture(pixels: NDArray[np.uint8], width: int, height: int) -> Picture:
    """``pixels`` (H, W) grey or (H, W, 3) BGR as an image of ``width`` x ``height``."""
    size = (max(1, width), max(1, height))
    if (pixels.shape[1], pixels.shape[0]) != size:
        by_area = pixels.shape[1] > MAX_STEP * size[0]
        way = cv2.INTER_AREA if by_area else cv2.INTER_LINEAR
        if (
            pixels.ndim == 3
        ):  # it will be copied anyway, and Qt paints four channels without a conversion of its own
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA), dtype=np.uint8)
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=way), dtype=np.uint8)
    pixels = np.ascontiguousarray(pixels)
    form = FORMS[pixels.shape[2] if pixels.ndim == 3 else 1]
    buffer: Any = pixels.data  # PyQt's stubs say bytes; any buffer will do
    image = QImage(buffer, size[0], size[1], pixels.strides[0], form)
    return Picture(image, pixels)


def draw_picture(painter: QPainter, pixels: NDArray[np.uint8], box: Box) -> Box:
    """Paint ``pixels`` as large as fits in ``box`` at the device's own resolution; returns where it went."""
    place = fit_inside((int(pixels.shape[1]), int(pixels.shape[0])), box)
    device = painter.device()
    ratio = float(device.devicePixelRatioF()) if device is not None else 1.0
    picture = scaled_picture(pixels, round(place.w * ratio), round(place.h * ratio))
    picture.image.setDevicePixelRatio(ratio)
    # At whole pixels of the device: between two, Qt would leave columns out or paint them twice.
    painter.drawImage(QPointF(round(place.x * ratio) / ratio, round(place.y * ratio) / ratio), picture.image)
    return place
