"""The engine for programs without a window: ``guidance_stream`` and the example with its three ways.

Promises:
- ``async for`` gives the same guidance, in the same order, as ``engine.run``; the event loop goes on meanwhile;
- a slow reader of a live stream gets the newest guidance, of a fast one all;
- left early, cancelled or failing, the thread has ended and the source is closed before anything else goes on;
- errors of the source arrive after all guidance before them;
- the example pulls, pushes and awaits; what is wrong is one line.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import cv2
import numpy as np
import pytest

from guidance import Coach, Engine, Frame, Guidance, InputError, Model, SourceInfo, View, guidance_stream

ROOT = Path(__file__).resolve().parents[2]


class Pictures:
    """A source of ``count`` pictures, ``period_s`` apart; then it ends, fails, or waits for ever."""

    def __init__(self, count: int, period_s: float = 0.0, then: str = "end", live: bool = False):
        self.info = SourceInfo("test:", "test", live=live, recorded=not live, size=(128, 96))
        self._left, self._period_s, self._then = count, period_s, then
        self.index = 0
        self.closed = threading.Event()

    def read(self) -> Frame | None:
        if self.index >= self._left:
            if self._then == "fail":
                raise InputError("test: damaged from here on")
            if self._then == "wait":
                self.closed.wait(30)
            return None
        self.closed.wait(self._period_s)
        if self.closed.is_set():
            return None
        level = 60 + 10 * (self.index % 15)
        pixels = np.random.default_rng(self.index).integers(level, level + 40, (96, 128), dtype=np.uint8)
        frame = Frame(pixels, self.index, time.perf_counter_ns(), self.index / 30, "test:")
        self.index += 1
        return frame

    def close(self) -> None:
        self.closed.set()

    def __enter__(self) -> Pictures:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def engine(tiny_model_folder: Path) -> Iterator[Engine]:
    others = set(threading.enumerate())
    with Model.load(tiny_model_folder, runtime="cpu") as model:
        yield Engine(model, Coach(View.A4C))
    deadline = time.monotonic() + 10  # a search for the sector ends by itself
    while left := [t.name for t in set(threading.enumerate()) - others if t.name.startswith("sonoguide")]:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


def no_thread() -> bool:
    return not [t for t in threading.enumerate() if t.name == "sonoguide-stream"]


async def collected(engine: Engine, source: Pictures, **options: bool) -> list[Guidance]:
    return [guidance async for guidance in guidance_stream(engine, source, **options)]


def test_it_is_what_run_gives(engine: Engine) -> None:
    expected = list(engine.run(Pictures(25), fast=True))
    source = Pictures(25)
    seen = asyncio.run(collected(engine, source, fast=True))
    assert [g.frame.index for g in seen] == list(range(25))
    assert [g.advice for g in seen] == [g.advice for g in expected]
    assert source.closed.is_set()
    assert no_thread()


def test_the_loop_goes_on_meanwhile(engine: Engine) -> None:
    async def both() -> tuple[int, list[Guidance]]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.005)

        ticking = asyncio.create_task(tick())
        seen = await collected(engine, Pictures(20, period_s=0.02), fast=True)
        ticking.cancel()
        return ticks, seen

    ticks, seen = asyncio.run(both())
    assert len(seen) == 20
    assert ticks > 20


def test_a_slow_reader_gets_the_newest_or_all(engine: Engine) -> None:
    async def slowly(source: Pictures, fast: bool) -> list[int]:
        indices = []
        async for guidance in guidance_stream(engine, source, fast=fast):
            indices.append(guidance.frame.index)
            await asyncio.sleep(0.05)
        return indices

    assert asyncio.run(slowly(Pictures(12), True)) == list(range(12))
    live = asyncio.run(slowly(Pictures(60, period_s=0.01, live=True), False))
    assert live == sorted(live)
    assert len(live) < 50
    assert live[-1] == 59


def test_left_early_or_cancelled_nothing_stays(engine: Engine) -> None:
    async def leave(source: Pictures) -> None:
        async with aclosing(guidance_stream(engine, source)) as stream:
            async for _ in stream:
                break
        assert no_thread()

    async def cancel(source: Pictures) -> None:
        task = asyncio.create_task(collected(engine, source))
        while not source.index:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()  # an impatient caller
        with pytest.raises(asyncio.CancelledError):
            await task
        assert no_thread()

    for way in (leave, cancel):
        source = Pictures(5, then="wait", live=True)
        asyncio.run(way(source))
        assert source.closed.is_set()
    assert len(asyncio.run(collected(engine, Pictures(3), fast=True))) == 3  # and the engine can go on


def test_errors_come_after_all_guidance_before(engine: Engine) -> None:
    seen: list[int] = []

    async def read() -> None:
        async for guidance in guidance_stream(engine, Pictures(4, then="fail"), fast=True):
            seen.append(guidance.frame.index)  # noqa: PERF401  # what came before the error counts

    with pytest.raises(InputError, match="damaged from here on"):
        asyncio.run(read())
    assert seen == [0, 1, 2, 3]


def _example(model: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / "headless.py"), *arguments],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "SONOGUIDE_MODEL": str(model), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.parametrize("way", ["pull", "push", "async"])
def test_the_example_has_three_ways(tmp_path: Path, tiny_model_folder: Path, way: str) -> None:
    rng = np.random.default_rng(0)
    for index in range(10):
        cv2.imwrite(str(tmp_path / f"{index:02}.png"), rng.integers(150, 200, (96, 128), dtype=np.uint8))
    done = _example(tiny_model_folder, str(tmp_path), "--way", way)
    assert done.returncode == 0, done.stderr
    frames = [json.loads(line)["frame"] for line in done.stdout.splitlines()]
    if way == "push":  # at the device's own rate: what is dropped depends on the machine
        assert frames
        assert set(frames) <= set(range(10))
    else:
        assert frames == list(range(10))


def test_the_example_says_what_is_wrong(tmp_path: Path, tiny_model_folder: Path) -> None:
    done = _example(tiny_model_folder, str(tmp_path / "nothing.mp4"), "--way", "async")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
