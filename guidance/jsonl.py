"""JSON lines: one per processed frame, written whole and at once: a broken run leaves a readable file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from guidance.errors import InputError
from guidance.hint import Guidance


class JsonLines:
    """A listener that writes each :class:`Guidance` as one line of JSON.

    An engine that repeats its last word while the signal is lost adds no line: one is written per frame and
        state.

    Args:
        stream: where to; its owner closes it.
    """

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._close: Callable[[], None] | None = None
        self._last: tuple[int, str] | None = None

    @classmethod
    def to_file(cls, path: Path) -> JsonLines:
        """Write to a new file at ``path``, replacing one that is there.

        Raises:
            InputError: it cannot be written.
        """
        try:
            stream = path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"{path} cannot be written ({reason}): choose another place") from error
        lines = cls(stream)
        lines._close = stream.close
        return lines

    def __call__(self, guidance: Guidance) -> None:
        """Write and flush one line."""
        key = (guidance.frame.index, guidance.advice.state.value)
        if key == self._last:
            return
        self._last = key
        self._stream.write(json.dumps(guidance.to_json(), allow_nan=False) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Close a file that :meth:`to_file` opened; a stream of the caller's stays open."""
        if self._close is not None:
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
