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


def reachable_as(host: str) -> str:
    """How others write ``host`` in an address; for one that stands for every address, a likely one of this computer."""
    if host not in ("0.0.0.0", "::"):
        return f"[{host}]" if ":" in host else host
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect(
                ("192.0.2.1", 9)
            )  # an address for documentation; nothing is sent, the system picks a route
            return str(asking.getsockname()[0])
    except OSError:
        return socket.gethostname()


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use by another program: choose another one"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user: choose one above 1023"
    return f"cannot listen on {host} port {port} ({error.strerror}): give --host an address of this computer"
