"""DicomSender: files to an archive by C-STORE. Needs pynetdicom.

Each kind of object is proposed twice, compressed as it lies on the disk and uncompressed: what the archive does not
take compressed is sent as Explicit (or Implicit) VR Little Endian, with the same pixels and the same UIDs.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydicom import dcmread
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from guidance.errors import InputError
from guidance.pacs.address import DicomPeer
from guidance.pacs.sender import Answer, SenderSettings, Unreachable, client_context

DUPLICATE = 0x0111
"""Duplicate SOP Instance: the archive has it already."""

UNCOMPRESSED = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)


class DicomSender:
    """Speaks to one archive; associates when the first file comes, and again after the archive hung up.

    Args:
        peer: the archive.
        sop_classes: of what will be sent.
        settings: how long to wait.

    Raises:
        InputError: pynetdicom is not installed.
    """

    def __init__(self, peer: DicomPeer, sop_classes: Collection[str], settings: SenderSettings):
        try:
            import pynetdicom  # optional
        except ImportError as error:
            raise InputError(
                "dicom:// addresses need the package pynetdicom: pip install 'sonoguide[pacs]'"
            ) from error
        self._net = pynetdicom
        self._peer, self._settings = peer, settings
        self._contexts = [
            pynetdicom.build_context(sop_class, [*syntaxes])
            for sop_class in sorted(sop_classes)
            for syntaxes in ([str(RLELossless)], [str(one) for one in UNCOMPRESSED])
        ]
        self._association: Any = None

    def send(self, path: Path) -> Answer:
        """Send ``path``; see :class:`guidance.pacs.sender.Sender`."""
        data = dcmread(path)
        association = self._associated()
        accepted = {
            (context.abstract_syntax, context.transfer_syntax[0]) for context in association.accepted_contexts
        }
        sop_class, syntax = UID(data.SOPClassUID), UID(data.file_meta.TransferSyntaxUID)
        if (sop_class, syntax) not in accepted:
            if not any((sop_class, one) in accepted for one in UNCOMPRESSED):
                return Answer(False, f"it takes no {sop_class.name}, compressed or not")
            if syntax.is_compressed:
                data.decompress(generate_instance_uid=False)
        try:
            status = association.send_c_store(data)
        except (RuntimeError, ValueError) as error:  # hung up just now; or the data set cannot be encoded
            return Answer(False, f"it could not be sent ({error})")
        if "Status" not in status:
            return Answer(False, self._silence(association))
        return _answer(self._net, status)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        association, self._association = self._association, None
        if association is not None and association.is_established:
            association.release() if error is None else association.abort()

    def _associated(self) -> Any:
        if self._association is not None and self._association.is_established:
            return self._association
        entity = self._net.AE(ae_title=self._peer.calling)
        entity.connection_timeout = entity.acse_timeout = self._settings.connect_s
        entity.dimse_timeout = entity.network_timeout = self._settings.answer_s
        opened: list[bool] = []
        association = entity.associate(
            self._peer.host,
            self._peer.port,
            contexts=self._contexts,
            ae_title=self._peer.called,
            tls_args=(client_context(), self._peer.host) if self._peer.tls else None,
            evt_handlers=[(self._net.evt.EVT_CONN_OPEN, lambda event: opened.append(True))],
        )
        if not association.is_established:
            raise Unreachable(self._why_not(association, bool(opened)))
        self._association = association
        return association

    def _why_not(self, association: Any, opened: bool) -> str:
        address = self._peer.address
        if association.is_rejected:
            said = association.acceptor.primitive
            reason = getattr(said, "reason_str", "") or "no reason given"
            advice = ""
            if "called" in reason.lower():
                advice = f": is {self._peer.called} its AE title?"
            elif "calling" in reason.lower():
                advice = f": must it be told of {self._peer.calling} first, or of another ?calling=?"
            return f"{address} refused the association ({reason}){advice}"
        if opened:
            return f"{address} hung up or was silent while the association was made: is it a DICOM archive?"
        return (
            f"{address} cannot be reached ({self._probe()}): is the address right, and the archive running?"
        )

    def _probe(self) -> str:
        """Why no connection was made, in the system's words: pynetdicom does not say."""
        try:
            timeout = self._settings.connect_s
            with socket.create_connection((self._peer.host, self._peer.port), timeout) as connection:
                if self._peer.tls:
                    connection.settimeout(timeout)
                    client_context().wrap_socket(connection, server_hostname=self._peer.host).close()
        except OSError as error:
            return error.strerror or str(error)
        return "the connection failed"

    def _silence(self, association: Any) -> str:
        if association.is_established:
            return f"no answer within {self._settings.answer_s:g} s"
        return "it hung up, or gave no answer in time"


def _answer(net: Any, status: Any) -> Answer:
    code = int(status.Status)
    category = net.status.code_to_category(code)
    meaning = net.status.STORAGE_SERVICE_CLASS_STATUS.get(code, ("", ""))[1]
    if code == DUPLICATE:
        meaning = "it has it already"
    words = " ".join(str(status.get("ErrorComment", "") or meaning or "").split())
    text = f"0x{code:04X} {category}" + (f": {words}" if words else "")
    return Answer(code == DUPLICATE or category in ("Success", "Warning"), text)
