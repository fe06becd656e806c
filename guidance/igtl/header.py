"""The header of an OpenIGTLink message, read from bytes that anybody may have sent. Nothing is allocated by it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

SIZE = 58
"""Bytes of a header."""

LARGEST_IMAGE = 4096 * 4096 * 4 + 4096
LARGEST_OTHER = 1024 * 1024
"""Bytes of a body; one that says more is no message of a scanner."""

_LAYOUT = struct.Struct(">H12s20sIIQQ")


class Malformed(ValueError):
    """Bytes that are no OpenIGTLink message; ``str(error)`` says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a message is, and how long.

    Attributes:
        raw: the header as it came.
        version: 1, or 2 and 3 with an extended header and metadata.
        kind: IMAGE, TRANSFORM, STRING ...
        name: of the device, that is of the stream.
        size: bytes of the body.
        crc: checksum of the body; 0 where the sender made none.
        t_epoch_s: the sender's time stamp, seconds since 1970; 0 where it gave none.
    """

    raw: bytes
    version: int
    kind: str
    name: str
    size: int
    crc: int
    t_epoch_s: float

    @staticmethod
    def packed(kind: str, name: bytes, size: int, crc: int, t_epoch_s: float) -> bytes:
        """The bytes of a header of version 1."""
        seconds = int(t_epoch_s)
        fraction = int((t_epoch_s - seconds) * 2**32)
        return _LAYOUT.pack(1, kind.encode("ascii"), name, seconds, fraction, size, crc)

    @classmethod
    def parse(cls, raw: bytes) -> Header:
        """The header in ``raw``, exactly :data:`SIZE` bytes.

        Raises:
            Malformed: it is none, or its body would be too large.
        """
        version, kind, name, seconds, fraction, size, crc = _LAYOUT.unpack(raw)
        if not 1 <= version <= 3:
            raise Malformed(f"version {version} is not known")
        word = _text(kind)
        if not word or not all(c.isalnum() or c == "_" for c in word):
            raise Malformed("what comes is not OpenIGTLink")
        if size > (LARGEST_IMAGE if word == "IMAGE" else LARGEST_OTHER):
            raise Malformed(f"a message {word} of {size} bytes is too large")
        return cls(raw, version, word, _text(name), size, crc, seconds + fraction / 2**32)


def _text(field: bytes) -> str:
    """A padded name; what is not ASCII was never one."""
    return field.split(b"\0", 1)[0].decode("ascii", "replace").strip()
