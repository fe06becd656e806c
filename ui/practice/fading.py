"""Teach, then fade: how sparse hints are, from what the operator has achieved, and when one is shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Fade(IntEnum):
    """How sparse hints are."""

    AT_ONCE = 0
    LATE = 1
    RARE = 2
    ASKED = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """When a hint is shown: after so long that it was wanted, for so long (None: until it is done), in words."""

    wait_s: float
    show_s: float | None
    words: str


RULES = {
    Fade.AT_ONCE: Rule(0.0, None, "at once"),
    Fade.LATE: Rule(4.0, None, "after 4 s"),
    Fade.RARE: Rule(8.0, 4.0, "after 8 s, for 4 s"),
    Fade.ASKED: Rule(float("inf"), 0.0, "when asked for (Enter)"),
}

STREAK = 2
"""So many right pictures in a row make hints one step sparser; so many that were not, one step denser."""
ASKED_S = 4.0
"""A hint that was asked for stays so long."""
SOLVED_S = 1.0
"""Without a wanted hint for so long, what was wanted counts as done."""


def fade_after(right: Iterable[bool]) -> Fade:
    """How sparse hints are after attempts that ended with the right picture or not, in their order."""
    level, streak = Fade.AT_ONCE, 0
    for good in right:
        streak = max(streak, 0) + 1 if good else min(streak, 0) - 1
        if abs(streak) >= STREAK:
            level = Fade(min(Fade.ASKED, max(Fade.AT_ONCE, level + (1 if streak > 0 else -1))))
            streak = 0
    return level


class HintFader:
    """Decides, picture by picture, whether the hint that the coach has may be seen.

    A hint's wait begins with the movement it asks for, and anew with another one; but a need that has lasted twice
    the wait is answered whatever the hints were.
    """

    def __init__(self, fade: Fade) -> None:
        self.fade = fade
        self._key: object = None
        self._key_since = self._need_since = 0.0
        self._needed_s: float | None = None
        self._shown_since: float | None = None
        self._asked_until = 0.0

    def ask(self, t_s: float) -> None:
        """The operator wants a hint now."""
        self._asked_until = t_s + ASKED_S

    def shows(self, t_s: float, key: object) -> bool:
        """Whether to show the hint at ``t_s`` (seconds); ``key``: which movement it asks for, None: there is none."""
        rule = RULES[self.fade]
        if key is None:
            if self._needed_s is not None and t_s - self._needed_s > SOLVED_S:
                self._key = self._needed_s = self._shown_since = None
            return False
        if self._needed_s is None:
            self._need_since = t_s
        self._needed_s = t_s
        if key != self._key:
            self._key, self._key_since = key, t_s
            if rule.show_s is None and self._shown_since is not None:  # that movement was helped with
                self._shown_since, self._need_since = None, t_s
        if t_s < self._asked_until:
            return True
        if self._shown_since is None and self.wait_s(t_s) <= 0.0:
            self._shown_since = t_s
        if self._shown_since is None:
            return False
        if rule.show_s is not None and t_s - self._shown_since >= rule.show_s:
            self._shown_since, self._key_since, self._need_since = None, t_s, t_s
            return False
        return True

    def wait_s(self, t_s: float) -> float:
        """Seconds until a wanted hint shows by itself; infinite where it never does."""
        wait = RULES[self.fade].wait_s
        return max(0.0, min(wait - (t_s - self._key_since), 2.0 * wait - (t_s - self._need_since)))
