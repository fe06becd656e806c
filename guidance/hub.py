"""Hub: many streams, one network, one process: a wall of carts, or the hub of a tele-guidance service.

Each stream has its engine, coach, memory and listeners; their pictures go through one network in batches. What
happens to one stream, an end, a loss or a failure, is that stream's alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType, TracebackType
from typing import Self

from guidance.batching import Batcher, BatchSettings
from guidance.coach import Coach
from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.grabber import GrabberSettings
from guidance.hint import Guidance
from guidance.listeners import Listener
from guidance.model import Model
from guidance.slot import Delivery
from guidance.sources import Source

MAX_STREAMS = 1024

_log = logging.getLogger(__name__)


class HubStream:
    """One stream of a :class:`Hub`, made by :meth:`Hub.add`.

    Attributes:
        name: of the stream, in the hub.
        engine: guides it: its coach, listeners, latency, newest guidance.
    """

    def __init__(self, name: str, engine: Engine, guidance: Iterator[Guidance], release: Callable[[], None]):
        self.name = name
        self.engine = engine
        self._guidance = guidance
        self._release = release
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._drain, name=f"sonoguide-hub-{name}", daemon=True)

    @property
    def running(self) -> bool:
        """Whether it is still being guided."""
        return self._thread.is_alive()

    @property
    def error(self) -> Exception | None:
        """What ended it early, or None."""
        return self._error

    def start(self) -> None:
        """Begin; once. For :meth:`Hub.add`."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End it after the inference under way; the other streams go on. False when that takes longer."""
        self.engine.stop()
        return self.wait(timeout_s)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it has ended; False when ``timeout_s`` is over first."""
        if self._thread is threading.current_thread():  # a listener ends its own stream
            return True
        self._thread.join(timeout_s)
        return not self.running

    def _drain(self) -> None:
        try:
            for _ in self._guidance:
                pass
        except Exception as error:  # a thread has nobody to raise to: the host asks for it
            self._error = error
            _log.error("stream %s: guidance ended: %s", self.name, error)
        finally:
            self._release()  # the others need not wait for its pictures any more


class Hub:
    """Guides many streams at once on one model. Its methods may be called from any thread.

    Args:
        model: what looks at the pictures; the caller closes it, after :meth:`stop`.
        batching: how the streams' pictures are joined.

    Attributes:
        batcher: what joins the pictures, for its counts.

    Raises:
        RuntimeFailure: the network fails on a trial picture.

    Example:
        >>> with Hub(model, BatchSettings(max_batch=8)) as hub:  # doctest: +SKIP
        ...     for uri in uris:
        ...         hub.add(uri, open_source(uri), Coach(View.A4C), listeners=[tell])
        ...     hub.wait()
    """

    def __init__(self, model: Model, batching: BatchSettings | None = None):
        self._model = model
        self.batcher = Batcher(model.runtime, model.input_shape, batching)
        self._lock = threading.Lock()
        self._streams: dict[str, HubStream] = {}
        self._stopped = False

    @property
    def streams(self) -> Mapping[str, HubStream]:
        """The streams by name, those that have ended too, as of now."""
        with self._lock:
            return MappingProxyType(dict(self._streams))

    def add(
        self,
        name: str,
        source: Source,
        coach: Coach,
        *,
        profile: DeviceProfile | None = None,
        listeners: Iterable[Listener] = (),
        fast: bool = False,
        reopen: Callable[[], Source] | None = None,
        stale_after_s: float = 0.25,
        delivery: Delivery = Delivery.NEWEST,
        grabber: GrabberSettings | None = None,
    ) -> HubStream:
        """Guide one more stream, from now on; the arguments are :class:`guidance.engine.Engine`'s and its ``run``'s.

        A stream that has ended leaves its name to a new one.

        Raises:
            ValueError: a stream of that name is running, there are :data:`MAX_STREAMS`, or the hub was stopped. The
                source is still the caller's then.
        """
        with self._lock:
            old = self._streams.get(name)
            if self._stopped:
                raise ValueError("the hub was stopped: make another one")
            if old is not None and old.running:
                raise ValueError(f"a stream '{name}' is running: choose another name")
            if old is None and len(self._streams) >= MAX_STREAMS:
                raise ValueError(f"a hub takes {MAX_STREAMS} streams: remove one")
            runtime = self.batcher.stream()
            engine = Engine(
                self._model.on(runtime),
                coach,
                profile=profile,
                listeners=listeners,
                stale_after_s=stale_after_s,
                delivery=delivery,
                grabber=grabber,
            )
            stream = HubStream(name, engine, engine.run(source, fast=fast, reopen=reopen), runtime.close)
            self._streams[name] = stream
            stream.start()
        return stream

    def remove(self, name: str, timeout_s: float = 5.0) -> bool:
        """End a stream and forget it. False when it takes longer than ``timeout_s`` to end; it is forgotten then too.

        Raises:
            KeyError: there is none of that name.
        """
        with self._lock:
            stream = self._streams.pop(name)
        return stream.stop(timeout_s)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until all streams have ended; False when one does not within ``timeout_s`` of those before it."""
        return all(stream.wait(timeout_s) for stream in self.streams.values())

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End all streams, and let go of the network. False when that takes longer than ``timeout_s`` for one."""
        with self._lock:
            self._stopped = True
            streams = list(self._streams.values())
        for stream in streams:  # all are told before one is waited for
            stream.engine.stop()
        ended = [stream.wait(timeout_s) for stream in streams]
        return self.batcher.close(timeout_s) and all(ended)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
