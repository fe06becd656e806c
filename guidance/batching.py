"""Batching: many streams, one network. Calls of several threads are joined into one batched call, with a deadline.

A network costs less for eight pictures at once than for eight alone on a GPU, where each call has a fixed price. The
first caller waits a little for the others; who waits and for how long is :func:`wait_ns`, which is pure. No thread is
added: the caller at the head of the line makes the call for all who are in it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from guidance.batch_call import Answers, Float32, call_together, why_one_by_one
from guidance.batch_stream import BatchingRuntime
from guidance.errors import InputError, RuntimeFailure
from guidance.runtimes import Runtime, max_batch_of

_CLOSED = "the runtime is closed: load the model again"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How calls are joined.

    Attributes:
        max_batch: the most pictures in one call; at least 1.
        max_wait_ms: the longest that a picture waits for others, in milliseconds; 0: it takes along only those that
            are waiting already.
        lanes: calls of the network that may be under way at once, where it allows several. One is right for a GPU;
            on a processor, whose network takes one thread, the number of cores.

    Raises:
        InputError: a number is out of range.
    """

    max_batch: int = 8
    max_wait_ms: float = 2.0
    lanes: int = 1

    def __post_init__(self) -> None:
        if self.max_batch < 1 or self.lanes < 1:
            raise InputError("a batch has at least one picture, and one lane: give numbers from 1")
        if not 0.0 <= self.max_wait_ms <= 1000.0:
            raise InputError(f"a wait of {self.max_wait_ms} ms for a batch: give 0 to 1000")


def wait_ns(waiting: int, could_come: int, oldest_ns: int, now_ns: int, settings: BatchSettings) -> int:
    """How long a batch still waits, in nanoseconds; 0: it goes now. Pure.

    Args:
        waiting: pictures in the line, at least 1.
        could_come: live streams that have no picture in the line or in a call under way.
        oldest_ns: when the first of the line came.
        now_ns: now, by the same clock.
        settings: the largest batch and the longest wait.
    """
    if waiting >= settings.max_batch or could_come <= 0:
        return 0
    return max(0, oldest_ns + round(settings.max_wait_ms * 1e6) - now_ns)


