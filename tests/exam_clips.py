"""Small clips, guidance and exams for the tests of what an exam keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from guidance.capture import CaptureReason, Clip
from guidance.device import DeviceProfile, Sector
from guidance.exam import ExamFolder, ExamInfo, Kept
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, State
from guidance.prediction import Prediction
from guidance.views import View

FPS = 20.0
SIZE = (160, 120)
SECTOR = Sector(80.0, 10.0, -40.0, 40.0, 0.0, 100.0)
PROFILE = DeviceProfile.from_sector(SIZE, SECTOR)
INFO = ExamInfo("screen.mp4", (View.A4C, View.PLAX), "tiny 1")


def screen(index: int, *, colour: bool = False, name: bool = True) -> np.ndarray:
    """A screen with speckle everywhere in the sector and a burnt-in name in white in a corner outside."""
    rng = np.random.default_rng(index)
    grey = rng.integers(20, 200, (SIZE[1], SIZE[0]), dtype=np.uint8)
    pixels = np.repeat(grey[..., None], 3, axis=2)
    if colour:
        pixels[50:70, 70:90] = (10, 20, 220)
    if name:
        pixels[:12, :50] = 255
    return pixels


def frame(index: int, *, t_s: float | None = None, mm: float | None = 0.5, **look: bool) -> Frame:
    scale = None if mm is None else (mm, mm)
    return Frame(screen(index, **look), index, 0, index / FPS if t_s is None else t_s, "screen.mp4", scale)


def guidance(
    index: int,
    quality: float | None = 0.5,
    state: State = State.ADJUSTING,
    target: View = View.A4C,
    **made: object,
) -> Guidance:
    views = (View.A4C, View.PLAX)
    prediction = None
    if quality is not None:
        prediction = Prediction(views, np.array([0.8, 0.1, 0.1], np.float32), np.full(2, quality, np.float32))
    seen = View.OTHER if state is State.NOT_RECOGNISED else target
    return Guidance(frame(index, **made), Advice(state, target, seen, 0.8), prediction)  # type: ignore[arg-type]


def clip(
    frames: int = 10, view: View = View.A4C, reason: CaptureReason = CaptureReason.HOLD, **look: object
) -> Clip:
    made = tuple(frame(i, **look) for i in range(frames))  # type: ignore[arg-type]
    qualities = tuple(None if i % 3 == 2 else 0.5 + i / 100 for i in range(frames))
    return Clip(view, reason, made, qualities, (view,) * frames)


def kept(
    made: Clip | None = None, state: State = State.CAPTURED, profile: DeviceProfile | None = PROFILE
) -> Kept:
    return Kept(made or clip(), state, profile, datetime(2026, 11, 26, 10, 0, tzinfo=UTC))


def new_exam(place: Path) -> ExamFolder:
    return ExamFolder(place, INFO)


@contextmanager
def no_room(limit: int = 3000) -> Iterator[None]:
    """Files of this process cannot grow beyond ``limit`` bytes: the system refuses as a full disk does."""
    import resource  # not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
