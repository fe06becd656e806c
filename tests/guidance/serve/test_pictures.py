"""Pictures that leave: only what may, at their true scale; and the hand-over to who waits.

Promises:
- the sector alone leaves, black around it, cut to its box; its origin and the size of its pixels are right;
- nothing leaves while no sector is known or the profile is for another size; all of it where that was allowed;
- a JPEG is no larger than asked for;
- drawn over, a picture is readable, bounded, and keeps its scale;
- who waits gets the newest value once; putting never waits, and does no harm after the end.
"""

from __future__ import annotations

import asyncio

import cv2
import numpy as np
import pytest
from served import PROFILE, SECTOR, SIZE, guidance

from guidance.device import DeviceProfile, Sector
from guidance.frame import Frame
from guidance.serve import Outgoing, SectorPictures, jpeg
from guidance.serve.loop_thread import LoopThread
from guidance.serve.newest import Newest
from ui.drawn_picture import at_readable_size


def test_the_sector_alone_leaves() -> None:
    frame = guidance().frame
    outgoing = SectorPictures(lambda: PROFILE).of(frame)
    assert outgoing is not None
    x, y = outgoing.origin
    height, width = outgoing.pixels.shape
    assert (x, y) == (320 - (width - 1) // 2, 40)
    assert width == pytest.approx(2 * 400 * np.sin(np.radians(40)), abs=2)
    assert height == pytest.approx(401, abs=1)
    assert outgoing.mm_per_px == (0.4, 0.4)
    assert set(np.unique(outgoing.pixels)) == {0, 40}
    assert outgoing.pixels[3, 3] == 0


def test_colour_and_the_profiles_scale() -> None:
    colour = cv2.cvtColor(guidance().frame.pixels, cv2.COLOR_GRAY2BGR)
    stretched = DeviceProfile.from_sector(SIZE, SECTOR, mm_per_px=0.5)
    outgoing = SectorPictures(lambda: stretched).of(Frame(colour, 0, 0, 0.0))
    assert outgoing is not None
    assert outgoing.pixels.shape[2] == 3
    assert outgoing.mm_per_px == (0.5, 0.5)


def test_nothing_leaves_that_is_not_known_to_be_sector() -> None:
    frame = guidance().frame
    other = DeviceProfile.from_sector((800, 600), SECTOR)
    window = DeviceProfile.from_window(SIZE, (0, 0, 639, 479))
    for profile in (None, other, window):
        assert SectorPictures(lambda profile=profile: profile).of(frame) is None
        whole = SectorPictures(lambda profile=profile: profile, whole=True).of(frame)
        assert whole is not None
        assert np.array_equal(whole.pixels, frame.pixels)


def test_another_profile_is_another_cut() -> None:
    current = [PROFILE]
    pictures = SectorPictures(lambda: current[0])
    first = pictures.of(guidance().frame)
    current[0] = DeviceProfile.from_sector(SIZE, Sector(
        300.0, 50.0, -30.0, 30.0, 0.0, 300.0))  # fmt: skip
    second = pictures.of(guidance().frame)
    assert first is not None
    assert second is not None
    assert second.pixels.shape[0] < first.pixels.shape[0]


@pytest.mark.parametrize(("longest", "width"), [(None, 640), (1280, 640), (320, 320)])
def test_a_jpeg(longest: int | None, width: int) -> None:
    data = jpeg(guidance().frame.pixels, longest)
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE).shape[1] == width


@pytest.mark.parametrize("size", [(96, 128), (449, 602), (600, 800), (1080, 1920), (2000, 300)])
def test_drawn_over_at_a_readable_size(size: tuple[int, int]) -> None:
    made = at_readable_size(Outgoing(np.zeros(size, np.uint8), (0, 0), (0.3, 0.2)))
    height, width = made.pixels.shape
    assert max(height, width) <= 960
    assert height >= 480 or max(height, width) == 960
    assert made.mm_per_px is not None
    assert width * made.mm_per_px[0] == pytest.approx(size[1] * 0.3)
    assert height * made.mm_per_px[1] == pytest.approx(size[0] * 0.2)


def test_the_newest_value_is_handed_over_once() -> None:
    thread = LoopThread("newest")
    newest: Newest[int] = Newest(thread.loop)
    for value in range(100):
        newest.put(value)
    assert thread.call(newest.after(0)) == (100, 99)
    waiting = asyncio.run_coroutine_threadsafe(newest.after(100), thread.loop)
    assert not waiting.done()
    newest.put(7)
    assert waiting.result(30) == (101, 7)
    thread.close()
    newest.put(8)
    assert newest.value == 8
