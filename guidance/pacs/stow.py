"""WebSender: files to an archive by DICOMweb STOW-RS (PS3.18 10.5), one a request, with Python's own HTTP client."""

from __future__ import annotations

import base64
import http.client
import io
import json
import ssl
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from pydicom import dcmread

from guidance.pacs.address import WebPeer
from guidance.pacs.sender import Answer, SenderSettings, Unreachable, client_context

CHUNK = 1 << 18
LONGEST_REPLY = 1 << 20
FAILED_SEQUENCE, FAILURE_REASON, WARNING_REASON = "00081198", "00081197", "00081196"
REFERENCED_SEQUENCE = "00081199"
UNSUPPORTED_SYNTAXES = (0x0122, 0xC122)
"""Failure reasons with which archives refuse a transfer syntax."""

AGAIN_UNCOMPRESSED = (400, 406, 415, 501)
"""HTTP statuses with which archives refuse a transfer syntax, among other things."""

DUPLICATE = 0x0111


class WebSender:
    """Speaks to one archive. What it refuses compressed is sent once more, uncompressed, with the same UIDs.

    Args:
        peer: the archive.
        settings: how long to wait, and what to show.
    """

    def __init__(self, peer: WebPeer, settings: SenderSettings):
        self._peer, self._settings = peer, settings

    def send(self, path: Path) -> Answer:
        """Send ``path``; see :class:`guidance.pacs.sender.Sender`."""
        with path.open("rb") as file:
            answer, again = self._post(file, path.stat().st_size)
        if not again:
            return answer
        data = dcmread(path)
        if not data.file_meta.TransferSyntaxUID.is_compressed:
            return answer
        data.decompress(generate_instance_uid=False)
        plain = io.BytesIO()
        data.save_as(plain, enforce_file_format=True)
        plain.seek(0)
        second, _ = self._post(plain, len(plain.getbuffer()))
        return second if second.delivered else answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open between two files."""

    def _post(self, file: BinaryIO, size: int) -> tuple[Answer, bool]:
        """What the archive said, and whether it may take the file uncompressed."""
        boundary = f"sonoguide-{uuid.uuid4().hex}"
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "Content-Length": str(len(head) + size + len(tail)),
            "Accept": "application/dicom+json",
            "User-Agent": "sonoguide",
            **self._shown(),
        }
        connection = self._connected()
        try:
            with suppress(
                ConnectionError
            ):  # it may have answered before it had read all: that answer says why
                connection.request(
                    "POST", f"{self._peer.path}/studies", body=_body(head, file, tail), headers=headers
                )
            reply = connection.getresponse()
            return _answer(reply.status, reply.reason, reply.read(LONGEST_REPLY), reply.getheader("Location"))
        except TimeoutError:
            return Answer(False, f"no answer within {self._settings.answer_s:g} s"), False
        except (OSError, http.client.HTTPException) as error:
            return Answer(False, f"it hung up ({_words(error)})"), False
        finally:
            connection.close()

    def _connected(self) -> http.client.HTTPConnection:
        peer, timeout = self._peer, self._settings.connect_s
        connection: http.client.HTTPConnection
        if peer.tls:
            connection = http.client.HTTPSConnection(
                peer.host, peer.port, timeout=timeout, context=client_context()
            )
        else:
            connection = http.client.HTTPConnection(peer.host, peer.port, timeout=timeout)
        try:
            connection.connect()
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(
                f"{peer.address}: its certificate is not trusted ({error.verify_message}): "
                "SSL_CERT_FILE names the hospital's own authority"
            ) from error
        except OSError as error:
            raise Unreachable(
                f"{peer.address} cannot be reached ({_words(error)}): is the address right, and the archive running?"
            ) from error
        connection.sock.settimeout(self._settings.answer_s)
        return connection

    def _shown(self) -> dict[str, str]:
        shown = self._settings.credentials
        if shown.bearer:
            return {"Authorization": f"Bearer {shown.bearer}"}
        if shown.basic:
            return {"Authorization": f"Basic {base64.b64encode(shown.basic.encode()).decode()}"}
        return {}


def _body(head: bytes, file: BinaryIO, tail: bytes) -> Iterator[bytes]:
    yield head
    while chunk := file.read(CHUNK):
        yield chunk
    yield tail


def _answer(status: int, reason: str, body: bytes, location: str | None) -> tuple[Answer, bool]:
    """What the reply means for the one file of the request."""
    said = f"HTTP {status} {reason}".strip()
    if status in (401, 403):
        return Answer(False, f"{said}: set SONOGUIDE_PACS_TOKEN or SONOGUIDE_PACS_BASIC"), False
    if status in (301, 302, 303, 307, 308):
        return Answer(False, f"{said}: it wants to be called at {location or 'another address'}"), False
    if status == 404:
        return Answer(False, f"{said}: is the path of the address right?"), False
    failure, warning = _reasons(body)
    if failure == DUPLICATE:
        return Answer(True, f"{said}, 0x{failure:04X}: it has it already"), False
    if failure is not None:
        return Answer(False, f"{said}, failure reason 0x{failure:04X}"), failure in UNSUPPORTED_SYNTAXES
    if status in (200, 202):
        return Answer(True, said if warning is None else f"{said}, warning 0x{warning:04X}"), False
    return Answer(False, said), status in AGAIN_UNCOMPRESSED


def _reasons(body: bytes) -> tuple[int | None, int | None]:
    """(failure, warning) of the file, from a DICOM JSON reply; an archive may answer with nothing."""
    try:
        reply: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    return _value(reply, FAILED_SEQUENCE, FAILURE_REASON), _value(reply, REFERENCED_SEQUENCE, WARNING_REASON)


def _value(reply: Any, sequence: str, tag: str) -> int | None:
    """The number ``tag`` in the first item of ``sequence``; 0 for an item that fails without saying why."""
    try:
        item = reply[sequence]["Value"][0]
    except (KeyError, IndexError, TypeError):
        return None
    try:
        return int(item[tag]["Value"][0])
    except (KeyError, IndexError, TypeError, ValueError):
        return 0x0110 if sequence == FAILED_SEQUENCE else None


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
