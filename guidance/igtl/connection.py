"""Connection: whole messages from an OpenIGTLink server, over a plain socket that never waits for ever."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Collection
from contextlib import suppress

from guidance.igtl.header import SIZE, Header

_TICK_S = 0.2
_CHUNK = 1 << 16
MESSAGE_S = 5.0
"""A message must be whole so long after its first byte."""


class Lost(Exception):
    """The connection has ended; ``str(error)`` says how."""


class Connection:
    """A connection to ``host`` and ``port``. One thread reads; any may close.

    Raises:
        OSError: nobody answers there.
    """

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._socket = socket.create_connection((host, port), timeout_s)
        self._socket.settimeout(_TICK_S)
        self._closed = threading.Event()

    def read(self, wanted: Collection[str], silent_s: float) -> tuple[Header, bytearray] | None:
        """The next message of a ``wanted`` kind, others skipped; None after :meth:`close`.

        Args:
            wanted: kinds such as IMAGE.
            silent_s: give up when none comes for so long.

        Raises:
            Lost: the server went away, fell silent, or left a message half.
            Malformed: what came is no OpenIGTLink, or too large; the connection is of no more use.
        """
        deadline = time.monotonic() + silent_s
        while True:
            raw = self._take(SIZE, silent_s)
            if raw is None:
                return None
            header = Header.parse(bytes(raw))  # bounds the size, before anything of that size is made
            if header.kind in wanted:
                body = self._take(header.size, MESSAGE_S, begun=True)
                return None if body is None else (header, body)
            if not self._skip(header.size):
                return None
            if time.monotonic() > deadline:
                raise Lost(f"the server sends no {' or '.join(wanted)}")

    def _skip(self, size: int) -> bool:
        while size:
            part = self._take(min(size, _CHUNK), MESSAGE_S, begun=True)
            if part is None:
                return False
            size -= len(part)
        return True

    def _take(self, size: int, wait_s: float, *, begun: bool = False) -> bytearray | None:
        """Exactly ``size`` bytes; ``wait_s`` counts from now, and anew from the first byte of a message."""
        data = bytearray(size)
        view, got = memoryview(data), 0
        deadline = time.monotonic() + wait_s
        while got < size:
            if self._closed.is_set():
                return None
            try:
                count = self._socket.recv_into(view[got:])
            except TimeoutError:
                if time.monotonic() > deadline:
                    what = "left a message half" if begun or got else f"sent nothing for {wait_s:.0f} s"
                    raise Lost(f"the server {what}") from None
                continue
            except OSError as error:
                if self._closed.is_set():
                    return None
                raise Lost(f"the connection broke ({error.strerror or error})") from error
            if count == 0:
                if self._closed.is_set():
                    return None
                raise Lost("the server closed the connection")
            if got == 0 and not begun:
                deadline = time.monotonic() + MESSAGE_S
            got += count
            if time.monotonic() > deadline and got < size:
                raise Lost("the server left a message half")
        return data

    def close(self) -> None:
        """Let go, and wake a sleeping :meth:`read`. Idempotent; never blocks."""
        self._closed.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
