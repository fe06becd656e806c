"""What the operator gets to see of the guidance: all of it, hints that fade, no hints, or the bare picture. Pure."""

from __future__ import annotations

import math
from dataclasses import replace

from guidance.hint import Advice, Guidance, State
from ui.practice.attempt import Aid
from ui.practice.fading import HintFader

UNAIDED = "On your own: press Space when this is the picture"
YOUR_TURN = "Your turn: work it out"
COMING = "Your turn: a hint comes in {seconds} s"
ON_REQUEST = "Your turn: Enter asks for a hint"


class Showing:
    """Decides for each guidance what is shown of it.

    Attributes:
        hints: how many hints were shown so far.
    """

    def __init__(self, aid: Aid, fader: HintFader | None):
        self._aid = aid
        self._fader = fader
        self._last: object = None
        self.hints = 0

    def __call__(self, guidance: Guidance) -> Guidance:
        """``guidance`` as it may be seen."""
        advice = guidance.advice
        if self._aid is Aid.NOTHING:
            return replace(guidance, advice=bare(advice))
        hint = advice.hint
        key = None if hint is None else (hint.move, hint.axis, hint.sign)
        t_s = guidance.frame.t_stream_s
        if self._aid is Aid.METER:
            shown, message = False, YOUR_TURN
        elif self._fader is None:
            shown, message = True, ""
        else:
            shown = self._fader.shows(t_s, key)
            wait = self._fader.wait_s(t_s)
            message = ON_REQUEST if math.isinf(wait) else COMING.format(seconds=max(1, math.ceil(wait)))
        if hint is None or shown:
            if key is not None and key != self._last:
                self.hints += 1
                self._last = key
            return guidance
        self._last = None
        return replace(guidance, advice=replace(advice, hint=None, message=message))


def bare(advice: Advice) -> Advice:
    """``advice`` without any judgement: neither hint, quality nor the view on screen. A lost picture stays one."""
    if advice.state is State.NO_SIGNAL:
        return advice
    return replace(
        advice,
        state=State.PAUSED,
        view_probability=0.0,
        quality=None,
        facets=None,
        novelty=None,
        hint=None,
        message=UNAIDED,
        adjustment=None,
        half_width90=None,
        hold_progress=0.0,
        reason_code=None,
    )
