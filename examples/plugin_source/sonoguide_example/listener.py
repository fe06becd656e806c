"""``--listener csv=FILE``: a line for each new state or hint. Listeners run on the thread that infers: be quick."""

from __future__ import annotations

import csv
from pathlib import Path

from guidance import Guidance, InputError


class CsvListener:
    """Made with what stands behind ``csv=``, called with each guidance, closed at the end."""

    def __init__(self, options: str):
        if not options:
            raise InputError("--listener csv needs a file: --listener csv=hints.csv")
        try:
            self._file = Path(options).open("w", newline="", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise InputError(f"--listener csv: {options} cannot be written ({error.strerror})") from error
        self._csv = csv.writer(self._file)
        self._csv.writerow(["t_s", "state", "text", "reason"])
        self._last: tuple[str, str] | None = None

    def __call__(self, guidance: Guidance) -> None:
        advice = guidance.advice
        text = advice.hint.text if advice.hint else advice.message
        reason = advice.hint.reason if advice.hint else ""
        if (advice.state, text) != self._last:
            self._last = (advice.state, text)
            self._csv.writerow([f"{guidance.frame.t_stream_s:.3f}", advice.state, text, reason])

    def close(self) -> None:
        self._file.close()
