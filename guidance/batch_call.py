"""One batched call: pictures put together, answers taken apart, each failure given to the picture that caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from guidance.errors import RuntimeFailure
from guidance.runtimes import Runtime, max_batch_of

Float32 = NDArray[np.float32]
Answers = Mapping[str, Float32]

_FAILURES_OF_THE_RUNTIME = 2
"""So many pictures that fail alone show that the runtime is at fault: the others are not tried (each may time out)."""

_TOLERANCE = 0.05
"""Share of an output's range by which an answer in a batch may differ: other kernels round otherwise, half precision
and 8-bit integers most. A network that mixes its pictures differs by more."""


def call_together(runtime: Runtime, tensors: Sequence[Float32]) -> list[Answers | Exception]:
    """For each picture, float32 (1, ...) and all of one shape, its answers (batch axis 1), or what failed on it.

    The arrays are copies: who keeps one does not hold the whole batch. Where the joint call fails, each picture is
    tried alone.
    """
    if len(tensors) == 1:
        return [_alone(runtime, tensors[0])]
    try:
        return list(_apart(runtime.run(np.concatenate(tensors)), len(tensors)))
    except Exception:  # whatever a plug-in raises; what it was shows when the pictures are tried alone
        return _each(runtime, tensors)


def why_one_by_one(runtime: Runtime, shape: tuple[int, ...]) -> str | None:
    """Why pictures of ``shape``, (1, ...), cannot be joined on ``runtime``, as one line; None where they can.

    It makes three trial calls where the runtime says that it takes several.

    Raises:
        RuntimeFailure: it fails on a picture alone.
    """
    if max_batch_of(runtime) < 2:
        return f"the network, on {runtime.name}, takes one picture a call: export it with a free batch axis"
    pictures = np.random.default_rng(0).standard_normal((2, *shape[1:]), dtype=np.float32)
    alone = [runtime.run(pictures[i : i + 1]) for i in range(2)]
    try:
        together = _apart(runtime.run(pictures), 2)
    except Exception as error:  # whatever a plug-in raises
        return f"a trial call with two pictures failed ({error})"
    for one, joined in zip(alone, together, strict=True):
        for name, values in one.items():
            scale = max(float(np.abs(values).max(initial=0.0)), 1e-3)
            if not np.abs(joined[name] - values).max(initial=0.0) <= _TOLERANCE * scale:
                return f"the output '{name}' is another in a batch than alone"
    return None


def _apart(raw: Answers, count: int) -> list[Answers]:
    for name, values in raw.items():
        if values.shape[:1] != (count,):
            raise RuntimeFailure(f"the output '{name}' has shape {values.shape} for {count} pictures")
    return [{name: values[i : i + 1].copy() for name, values in raw.items()} for i in range(count)]


def _each(runtime: Runtime, tensors: Sequence[Float32]) -> list[Answers | Exception]:
    found: list[Answers | Exception] = []
    failures: list[Exception] = []
    for tensor in tensors:
        if len(failures) >= _FAILURES_OF_THE_RUNTIME:
            found.append(RuntimeFailure(str(failures[-1])))
            continue
        outcome = _alone(runtime, tensor)
        if isinstance(outcome, Exception):
            failures.append(outcome)
        found.append(outcome)
    return found


def _alone(runtime: Runtime, tensor: Float32) -> Answers | Exception:
    try:
        return runtime.run(tensor)
    except Exception as error:  # given to its caller, which raises it
        return error
