"""Frames of a host's own, to the engine itself.

Promises:
- what is no picture (another type of number, another shape, nothing) is one clear line to who hands it over, by any of
  the doors; guidance on the others goes on, and none of it gets into the clips;
- a source that gives such frames ends its run with the same line;
- any strides and orders of memory are pictures, and give what a plain copy of them gives;
- frames from two threads, bad ones among them, are taken or dropped, each counted once, and never out of order of
  their handing over.
"""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from served import until

from guidance import Coach, Engine, Frame, Guidance, InputError, Model, SourceInfo, View
from guidance.capture import CaptureReason, ClipBuffer

BASE = np.random.default_rng(0).integers(190, 255, (96, 128, 4), dtype=np.uint8)
NO_PICTURES = {
    "float": (BASE[..., 0].astype(np.float32), "uint8, not float32"),
    "16 bits": (BASE[..., 0].astype(np.uint16), "uint8, not uint16"),
    "yes and no": (BASE[..., 0] > 200, "uint8, not bool"),
    "two channels": (BASE[..., :2], "not 96 x 128 x 2 numbers"),
    "four channels": (BASE, "not 96 x 128 x 4 numbers"),
    "a row": (BASE[0, :, 0], "not 128 numbers"),
    "a stack": (BASE[None, ..., :3], "not 1 x 96 x 128 x 3 numbers"),
    "empty": (BASE[:0, :, 0], "no pixels"),
    "huge": (np.broadcast_to(np.uint8(7), (9000, 9000)), "too large"),
    "a list": ([[1, 2], [3, 4]], "not list"),
    "nothing": (None, "not NoneType"),
}
PICTURES = {
    "upside down": BASE[::-1, ::-1, :3],
    "every other": BASE[::2, ::3, :3],
    "columns first": np.asfortranarray(BASE[..., :3]),
    "turned": BASE[..., 0].T,
    "other colours": BASE[..., 2::-1],
    "one pixel": BASE[:1, :1, 0],
    "not to be written": np.broadcast_to(np.uint8(200), (48, 64)),
}


def frame(pixels: object, index: int = 0) -> Frame:
    return Frame(pixels, index, time.perf_counter_ns(), index / 30)  # type: ignore[arg-type]


def engine_of(model: Model, **options: object) -> Engine:
    return Engine(model, Coach(View.A4C, model.manifest.hints), **options)  # type: ignore[arg-type]


class Broken:
    """A plug-in's source that gives ``pixels``."""

    def __init__(self, pixels: object):
        self.pixels, self.info, self.closed = pixels, SourceInfo("broken:", "broken"), False

    def read(self) -> Frame:
        return frame(self.pixels)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_what_is_no_picture_is_one_line_and_guidance_goes_on(model: Model, kind: str) -> None:
    pixels, words = NO_PICTURES[kind]
    clips, heard = ClipBuffer(), list[Guidance]()
    with engine_of(model, clips=clips, listeners=[heard.append]) as engine:
        with pytest.raises(InputError, match=words) as caught:
            engine.process(frame(pixels))
        assert "\n" not in str(caught.value)
        engine.process(frame(BASE[..., :3], 1))
        engine.start()
        with pytest.raises(InputError, match=words):
            engine.submit(frame(pixels, 2))
        engine.submit(frame(BASE[..., :3], 3))
        until(lambda: heard[-1].frame.index == 3)
        assert engine.running
        assert engine.error is None
    assert {g.frame.index for g in heard} <= {1, 3}
    clip = clips.last(20.0, View.A4C, CaptureReason.MANUAL)
    assert clip is not None
    assert [f.index for f in clip.frames] == [1, 3]


@pytest.mark.parametrize("fast", [False, True])
def test_a_source_of_no_pictures_ends_with_that_line(model: Model, fast: bool) -> None:
    source = Broken(BASE)
    with pytest.raises(InputError, match="not 96 x 128 x 4 numbers"):
        list(engine_of(model).run(source, fast=fast))  # type: ignore[arg-type]
    assert source.closed


@pytest.mark.parametrize("kind", PICTURES)
def test_any_order_of_memory_is_a_picture(model: Model, kind: str) -> None:
    pixels = PICTURES[kind]
    one, other = (engine_of(model).process(frame(p)).to_json() for p in (pixels, np.array(pixels, order="C")))
    assert {**one, "latency_ms": 0, "t_capture_s": 0} == {**other, "latency_ms": 0, "t_capture_s": 0}


def test_frames_from_two_threads(model: Model) -> None:
    heard, handed, refused = list[Guidance](), list[int](), list[InputError]()
    turn = threading.Lock()

    def push(engine: Engine, shape: tuple[int, int]) -> None:
        for _ in range(100):
            with turn:  # so that the order of handing over is known
                index = len(handed)
                handed.append(index)
                engine.submit(frame(np.full((*shape, 3), 200, np.uint8), index))
            try:
                engine.submit(frame(BASE, 10_000))
            except InputError as error:
                refused.append(error)

    with engine_of(model, listeners=[heard.append]) as engine:
        engine.start()
        pushing = [threading.Thread(target=push, args=(engine, shape)) for shape in ((96, 128), (120, 90))]
        for one in pushing:
            one.start()
        for one in pushing:
            one.join()
        until(lambda: heard and heard[-1].frame.index == 199)
        assert engine.error is None
        dropped = engine.dropped
    seen = [g.frame.index for g in heard if g.prediction is not None]
    assert seen == sorted(set(seen))
    assert len(seen) + dropped == 200
    assert len(refused) == 200
