"""The seam for other runtimes: what one is given (a network), what it tells about it, and what it must do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ANY_BATCH = 2**31 - 1
"""``max_batch`` of a runtime that sets no limit itself."""


class RuntimeUnavailable(Exception):
    """This runtime cannot work on this machine; the text says why. The network itself may be fine."""


@dataclass(frozen=True, slots=True)
class Network:
    """A network to run.

    Attributes:
        data: the whole ONNX file, already verified; runtimes load these bytes, never a path, so that what was
            hashed is what runs.
        path: where it came from, for messages and for naming caches.
        sha256: of ``data``, lower-case hexadecimal.
        input_shape: the concrete shape of one picture, e.g. ``(1, 1, 192, 192)``; a runtime whose ``max_batch`` is
            above 1 may get several, along the first axis.
        outputs: names of the outputs to compute; empty: all.
        name: of the model, for runtimes that look it up by name; empty: not known.
    """

    data: bytes
    path: Path
    sha256: str
    input_shape: tuple[int, ...]
    outputs: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, shape (None where free) and dtype (``"float32"``, ...) of an input or output of a network."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class Runtime(Protocol):
    """A network made ready to run. Used from one thread at a time.

    It may also have ``concurrent`` (True: several threads may call ``run`` at once), ``max_batch`` (so many pictures
    may come in one call; without it 1), ``details`` (a mapping that says what executes it, for reports) and
    ``device_name`` (the GPU).

    A factory (``Network -> Runtime``) raises :class:`RuntimeUnavailable` when this machine cannot run it, and
    :class:`guidance.errors.InputError` when the network is damaged or not supported.
    """

    @property
    def name(self) -> str:
        """Short name for people and logs, e.g. ``"cpu"``."""
        ...

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """All inputs that must be fed."""
        ...

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """All outputs that the network has, also those that ``run`` leaves out."""
        ...

    def run(self, tensor: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        """Outputs by name for ``tensor``, of ``Network.input_shape``. The arrays are the caller's to keep.

        Where ``max_batch`` is above 1 the first axis of ``tensor`` may have up to so many pictures; the first axis
        of each output has as many answers, in their order.
        """
        ...

    def close(self) -> None:
        """Free what the runtime holds. ``run`` must not be called after it; closing twice is harmless."""
        ...


def max_batch_of(runtime: Runtime) -> int:
    """How many pictures one call of ``runtime`` may take: at least 1."""
    return max(1, int(getattr(runtime, "max_batch", 1)))
