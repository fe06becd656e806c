"""JSON lines: one per processed frame, written whole and at once: a broken run leaves a readable file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from guidance.errors import InputError, RuntimeFailure
from guidance.hint import Guidance


def open_lines(path: Path) -> TextIO:
    """A new text file at ``path``, in place of one that is there.

    Raises:
        InputError: it cannot be written.
    """
    try:
        return path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path} cannot be written ({reason}): choose another place") from error


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
        self._broken = False

    @classmethod
    def to_file(cls, path: Path) -> JsonLines:
        """Write to a new file at ``path``, replacing one that is there.

        Raises:
            InputError: it cannot be written.
        """
        stream = open_lines(path)
        lines = cls(stream)
        lines._close = stream.close
        return lines

    def __call__(self, guidance: Guidance) -> None:
        """Write and flush one line.

        Raises:
            RuntimeFailure: it cannot be written any more (the disk is full).
            BrokenPipeError: the reader went away.
        """
        key = (guidance.frame.index, guidance.advice.state.value)
        if key == self._last:
            return
        self._last = key
        try:
            self._stream.write(json.dumps(guidance.to_json(), allow_nan=False) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            self._broken = True
            raise self._full(error) from error

    def close(self) -> None:
        """Close a file that :meth:`to_file` opened; a stream of the caller's stays open. Idempotent.

        Raises:
            RuntimeFailure: its end could not be written, and nobody was told so before.
        """
        close, self._close = self._close, None
        if close is None:
            return
        try:
            close()
        except OSError as error:
            if not self._broken:
                raise self._full(error) from error

    def _full(self, error: OSError) -> RuntimeFailure:
        place = getattr(self._stream, "name", "the output")
        return RuntimeFailure(
            f"no more JSON lines can be written to {place} ({error.strerror or error}): free some space"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
