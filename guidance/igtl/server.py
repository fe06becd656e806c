"""IgtlServer: guidance for every OpenIGTLink client that connects. A listener of the engine.

Each client gets the newest guidance when it has taken the last; what came meanwhile is left out for it alone. What has
become too old is taken back. Clients may send what they like: it is read, within bounds, and forgotten.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from socket import SO_SNDBUF, SOL_SOCKET, socket
from types import TracebackType
from typing import Self

from guidance.hint import Guidance
from guidance.igtl.codec import Codec
from guidance.igtl.header import SIZE, Header, Malformed
from guidance.igtl.telling import IMAGE, Words, silence, told
from guidance.serve.listening import listening_socket
from guidance.serve.loop_thread import LoopThread
from guidance.serve.newest import Newest
from guidance.serve.page_message import plain_words
from guidance.serve.pictures import Outgoing

MOST_CLIENTS = 32
WAITING_BYTES = 65536
"""So much may wait for one client before nothing more is sent to it."""

READ_S = 10.0
"""A client that takes nothing for so long is let go; a good one connects again."""

MESSAGE_S = 5.0
"""Of a message that has begun the next part must come so soon."""

IMAGES_PER_S = 10.0
"""A picture in colour is two megabytes: more a second would cost the engine its time."""

STALE_S = 0.25

_log = logging.getLogger(__name__)


class IgtlServer:
    """Serves the guidance of one engine until :meth:`close`.

    Args:
        host: address to bind. OpenIGTLink knows no passwords: whoever reaches it may listen.
        port: 0 takes a free one.
        words: line one and line two of a guidance.
        image: the picture to send with a guidance, or None where it may not leave; called on another thread. Without
            it no pictures are sent.

    Raises:
        InputError: pyigtl is not installed, or the port cannot be had.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        words: Words = plain_words,
        image: Callable[[Guidance], Outgoing | None] | None = None,
    ) -> None:
        self._codec = Codec("--igtl")
        self._words = words
        self._image = image
        self._clients = 0
        self._ended = False
        self._told: tuple[Guidance | None, bytes] = (None, b"")
        self._drawn: tuple[Guidance | None, bytes] = (None, b"")
        self._drawing = asyncio.Lock()
        self._closing = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()
        listening = listening_socket(host, port)
        self.host, self.port = listening.getsockname()[:2]
        self._thread = LoopThread("sonoguide-igtl")
        self._newest: Newest[Guidance] = Newest(self._thread.loop)
        self._server: asyncio.Server | None = None
        try:
            self._server = self._thread.call(self._open(listening))
        except BaseException:
            self._thread.close()
            listening.close()
            raise

    def publish(self, guidance: Guidance) -> None:
        """Take in the newest guidance; never blocks."""
        self._newest.put(guidance)

    def end(self) -> None:
        """Tell the clients that nothing will come any more."""
        self._ended = True
        last = self._newest.value
        if last is not None:
            self._newest.put(last)

    @property
    def clients(self) -> int:
        """How many are connected now."""
        return self._clients

    def close(self) -> None:
        """Let every client go and free the port. Idempotent."""
        server, self._server = self._server, None
        if server is not None:
            server_gone = self._shut(server)
            try:
                self._thread.call(server_gone)
            finally:
                self._thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # On the loop's thread

    async def _open(self, listening: socket) -> asyncio.Server:
        return await asyncio.start_server(self._serve, sock=listening, limit=WAITING_BYTES)

    async def _shut(self, server: asyncio.Server) -> None:
        server.close()
        if self._ended:
            await asyncio.sleep(0.05)  # the last word goes out
        self._closing.set()
        if self._serving:
            await asyncio.wait(self._serving, timeout=1.0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._clients >= MOST_CLIENTS:
            writer.close()
            return
        self._clients += 1
        serving = asyncio.current_task()
        if serving is not None:
            self._serving.add(serving)
            serving.add_done_callback(self._serving.discard)
        # Little waits here and in the system for a slow reader: what it gets next is new.
        writer.transport.set_write_buffer_limits(high=WAITING_BYTES)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(SOL_SOCKET, SO_SNDBUF, WAITING_BYTES)
        work = (self._listen(reader), self._tell(writer), self._until_closing())
        tasks = [asyncio.ensure_future(one) for one in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done() and isinstance(task.exception(), Malformed):
                    _log.warning("an OpenIGTLink client was let go: %s", task.exception())
        finally:
            self._clients -= 1
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            writer.transport.abort()

    async def _until_closing(self) -> None:
        await self._closing.wait()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Read and forget, until the client goes.

        Raises:
            Malformed: it sends something else than OpenIGTLink, or half a message.
        """
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                first = await reader.readexactly(1)
                left = Header.parse(first + await _soon(reader.readexactly(SIZE - 1))).size
                while left:
                    data = await _soon(reader.read(min(left, WAITING_BYTES)))
                    if not data:
                        return
                    left -= len(data)

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        number, image_due, said = 0, 0.0, ""
        with suppress(ConnectionError, TimeoutError):
            while True:
                try:
                    number, guidance = await asyncio.wait_for(self._newest.after(number), STALE_S)
                except TimeoutError:
                    guidance = None
                if guidance is None or self._ended or _age_s(guidance) > STALE_S:
                    # Said once: a client must not believe the last hint any longer.
                    now = "ended" if self._ended else "stale"
                    data = b"" if now == said else silence(self._codec, ended=self._ended, t=time.time())
                    said = now
                else:
                    said = "fresh"
                    data = self._messages(guidance)
                    if self._image is not None and time.monotonic() >= image_due:
                        image_due = time.monotonic() + 1.0 / IMAGES_PER_S
                        data += await self._picture(guidance, self._image)
                if data:
                    writer.write(data)
                    await asyncio.wait_for(writer.drain(), READ_S)

    def _messages(self, guidance: Guidance) -> bytes:
        """Packed once for all clients."""
        if self._told[0] is not guidance:
            self._told = guidance, told(self._codec, guidance, self._words, _taken_at(guidance))
        return self._told[1]

    async def _picture(self, guidance: Guidance, image: Callable[[Guidance], Outgoing | None]) -> bytes:
        """Drawn and packed once for all clients, beside the loop."""
        async with self._drawing:
            if self._drawn[0] is not guidance:
                data = await self._thread.loop.run_in_executor(None, self._draw, guidance, image)
                self._drawn = guidance, data
            return self._drawn[1]

    def _draw(self, guidance: Guidance, image: Callable[[Guidance], Outgoing | None]) -> bytes:
        try:
            picture = image(guidance)
        except Exception:  # somebody else's painting; hints must go on
            _log.exception("the picture for OpenIGTLink cannot be drawn")
            return b""
        if picture is None:
            return b""
        return self._codec.image(IMAGE, picture.pixels, picture.mm_per_px, _taken_at(guidance))


async def _soon(rest: Awaitable[bytes]) -> bytes:
    """The rest of a message that has begun.

    Raises:
        Malformed: it does not come.
    """
    try:
        return await asyncio.wait_for(rest, MESSAGE_S)
    except TimeoutError as error:
        raise Malformed("half a message, and nothing more") from error


def _age_s(guidance: Guidance) -> float:
    return (time.perf_counter_ns() - guidance.as_of_ns) / 1e9


def _taken_at(guidance: Guidance) -> float:
    """Seconds since 1970 when what was looked at was taken."""
    return time.time() - _age_s(guidance)
