"""Capture: the newest seconds of the stream kept in bounded memory, and clips taken from them.

A clip is taken by itself when a hold completes, by hand at any moment, or afterwards as the best stretch
still kept.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from guidance.frame import Frame
from guidance.hint import Guidance, State
from guidance.views import View

MAX_GAP_S = 1.0
"""A clip never reaches over a longer hole in the stream (signal lost, scanner frozen)."""


class CaptureReason(StrEnum):
    """Why a clip was taken."""

    HOLD = "hold"
    MANUAL = "manual"
    BEST = "best"


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Consecutive frames of one view. Refers to the stream's own pixels; nothing is copied.

    Attributes:
        view: the target view while it was taken.
        reason: why it was taken.
        frames: oldest first, at least one; also those that the network did not see.
        qualities: one for each frame, 0..1 for ``view``; None where the network did not judge it, and where the
            coach did not believe what it said.
        seen: one for each frame: the view that the coach saw, OTHER where it abstained; None where nobody looked.
    """

    view: View
    reason: CaptureReason
    frames: tuple[Frame, ...]
    qualities: tuple[float | None, ...]
    seen: tuple[View | None, ...] = ()

    @property
    def byte_count(self) -> int:
        """Bytes of its pixels."""
        return sum(frame.pixels.nbytes for frame in self.frames)

    @property
    def on_screen(self) -> View | None:
        """The view seen most often; None where nobody looked."""
        looked = Counter(view for view in self.seen if view is not None)
        return looked.most_common(1)[0][0] if looked else None

    @property
    def t_start_s(self) -> float:
        """Stream time of the first frame, in seconds."""
        return self.frames[0].t_stream_s

    @property
    def t_end_s(self) -> float:
        """Stream time of the last frame, in seconds."""
        return self.frames[-1].t_stream_s

    @property
    def duration_s(self) -> float:
        """Seconds between the first and the last frame."""
        return self.t_end_s - self.t_start_s

    @property
    def mean_quality(self) -> float | None:
        """Mean over the judged frames; None where none was."""
        judged = [q for q in self.qualities if q is not None]
        return sum(judged) / len(judged) if judged else None


@dataclass(slots=True)
class _Entry:
    frame: Frame
    target: View | None = None
    quality: float | None = None
    seen: View | None = None


class ClipBuffer:
    """Ring of the newest frames, bounded by seconds and by bytes; any thread may call any method.

    Frames come from the grabber (:meth:`add`, every frame) and their judgement from the inference thread
    (:meth:`note`, those the network saw). A stream that starts again empties the ring.

    Args:
        seconds: keep at most so much stream time.
        max_bytes: keep at most so many bytes of pixels, but always the newest frame.
    """

    def __init__(self, seconds: float = 10.0, max_bytes: int = 512 << 20):
        if not seconds > 0.0 or max_bytes < 1:
            raise ValueError("a clip buffer needs some seconds and some bytes")
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._entries: deque[_Entry] = deque()
        self._by_index: dict[int, _Entry] = {}
        self._bytes = 0
        self._fed = False  # whether add() gets every frame
        self._lock = threading.Lock()

    def add(self, frame: Frame) -> None:
        """Keep ``frame``, newest last, and let go of what is too old or too much."""
        with self._lock:
            self._fed = True
            self._add(frame)

    def note(self, guidance: Guidance) -> None:
        """Keep the judgement of a frame; and the frame itself, where nobody calls :meth:`add`. Idempotent.

        Guidance that repeats a frame without looking at it (a lost signal) leaves its judgement as it is.
        """
        with self._lock:
            entry = self._by_index.get(guidance.frame.index)
            if entry is None or entry.frame is not guidance.frame:
                if self._fed:
                    return  # it was added, and has been let go of since
                entry = self._add(guidance.frame)
            if entry.target is None or guidance.prediction is not None:
                entry.target = guidance.advice.target
                entry.quality = _quality(guidance)
                entry.seen = guidance.advice.view if guidance.prediction is not None else None

    def clear(self) -> None:
        """Forget every frame."""
        with self._lock:
            self._clear()

    @property
    def frame_count(self) -> int:
        """Frames kept."""
        return len(self._entries)

    @property
    def byte_count(self) -> int:
        """Bytes of pixels kept (an array shared between frames counts for each)."""
        return self._bytes

    def last(self, seconds: float, view: View, reason: CaptureReason) -> Clip | None:
        """The newest ``seconds`` up to now as a clip of ``view``; shorter where the stream, or ``view``, is
        younger.

        None without a frame.
        """
        with self._lock:
            stretches = _stretches(self._entries, view)
            newest = self._entries[-1] if self._entries else None
        if newest is None or not stretches or stretches[-1][-1] is not newest:
            return None
        stretch = stretches[-1]
        start_s = newest.frame.t_stream_s - seconds
        return _clip([e for e in stretch if e.frame.t_stream_s >= start_s], view, reason)

    def best(self, seconds: float, view: View) -> Clip | None:
        """The stretch of about ``seconds`` with the best mean quality for ``view``; None where nothing was
        judged.

        Where the stream never was so long on ``view``, the longest there is.
        """
        with self._lock:
            stretches = _stretches(self._entries, view)
            found = [_best_window(stretch, seconds) for stretch in stretches]
        windows = [w for w in found if w is not None]
        if not windows:
            return None
        long_enough = [w for w in windows if w.full] or windows
        best = max(long_enough, key=lambda w: w.mean)
        return _clip(best.entries, view, CaptureReason.BEST)

    def _add(self, frame: Frame) -> _Entry:
        if self._entries:
            newest = self._entries[-1].frame
            if frame.index <= newest.index or frame.t_stream_s < newest.t_stream_s:
                self._clear()
        entry = _Entry(frame)
        self._entries.append(entry)
        self._by_index[frame.index] = entry
        self._bytes += frame.pixels.nbytes
        while len(self._entries) > 1 and (
            self._bytes > self._max_bytes
            or frame.t_stream_s - self._entries[0].frame.t_stream_s > self._seconds
        ):
            old = self._entries.popleft().frame
            del self._by_index[old.index]
            self._bytes -= old.pixels.nbytes
        return entry

    def _clear(self) -> None:
        self._entries.clear()
        self._by_index.clear()
        self._bytes = 0


