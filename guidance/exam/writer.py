"""ClipWriter: keeps clips on a thread of its own. What a full disk refuses waits in memory and is tried again."""

from __future__ import annotations

import logging
import threading
from collections import deque

from guidance.errors import RuntimeFailure
from guidance.exam.folder import ExamFolder, Kept
from guidance.exam.records import ClipRecord

MAX_WAITING_BYTES = 512 << 20
"""Pixels of clips that wait for the disk."""

RETRY_S = 5.0

_log = logging.getLogger(__name__)


class ClipWriter:
    """Writes clips in order.

    Args:
        folder: where to.
        wait: with too many waiting, :meth:`put` waits (a recording played as fast as possible); otherwise it refuses.
        max_bytes: of pixels that may wait; one clip always may.
        retry_s: seconds until a clip that could not be written is tried again.
    """

    def __init__(
        self,
        folder: ExamFolder,
        *,
        wait: bool = False,
        max_bytes: int = MAX_WAITING_BYTES,
        retry_s: float = RETRY_S,
    ):
        self.left_out = 0
        self._folder = folder
        self._wait = wait
        self._max_bytes = max_bytes
        self._retry_s = retry_s
        self._waiting: deque[Kept] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="sonoguide-exam", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Clips that are not on the disk yet."""
        return len(self._waiting)

    @property
    def problem(self) -> str | None:
        """Why clips are waiting, in one line for people; None when nothing is wrong."""
        return None if self._problem is None else self._said(self._problem)

    def put(self, kept: Kept) -> bool:
        """Hand over a clip. False where too many wait already; it is not kept then, and the log says so."""
        with self._changed:
            while self._full(kept) and self._wait and self._problem is None and self._thread.is_alive():
                self._changed.wait(0.1)
            if self._full(kept):
                self.left_out += 1
                _log.warning("a clip of %s is not kept: too many wait for the disk", kept.clip.view)
                self._folder.log.add("left_out", target=kept.clip.view.value, reason=kept.clip.reason.value)
                return False
            self._waiting.append(kept)
            self._changed.notify_all()
        return True

    def close(self) -> None:
        """Wait until every clip is written or was refused once more. Idempotent.

        Raises:
            RuntimeFailure: how many clips could not be kept, and why.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        lost, self.left_out = len(self._waiting) + self.left_out, 0
        self._waiting.clear()
        if lost:
            why = "they came faster than the disk takes them" if self._problem is None else str(self._problem)
            raise RuntimeFailure(
                f"{lost} of this exam's clips could not be kept ({why}): what is in {self._folder.path} is whole"
            )

    def _full(self, kept: Kept) -> bool:
        held = sum(one.clip.byte_count for one in self._waiting)
        return bool(self._waiting) and held + kept.clip.byte_count > self._max_bytes

    def _work(self) -> None:
        tries_left: int | None = None
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
                if self._closing and tries_left is None:
                    tries_left = len(self._waiting)  # everything once more, then it is said what is lost
                if tries_left == 0:
                    return
                kept = self._waiting[0]
            done = self._tried(kept)
            with self._changed:
                if tries_left is not None:
                    tries_left -= 1
                if done:
                    self._waiting.popleft()
                    self._changed.notify_all()
                    continue
                self._waiting.rotate(-1)  # one that cannot be written must not keep back the others
                if not self._closing:
                    self._changed.wait(self._retry_s)

    def _tried(self, kept: Kept) -> bool:
        try:
            record = self._folder.keep(kept)
        except Exception as error:  # a disk, an encoder: guidance goes on, and the clip waits
            if self._problem is None:
                _log.warning("%s", self._said(error))
                self._folder.log.add("problem", what=str(error))
            self._problem = error
            return False
        self._problem = None
        self._folder.log.add("kept", **_facts(record))
        return True

    def _said(self, error: Exception) -> str:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return (
            f"a clip cannot be written to {self._folder.path} ({reason}): free some space; "
            "it waits in memory and is tried again"
        )


def _facts(record: ClipRecord) -> dict[str, object]:
    return {
        "clip": record.number,
        "target": record.target.value,
        "reason": record.reason.value,
        "frames": record.frames,
        "quality": None if record.quality is None else round(record.quality, 4),
        "abstained": record.abstained,
    }
