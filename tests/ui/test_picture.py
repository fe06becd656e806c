"""Pictures for Qt: promises.

- A picture that needs no scaling is painted from the frame's own memory, read-only memory too.
- Pixels that do not lie side by side are put in order first: Qt's bindings take one stretch of memory only.
- What is painted are the pixels; stripes finer than a painted pixel become their mean.
"""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtGui import QColor

from ui.picture import scaled_picture


@pytest.mark.parametrize("writeable", [True, False])
@pytest.mark.parametrize("channels", [(), (3,)], ids=["grey", "colour"])
def test_the_image_is_over_the_frames_own_memory(channels: tuple[int, ...], writeable: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, *channels), dtype=np.uint8)
    pixels.setflags(write=writeable)
    picture = scaled_picture(pixels, 64, 48)
    assert np.shares_memory(picture.pixels, pixels)
    assert int(picture.image.constBits()) == pixels.ctypes.data
    colour = QColor(picture.image.pixel(5, 7))
    blue, green, red = pixels[7, 5] if channels else [pixels[7, 5]] * 3
    assert (colour.red(), colour.green(), colour.blue()) == (red, green, blue)


def test_pixels_that_do_not_lie_side_by_side_are_put_in_order() -> None:
    whole = np.random.default_rng(0).integers(0, 256, (48, 128), dtype=np.uint8)
    picture = scaled_picture(whole[:, ::2], 64, 48)
    assert QColor(picture.image.pixel(5, 7)).red() == whole[7, 10]


@pytest.mark.parametrize("width", [32, 40, 50])
def test_stripes_that_are_too_fine_become_their_mean(width: int) -> None:
    """Bilinear alone would show beats of them."""
    stripes = np.zeros((60, 100), np.uint8)
    stripes[:, ::2] = 200
    shown = scaled_picture(stripes, width, 30).pixels
    assert shown.min() > 50
    assert shown.max() < 150
