"""The frame path makes no needless copies.

Promises:
- a frame through the slot is the source's own object, its pixels the decoder's own memory;
- preprocessing writes into the same buffers for every frame and allocates nothing of a picture's size;
- memory does not grow frame by frame, from the source to the guidance;
- a grey DICOM whose values are shown as they are stored is given as it was decoded, any other through its table;
- the grabber drains a source that is quicker than the network;
- no module of the engine reads a clock that can be set.
"""

from __future__ import annotations

import gc
import re
import threading
import time
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from media import dicom, save
from pydicom.dataset import Dataset

from guidance.coach import Coach
from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.engine import Engine
from guidance.frame import Frame
from guidance.grabber import Grabber
from guidance.hint import Guidance
from guidance.manifest import InputSpec
from guidance.model import Model
from guidance.preprocess import Preprocessor
from guidance.slot import LatestFrame
from guidance.sources import SourceInfo, open_source
from guidance.views import View

SIZE = (1280, 720)
PROFILE = DeviceProfile.from_sector(SIZE, Sector(640.0, 10.0, -42.0, 42.0, 5.0, 690.0), MarkerSide.RIGHT)


def noise(*channels: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], *channels), dtype=np.uint8)


class Burst:
    """A live source that gives ``count`` frames at once, then waits until it is closed."""

    info = SourceInfo("device:0", "camera", live=True, size=SIZE)

    def __init__(self, count: int):
        self.given: list[Frame] = []
        self._count = count
        self._pixels = noise()
        self._closed = threading.Event()

    def read(self) -> Frame | None:
        index = len(self.given)
        if index == self._count:
            self._closed.wait()
            return None
        self.given.append(Frame(self._pixels, index, time.perf_counter_ns(), index / 60.0))
        return self.given[-1]

    def close(self) -> None:
        self._closed.set()

    def __enter__(self) -> Burst:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_the_slot_gives_the_sources_own_frame_and_the_grabber_drains_it() -> None:
    source, slot, seen = Burst(50), LatestFrame(), []
    grabber = Grabber(source, slot, on_frame=seen.append)
    grabber.start()
    try:
        deadline = time.monotonic() + 30.0
        while (
            len(seen) < 50 or slot.dropped < 49
        ):  # nobody takes a frame, and every one was read all the same
            assert time.monotonic() < deadline
            time.sleep(0.005)
        frame = slot.get(1.0)
    finally:
        grabber.stop()
    assert frame is source.given[-1]
    assert np.shares_memory(frame.pixels, source._pixels)
    assert slot.dropped == 49


@pytest.mark.parametrize("channels", [(), (3,)], ids=["grey", "colour"])
def test_preprocessing_allocates_nothing_of_a_pictures_size(channels: tuple[int, ...]) -> None:
    pixels, before = noise(*channels), noise(*channels).copy()
    preprocess = Preprocessor(PROFILE, InputSpec(size=192, mean=0.18, std=0.22))
    first = preprocess(pixels)
    gc.collect()
    tracemalloc.start()
    try:
        second = preprocess(pixels)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert first is second
    assert peak < 192 * 192  # less than the smallest picture on the way
    assert np.array_equal(pixels, before)
    assert np.shares_memory(preprocess.crop(pixels), preprocess.crop(pixels))


def test_memory_does_not_grow_by_frame(tiny_model_folder: Path) -> None:
    with Model.load(tiny_model_folder) as model:
        engine = Engine(model, Coach(View.A4C), profile=PROFILE)
        pixels = noise()
        held: list[Guidance] = []

        def work(count: int, start: int) -> None:
            for index in range(start, start + count):
                held[:] = [engine.process(Frame(pixels, index, time.perf_counter_ns(), index / 60.0))]

        work(300, 0)  # the coach's window and the latency log have their full length
        tracemalloc.start()
        try:
            work(100, 300)
            gc.collect()
            settled, _ = tracemalloc.get_traced_memory()
            work(200, 400)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (after - settled) / 200 < 100.0  # bytes a frame; a crop is 36 864, a frame 921 600


def stored(tmp_path: Path, ds: Dataset) -> np.ndarray:
    with open_source(str(save(ds, tmp_path / "a.dcm")), fast=True) as source:
        frame = source.read()
    assert frame is not None
    return frame.pixels


def test_grey_dicom_values_pass_unchanged_or_through_their_table(tmp_path: Path) -> None:
    pixels = np.arange(48 * 64, dtype=np.uint32).reshape(1, 48, 64).astype(np.uint8)
    assert np.array_equal(stored(tmp_path, dicom(pixels)), pixels[0])
    inverse = stored(tmp_path, dicom(pixels, photometric="MONOCHROME1"))
    assert np.array_equal(inverse, 255 - pixels[0])
    assert inverse.dtype == np.uint8
    windowed = stored(tmp_path, dicom(pixels, WindowCenter=64, WindowWidth=64))
    assert windowed[pixels[0] <= 32].max() == 0
    assert windowed[pixels[0] >= 96].min() == 255


def test_clocks_are_monotonic() -> None:
    root = Path(__file__).resolve().parents[2]
    settable = re.compile(r"\btime\.time(_ns)?\(|datetime\.(now|today|utcnow)\(")
    written_down = {  # they say when something took place; nothing is measured by it
        root / "guidance" / "exam" / "log.py",
        root / "guidance" / "igtl" / "server.py",  # OpenIGTLink's stamps are seconds since 1970
    }
    for path in sorted((root / "guidance").rglob("*.py")):
        assert path in written_down or not settable.search(path.read_text(encoding="utf-8")), path


def test_opencv_writes_into_the_buffers_it_is_given() -> None:
    """What :mod:`guidance.preprocess` counts on: ``dst`` of the right size and type is used, not replaced."""
    grey = np.zeros(SIZE[::-1], np.uint8)
    assert np.shares_memory(cv2.cvtColor(noise(3), cv2.COLOR_BGR2GRAY, dst=grey), grey)
    levels, out = np.arange(256, dtype=np.float32), np.zeros(SIZE[::-1], np.float32)
    assert np.shares_memory(cv2.LUT(grey, levels, dst=out), out)
