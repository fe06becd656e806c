"""A listening socket, or one clear line why there is none."""

from __future__ import annotations

import errno
import os
import socket

from guidance.errors import InputError


def listening_socket(host: str, port: int) -> socket.socket:
    """A TCP socket that listens on ``host`` and ``port`` (0: a free one).

    Raises:
        InputError: the port is in use, not allowed, or ``host`` is no address of this computer.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise InputError(
            f"'{host}' is no address of this computer: give --host one, such as 127.0.0.1"
        ) from error
    try:
        if (
            os.name != "nt"
        ):  # after a restart the port is free at once; on Windows this would share it instead
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(64)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise InputError(_why(host, port, error)) from error
    return listening


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use by another program: choose another one"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user: choose one above 1023"
    return f"cannot listen on {host} port {port} ({error.strerror}): give --host an address of this computer"