class AutoCapture:
    """A listener that takes a clip when a hold completes: once each time the coach enters CAPTURED.

    Args:
        buffer: where the frames are; the engine fills it when it is also the engine's ``clips``.
        on_clip: gets every clip, automatic or by hand, on the thread that took it.
        seconds: length of a clip.
    """

    def __init__(self, buffer: ClipBuffer, on_clip: Callable[[Clip], None], seconds: float = 3.0):
        self.buffer = buffer
        self._on_clip = on_clip
        self._seconds = seconds
        self._captured: View | None = None

    def __call__(self, guidance: Guidance) -> None:
        """Note the frame's judgement; take a clip where the coach has just reached CAPTURED."""
        self.buffer.note(guidance)
        advice = guidance.advice
        reached = advice.target if advice.state is State.CAPTURED else None
        if reached is not None and reached is not self._captured:
            self._take(self.buffer.last(self._seconds, reached, CaptureReason.HOLD))
        self._captured = reached

    def capture_now(self, view: View) -> Clip | None:
        """Take the newest seconds as a clip of ``view``, whatever its quality; None without a frame of it."""
        return self._take(self.buffer.last(self._seconds, view, CaptureReason.MANUAL))

    def capture_best(self, view: View) -> Clip | None:
        """Take the best stretch of ``view`` that is still kept; None where there is none."""
        return self._take(self.buffer.best(self._seconds, view))

    def _take(self, clip: Clip | None) -> Clip | None:
        if clip is not None:
            self._on_clip(clip)
        return clip


def _quality(guidance: Guidance) -> float | None:
    """This frame's own quality for the target: clips are judged frame by frame, not by the fused value."""
    prediction, target = guidance.prediction, guidance.advice.target
    if guidance.advice.state is State.NOT_RECOGNISED:
        return None  # a number for a picture that was not believed would make a best clip of anything
    if prediction is None or prediction.quality is None or target not in prediction.views:
        return None
    return float(prediction.quality[prediction.views.index(target)])


def _stretches(entries: Sequence[_Entry] | deque[_Entry], view: View) -> list[list[_Entry]]:
    """Runs without a hole in time, while no other view was the target."""
    stretches: list[list[_Entry]] = []
    last: _Entry | None = None
    for entry in entries:
        if entry.target not in (None, view):
            last = None
            continue
        if last is None or entry.frame.t_stream_s - last.frame.t_stream_s > MAX_GAP_S:
            stretches.append([])
        stretches[-1].append(entry)
        last = entry
    return stretches


@dataclass(slots=True)
class _Window:
    entries: list[_Entry]
    mean: float
    full: bool


def _best_window(stretch: list[_Entry], seconds: float) -> _Window | None:
    """Best mean among the windows of ``seconds`` in ``stretch``, or the whole of a shorter one."""
    times = [e.frame.t_stream_s for e in stretch]
    full = times[-1] - times[0] >= seconds
    best: _Window | None = None
    end, total, judged = 0, 0.0, 0
    for start in range(len(stretch)):
        while end < len(stretch) and times[end] - times[start] <= seconds:
            quality = stretch[end].quality
            if quality is not None:
                total, judged = total + quality, judged + 1
            end += 1
        if judged and (best is None or total / judged > best.mean + 1e-12):
            best = _Window(stretch[start:end], total / judged, full)
        if end == len(stretch):
            break  # later windows are only shorter
        gone = stretch[start].quality
        if gone is not None:
            total, judged = total - gone, judged - 1
    return best


def _clip(entries: list[_Entry], view: View, reason: CaptureReason) -> Clip:
    return Clip(
        view,
        reason,
        tuple(e.frame for e in entries),
        tuple(e.quality for e in entries),
        tuple(e.seen for e in entries),
    )
