"""HttpServer: guidance as JSON, pictures as JPEG, and a page for a tablet beside the cart. Needs aiohttp.

A listener of the engine: it keeps the newest guidance and returns. Each client is sent the newest one when it is ready
for the next; what came meanwhile is left out. aiohttp is server and WebSocket in one package, and is well kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from types import TracebackType
from typing import Any, Self

from guidance.errors import InputError
from guidance.frame import Frame
from guidance.hint import Guidance
from guidance.serve.access import COOKIE, Access
from guidance.serve.listening import listening_socket
from guidance.serve.loop_thread import LoopThread
from guidance.serve.metrics import CONTENT_TYPE
from guidance.serve.newest import Newest
from guidance.serve.page_message import LONGEST_SIDE, Words, plain_words
from guidance.serve.pictures import SectorPictures, jpeg
from guidance.serve.streams import Streams, age_ms, line_of

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
        metrics: what /metrics answers, see :class:`guidance.serve.metrics.Metrics`; called on a thread of its own.

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
        metrics: Callable[[], bytes] | None = None,
    ) -> None:
        self._web = _aiohttp_web()
        self._metrics = metrics
        self._pictures = pictures
        self._access = access
        self._facts = {"capture_quality": 0.6, "notice": notice}
        self._ended = False
        self._encoded: tuple[Frame | None, bytes | None] = (None, None)
        self._files = {path: _page_file(name) for path, (name, _) in _PAGE.items()}
        listening = listening_socket(host, port)
        self.host, self.port = listening.getsockname()[:2]
        self._thread = LoopThread("sonoguide-http")
        self._newest: Newest[Guidance] = Newest(self._thread.loop)
        self._streams = Streams(self._web, self._newest, self._jpeg, words, self._page_facts, _HEADERS)
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
        return self._streams.clients

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
            "/metrics": self._measured,
            "/stream": self._streams.lines,
            "/watch": self._streams.watch,
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
        headers = {**_HEADERS, "X-Sonoguide-Age-Ms": f"{age_ms(guidance):.0f}"}
        return self._web.Response(
            text=line_of(guidance) + "\n", content_type="application/json", headers=headers
        )

    async def _frame(self, request: Any) -> Any:
        guidance = self._newest.value
        if guidance is None:
            return self._none_yet("no picture yet")
        picture = await self._jpeg(guidance)
        if picture is None:
            return self._none_yet(
                "the ultrasound sector is not known, so the picture is kept back (--whole-picture)"
            )
        headers = {**_HEADERS, "X-Sonoguide-Frame": str(guidance.frame.index)}
        return self._web.Response(body=picture, content_type="image/jpeg", headers=headers)

    async def _measured(self, request: Any) -> Any:
        if self._metrics is None:
            text = "no metrics: they need the package prometheus-client: pip install 'sonoguide[serve]'\n"
            return self._web.Response(status=501, text=text, headers=_HEADERS)
        body = await self._thread.loop.run_in_executor(None, self._metrics)  # it looks at a disk
        return self._web.Response(body=body, headers={**_HEADERS, "Content-Type": CONTENT_TYPE})

    def _none_yet(self, text: str) -> Any:
        headers = {**_HEADERS, "Retry-After": "1"}
        return self._web.Response(status=503, text=json.dumps({"error": text}) + "\n",
                                  content_type="application/json", headers=headers)  # fmt: skip

    def _jpeg_of(self, guidance: Guidance) -> bytes | None:
        """The picture of ``guidance``, made once for all clients. None: it may not leave."""
        frame, made = self._encoded
        if frame is not guidance.frame or made is None:
            outgoing = self._pictures.of(guidance.frame)
            made = None if outgoing is None else jpeg(outgoing.pixels, LONGEST_SIDE)
            self._encoded = guidance.frame, made
        return made

    async def _jpeg(self, guidance: Guidance) -> bytes | None:
        return await self._thread.loop.run_in_executor(None, self._jpeg_of, guidance)

    def _page_facts(self) -> dict[str, Any]:
        return {**self._facts, "ended": self._ended}


def _page_file(name: str) -> bytes:
    return files("guidance.serve").joinpath("page", name).read_bytes()


def _aiohttp_web() -> Any:
    try:
        from aiohttp import web  # optional
    except ImportError as error:
        raise InputError("--http needs the package aiohttp: pip install 'sonoguide[serve]'") from error
    return web
