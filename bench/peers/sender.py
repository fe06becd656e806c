"""Sender: a stream of JPEG pictures over HTTP on loopback, paced as a camera is, that knows when it sent each."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

HEAD = (
    b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n"
    b"Cache-Control: no-cache\r\n\r\n"
)


class Sender:
    """Serves ``pictures`` (JPEG, the number of each in its pixels) at ``rate`` a second to whoever connects.

    A picture whose turn has passed while a client's socket was full is skipped, as a camera's is. Numbers are given
    out once, also where a client connects again: what was sent when stays true.

    Attributes:
        url: its address.
        sent_ns: number of the picture -> ``time.monotonic_ns`` before it was sent.
        skipped: pictures that were not sent, because the client did not take them.
    """

    def __init__(self, pictures: Sequence[bytes], rate: float):
        self._pictures = pictures
        self._period_s = 1.0 / rate
        self._next = 0
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/"
        self.sent_ns: dict[int, int] = {}
        self.skipped = 0

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._server.close()
        for thread in self._threads:
            thread.join(5.0)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.settimeout(5.0)
            client.recv(65536)
            client.sendall(HEAD)
            due = time.monotonic()
            while (number := self._take()) is not None:
                late = time.monotonic() - due
                if late < 0.0 and self._closed.wait(-late):
                    return
                due += self._period_s
                if late > self._period_s:
                    self.skipped += 1
                    continue
                body = self._pictures[number]
                self.sent_ns[number] = time.monotonic_ns()
                client.sendall(
                    b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"
                    % (len(body), body)
                )

    def _take(self) -> int | None:
        with self._lock:
            if self._closed.is_set() or self._next >= len(self._pictures):
                return None
            number, self._next = self._next, self._next + 1
            return number
