"""The score in words: what an attempt amounted to, and how that compares with the operator's own before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ui.practice.attempt import Attempt, Ending
from ui.state_look import StateLook


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the score: its name, this attempt's value, and the operator's median before."""

    name: str
    value: str
    before: str


def verdict(attempt: Attempt) -> StateLook:
    """How it went, as a title and a line."""
    off = f"{attempt.plane_mm:.0f} mm beside the plane, {attempt.in_plane_deg:.0f}° off within it"
    if attempt.ending is Ending.GIVEN_UP:
        return StateLook(
            "Given up", "stop", f"The picture is {off}. The dashed probe shows where the view is."
        )
    if attempt.right:
        return StateLook(
            "The right picture", "tick", f"In {attempt.seconds:.0f} s. N takes the next patient."
        )
    title = "Held, but not right" if attempt.ending is Ending.HELD else "Not the right picture"
    return StateLook(title, "attention", f"The picture is {off}. The dashed probe shows where the view is.")


def rows(
    seconds: float, mm: float, deg: float, quality: float | None, before: Sequence[Attempt]
) -> tuple[Row, ...]:
    """Time, path and quality beside the medians of what was reached ``before``."""
    reached = [a for a in before if a.reached]
    return (
        Row("Time", f"{seconds:.0f} s", _middle((a.seconds for a in reached), "{:.0f} s")),
        Row("Path", f"{mm:.0f} mm, {deg:.0f}°", _both(
            _middle((a.path_mm for a in reached), "{:.0f} mm"), _middle((a.path_deg for a in reached), "{:.0f}°"))),
        Row("Quality", "–" if quality is None else f"{quality:.2f}",
            _middle((a.quality for a in reached if a.quality is not None), "{:.2f}")),
    )  # fmt: skip


def _both(one: str, other: str) -> str:
    return one if one == other else f"{one}, {other}"


def _middle(values: Iterable[float], form: str) -> str:
    known = list(values)
    return form.format(median(known)) if known else "–"
