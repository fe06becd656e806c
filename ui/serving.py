"""``serve``: one stream through the engine, with servers as its listeners. They open before the stream does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from guidance.device import DeviceProfile
from guidance.errors import InputError
from guidance.hint import Guidance
from guidance.igtl.server import IgtlServer
from guidance.listeners import Listener
from guidance.pacs.spool import Spool, default_spool
from guidance.pauses import real_time
from guidance.serve import Access, HttpServer, SectorPictures, check_token, is_loopback, made_token
from guidance.serve.listening import reachable_as
from guidance.serve.metrics import Metrics
from ui.interrupts import interruptible
from ui.session import RunOptions, Session
from ui.state_look import lines_of, look_of

VIRTUAL = "phantom:"


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Options of ``sonoguide serve``, as typed; a port that is None is not opened."""

    http: int | None = None
    igtl: int | None = None
    host: str = "127.0.0.1"
    token: str | None = None
    igtl_image: bool = False
    igtl_open: bool = False
    whole_picture: bool = False


def run_servers(options: RunOptions, serving: ServeOptions, *, quiet: bool = False) -> None:
    """Guide ``options.source`` to its end and serve the guidance meanwhile; addresses and a summary on stderr.

    Raises:
        InputError, RuntimeFailure: what cannot be opened, or ended the run early.
        Interrupted: somebody ended it.
    """
    check(serving)
    with interruptible(), ExitStack() as stack:
        sessions: list[Session] = []

        def profile() -> DeviceProfile | None:
            return sessions[0].engine.profile if sessions else None

        servers = stack.enter_context(_Servers(options, serving, profile))
        session = stack.enter_context(Session(options))
        sessions.append(session)
        engine = session.engine
        servers.capture_quality(session.model.manifest.hints.hold_quality)
        for listener in servers.listeners:
            engine.add_listener(listener)
        if not quiet:
            for line in servers.addresses:
                print(f"sonoguide: {line}", file=sys.stderr, flush=True)
        try:
            with real_time():
                for guidance in engine.run(session.source, reopen=session.reopen):
                    for output in session.outputs:
                        output(guidance)
        finally:
            servers.end()
            if not quiet:
                session.summary.print_to(sys.stderr, engine.latency.summary())


def check(serving: ServeOptions) -> None:
    """Refuse options that serve nothing, or serve more than was meant.

    Raises:
        InputError: they do.
    """
    if serving.http is None and serving.igtl is None:
        raise InputError("nothing is served: give --http PORT, --igtl PORT or both")
    if serving.token is not None:
        check_token(serving.token)
    if serving.igtl is not None and not is_loopback(serving.host) and not serving.igtl_open:
        raise InputError(
            f"OpenIGTLink knows no token: whoever reaches {serving.host} could listen; "
            "add --igtl-open to allow it, or leave out --host"
        )


class _Servers:
    """The servers that the options ask for, opened; closed with the block."""

    def __init__(
        self, options: RunOptions, serving: ServeOptions, profile: Callable[[], DeviceProfile | None]
    ) -> None:
        self.listeners: list[Listener] = []
        self.addresses: list[str] = []
        self._stack = ExitStack()
        self._http: HttpServer | None = None
        self._igtl: IgtlServer | None = None
        self._metrics = _metrics(self._clients) if serving.http is not None else None
        if self._metrics is not None:
            self.listeners.append(self._metrics.publish)
        pictures = SectorPictures(profile, whole=serving.whole_picture)
        try:
            if serving.http is not None:
                self._open_http(serving.http, options, serving, pictures)
            if serving.igtl is not None:
                self._open_igtl(serving.igtl, serving, pictures)
        except BaseException:
            self._stack.close()
            raise

    def _open_http(
        self, port: int, options: RunOptions, serving: ServeOptions, pictures: SectorPictures
    ) -> None:
        made = made_token() if serving.token is None and not is_loopback(serving.host) else None
        server = HttpServer(
            serving.host,
            port,
            pictures,
            Access(serving.token or made),
            words=_words,
            notice="Virtual patient" if options.source.startswith(VIRTUAL) else "",
            metrics=None if self._metrics is None else self._metrics.text,
        )
        self._http = self._stack.enter_context(server)
        self.listeners.append(server.publish)
        query = f"?token={made}" if made is not None else ""
        self.addresses.append(f"page at http://{reachable_as(server.host)}:{server.port}/{query}")
        if serving.token is not None:
            self.addresses.append("the page asks for your token: add ?token=... to the address")

    def _open_igtl(self, port: int, serving: ServeOptions, pictures: SectorPictures) -> None:
        drawn = None
        if serving.igtl_image:
            from ui.drawn_picture import drawn_over

            drawn = drawn_over(pictures)
        self._igtl = self._stack.enter_context(IgtlServer(serving.host, port, words=_words, image=drawn))
        self.listeners.append(self._igtl.publish)
        self.addresses.append(f"OpenIGTLink server on {serving.host} port {self._igtl.port}")

    def _clients(self) -> dict[str, int]:
        servers = {"http": self._http, "igtl": self._igtl}
        return {kind: server.clients for kind, server in servers.items() if server is not None}

    def capture_quality(self, quality: float) -> None:
        """Where the page's quality meter has its mark."""
        if self._http is not None:
            self._http.set_capture_quality(quality)

    def end(self) -> None:
        """Tell the clients that the stream has ended."""
        if self._http is not None:
            self._http.end()
        if self._igtl is not None:
            self._igtl.end()

    def __enter__(self) -> _Servers:
        return self

    def __exit__(self, *details: object) -> None:
        self._stack.close()


def _metrics(clients: Callable[[], dict[str, int]]) -> Metrics | None:
    """None where prometheus-client is missing: guidance is served all the same, and /metrics says why it is not."""
    spool = Spool(
        Path(os.environ["SONOGUIDE_SPOOL"]) if os.environ.get("SONOGUIDE_SPOOL") else default_spool()
    )
    try:
        return Metrics(clients, lambda: len(spool))
    except InputError:
        return None


def _words(guidance: Guidance) -> tuple[str, str]:
    return lines_of(guidance.advice, look_of(guidance.advice))