class Batcher:
    """Joins the calls of several streams into batched calls of ``runtime``.

    Each stream has a :class:`BatchingRuntime` of its own, from :meth:`stream`, and one picture in the line at most: so
    memory is bounded by the number of streams, and the line, first come first served, is fair. A call that fails is
    repeated picture by picture, so that an error goes to the stream that it belongs to.

    Args:
        runtime: what executes the network; it stays the caller's to close, after :meth:`close`. It is called from
            several threads, but by ``lanes`` at once at most, and by one where it is not ``concurrent``.
        shape: of one picture, (1, 1, S, S).
        settings: how calls are joined.
        clock: nanoseconds, monotonic.

    Attributes:
        runtime, shape: as given.
        settings: in force: the batch is no larger than the runtime takes.
        one_by_one: why pictures are not joined, as one line; None where they are.

    Raises:
        RuntimeFailure: the runtime fails on a trial picture.

    Example:
        >>> batcher = Batcher(model.runtime, model.input_shape)  # doctest: +SKIP
        >>> engines = [
        ...     Engine(model.on(batcher.stream()), Coach(View.A4C)) for _ in range(8)
        ... ]  # doctest: +SKIP
    """

    def __init__(
        self,
        runtime: Runtime,
        shape: tuple[int, ...],
        settings: BatchSettings | None = None,
        *,
        clock: Callable[[], int] = time.perf_counter_ns,
    ):
        wanted = settings or BatchSettings()
        self.one_by_one = None if wanted.max_batch == 1 else why_one_by_one(runtime, shape)
        if self.one_by_one is not None:
            _log.warning("pictures go one by one: %s", self.one_by_one)
        largest = 1 if self.one_by_one is not None else min(wanted.max_batch, max_batch_of(runtime))
        lanes = wanted.lanes if getattr(runtime, "concurrent", False) else 1
        self.settings = BatchSettings(largest, wanted.max_wait_ms, lanes)
        self.runtime = runtime
        self.shape = shape
        self._clock = clock
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._line: deque[_Picture] = deque()
        self._streams = 0
        self._in_calls = 0  # pictures
        self._calls = 0
        self._sizes: Counter[int] = Counter()
        self._closed = False

    def stream(self) -> BatchingRuntime:
        """A runtime for one more stream. While it is open, batches wait for its pictures: close it when it ends.

        Raises:
            RuntimeFailure: the batcher is closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeFailure(_CLOSED)
            self._streams += 1
        return BatchingRuntime(self)

    @property
    def streams(self) -> int:
        """Open streams."""
        return self._streams

    @property
    def waiting(self) -> int:
        """Pictures in the line, those in a call not counted."""
        return len(self._line)

    def sizes(self) -> dict[int, int]:
        """How many calls there were so far of each number of pictures."""
        with self._lock:
            return dict(sorted(self._sizes.items()))

    def close(self, timeout_s: float = 5.0) -> bool:
        """Let every caller go: those in the line with an error. False when a call takes longer than ``timeout_s``."""
        with self._lock:
            self._closed = True
            while self._line:
                self._line.popleft().settle(RuntimeFailure(_CLOSED))
            return self._idle.wait_for(lambda: self._calls == 0, timeout_s)

    def leave(self) -> None:
        """A stream has ended: a batch that waits for it alone goes. For :meth:`BatchingRuntime.close`."""
        with self._lock:
            self._streams -= 1
            self._wake_head()

    def run(self, tensor: Float32) -> Answers:
        """The answers for ``tensor``, one picture of the right shape. For :meth:`BatchingRuntime.run`.

        Raises:
            RuntimeFailure: the network failed on it, or the batcher was closed.
        """
        picture = _Picture(tensor, self._clock(), self._lock)
        with self._lock:
            if self._closed:
                raise RuntimeFailure(_CLOSED)
            self._line.append(picture)
            if self._line[0] is not picture:
                self._wake_head()
            try:
                batch = self._wait(picture)
            except BaseException:  # Ctrl-C in the caller's thread: nobody will fetch this answer
                if picture in self._line:
                    self._line.remove(picture)
                self._wake_head()
                raise
        if batch:
            self._call(batch)
        return picture.result()

    # Inside: all but _call with the lock held

    def _wait(self, picture: _Picture) -> list[_Picture]:
        """Until ``picture`` is answered (empty), or it is its turn to make the call: for these, itself first."""
        while picture.outcome is None:
            if not self._line or self._line[0] is not picture or self._calls >= self.settings.lanes:
                picture.turn.wait()
                continue
            waiting = len(self._line)
            could_come = self._streams - waiting - self._in_calls
            left = wait_ns(waiting, could_come, picture.came_ns, self._clock(), self.settings)
            if left > 0:
                picture.turn.wait(left / 1e9)
                continue
            batch = [self._line.popleft() for _ in range(min(waiting, self.settings.max_batch))]
            self._calls += 1
            self._in_calls += len(batch)
            self._sizes[len(batch)] += 1
            self._wake_head()
            return batch
        return []

    def _wake_head(self) -> None:
        if self._line:
            self._line[0].turn.notify()

    def _call(self, batch: Sequence[_Picture]) -> None:
        outcomes: Sequence[Answers | Exception] = ()
        try:
            outcomes = call_together(self.runtime, [p.tensor for p in batch])
        finally:  # also when this thread is interrupted: the others must not wait for it
            with self._lock:
                self._calls -= 1
                self._in_calls -= len(batch)
                for number, picture in enumerate(batch):
                    interrupted = RuntimeFailure("the call of the network was interrupted")
                    picture.settle(outcomes[number] if outcomes else interrupted)
                self._wake_head()
                self._idle.notify_all()


class _Picture:
    """A picture in the line, and what became of it."""

    __slots__ = ("came_ns", "outcome", "tensor", "turn")

    def __init__(self, tensor: Float32, came_ns: int, lock: threading.Lock):
        self.tensor = tensor
        self.came_ns = came_ns
        self.outcome: Answers | Exception | None = None
        self.turn = threading.Condition(lock)

    def settle(self, outcome: Answers | Exception) -> None:
        """With the lock held: note what became of it, and wake its caller."""
        self.outcome = outcome
        self.turn.notify()

    def result(self) -> Answers:
        """The answers, or what failed."""
        outcome = self.outcome
        if outcome is None or isinstance(outcome, Exception):
            raise outcome or RuntimeFailure(_CLOSED)
        return outcome
