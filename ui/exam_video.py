"""The MP4 beside an exam's clip: the kept pictures at their mean rate, without guidance."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.errors import SonoguideError
from ui.recorder import Mp4File


def write_video(path: Path, pictures: NDArray[np.uint8], rate: float) -> None:
    """Write (N, H, W) grey or (N, H, W, 3) RGB ``pictures`` to ``path``: whole, or not at all.

    Raises:
        OSError: it cannot be written.
    """
    height, width = pictures.shape[1:3]
    even = (height % 2, width % 2)  # the codecs want even sides
    code = cv2.COLOR_GRAY2BGR if pictures.ndim == 3 else cv2.COLOR_RGB2BGR
    try:
        with Mp4File(path, (width + even[1], height + even[0]), min(120.0, max(1.0, rate))) as file:
            for picture in pictures:
                colour = np.asarray(cv2.cvtColor(picture, code), np.uint8)
                file.write(np.pad(colour, ((0, even[0]), (0, even[1]), (0, 0))))
    except SonoguideError as error:
        raise OSError(0, str(error)) from error
