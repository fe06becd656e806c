"""Streams: the WebSockets of the HTTP server. Each client gets the newest guidance when it is ready for it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any

from guidance.hint import Guidance
from guidance.serve.newest import Newest
from guidance.serve.page_message import Words, page_message

MOST_CLIENTS = 32
"""So many may be on the WebSockets at once."""

READY_S = 10.0
"""A page that has not shown its last picture after so long is let go; it comes back by itself."""

UNSHOWN = 2
"""So many pictures may be on their way to one page."""

WAITING_BYTES = 65536
"""So much may wait for one client before nothing more is sent to it."""


class Streams:
    """Serves WebSockets from ``newest``.

    Args:
        web: the module ``aiohttp.web``.
        newest: what to send.
        picture: a guidance's picture as a JPEG; None where it may not leave.
        words: line one and line two for the page.
        facts: more keys for the page's messages.
        headers: for answers that are no WebSocket.

    Attributes:
        clients: how many are connected.
    """

    def __init__(
        self,
        web: Any,
        newest: Newest[Guidance],
        picture: Callable[[Guidance], Awaitable[bytes | None]],
        words: Words,
        facts: Callable[[], Mapping[str, Any]],
        headers: Mapping[str, str],
    ) -> None:
        self._web, self._newest, self._picture = web, newest, picture
        self._words, self._facts, self._headers = words, facts, headers
        self.clients = 0

    async def lines(self, request: Any) -> Any:
        """One JSON line per text message, as ``run --json -`` writes them."""
        return await self._serve(request, self._send_lines)

    async def watch(self, request: Any) -> Any:
        """For the page: a picture and what to say about it in each message; the page says when it has shown one."""
        return await self._serve(request, self._send_pictures)

    async def _serve(self, request: Any, send: Callable[[Any], Any]) -> Any:
        if self.clients >= MOST_CLIENTS:
            return self._web.Response(status=503, text="too many clients\n", headers=self._headers)
        socket = self._web.WebSocketResponse(heartbeat=10.0, max_msg_size=1024, compress=False, timeout=1.0)
        if not socket.can_prepare(request):
            return self._web.Response(status=400, text="this address is a WebSocket\n", headers=self._headers)
        await socket.prepare(request)
        # Little waits here and in the system for a slow reader: what it gets next is new.
        request.transport.set_write_buffer_limits(high=WAITING_BYTES)
        raw = request.transport.get_extra_info("socket")
        raw.setsockopt(SOL_SOCKET, SO_SNDBUF, WAITING_BYTES)
        self.clients += 1
        sending = asyncio.ensure_future(send(socket))
        try:
            await sending
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self.clients -= 1
            sending.cancel()
            await socket.close()
        return socket

    async def _send_lines(self, socket: Any) -> None:
        reading = asyncio.ensure_future(_until_closed(socket))
        number, said = 0, (-1, "")
        try:
            while not socket.closed:
                coming = asyncio.ensure_future(self._newest.after(number))
                await asyncio.wait({coming, reading}, return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    coming.cancel()
                    return
                number, guidance = coming.result()
                key = guidance.frame.index, guidance.advice.state.value
                if key != said:
                    said = key
                    await asyncio.wait_for(socket.send_str(line_of(guidance)), READY_S)
        finally:
            reading.cancel()

    async def _send_pictures(self, socket: Any) -> None:
        number, unshown = 0, 0
        shown: asyncio.Queue[None] = asyncio.Queue()
        reading = asyncio.ensure_future(_until_closed(socket, shown))
        try:
            while not socket.closed and not reading.done():
                coming = asyncio.ensure_future(self._newest.after(number))
                await asyncio.wait({coming, reading}, return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    coming.cancel()
                    return
                number, guidance = coming.result()
                picture = await self._picture(guidance)
                sent_ms = time.monotonic() * 1e3
                message = page_message(
                    guidance, picture, self._words, age_ms(guidance), sent_ms, self._facts()
                )
                await asyncio.wait_for(socket.send_bytes(message), READY_S)
                unshown += 1
                while unshown >= UNSHOWN or not shown.empty():
                    await asyncio.wait_for(shown.get(), READY_S)
                    unshown -= 1
        finally:
            reading.cancel()


async def _until_closed(socket: Any, shown: asyncio.Queue[None] | None = None) -> None:
    """Read what a client sends: nothing is asked of it but to say that it has shown a picture."""
    try:
        async for _ in socket:
            if shown is not None and shown.qsize() < 2 * UNSHOWN:
                shown.put_nowait(None)
    finally:
        if shown is not None:
            shown.put_nowait(None)  # who waits for it sees that the client has gone


def line_of(guidance: Guidance) -> str:
    """The JSON line, as ``run --json -`` writes it."""
    return json.dumps(guidance.to_json(), allow_nan=False)


def age_ms(guidance: Guidance) -> float:
    """How old ``guidance`` is now, in milliseconds."""
    return (time.perf_counter_ns() - guidance.as_of_ns) / 1e6
