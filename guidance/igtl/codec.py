"""Bodies of OpenIGTLink messages: pyigtl's codec, with what it lacks (checksums, STATUS, text that is not ASCII)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from guidance.errors import InputError
from guidance.igtl.header import Header, Malformed

NAME_BYTES = 20
"""A device name is cut after so many bytes."""

_UTF8 = 106
_STRING_BYTES = 65535
_CRC_STEP = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedImage:
    """An IMAGE.

    Attributes:
        pixels: (K, H, W) or (K, H, W, C) array as it was sent, colours in the order R, G, B.
        matrix: (4, 4) float64: from (column, row, slice) to the sender's coordinates, in mm.
    """

    pixels: NDArray[Any]
    matrix: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedTransform:
    """A TRANSFORM: ``matrix`` (4, 4) float64 in mm; ``valid`` is False where the sender says that it lost track."""

    matrix: NDArray[np.float64]
    valid: bool = True
    metadata: dict[str, str] = field(default_factory=dict)


def load_codec(wanted_for: str) -> Any:
    """pyigtl's module of messages.

    Raises:
        InputError: it is not installed; ``wanted_for`` says what needs it.
    """
    try:
        from pyigtl import messages  # optional
    except ImportError as error:
        raise InputError(f"{wanted_for} needs the package pyigtl: pip install 'sonoguide[igtl]'") from error
    return messages


class Codec:
    """Packs and unpacks messages.

    Args:
        wanted_for: names what needs it, for the error when it is missing.

    Raises:
        InputError: pyigtl is not installed.
    """

    def __init__(self, wanted_for: str) -> None:
        self._messages = load_codec(wanted_for)

    # Out: a whole message each, header and checksum included. ``t`` is seconds since 1970.

    def string(self, name: str, text: str, t: float) -> bytes:
        """A STRING, in UTF-8 (which plain text is too); what is too long for one is cut."""
        data = text.encode("utf-8")[:_STRING_BYTES].decode("utf-8", "ignore").encode("utf-8")
        return self._packed("STRING", name, t, struct.pack(">HH", _UTF8, len(data)) + data)

    def status(self, name: str, code: int, subcode: int, error: str, text: str, t: float) -> bytes:
        """A STATUS: ``code`` of the protocol's table, ``error`` of at most 20 characters, and a text."""
        head = struct.pack(">Hq20s", code, subcode, error.encode("ascii", "replace")[:20])
        return self._packed("STATUS", name, t, head + text.encode("utf-8") + b"\0")

    def transform(self, name: str, matrix: ArrayLike, t: float) -> bytes:
        """A TRANSFORM of a (4, 4) matrix in mm."""
        message = self._messages.TransformMessage(matrix)
        return self._packed("TRANSFORM", name, t, message._pack_content())

    def image(
        self, name: str, pixels: NDArray[np.uint8], spacing_mm: tuple[float, float] | None, t: float
    ) -> bytes:
        """An IMAGE of (H, W) grey or (H, W, 3) BGR; without a scale a pixel counts as 1 mm."""
        x, y = spacing_mm or (1.0, 1.0)
        # pyigtl wants the slice first: a picture without it is sent with its sides mixed up.
        voxels = np.ascontiguousarray(pixels if pixels.ndim == 2 else pixels[..., ::-1])[None]
        message = self._messages.ImageMessage(voxels, np.diag([x, y, 1.0, 1.0]), "ras")
        return self._packed("IMAGE", name, t, message._pack_content())

    def _packed(self, kind: str, name: str, t: float, content: bytes) -> bytes:
        device = name.encode("ascii", "replace")[:NAME_BYTES]
        return Header.packed(kind, device, len(content), self.crc(content), t) + content

    def crc(self, body: bytes | bytearray) -> int:
        """The checksum of ``body``, in steps: pyigtl's would stop every other thread for the whole of a picture."""
        crc = 0
        for start in range(0, len(body), _CRC_STEP):
            crc = self._messages.CRC64(bytes(body[start : start + _CRC_STEP]), crc)
        return crc

    # In

    def check(self, header: Header, body: bytes | bytearray) -> None:
        """Compare the checksum; a sender that gives none (0) is believed.

        Raises:
            Malformed: it is wrong.
        """
        if header.crc and self.crc(body) != header.crc:
            raise Malformed(f"a message {header.kind} has a wrong checksum")

    def unpack_image(self, header: Header, body: bytes | bytearray) -> ReceivedImage:
        """The IMAGE in ``body``.

        Raises:
            Malformed: it is none, or only a part of a picture.
        """
        message = self._unpacked(header, body)
        return ReceivedImage(message.image, np.asarray(message.ijk_to_world_matrix, np.float64))

    def unpack_transform(self, header: Header, body: bytes | bytearray) -> ReceivedTransform:
        """The TRANSFORM in ``body``.

        Raises:
            Malformed: it is none.
        """
        message = self._unpacked(header, body)
        metadata = {str(k): str(v) for k, v in message.metadata.items()}
        valid = metadata.get("TransformStatus", "OK") == "OK" and metadata.get("TransformValid", "1") not in (
            "0",
            "false",
        )
        return ReceivedTransform(np.asarray(message.matrix, np.float64), valid, metadata)

    def _unpacked(self, header: Header, body: bytes | bytearray) -> Any:
        self.check(header, body)
        message = self._messages.MessageBase.create_message(header.kind)
        try:
            fields = self._messages.MessageBase.parse_header(header.raw)
            message.unpack(fields, bytes(body))
        except Exception as error:  # somebody else's parser on somebody else's bytes: it may raise anything
            raise Malformed(f"a message {header.kind} cannot be read") from error
        return message
