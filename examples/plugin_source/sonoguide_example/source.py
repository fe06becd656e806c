"""``swinging:frames=90,fps=30,seed=0``: a made-up scanner. Put your device's pictures here instead."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

import numpy as np

from guidance import Frame, InputError, SourceInfo

SIZE = (640, 480)
LIMITS = {"frames": (1, 1_000_000), "fps": (1, 240), "seed": (0, 1_000_000)}


class Swinging:
    """A source: one thread reads, any thread may close."""

    def __init__(self, rest: str, *, frames: int, fps: int, seed: int, fast: bool):
        # recorded=True: pictures do not depend on when they are read. A real device says live=True instead.
        self.info = SourceInfo(
            f"swinging:{rest}", "swinging", recorded=True, size=SIZE, fps=fps, frame_count=frames
        )
        self._fast = fast
        self._index = 0
        self._closed = threading.Event()
        rng = np.random.default_rng(seed)
        x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
        self._angle = np.degrees(np.arctan2(x - SIZE[0] / 2, y - 20.0))
        self._radius = np.hypot(x - SIZE[0] / 2, y - 20.0)
        self._speckle = rng.rayleigh(55.0, (SIZE[1], SIZE[0]))
        self._begin_s = time.perf_counter()

    def read(self) -> Frame | None:
        index, fps = self._index, self.info.fps or 30
        if index >= (self.info.frame_count or 0):
            return None
        if not self._fast:  # wait until the picture is due; close() wakes
            self._closed.wait(max(0.0, self._begin_s + index / fps - time.perf_counter()))
        if self._closed.is_set():
            return None
        self._index += 1
        dark = np.abs(self._angle - 15.0 * np.sin(index / fps)) < 8.0
        inside = (np.abs(self._angle) < 40.0) & (self._radius < 430.0)
        grey = np.where(inside, self._speckle * np.where(dark, 0.2, 1.0), 0.0)
        pixels = np.clip(grey, 0, 255).astype(np.uint8)
        return Frame(pixels, index, time.perf_counter_ns(), index / fps, source=self.info.uri)

    def close(self) -> None:
        self._closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_swinging(rest: str, *, fast: bool) -> Swinging:
    """Called with what stands behind ``swinging:``. Wrong options are an InputError: one line for the user."""
    options = {"frames": 90, "fps": 30, "seed": 0}
    for part in filter(None, rest.split(",")):
        name, _, value = part.partition("=")
        low, high = LIMITS.get(name, (0, -1))
        if not (value.isascii() and value.isdecimal() and low <= int(value) <= high):
            raise InputError(
                f"swinging: option '{part}' is not understood: write swinging:frames=90,fps=30,seed=0"
            )
        options[name] = int(value)
    return Swinging(rest, **options, fast=fast)
