"""HintPacer: keeps hints calm: one change a second at most, a minimum dwell, no turning back at once."""

from __future__ import annotations

from collections.abc import Callable

from guidance.coach_settings import CoachSettings
from guidance.hint import Hint

HintKey = tuple[str, int]
"""(axis, sign) of a hint: what must not flip."""


class HintPacer:
    """Decides when a wanted hint may appear. Withdrawing one is always possible; showing a new one is
    rationed.

    A *change* is a picture whose hint is there and differs in its first line or reason code from that of the
    picture before (so also a hint that comes back). Two changes are at least ``change_gap_s`` apart.
    """

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget everything, the time of the last change too: only for a new stream."""
        self.hint: Hint | None = None
        self._onset = -float("inf")  # of this (axis, sign)
        self._changed = -float("inf")
        self._last_seen: dict[HintKey, float] = {}

    def withdraw(self) -> None:
        """No hint from now on; the next must still wait its turn."""
        self.hint = None

    def offer(
        self, t_s: float, key: HintKey | None, still_true: bool, build: Callable[[], Hint]
    ) -> Hint | None:
        """The hint to show at ``t_s``.

        Args:
            t_s: seconds on the stream's time line, never going back.
            key: (axis, sign) of the movement wanted now; None if none is.
            still_true: whether the hint shown so far still points the right way; if not it goes at once.
            build: makes the wanted hint; called only when it may be shown.
        """
        s, shown = self._settings, self.hint
        free = t_s - self._changed >= s.change_gap_s
        if shown is not None and key == (shown.axis, shown.sign):
            if free:
                fresh = build()
                if (fresh.text, fresh.reason_code) != (shown.text, shown.reason_code):
                    self.hint, self._changed = fresh, t_s
        elif key is not None and free and not self._turns_back(t_s, key) and self._dwelt(t_s):
            self.hint, self._changed, self._onset = build(), t_s, t_s
        elif shown is not None and (not still_true or (key is None and self._dwelt(t_s))):
            self.hint = None
        if self.hint is not None:
            self._last_seen[(self.hint.axis, self.hint.sign)] = t_s
        return self.hint

    def _dwelt(self, t_s: float) -> bool:
        return self.hint is None or t_s - self._onset >= self._settings.dwell_s

    def _turns_back(self, t_s: float, key: HintKey) -> bool:
        axis, sign = key
        return t_s - self._last_seen.get((axis, -sign), -float("inf")) < self._settings.reverse_gap_s
