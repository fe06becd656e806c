"""What sends a DICOM file to an archive: one protocol, two ways, and how a sender is opened for an address."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from guidance.errors import InputError, RuntimeFailure
from guidance.pacs.address import DicomPeer, Peer, parse_peer
from guidance.serve.access import is_loopback

TOKEN_VARIABLE = "SONOGUIDE_PACS_TOKEN"
BASIC_VARIABLE = "SONOGUIDE_PACS_BASIC"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an archive said of one file. ``delivered``: it has it; ``text``: its status, in words."""

    delivered: bool
    text: str


class Unreachable(RuntimeFailure):
    """The archive cannot be spoken to at all: no other file of it need be tried now."""


class Sender(Protocol):
    """Sends to one archive."""

    def send(self, path: Path) -> Answer:
        """Send the DICOM file ``path``.

        Raises:
            Unreachable: there is no speaking to the archive.
            OSError: the file cannot be read.
        """


OpenSender = Callable[[str, Collection[str]], AbstractContextManager[Sender]]
"""Opens a sender for an address; the SOP classes are those that will be sent."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an HTTP archive asks for. Never printed, never written.

    Attributes:
        bearer: a token.
        basic: ``user:password``.
    """

    bearer: str = ""
    basic: str = ""

    def __repr__(self) -> str:
        return "Credentials(...)"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Credentials:
        """From SONOGUIDE_PACS_TOKEN or SONOGUIDE_PACS_BASIC.

        Raises:
            InputError: both are set, or one cannot travel in a header.
        """
        bearer = environment.get(TOKEN_VARIABLE, "").strip()
        basic = environment.get(BASIC_VARIABLE, "").strip()
        if bearer and basic:
            raise InputError(f"both {TOKEN_VARIABLE} and {BASIC_VARIABLE} are set: unset one")
        if bearer and (not bearer.isascii() or not bearer.isprintable() or " " in bearer):
            raise InputError(
                f"{TOKEN_VARIABLE} is no token: it must be letters, digits and signs, without spaces"
            )
        if basic and ":" not in basic:
            raise InputError(f"{BASIC_VARIABLE} must be USER:PASSWORD")
        return cls(bearer, basic)

    def __bool__(self) -> bool:
        return bool(self.bearer or self.basic)


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """How long a sender waits, in seconds, and what it shows.

    Attributes:
        connect_s: for the connection and the association.
        answer_s: for the answer to one file, and for any silence while it is sent.
        credentials: for HTTP.
    """

    connect_s: float = 10.0
    answer_s: float = 60.0
    credentials: Credentials = Credentials()


def open_sender(
    address: str, sop_classes: Collection[str], settings: SenderSettings | None = None
) -> AbstractContextManager[Sender]:
    """A sender for ``address``; connects when the first file is sent.

    Raises:
        InputError: the address is wrong, pynetdicom is missing, or a token would travel in the clear.
    """
    settings = settings or SenderSettings()
    peer: Peer = parse_peer(address)
    if isinstance(peer, DicomPeer):
        from guidance.pacs.cstore import DicomSender

        return DicomSender(peer, sop_classes, settings)
    from guidance.pacs.stow import WebSender

    if settings.credentials and not peer.tls and not is_loopback(peer.host):
        raise InputError(f"{peer.address}: a token or password is not sent without TLS: use https://")
    return WebSender(peer, settings)


def client_context() -> ssl.SSLContext:
    """TLS that checks the peer's certificate and name; SSL_CERT_FILE adds a hospital's own authority."""
    return ssl.create_default_context()
