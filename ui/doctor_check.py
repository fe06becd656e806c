"""One line of ``doctor``'s report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How a check came out."""

    OK = "ok"
    HINT = "hint"
    """Something does not work that guidance can do without."""
    BAD = "BAD"
    """No guidance without it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    grade: Grade
    found: str
    advice: str = ""
