"""HttpServer: guidance as JSON, pictures as JPEG, and a page for a tablet beside the cart. Needs aiohttp.

A listener of the engine: it keeps the newest guidance and returns. Each client is sent the newest one when it is ready
for the next; what came meanwhile is left out. aiohttp is server and WebSocket in one package, and is well kept.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from socket import SO_SNDBUF, SOL_SOCKET
from types import TracebackType
from typing import Any, Self

from guidance.errors import InputError
from guidance.frame import Frame
from guidance.hint import Guidance
from guidance.serve.access import COOKIE, Access
from guidance.serve.listening import listening_socket
from guidance.serve.loop_thread import LoopThread
from guidance.serve.newest import Newest
from guidance.serve.page_message import LONGEST_SIDE, Words, page_message, plain_words
from guidance.serve.pictures import SectorPictures, jpeg

MOST_CLIENTS = 32
"""So many may be on the WebSockets at once."""

READY_S = 10.0
"""A page that has not shown its last picture after so long is let go; it comes back by itself."""

UNSHOWN = 2
"""So many pictures may be on their way to one page."""

WAITING_BYTES = 65536
"""So much may wait for one client before nothing more is sent to it."""

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_PAGE = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}


class HttpServer:
    """Serves the page and the guidance of one engine until :meth:`close`.

    Args:
        host: address to bind.
        port: 0 takes a free one.
        pictures: how frames may leave.
        access: who may ask.
        words: line one and line two for the page.
        notice: what else the page should say, such as that the patient is virtual.

    Raises:
        InputError: aiohttp is not installed, or the port cannot be had.

    Example:
        >>> server = HttpServer("127.0.0.1", 8080, pictures, Access())  # doctest: +SKIP
        >>> engine.add_listener(server.publish)  # doctest: +SKIP
    """

    def __init__(
        self,
        host: str,
        port: int,
        pictures: SectorPictures,
        access: Access,
        *,
        words: Words = plain_words,
        notice: str = "",
    ) -> None:
        self._web = _aiohttp_web()
        self._pictures = pictures
        self._access = access
        self._words = words
        self._facts = {"capture_quality": 0.6, "notice": notice}
        self._clients = 0
        self._ended = False
        self._encoded: tuple[Frame | None, bytes | None] = (None, None)
        self._files = {path: _page_file(name) for path, (name, _) in _PAGE.items()}
        listening = listening_socket(host, port)
        self.host, self.port = listening.getsockname()[:2]
        self._thread = LoopThread("sonoguide-http")
        self._newest: Newest[Guidance] = Newest(self._thread.loop)
        try:
            self._runner: Any = self._thread.call(self._open(listening))
        except BaseException:
            self._thread.close()
            listening.close()
            raise

    def publish(self, guidance: Guidance) -> None:
        """Take in the newest guidance; never blocks."""
        self._newest.put(guidance)

    def set_capture_quality(self, quality: float) -> None:
        """Where the page's quality meter has its mark, 0 to 1."""
        self._facts = {**self._facts, "capture_quality": quality}

    def end(self) -> None:
        """Tell the pages that nothing will come any more."""
        self._ended = True
        last = self._newest.value
        if last is not None:
            self._newest.put(last)

    @property
    def clients(self) -> int:
        """How many are on the WebSockets now."""
        return self._clients

    def close(self) -> None:
        """Let every client go and free the port. Idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            try:
                self._thread.call(runner.cleanup())
            finally:
                self._thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # On the loop's thread

    async def _open(self, listening: Any) -> Any:
        app = self._web.Application(client_max_size=1024)
        routes = {
            "/guidance": self._latest,
            "/frame.jpg": self._frame,
            "/stream": self._stream,
            "/watch": self._watch,
            **dict.fromkeys(_PAGE, self._page),
        }
        for path, answer in routes.items():
            app.router.add_get(path, partial(self._guarded, answer))
        app.router.add_route("*", "/{rest:.*}", partial(self._guarded, self._nothing))
        runner = self._web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await self._web.SockSite(runner, listening).start()
        return runner

    async def _guarded(self, answer: Callable[[Any], Any], request: Any) -> Any:
        status = self._access.refusal(request.headers, request.query, request.cookies)
        if status is not None:
            text = (
                "a token is needed: open the address that sonoguide serve printed\n"
                if status == 401
                else "refused\n"
            )
            headers = {**_HEADERS, "WWW-Authenticate": "Bearer"} if status == 401 else _HEADERS
            return self._web.Response(status=status, text=text, headers=headers)
        return await answer(request)

    async def _nothing(self, request: Any) -> Any:
        return self._web.Response(status=404, text="no such page\n", headers=_HEADERS)

    async def _page(self, request: Any) -> Any:
        if request.path == "/" and "token" in request.query and self._access.token is not None:
            # The browser keeps the token, and it leaves the address bar and the history.
            response = self._web.Response(status=303, headers={**_HEADERS, "Location": "/"})
            response.set_cookie(COOKIE, self._access.token, httponly=True, samesite="Strict", path="/")
            return response
        kind = _PAGE[request.path][1]
        return self._web.Response(
            body=self._files[request.path], content_type=kind, charset="utf-8", headers=_HEADERS
        )

    async def _latest(self, request: Any) -> Any:
        guidance = self._newest.value
        if guidance is None:
            return self._none_yet("no guidance yet")
        headers = {**_HEADERS, "X-Sonoguide-Age-Ms": f"{_age_ms(guidance):.0f}"}
        return self._web.Response(
            text=_line(guidance) + "\n", content_type="application/json", headers=headers
        )

    async def _frame(self, request: Any) -> Any:
        guidance = self._newest.value
        if guidance is None:
            return self._none_yet("no picture yet")
        picture = await self._in_thread(self._jpeg_of, guidance)
        if picture is None:
            return self._none_yet(
                "the ultrasound sector is not known, so the picture is kept back (--whole-picture)"
            )
        headers = {**_HEADERS, "X-Sonoguide-Frame": str(guidance.frame.index)}
        return self._web.Response(body=picture, content_type="image/jpeg", headers=headers)

    def _none_yet(self, text: str) -> Any:
        headers = {**_HEADERS, "Retry-After": "1"}
        return self._web.Response(status=503, text=json.dumps({"error": text}) + "\n",
                                  content_type="application/json", headers=headers)  # fmt: skip

    async def _stream(self, request: Any) -> Any:
        """One JSON line per text message, as ``run --json -`` writes them."""
        return await self._with_socket(request, self._send_lines)

    async def _watch(self, request: Any) -> Any:
        """For the page: a picture and what to say about it in each message; the page says when it has shown one."""
        return await self._with_socket(request, self._send_pictures)

    async def _with_socket(self, request: Any, send: Callable[[Any], Any]) -> Any:
        if self._clients >= MOST_CLIENTS:
            return self._web.Response(status=503, text="too many clients\n", headers=_HEADERS)
        socket = self._web.WebSocketResponse(heartbeat=10.0, max_msg_size=1024, compress=False, timeout=1.0)
        if not socket.can_prepare(request):
            return self._web.Response(status=400, text="this address is a WebSocket\n", headers=_HEADERS)
        await socket.prepare(request)
        # Little waits here and in the system for a slow reader: what it gets next is new.
        request.transport.set_write_buffer_limits(high=WAITING_BYTES)
        raw = request.transport.get_extra_info("socket")
        raw.setsockopt(SOL_SOCKET, SO_SNDBUF, WAITING_BYTES)
        self._clients += 1
        sending = asyncio.ensure_future(send(socket))
        try:
            await sending
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._clients -= 1
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
                    await asyncio.wait_for(socket.send_str(_line(guidance)), READY_S)
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
                picture = await self._in_thread(self._jpeg_of, guidance)
                facts = {**self._facts, "ended": self._ended}
                message = page_message(
                    guidance, picture, self._words, _age_ms(guidance), time.monotonic() * 1e3, facts
                )
                await asyncio.wait_for(socket.send_bytes(message), READY_S)
                unshown += 1
                while unshown >= UNSHOWN or not shown.empty():
                    await asyncio.wait_for(shown.get(), READY_S)
                    unshown -= 1
        finally:
            reading.cancel()

    def _jpeg_of(self, guidance: Guidance) -> bytes | None:
        """The picture of ``guidance``, made once for all clients. None: it may not leave."""
        frame, made = self._encoded
        if frame is not guidance.frame or made is None:
            outgoing = self._pictures.of(guidance.frame)
            made = None if outgoing is None else jpeg(outgoing.pixels, LONGEST_SIDE)
            self._encoded = guidance.frame, made
        return made

    async def _in_thread(self, work: Callable[[Guidance], bytes | None], guidance: Guidance) -> bytes | None:
        return await self._thread.loop.run_in_executor(None, work, guidance)


async def _until_closed(socket: Any, shown: asyncio.Queue[None] | None = None) -> None:
    """Read what a client sends: nothing is asked of it but to say that it has shown a picture."""
    try:
        async for _ in socket:
            if shown is not None and shown.qsize() < 2 * UNSHOWN:
                shown.put_nowait(None)
    finally:
        if shown is not None:
            shown.put_nowait(None)  # who waits for it sees that the client has gone


def _line(guidance: Guidance) -> str:
    return json.dumps(guidance.to_json(), allow_nan=False)


def _age_ms(guidance: Guidance) -> float:
    return (time.perf_counter_ns() - guidance.as_of_ns) / 1e6


def _page_file(name: str) -> bytes:
    return files("guidance.serve").joinpath("page", name).read_bytes()


def _aiohttp_web() -> Any:
    try:
        from aiohttp import web  # optional
    except ImportError as error:
        raise InputError("--http needs the package aiohttp: pip install 'sonoguide[serve]'") from error
    return web
