"""A stream's own side of the batching: a runtime like any other, whose calls go to the batcher that all share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from guidance.batch_call import Answers, Float32
from guidance.errors import RuntimeFailure
from guidance.runtimes import TensorSpec

if TYPE_CHECKING:
    from guidance.batching import Batcher


class BatchingRuntime:
    """One stream's runtime: its calls are joined with those of the other streams. A :class:`guidance.runtimes.Runtime`.

    Made by :meth:`Batcher.stream`; used from one thread at a time. Closing it ends the stream, not the network.
    """

    max_batch = 1

    def __init__(self, batcher: Batcher):
        self._batcher = batcher
        self._closed = False

    @property
    def name(self) -> str:
        """Of the runtime that executes the network."""
        return self._batcher.runtime.name

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """Of the network."""
        return self._batcher.runtime.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """Of the network."""
        return self._batcher.runtime.outputs

    @property
    def details(self) -> Mapping[str, object]:
        """What executes the network, and how calls are joined."""
        settings = self._batcher.settings
        own = {"max_batch": settings.max_batch, "max_wait_ms": settings.max_wait_ms, "lanes": settings.lanes}
        return {**getattr(self._batcher.runtime, "details", {}), **own}

    @property
    def device_name(self) -> str | None:
        """The GPU, where the runtime tells it."""
        name: str | None = getattr(self._batcher.runtime, "device_name", None)
        return name

    def run(self, tensor: Float32) -> Answers:
        """Outputs by name for ``tensor``, float32 (1, 1, S, S); waits for its turn.

        Raises:
            RuntimeFailure: the network failed on this picture, the stream or the batcher is closed.
            ValueError: another shape or dtype: it would spoil the batch of the others.
        """
        shape = self._batcher.shape
        if tensor.shape != shape or tensor.dtype != np.float32:
            raise ValueError(f"one picture is float32 {shape}, not {tensor.dtype} {tensor.shape}")
        if self._closed:
            raise RuntimeFailure("the stream is closed: take another one")
        return self._batcher.run(tensor)

    def close(self) -> None:
        """End the stream: batches no longer wait for it. Twice is harmless."""
        if not self._closed:
            self._closed = True
            self._batcher.leave()
