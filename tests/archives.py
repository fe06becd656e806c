"""Archives for tests, on the loopback address: a real DICOM storage provider, and a real HTTP server for STOW-RS."""

from __future__ import annotations

import io
import json
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import (
    ComprehensiveSRStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
)

ALL_SYNTAXES = (RLELossless, ExplicitVRLittleEndian, ImplicitVRLittleEndian)
CLASSES = (UltrasoundMultiFrameImageStorage, ComprehensiveSRStorage)


@dataclass
class Archive:
    """What an archive got. ``statuses`` are given first, one a file; then all is well."""

    port: int = 0
    received: list[Dataset] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    callers: list[str] = field(default_factory=list)

    @property
    def instances(self) -> list[str]:
        return [str(ds.SOPInstanceUID) for ds in self.received]

    @property
    def syntaxes(self) -> list[str]:
        return [str(ds.file_meta.TransferSyntaxUID) for ds in self.received]


@contextmanager
def dicom_archive(
    *,
    syntaxes: Sequence[str] = ALL_SYNTAXES,
    classes: Sequence[str] = CLASSES,
    callers: Sequence[str] = (),
    port: int = 0,
    statuses: Sequence[int] = (),
    tls: ssl.SSLContext | None = None,
    hold: threading.Event | None = None,
) -> Iterator[Archive]:
    """An archive with the AE title ARCHIVE; with ``hold`` it answers nothing until that is set."""
    from pynetdicom import AE, evt

    archive = Archive(statuses=list(statuses))

    def store(event: Any) -> int:
        if hold is not None:
            hold.wait(60)
        archive.callers.append(event.assoc.requestor.ae_title)
        if archive.statuses and (status := archive.statuses.pop(0)):
            return status
        ds = pydicom.dcmread(io.BytesIO(event.encoded_dataset()))
        archive.received.append(ds)
        return 0x0000

    entity = AE(ae_title="ARCHIVE")
    entity.require_called_aet = True
    entity.require_calling_aet = list(callers)
    for one in classes:
        entity.add_supported_context(one, list(syntaxes))
    server = entity.start_server(
        ("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)], ssl_context=tls
    )
    archive.port = server.socket.getsockname()[1]
    try:
        yield archive
    finally:
        if hold is not None:
            hold.set()
        server.shutdown()


@contextmanager
def web_archive(
    *,
    token: str = "",
    uncompressed_only: int = 0,
    http_status: int = 200,
    port: int = 0,
    statuses: Sequence[int] = (),
    tls: ssl.SSLContext | None = None,
) -> Iterator[Archive]:
    """An archive at /dicom-web. Its answers follow PS3.18 10.5; ``uncompressed_only`` is its failure reason."""
    archive = Archive(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            archive.headers.append(dict(self.headers))
            if self.path != "/dicom-web/studies":
                return self.reply(404, b"")
            if token and self.headers.get("Authorization") != token:
                return self.reply(401, b"")
            if http_status != 200:
                return self.reply(http_status, b"")
            kept, failed = [], []
            for ds in parts_of(self.headers["Content-Type"], body):
                reason = archive.statuses.pop(0) if archive.statuses else 0
                if uncompressed_only and ds.file_meta.TransferSyntaxUID.is_compressed:
                    reason = uncompressed_only
                item = {
                    "00081150": {"vr": "UI", "Value": [ds.SOPClassUID]},
                    "00081155": {"vr": "UI", "Value": [ds.SOPInstanceUID]},
                }
                if reason:
                    failed.append({**item, "00081197": {"vr": "US", "Value": [reason]}})
                else:
                    archive.received.append(ds)
                    kept.append(item)
            reply: dict[str, Any] = {}
            if kept:
                reply["00081199"] = {"vr": "SQ", "Value": kept}
            if failed:
                reply["00081198"] = {"vr": "SQ", "Value": failed}
            self.reply(409 if failed else 200, json.dumps(reply).encode())

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/dicom+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    archive.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def parts_of(content_type: str, body: bytes) -> list[Dataset]:
    """The DICOM files in a multipart/related body; fails where one is none."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
    assert message.get_content_type() == "multipart/related"
    assert message["Content-Type"].params["type"] == "application/dicom"
    assert isinstance(message, EmailMessage)
    assert message.is_multipart()
    found = []
    for part in message.iter_parts():
        assert part.get_content_type() == "application/dicom"
        content = part.get_payload(decode=True)
        assert content[128:132] == b"DICM"
        found.append(pydicom.dcmread(io.BytesIO(content)))
    assert found
    return found
