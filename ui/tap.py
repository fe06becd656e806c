"""Tap: a source, unchanged, whose frames something else sees as well."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from guidance.frame import Frame
from guidance.sources import Source, SourceInfo


class Tap:
    """``source``, unchanged; ``see`` is called with each frame, on the thread that reads, before it is handed on."""

    def __init__(self, source: Source, see: Callable[[Frame], object]):
        self._source = source
        self._see = see

    @property
    def info(self) -> SourceInfo:
        """Of the source."""
        return self._source.info

    def read(self) -> Frame | None:
        """The source's next frame."""
        frame = self._source.read()
        if frame is not None:
            self._see(frame)
        return frame

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
