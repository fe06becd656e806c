"""Where a Triton server is: ``host:port``, and the model's name there, from an option or a variable. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from guidance.errors import InputError

TRITON_VARIABLE = "SONOGUIDE_TRITON"
DEFAULT_ADDRESS = "127.0.0.1:8001"
"""Loopback, and the port on which Triton speaks gRPC: another machine is asked only when somebody names it."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
"""A model's name: it is a folder on the server."""

_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class TritonAddress:
    """A model on a server.

    Attributes:
        server: ``host:port``; an IPv6 address stands in brackets.
        model: its name there.
    """

    server: str
    model: str


def parse_address(text: str, model: str) -> TritonAddress:
    """``HOST:PORT`` or ``HOST:PORT/MODEL``; empty: :data:`DEFAULT_ADDRESS`. ``model``: its name where none is given.

    Raises:
        InputError: it is neither.
    """
    server, _, named = (text.strip() or DEFAULT_ADDRESS).partition("/")
    found = _ADDRESS.fullmatch(server)
    if found is None or not 0 < int(found[1]) < 65536:
        raise InputError(f"'{text}' is no address of a Triton server: give HOST:PORT or HOST:PORT/MODEL")
    if NAME.fullmatch(named or model) is None:
        raise InputError(f"'{named or model}' cannot be a model's name on Triton: give HOST:PORT/MODEL")
    return TritonAddress(server, named or model)
