"""ExamRecorder: a listener that keeps a clip of each hold, those taken by hand, and the best of what was given up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

from guidance.capture import CaptureReason, Clip, ClipBuffer
from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.errors import RuntimeFailure
from guidance.exam.folder import ExamFolder, Kept
from guidance.exam.poses import logged_pose
from guidance.exam.writer import MAX_WAITING_BYTES, ClipWriter
from guidance.hint import Advice, Guidance, State
from guidance.probe import Pose, PoseFrame
from guidance.views import View
from guidance.wish import Wish, WishKind

LOOK_EVERY_S = 1.0
"""So often the ring is searched for a better stretch; far less than it is long."""

TRACK_EVERY_S = 0.1
"""So often the log notes quality and, where it is known, the probe's pose."""


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """Seconds of a clip, and the bounds of the ring and of what waits for the disk.

    In memory are at most the ring, one best stretch (part of a former ring) and the clips that wait:
    ``2 * max_bytes + max_waiting_bytes`` of pixels.
    """

    clip_s: float = 3.0
    ring_s: float = 10.0
    max_bytes: int = 512 << 20
    max_waiting_bytes: int = MAX_WAITING_BYTES


class ExamRecorder:
    """Listener of one run. Its own work is short: clips are written on another thread.

    * the coach reaches CAPTURED: the last seconds (``hold``);
    * the operator captures (:meth:`Coach.mark_captured`, once :meth:`hear` is its ``on_wish``): the last seconds
      (``manual``), whatever the state; a picture that the coach did not recognise is kept and marked so;
    * the target changes, or the run ends, without either: the best stretch seen of it (``best``), if any was judged.

    Args:
        folder: the exam; it is closed with the recorder.
        target: the view aimed at first.
        profile: tells where the picture lies now; None while that is not known.
        buffer: the ring that somebody else feeds (``Engine(clips=...)``); None: one of its own, fed by guidance alone.
        wait: see :class:`ClipWriter`.
        settings: seconds and bytes.
        pose: where the probe was for a picture; None: the pose that the source tracked.
    """

    def __init__(
        self,
        folder: ExamFolder,
        target: View,
        profile: Callable[[], DeviceProfile | None],
        *,
        buffer: ClipBuffer | None = None,
        wait: bool = False,
        settings: RecorderSettings | None = None,
        pose: Callable[[Guidance], Pose | None] | None = None,
    ):
        settings = settings or RecorderSettings()
        self.folder = folder
        self.buffer = buffer or ClipBuffer(settings.ring_s, settings.max_bytes)
        self.writer = ClipWriter(folder, wait=wait, max_bytes=settings.max_waiting_bytes)
        self._profile = profile
        self._pose = pose or _tracked
        self._clip_s = settings.clip_s
        self._lock = threading.RLock()
        self._target = target
        self._captured: View | None = None
        self._by_hand = False  # the next CAPTURED is the operator's, whose clip is kept already
        self._has_clip = False  # of this target, since it was aimed at
        self._best: Kept | None = None
        self._looked_s = float("-inf")
        self._advice: Advice | None = None
        self._said: tuple[Any, ...] | None = None
        self._tracked_s = float("-inf")
        self._closed = False

    def watch(self, coach: Coach) -> None:
        """Hear what the operator tells ``coach``."""
        coach.on_wish = self.hear

    def __call__(self, guidance: Guidance) -> None:
        """Note a frame; keep a clip where the coach has just reached CAPTURED."""
        with self._lock:
            if self._closed:
                return
            self.buffer.note(guidance)
            advice = self._advice = guidance.advice
            self._aim(advice.target)
            self._log_advice(guidance)
            self._log_track(guidance)
            reached = advice.target if advice.state is State.CAPTURED else None
            if reached is not None and reached is not self._captured and not self._by_hand:
                self._keep(self.buffer.last(self._clip_s, reached, CaptureReason.HOLD))
            if reached is not None:
                self._by_hand = False
            self._captured = reached
            self._look(guidance.frame.t_stream_s)

    def hear(self, wish: Wish) -> None:
        """Log a wish; keep a clip where it is a capture, and the best of a target that is left."""
        with self._lock:
            if self._closed:
                return
            facts: dict[str, str | bool | None] = {}
            if _has_view(wish):
                facts["view"] = None if wish.view is None else wish.view.value
            if wish.kind is WishKind.MUTE:
                facts["on"] = wish.on
            self.folder.log.add(wish.kind.value, **facts)
            if wish.kind is WishKind.CAPTURE:
                self.capture()
                self._by_hand = True
            elif wish.kind is WishKind.TARGET and wish.view is not None:
                self._aim(wish.view)

    def capture(self) -> bool:
        """Keep the last seconds now, by hand. False where there is no picture of this target yet."""
        with self._lock:
            return self._keep(self.buffer.last(self._clip_s, self._target, CaptureReason.MANUAL))

    def close(self) -> None:
        """Keep the best of the last target, write what waits, end the exam. Idempotent.

        Raises:
            RuntimeFailure: something could not be kept.
        """
        with self._lock:
            if self._closed:
                return
            self._give_up()
            self._closed = True
        try:
            self.writer.close()
        finally:
            try:
                self.folder.close()
            except OSError as error:
                raise RuntimeFailure(
                    f"{self.folder.path}: the end of the exam could not be noted ({error.strerror or error}): "
                    "free some space; its clips are whole"
                ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _aim(self, view: View) -> None:
        if view is self._target:
            return
        self._give_up()
        self._target, self._captured = view, None
        self._has_clip, self._by_hand = False, False

    def _give_up(self) -> None:
        """The target is left: without a clip of it, keep the best stretch seen."""
        if not self._has_clip:
            self._look(float("inf"))
            if self._best is not None:
                self.writer.put(self._best)
        self._best, self._looked_s = None, float("-inf")

    def _look(self, t_s: float) -> None:
        """Remember the best stretch before the ring lets go of it; at ``t_s`` on the stream's time line."""
        if self._has_clip or 0.0 <= t_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = t_s
        clip = self.buffer.best(self._clip_s, self._target)
        if clip is not None and (self._best is None or self._rank(clip) > self._rank(self._best.clip)):
            self._best = self._made(clip)

    def _rank(self, clip: Clip) -> tuple[bool, float, float]:
        """A long enough stretch before a short one, then the better one."""
        return clip.duration_s >= 0.9 * self._clip_s, clip.mean_quality or 0.0, clip.duration_s

    def _keep(self, clip: Clip | None) -> bool:
        if clip is None:
            return False
        kept = self._made(clip)
        if not self.writer.put(kept):
            return False
        if kept.state is not State.NOT_RECOGNISED:
            self._has_clip, self._best = True, None
        return True

    def _made(self, clip: Clip) -> Kept:
        state = State.PAUSED if self._advice is None else self._advice.state
        return Kept(clip, state, self._profile(), self.folder.now())

    def _log_advice(self, guidance: Guidance) -> None:
        advice = guidance.advice
        hint = None if advice.hint is None else advice.hint.text
        said = (advice.state, advice.target, advice.view, hint, advice.reason_code)
        if said == self._said:
            return
        self._said = said
        code = advice.reason_code or (advice.hint.reason_code if advice.hint is not None else None)
        self.folder.log.add(
            "advice",
            t_s=round(guidance.frame.t_stream_s, 3),
            state=advice.state.value,
            target=advice.target.value,
            view=advice.view.value,
            quality=None if advice.quality is None else round(float(advice.quality), 4),
            hint=hint,
            reason=None if advice.hint is None else advice.hint.reason,
            reason_code=None if code is None else code.value,
        )

    def _log_track(self, guidance: Guidance) -> None:
        """Quality and pose, a few times a second: what a review draws between two changes of advice."""
        t_s = guidance.frame.t_stream_s
        if 0.0 <= t_s - self._tracked_s < TRACK_EVERY_S - 1e-6:
            return
        quality, pose = guidance.advice.quality, self._pose(guidance)
        if quality is None and pose is None:
            return
        self._tracked_s = t_s
        facts: dict[str, Any] = {"quality": None if quality is None else round(float(quality), 4)}
        facets = guidance.advice.facets
        if facets is not None:
            facts["facets"] = {name: round(float(share), 3) for name, share in asdict(facets).items()}
        if pose is not None:
            facts |= logged_pose(pose)
        self.folder.log.add("track", t_s=round(t_s, 3), **facts)


def _tracked(guidance: Guidance) -> Pose | None:
    pose = guidance.frame.pose
    return (
        pose if pose is not None and pose.frame is PoseFrame.THORAX else None
    )  # a review draws it on a chest


def _has_view(wish: Wish) -> bool:
    return wish.kind in (WishKind.TARGET, WishKind.OVERRIDE)
