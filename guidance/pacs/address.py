"""Addresses of archives: ``dicom://AETITLE@host:port`` and ``https://host/dicom-web``. Pure; holds no secret."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from guidance.errors import InputError

CALLING = "SONOGUIDE"
"""How we call ourselves where the address does not say it."""

PORT = 104
TLS_PORT = 2762
LONGEST_TITLE = 16
EXAMPLES = "write dicom://AETITLE@host:104 or https://host/dicom-web"


@dataclass(frozen=True, slots=True)
class DicomPeer:
    """An archive that takes C-STORE.

    Attributes:
        host, port: where it listens.
        called: its AE title.
        calling: ours; many archives take only those that they know.
        tls: speak through TLS.
    """

    host: str
    port: int
    called: str
    calling: str = CALLING
    tls: bool = False

    @property
    def address(self) -> str:
        """The address as it is typed, always the same for the same archive."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        calling = "" if self.calling == CALLING else f"?calling={self.calling}"
        return f"dicom{'s' if self.tls else ''}://{self.called}@{host}:{self.port}{calling}"


@dataclass(frozen=True, slots=True)
class WebPeer:
    """An archive that takes STOW-RS.

    Attributes:
        host, port: where it listens.
        path: of the service, without ``/studies``; no slash at its end.
        tls: https, not http.
    """

    host: str
    port: int
    path: str
    tls: bool

    @property
    def address(self) -> str:
        """The address as it is typed, always the same for the same archive."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == (443 if self.tls else 80) else f":{self.port}"
        return f"http{'s' if self.tls else ''}://{host}{port}{self.path}"


Peer = DicomPeer | WebPeer


def parse_peer(address: str) -> Peer:
    """The archive at ``address``.

    ``dicom://AETITLE@host[:port][?calling=AETITLE]``, ``dicoms://`` for TLS, or ``http[s]://host[:port]/path``.

    Raises:
        InputError: it is neither, or holds a password.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"this is no address of an archive ({error}): {EXAMPLES}") from error
    if not host or parts.scheme not in ("dicom", "dicoms", "http", "https"):
        raise InputError(f"{_shown(address)} is no address of an archive: {EXAMPLES}")
    if parts.password is not None or (parts.scheme.startswith("http") and parts.username is not None):
        raise InputError(
            "a password in an address is seen by every program and kept in lists: leave it out and set "
            "SONOGUIDE_PACS_TOKEN or SONOGUIDE_PACS_BASIC"
        )
    if port == 0:
        raise InputError(f"{address!r}: an archive does not listen on port 0: {EXAMPLES}")
    return _dicom(address, parts, host, port) if parts.scheme.startswith("dicom") else _web(parts, host, port)


def _shown(address: str) -> str:
    """``address`` for an error line: without what may be a secret."""
    return repr(address) if "@" not in address and "?" not in address else "this"


def _dicom(address: str, parts: SplitResult, host: str, port: int | None) -> DicomPeer:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    calling = options.pop("calling", CALLING)
    if options or parts.path not in ("", "/") or parts.fragment:
        raise InputError(f"{address!r}: after the port only ?calling=AETITLE may stand")
    called = parts.netloc.rpartition("@")[0]  # as typed: .username would do, but keep it beside the check
    for title in (called, calling):
        if not 0 < len(title.strip()) <= LONGEST_TITLE or not title.isascii() or not title.isprintable():
            raise InputError(f"{title!r} is no AE title (1 to 16 letters and digits): {EXAMPLES}")
        if "\\" in title or "%" in title:
            raise InputError(f"{title!r} is no AE title (1 to 16 letters and digits): {EXAMPLES}")
    tls = parts.scheme == "dicoms"
    return DicomPeer(host, port or (TLS_PORT if tls else PORT), called.strip(), calling.strip(), tls)


def _web(parts: SplitResult, host: str, port: int | None) -> WebPeer:
    if parts.query or parts.fragment:
        raise InputError(
            "the address of a DICOMweb service has neither ? nor #: a token goes into a variable"
        )
    tls = parts.scheme == "https"
    path = parts.path.rstrip("/").removesuffix("/studies")
    return WebPeer(host, port or (443 if tls else 80), path, tls)
