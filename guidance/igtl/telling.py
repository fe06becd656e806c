"""What the OpenIGTLink server says of one guidance: names, codes and conventions (docs/serve.md lists them)."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from guidance.hint import Guidance, State
from guidance.igtl.codec import Codec
from guidance.probe import Adjustment, rotation_matrix

HINT = "SonoguideHint"
REASON = "SonoguideReason"
STATE = "SonoguideState"
QUALITY = "SonoguideQuality"
LINE = "SonoguideJson"
STATUS = "SonoguideStatus"
IMAGE = "SonoguideImage"
TARGET = "TargetToProbe"

Words = Callable[[Guidance], tuple[str, str]]

OK, CONNECTION_LOST, NOT_READY, MANUAL_MODE, SHUT_DOWN = 1, 7, 13, 14, 19
"""Codes of the protocol's table that are used."""

_CODES = {State.NO_SIGNAL: CONNECTION_LOST, State.FROZEN: NOT_READY, State.NO_CONTACT: NOT_READY,
          State.NOT_RECOGNISED: NOT_READY, State.PAUSED: MANUAL_MODE}  # fmt: skip


def target_to_probe(adjustment: Adjustment) -> NDArray[np.float64]:
    """(4, 4): the pose of the target's probe seen from the current probe, mm.

    A point of the target probe's frame times this matrix is that point in the current probe's frame (``x`` to the
    marker, ``y`` elevation, ``z`` along the beam). The translation is the slide, in the plane of the probe's face.
    """
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_matrix([adjustment.tilt, adjustment.rock, adjustment.rotate])
    matrix[:2, 3] = adjustment.slide_x, adjustment.slide_y
    return matrix


def told(codec: Codec, guidance: Guidance, words: Words, t: float) -> bytes:
    """The messages for ``guidance`` on a picture taken at ``t`` (seconds since 1970), one after the other."""
    advice = guidance.advice
    one, two = words(guidance)
    quality = advice.quality
    subcode = -1 if quality is None else round(1000 * quality)
    parts = [
        codec.string(HINT, one, t),
        codec.string(REASON, two, t),
        codec.string(STATE, advice.state.value, t),
        codec.string(QUALITY, "" if quality is None else f"{quality:.2f}", t),
        codec.string(LINE, json.dumps(guidance.to_json(), allow_nan=False), t),
        codec.status(STATUS, _CODES.get(advice.state, OK), subcode, advice.state.value, one, t),
    ]
    if advice.adjustment is not None:
        parts.append(codec.transform(TARGET, target_to_probe(advice.adjustment), t))
    return b"".join(parts)


def silence(codec: Codec, *, ended: bool, t: float) -> bytes:
    """The messages that take back what was said: nothing fresh has come, or nothing will come any more."""
    if ended:
        code, state, one, two = SHUT_DOWN, "ENDED", "The stream has ended", "There is no guidance any more."
    else:
        code, state, one, two = NOT_READY, "STALE", "Guidance paused", "Waiting for a fresh result."
    return b"".join(
        [
            codec.string(HINT, one, t),
            codec.string(REASON, two, t),
            codec.string(STATE, state, t),
            codec.string(QUALITY, "", t),
            codec.status(STATUS, code, -1, state, one, t),
        ]
    )
