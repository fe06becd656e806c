"""How a benchmark's streams were joined: calls of the network by their number of pictures, while it was measured."""

from __future__ import annotations

from typing import Any

from guidance.batching import Batcher


class Batches:
    """Counts the calls of ``batcher`` between ``measuring(True)`` and ``measuring(False)``."""

    def __init__(self, batcher: Batcher):
        self.batcher = batcher
        self._before: dict[int, int] = {}
        self._after: dict[int, int] | None = None

    def measuring(self, on: bool) -> None:
        """Measuring begins, or ends."""
        if on:
            self._before = self.batcher.sizes()
        else:
            self._after = self.batcher.sizes()

    def sizes(self) -> dict[int, int]:
        """Number of pictures -> calls with so many."""
        now = self.batcher.sizes() if self._after is None else self._after
        counts = {size: calls - self._before.get(size, 0) for size, calls in now.items()}
        return {size: calls for size, calls in counts.items() if calls}

    def figures(self) -> dict[str, Any]:
        """As plain values: settings in force, ``calls``, ``mean`` pictures a call, ``sizes``, ``one_by_one``."""
        settings, sizes = self.batcher.settings, self.sizes()
        calls = sum(sizes.values())
        pictures = sum(size * count for size, count in sizes.items())
        return {
            "max_batch": settings.max_batch,
            "max_wait_ms": settings.max_wait_ms,
            "lanes": settings.lanes,
            "calls": calls,
            "mean": round(pictures / calls, 3) if calls else None,
            "sizes": {str(size): count for size, count in sizes.items()},
            "one_by_one": self.batcher.one_by_one,
        }
