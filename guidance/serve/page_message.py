"""What the page gets: guidance, the words for it and its picture in one message, so that they belong together."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

from guidance.hint import Guidance

Words = Callable[[Guidance], tuple[str, str]]
"""Line one and line two that stand for a guidance."""

LONGEST_SIDE = 1280
"""Pixels: a tablet shows no more."""


def plain_words(guidance: Guidance) -> tuple[str, str]:
    """The hint and its reason; without one the coach's message."""
    hint = guidance.advice.hint
    if hint is not None:
        return hint.text, hint.reason
    return guidance.advice.message, ""


def page_message(
    guidance: Guidance,
    picture: bytes | None,
    words: Words,
    age_ms: float,
    sent_ms: float,
    facts: Mapping[str, Any],
) -> bytes:
    """Four bytes (big-endian) with the length of the JSON, the JSON, and a JPEG (empty: it is kept back).

    Args:
        guidance: what to show.
        picture: its JPEG.
        words: what the two lines say.
        age_ms: how old the guidance is when it is sent.
        sent_ms: the server's clock when it is sent; only differences mean anything.
        facts: more keys for the JSON.
    """
    one, two = words(guidance)
    head = {
        "guidance": guidance.to_json(),
        "one": one,
        "two": two,
        "hold": round(guidance.advice.hold_progress, 3),
        "age_ms": round(age_ms, 1),
        "sent_ms": round(sent_ms, 1),
        **facts,
    }
    text = json.dumps(head, allow_nan=False).encode()
    return struct.pack(">I", len(text)) + text + (picture or b"")
