"""The learning curve: attempts by session and view, as figures, as lines for people, as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from guidance.views import View
from ui.practice.attempt import Aid, Attempt
from ui.practice.fading import RULES, Fade, fade_after

BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Point:
    """One session's attempts at one view.

    ``right`` of ``attempts`` reached the right picture; so did ``unaided_right`` of those ``unaided``, with
    :attr:`Aid.NOTHING`. Medians are over what was reached: seconds, path over straight way, and the network's quality;
    None where nothing was.
    """

    session: str
    view: View
    attempts: int
    right: int
    unaided: int
    unaided_right: int
    seconds: float | None
    detour: float | None
    quality: float | None
    hints: int


def learning_curve(attempts: Iterable[Attempt]) -> list[Point]:
    """A point for each view of each session, in the order in which they began."""
    groups: dict[tuple[str, View], list[Attempt]] = {}
    for attempt in attempts:
        groups.setdefault((attempt.session, attempt.view), []).append(attempt)
    return [_point(*key, group) for key, group in groups.items()]


def _point(session: str, view: View, group: Sequence[Attempt]) -> Point:
    reached = [a for a in group if a.reached]
    alone = [a for a in group if a.aid is Aid.NOTHING]
    return Point(
        session, view, len(group), len(reached), len(alone), sum(a.reached for a in alone),
        _median(a.seconds for a in reached),
        _median(a.detour for a in reached),
        _median(a.quality for a in reached),
        sum(a.hints for a in group),
    )  # fmt: skip


def _median(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return median(known) if known else None


def fade_of(attempts: Iterable[Attempt], view: View) -> Fade:
    """How sparse hints for ``view`` are after ``attempts``."""
    return fade_after(a.reached for a in attempts if a.view is view)


def curve_json(attempts: Sequence[Attempt]) -> dict[str, Any]:
    """Everything: by session, by view, and attempt by attempt."""
    views = dict.fromkeys(a.view for a in attempts)
    return {
        "virtual_patients": True,
        "attempts": [
            a.model_dump(mode="json") | {"reached": a.reached, "detour": a.detour} for a in attempts
        ],
        "sessions": [asdict(point) for point in learning_curve(attempts)],
        "hint_level": {view.value: int(fade_of(attempts, view)) for view in views},
    }


def curve_lines(attempts: Sequence[Attempt]) -> list[str]:
    """The curve for people: by view a table, one line a session, and a bar for each attempt's seconds."""
    lines = []
    for view in dict.fromkeys(a.view for a in attempts):
        mine = [a for a in attempts if a.view is view]
        lines += [
            f"{view.value}: {sum(a.reached for a in mine)} of {len(mine)} attempts ended with the right picture; "
            f"hints now come {RULES[fade_of(mine, view)].words}",
            "  session            right  unaided  seconds  path  quality  hints",
            *(_line(point) for point in learning_curve(mine)),
            f"  seconds by attempt, · where the picture was not right: {spark(mine)}",
            "",
        ]
    return [*lines, "Virtual patients: these figures do not say how well you would scan a patient."]


def _line(p: Point) -> str:
    alone = f"{p.unaided_right}/{p.unaided}" if p.unaided else "-"
    return (
        f"  {p.session[:16].replace('T', ' '):<18} {f'{p.right}/{p.attempts}':>5}  {alone:>7}  "
        f"{_plain(p.seconds, '.0f'):>7}  {_plain(p.detour, '.1f'):>4}  {_plain(p.quality, '.2f'):>7}  {p.hints:>5}"
    )


def _plain(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def spark(attempts: Sequence[Attempt]) -> str:
    """A bar for each attempt, as high as it took long; a dot where it did not reach the picture."""
    longest = max((a.seconds for a in attempts if a.reached), default=0.0)
    return "".join(
        BARS[min(7, int(8 * a.seconds / longest)) if longest > 0.0 else 0] if a.reached else "·"
        for a in attempts
    )
