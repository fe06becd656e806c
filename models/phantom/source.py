"""The source ``phantom:``: a virtual patient as a stream of frames, with a probe that others may move."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

import numpy as np

from guidance.errors import InputError
from guidance.frame import Frame
from guidance.probe import Pose
from guidance.sources import SourceInfo
from guidance.sources.pacing import Pacer
from guidance.views import View, parse_view
from models.phantom.patient import Patient, sample_patient
from models.phantom.scanner import VirtualScanner
from models.phantom.style import MachineStyle

_KEYS = ("view", "seed", "fps", "frames", "off", "size")


class PhantomSource:
    """Frames of a virtual patient, at ``fps`` or as fast as they render.

    ``place`` moves the probe from any thread; the next frame shows it.

    Args:
        scanner: patient, machine, screen.
        pose: where the probe stands at first.
        uri: how to name the stream; begins with ``phantom:``.
        fps: frames a second. frame_count: stop after so many; None = endless.
        fast: do not wait for the frame's time.
        keep_up: leave out frames that are overdue, so that stream time keeps to the clock on a slow machine, too.
    """

    def __init__(
        self,
        scanner: VirtualScanner,
        pose: Pose,
        *,
        uri: str = "phantom:",
        fps: float = 30.0,
        frame_count: int | None = None,
        fast: bool = False,
        keep_up: bool = False,
    ) -> None:
        self.scanner = scanner
        self._pose, self._press = pose, 0.7
        self._fps, self._count = fps, frame_count
        self._keep_up = keep_up
        self._index = self._tick = 0
        self._closed = False
        self._lock = threading.Lock()
        self._pacer = Pacer(fast=fast)
        profile = scanner.profile
        mm = profile.mm_per_px
        self._mm = None if mm is None else (mm, mm)
        self._info = SourceInfo(
            uri=uri,
            kind="phantom",
            size=(profile.width, profile.height),
            fps=fps,
            frame_count=frame_count,
            mm_per_px=self._mm,
            profile=profile,
        )

    @property
    def info(self) -> SourceInfo:
        """What is known about the stream; the profile is exact."""
        return self._info

    @property
    def pose(self) -> Pose:
        """Where the probe is."""
        with self._lock:
            return self._pose

    def place(self, pose: Pose, press: float | None = None) -> None:
        """Put the probe at ``pose``, pressed by ``press`` (0..1)."""
        with self._lock:
            self._pose = pose
            self._press = self._press if press is None else press

    def read(self) -> Frame | None:
        """The next frame, when it is due; None at the end and after :meth:`close`."""
        if self._closed or (self._count is not None and self._index >= self._count):
            return None
        if self._keep_up:
            self._tick = max(self._tick, int(self._pacer.due_s() * self._fps))
        t_s = self._tick / self._fps
        self._pacer.wait_until(t_s)
        if self._closed:
            return None
        with self._lock:
            pose, press = self._pose, self._press
        pixels = self.scanner.render(pose, t_s, press=press)
        frame = Frame(pixels, self._index, time.perf_counter_ns(), t_s, self._info.uri, self._mm)
        self._index += 1
        self._tick += 1
        return frame

    def close(self) -> None:
        """Stop; wakes a waiting :meth:`read`."""
        self._closed = True
        self._pacer.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _options(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in rest.split(","))):
        key, equals, value = part.partition("=")
        if key not in _KEYS or not equals or not value:
            raise InputError(f"phantom: does not know '{part}': use {', '.join(k + '=...' for k in _KEYS)}")
        found[key] = value
    return found


def _number(options: dict[str, str], key: str, default: float, lo: float, hi: float) -> float:
    text = options.get(key)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not lo <= value <= hi:
        raise InputError(f"phantom: {key}={text} must be a number from {lo:g} to {hi:g}")
    return value


def open_phantom(rest: str, *, fast: bool = False) -> PhantomSource:
    """Open ``phantom:view=A4C,seed=3,fps=30,frames=300,off=20,size=640x480`` (every part optional).

    ``seed`` 0 is the mean patient; ``off`` starts the probe up to so many mm and 0.8 times as many degrees from the
    view's target.

    Raises:
        InputError: an option is unknown or out of range.
    """
    options = _options(rest)
    view: View = parse_view(options.get("view", "A4C"))
    seed = int(_number(options, "seed", 0, 0, 2**31))
    fps = _number(options, "fps", 30.0, 0.1, 240.0)
    count = int(_number(options, "frames", 0, 0, 1e9)) or None
    off = _number(options, "off", 0.0, 0.0, 80.0)
    width, cross, height = options.get("size", "640x480").partition("x")
    if not (
        cross
        and width.isdigit()
        and height.isdigit()
        and 64 <= int(width) <= 4096
        and 64 <= int(height) <= 4096
    ):
        raise InputError(f"phantom: size={options.get('size')} must look like 640x480, from 64 to 4096")
    rng = np.random.default_rng([11, seed])
    patient = Patient.mean() if seed == 0 else sample_patient(rng)
    scanner = VirtualScanner(patient, style=MachineStyle(), seed=seed, size=(int(width), int(height)))
    pose = scanner.targets[view].pose
    if off > 0:
        pose = scanner.start_pose(view, rng, mm=off, deg=0.8 * off)
    return PhantomSource(scanner, pose, uri=f"phantom:{rest}", fps=fps, frame_count=count, fast=fast)
