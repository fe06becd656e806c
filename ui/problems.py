"""What is wrong with an exam, in one line and with exit code 2, once the work is done."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from guidance.errors import InputError


def first_of(problems: Sequence[str]) -> str:
    """One line for all of ``problems``: the first, and how many more there are."""
    count = len(problems) - 1
    more = f"; and {count} more problem{'' if count == 1 else 's'}" if count > 0 else ""
    return f"{problems[0]}{more}"


def check_problems(problems: Sequence[str]) -> None:
    """Say them in one line, after what stands on stdout.

    Raises:
        InputError: there are any.
    """
    sys.stdout.flush()
    if problems:
        raise InputError(first_of(problems))
