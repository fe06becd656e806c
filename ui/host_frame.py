"""Pictures of a host (arrays, QImage, QVideoFrame) become pixels of the engine: copies, so that the host may go on."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtGui import QImage

from guidance.errors import InputError
from guidance.picture_check import check_picture
from guidance.sources.base import check_size


class ColourOrder(StrEnum):
    """Order of the channels of an array; a fourth channel is dropped."""

    BGR = "bgr"
    RGB = "rgb"


def pixels_of(picture: Any, order: ColourOrder = ColourOrder.BGR) -> NDArray[np.uint8]:
    """(H, W) grey or (H, W, 3) BGR uint8, contiguous, a copy of ``picture``.

    Args:
        picture: a QImage of any format, a QVideoFrame (what has ``toImage``), or a uint8 array (H, W), (H, W, 1),
            (H, W, 3) or (H, W, 4).
        order: of an array's channels.

    Raises:
        InputError: it is none of these, has no pixels, or is larger than any scanner's.
    """
    if hasattr(picture, "toImage"):
        picture = picture.toImage()
    if isinstance(picture, QImage):
        return _of_image(picture)
    if not isinstance(picture, np.ndarray):
        raise InputError(f"a picture is a QImage, a QVideoFrame or an array, not {type(picture).__name__}")
    check_picture(picture, channels=(1, 3, 4))
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[..., 0]
    if picture.ndim == 3:
        picture = picture[..., 2::-1] if order is ColourOrder.RGB else picture[..., :3]
    return np.array(picture, np.uint8, order="C", copy=True)


def _of_image(image: QImage) -> NDArray[np.uint8]:
    if image.isNull():
        raise InputError("a picture has no pixels (a null QImage)")
    check_size(image.width(), image.height(), "a picture")
    grey = image.isGrayscale()
    form = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_BGR888
    plain = image.convertToFormat(form)
    bits: Any = plain.constBits()
    if hasattr(bits, "setsize"):  # PyQt's pointer does not know how far it reaches; PySide's is a memoryview
        bits.setsize(plain.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(plain.height(), plain.bytesPerLine())
    if grey:
        return rows[:, : plain.width()].copy()
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()
