"""An OpenIGTLink server that sends what a test says, byte for byte; and messages as pyigtl packs them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

import numpy as np


def image(pixels: np.ndarray, name: str = "Image", t: float = 1000.0, matrix: np.ndarray | None = None,
          version: int = 1) -> bytes:  # fmt: skip
    """An IMAGE of (H, W) or (H, W, C) pixels as pyigtl packs it."""
    from pyigtl import ImageMessage

    message = ImageMessage(pixels[None], matrix, "ras", timestamp=t, device_name=name)
    message.header_version = version
    return bytes(message.pack())


def transform(
    matrix: np.ndarray, name: str = "ProbeToReference", t: float = 1000.0, **metadata: str
) -> bytes:
    """A TRANSFORM as pyigtl packs it; metadata makes it version 2."""
    from pyigtl import TransformMessage

    message = TransformMessage(matrix, timestamp=t, device_name=name)
    if metadata:
        message.header_version, message.metadata = 2, metadata
    return bytes(message.pack())


def string(text: str, name: str = "Text") -> bytes:
    """A STRING as pyigtl packs it."""
    from pyigtl import StringMessage

    return bytes(StringMessage(text, device_name=name).pack())


class ScriptedServer:
    """Each client gets everything that was given to :meth:`send` since it connected, and ``greeting`` first.

    Args:
        port: 0 takes a free one.
        greeting: bytes that a new client gets at once.
    """

    def __init__(self, port: int = 0, greeting: bytes = b"") -> None:
        self._greeting = greeting
        self._listening = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listening.getsockname()[1])
        self._clients: list[socket.socket] = []
        self._lock = threading.Lock()  # who has had the greeting gets all that is sent from then on
        self.accepted = 0
        self._thread = threading.Thread(target=self._accept, name="scripted-igtl", daemon=True)
        self._thread.start()

    @property
    def uri(self) -> str:
        """Its address for open_source."""
        return f"igtl://127.0.0.1:{self.port}"

    def send(self, data: bytes) -> None:
        """Send ``data`` to who is connected."""
        with self._lock:
            for one in list(self._clients):
                with suppress(OSError):
                    one.sendall(data)

    def hang_up(self) -> None:
        """Close every connection; new ones are welcome."""
        clients, self._clients = self._clients, []
        for one in clients:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                with suppress(OSError):
                    client.sendall(self._greeting)
                self._clients.append(client)
                self.accepted += 1

    def close(self) -> None:
        """Stop, as a crashed server does."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.hang_up()
        self._thread.join(5.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
