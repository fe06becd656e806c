"""The number on the test pattern as bits: a Gray-coded counter and its check sum. Pure."""

from __future__ import annotations

from collections.abc import Sequence

COUNTER_BITS = 16
CHECK_BITS = 8
WORD_BITS = COUNTER_BITS + CHECK_BITS
CODES = 1 << COUNTER_BITS
"""Codes are numbers modulo this; at 20 a second the same one comes again after 54 minutes."""

_POLYNOMIAL = 0x07
_START = 0xFF  # not 0: the word of code 0 must not be all black


def encode(code: int) -> tuple[bool, ...]:
    """The :data:`WORD_BITS` bits of ``code``, the highest first: its Gray code, then CRC-8 of that.

    Neighbours differ in one bit of the counter: a picture caught between two codes is wrong in few cells, and the
    check sum tells.

    Raises:
        ValueError: not in 0 .. :data:`CODES` - 1.
    """
    if not 0 <= code < CODES:
        raise ValueError(f"code {code} is not in 0 .. {CODES - 1}")
    grey = code ^ (code >> 1)
    word = grey << CHECK_BITS | _check(grey)
    return tuple(bool(word >> bit & 1) for bit in reversed(range(WORD_BITS)))


def decode(bits: Sequence[bool]) -> int | None:
    """The code of :func:`encode`; None where the check sum does not fit."""
    word = 0
    for bit in bits:
        word = word << 1 | int(bit)
    grey, check = word >> CHECK_BITS, word & ((1 << CHECK_BITS) - 1)
    if _check(grey) != check:
        return None
    code = grey
    for shift in (8, 4, 2, 1):
        code ^= code >> shift
    return code


def _check(grey: int) -> int:
    """CRC-8 of two bytes, polynomial x^8 + x^2 + x + 1 (as in ITU-T I.432.1)."""
    crc = _START
    for byte in (grey >> 8, grey & 0xFF):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ _POLYNOMIAL if crc & 0x80 else crc << 1) & 0xFF
    return crc
