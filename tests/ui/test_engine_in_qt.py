"""The engine as a QObject in another Qt program.

Promises:
- it takes pictures from any thread; what is none is one clear line and guidance goes on; signals come on the host's
  thread, never more than the newest waits;
- target, mute, dismissal and capture work as slots; closing is clean, also when Qt deletes it; an end is told once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QCoreApplication, QThread
from qtpy.QtWidgets import QWidget

from guidance import Frame, Guidance, InputError, Model, State, View
from ui.qt_engine import GuidanceEngine


@pytest.fixture
def engine(qtbot: QtBot, tiny_model_folder: Path) -> Iterator[GuidanceEngine]:
    with Model.load(tiny_model_folder, runtime="cpu") as model:
        made = GuidanceEngine(model, View.A4C)
        yield made
        made.close()


def bright(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(225, 255, (96, 128, 3), dtype=np.uint8)


def test_guidance_comes_on_the_hosts_thread(engine: GuidanceEngine, qtbot: QtBot) -> None:
    heard: list[tuple[Guidance, bool]] = []
    engine.guidance.connect(lambda g: heard.append((g, QThread.currentThread() is engine.thread())))
    engine.start()
    engine.start()
    for index in range(8):
        engine.submit(bright(index), index / 30)
        qtbot.wait(15)
    qtbot.waitUntil(lambda: bool(heard) and heard[-1][0].frame.index == 7, timeout=5000)
    assert all(on_host for _, on_host in heard)
    assert engine.running
    assert engine.profile is not None
    frame = Frame(bright(), 70, time.perf_counter_ns(), 9.0, "mine")
    engine.submit(frame)
    qtbot.waitUntil(lambda: heard[-1][0].frame is frame, timeout=5000)
    engine.stop()
    count = len(heard)
    qtbot.wait(100)
    assert len(heard) == count


def test_a_busy_host_gets_the_newest_alone(engine: GuidanceEngine, qtbot: QtBot) -> None:
    heard: list[int] = []
    engine.guidance.connect(lambda g: heard.append(g.frame.index))
    engine.start()
    last = -1
    for index in range(10):  # the host's event loop does not run
        engine.submit(bright(index), index / 30)
        deadline = time.monotonic() + 10
        while (latest := engine._engine.latest()) is None or latest.frame.index < index:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        last = index
    engine._engine.stop()
    QCoreApplication.processEvents()
    assert heard == [last]


def test_pictures_from_two_threads_and_bad_ones_between(engine: GuidanceEngine, qtbot: QtBot) -> None:
    heard: list[Guidance] = []
    refused: list[InputError] = []
    engine.guidance.connect(heard.append)
    engine.start()

    def push(size: tuple[int, int]) -> None:
        for index in range(30):
            engine.submit(np.full((*size, 3), 200 + index, np.uint8))
            try:
                engine.submit(np.zeros((3, 3), np.int16))
            except InputError as error:
                refused.append(error)
            time.sleep(0.002)

    threads = [threading.Thread(target=push, args=(size,)) for size in ((96, 128), (120, 90))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: bool(heard) and heard[-1].frame.index == 59, timeout=5000)
    assert len(refused) == 60
    indices = [g.frame.index for g in heard]
    assert indices == sorted(indices)
    assert engine.running


def test_wishes_and_clips(engine: GuidanceEngine, qtbot: QtBot) -> None:
    clips = []
    heard: list[Guidance] = []
    engine.clip.connect(clips.append)
    engine.guidance.connect(heard.append)
    engine.start()
    engine.set_target("plax")
    assert engine.coach.target is View.PLAX
    with pytest.raises(InputError, match="unknown view"):
        engine.set_target("A9C")
    engine.mute(True)
    engine.submit(bright(), 0.0)
    qtbot.waitUntil(lambda: bool(heard), timeout=5000)
    assert heard[-1].advice.state is State.PAUSED
    engine.mute(False)
    engine.dismiss()
    engine.capture()
    qtbot.waitUntil(lambda: len(clips) == 1, timeout=5000)
    assert (clips[0].view, len(clips[0].frames)) == (View.PLAX, 1)
    engine.submit(bright(1), 0.1)
    qtbot.waitUntil(lambda: heard[-1].advice.state is State.CAPTURED, timeout=5000)


def test_closing_is_clean(tiny_model_folder: Path, qtbot: QtBot) -> None:
    """The fixture that watches over threads says whether any is left."""
    parent = QWidget()
    engine = GuidanceEngine(tiny_model_folder, runtime="cpu", parent=parent)
    engine.start()
    engine.submit(bright())
    engine.close()
    engine.close()
    engine.start()
    assert not engine.running
    with pytest.raises(RuntimeError, match="start"):
        GuidanceEngine(engine.model, parent=parent).submit(bright())
    forgotten = GuidanceEngine(tiny_model_folder, runtime="cpu", parent=parent)
    forgotten.start()
    forgotten.submit(bright())
    parent.deleteLater()
    QCoreApplication.sendPostedEvents(None, 52)  # DeferredDelete
    qtbot.waitUntil(
        lambda: not [t for t in threading.enumerate() if t.name.startswith("sonoguide")], timeout=5000
    )


def test_an_end_is_told_once(engine: GuidanceEngine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    engine.failed.connect(said.append)

    def fails(*_: object) -> None:
        raise InputError("the picture does not fit")

    engine.start()
    monkeypatch.setattr(engine._engine._pipeline, "prepare", fails)
    engine.submit(bright())
    qtbot.waitUntil(lambda: said == ["the picture does not fit"], timeout=5000)
    qtbot.wait(600)
    assert len(said) == 1
