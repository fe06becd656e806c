"""Examines a stream for ``doctor``: does it deliver, does guidance keep up with it, does the device profile fit it?"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from guidance.coach import Coach
from guidance.engine import Engine
from guidance.errors import RuntimeFailure, SonoguideError
from guidance.frame import Frame
from guidance.model import Model
from guidance.preprocess import picture_overlap
from guidance.profile_file import read_profile
from guidance.sector import find_sector
from guidance.sources import Source, SourceInfo, open_source
from guidance.views import View
from ui.doctor_check import Check, Grade

FRAMES = 60
LOOK_S = 3.0
"""Looking at a stream ends with the first of the two."""

SILENT_S = 5.0
"""A stream that sends nothing for so long does not deliver."""

WARM_UP = 12
"""Frames that are not timed: caches are cold, and the sector is looked for."""
FITS, NEARLY = 0.85, 0.6
"""Share of profile and found picture that they have in common (intersection over union)."""

_STEP = 4


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The beginning of a stream: at least one frame. ``fps``: measured on a live one, else its header's, or None."""

    info: SourceInfo
    frames: tuple[Frame, ...]
    fps: float | None


def examine_stream(model: Path, source: str | None, profile: Path | None) -> Iterator[Check]:
    """The checks of ``--source`` and ``--device-profile``; none where neither is given."""
    found: Look | None = None
    if source is not None:
        try:
            found = look(source)
        except SonoguideError as error:
            yield Check("source", Grade.BAD, "cannot be used", str(error))
        else:
            yield _source(source, found)
            yield _speed(model, found)
    if profile is not None:
        yield _profile(profile, found)


def look(uri: str, *, look_s: float = LOOK_S, silent_s: float = SILENT_S) -> Look:
    """The first frames of the stream ``uri``, which is closed again.

    Raises:
        InputError, RuntimeFailure: it cannot be opened, is damaged or lost, or sends nothing.
    """
    source = open_source(uri, fast=True)
    waiting: queue.Queue[Frame | SonoguideError | None] = queue.Queue()
    thread = threading.Thread(
        target=_read, args=(source, waiting), name="sonoguide-doctor-source", daemon=True
    )
    frames: list[Frame] = []
    thread.start()
    deadline = time.monotonic() + silent_s
    try:
        while len(frames) < FRAMES and (left := deadline - time.monotonic()) > 0.0:
            try:
                got = waiting.get(timeout=left)
            except queue.Empty:
                break
            if isinstance(got, SonoguideError):
                raise got
            if got is None:
                break
            if not frames:
                deadline = time.monotonic() + look_s
            frames.append(got)
    finally:
        source.close()
        thread.join(2.0)
    if not frames:
        raise _silent(uri, silent_s)
    fps = source.info.fps
    if source.info.live and len(frames) > 5:
        span_ns = frames[-1].t_capture_ns - frames[1].t_capture_ns  # a device may have held the first one
        fps = (len(frames) - 2) / (span_ns / 1e9) if span_ns > 0 else fps
    return Look(source.info, tuple(frames), fps)


def _read(source: Source, waiting: queue.Queue[Frame | SonoguideError | None]) -> None:
    try:
        for _ in range(FRAMES):
            frame = source.read()
            waiting.put(frame)
            if frame is None:
                return
    except SonoguideError as error:
        waiting.put(error)


def _silent(uri: str, silent_s: float) -> SonoguideError:
    return RuntimeFailure(
        f"{uri} sent no picture for {silent_s:.0f} s: check its cable, and that no other program uses it"
    )


def _source(uri: str, found: Look) -> Check:
    width, height = found.frames[0].size
    rate = "rate unknown" if found.fps is None else f"{found.fps:.1f} pictures a second"
    how = " (measured)" if found.info.live and found.fps is not None else ""
    text = f"{uri}: {found.info.kind}, {width} x {height}, {rate}{how}"
    if float(np.ptp(found.frames[-1].pixels)) < 8.0:
        return Check(
            "source", Grade.HINT, f"{text}; its picture is blank", "wake the scanner, check the cable"
        )
    return Check("source", Grade.OK, text)


def _speed(folder: Path, found: Look) -> Check:
    """Crop, network and coach on the stream's own frames, against its rate."""
    try:
        with Model.load(folder) as model:
            engine = Engine(model, Coach(View.A4C, model.manifest.hints))
            frames = [found.frames[k % len(found.frames)] for k in range(max(FRAMES, len(found.frames)))]
            took = []
            for frame in frames:
                started_ns = time.perf_counter_ns()
                engine.process(frame)
                took.append((time.perf_counter_ns() - started_ns) / 1e6)
    except SonoguideError as error:
        return Check("speed", Grade.BAD, "guidance fails on this stream", str(error))
    p50, p99 = (float(v) for v in np.percentile(took[WARM_UP:], (50, 99), method="higher"))
    text = f"guidance takes {p50:.1f} ms, p99 {p99:.1f} ms"
    if found.fps is None:
        return Check("speed", Grade.OK, text)
    period_ms = 1000.0 / found.fps
    text += f"; a picture comes every {period_ms:.1f} ms"
    if p50 > period_ms:
        advice = "pictures will be dropped: use a smaller network (sonoguide calibrate int8) or a GPU"
        return Check("speed", Grade.HINT, text, advice)
    if p99 > period_ms:
        return Check(
            "speed", Grade.HINT, text, "now and then a picture will be dropped: close other programs"
        )
    return Check("speed", Grade.OK, text)


def _profile(path: Path, found: Look | None) -> Check:
    try:
        profile = read_profile(path)
    except SonoguideError as error:
        return Check("profile", Grade.BAD, "cannot be used", str(error))
    text = f"{path}: {profile.width} x {profile.height}"
    if profile.latency is not None:
        text += f", {profile.latency.grabber_p50_ms:.0f} ms late (measured {profile.latency.measured_at})"
    if found is None:
        return Check("profile", Grade.OK, f"{text}; --source SOURCE compares it with the live picture")
    size = found.frames[0].size
    if size != (profile.width, profile.height):
        return Check(
            "profile", Grade.BAD, f"{text}, but the stream has {size[0]} x {size[1]}",
            "make one for this resolution (sonoguide calibrate sector), or set the device's size",
        )  # fmt: skip
    stretch = 1.0 if profile.sector is None else profile.sector.stretch
    pictures = [frame.pixels for frame in found.frames]
    now = find_sector(pictures, region=found.info.region, stretches=(stretch,))
    if now is None:
        return Check(
            "profile", Grade.HINT, f"{text}; no ultrasound picture was found in the stream to compare it with",
            "put the probe on, and try again",
        )  # fmt: skip
    share = picture_overlap(profile, now, _STEP)
    text += f", {share:.0%} in common with the picture in the stream"
    if share >= FITS:
        return Check("profile", Grade.OK, text)
    advice = "look at it: depth or layout may have changed" if share >= NEARLY else "it is of another layout"
    return Check("profile", Grade.HINT, text, f"{advice}; sonoguide calibrate sector makes a new one")
