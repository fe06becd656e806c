"""Memory: a small recurrent network that refines the answers for a frame by what the stream showed before.

The frame network knows one picture. The heart's beat and the operator's last moves are in the pictures before it: the
memory network gets the frame's features and a vector, the memory, and gives refined answers and the next memory.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guidance.contract import FEATURES, MEMORY, MEMORY_NEXT, Shape, check_memory_answers, check_memory_network
from guidance.errors import RuntimeFailure
from guidance.manifest import Manifest, MemorySpec
from guidance.runtimes import Network
from guidance.runtimes.onnxruntime import OnnxRuntime
from guidance.weights import read_weights

Float32 = NDArray[np.float32]

_ROUNDING_S = 1e-6  # stream times are sums and quotients of floats: 1.2 - 1.0 is less than 0.2


class MemoryState:
    """What one stream has left in a model's memory. Used from one thread at a time.

    The memory moves on at about ``1 / step_s`` Hz, however fast frames come: frames between are answered with the
    memory that was kept last. It starts as zeros, and anew when the stream's time goes back, pauses for longer than
    ``gap_s``, or is not a number.
    """

    __slots__ = ("_kept_s", "_seen_s", "_spec", "_values")

    def __init__(self, spec: MemorySpec):
        self._spec = spec
        self.reset()

    def reset(self) -> None:
        """A new stream begins."""
        self._values: Float32 = np.zeros((1, self._spec.size), np.float32)
        self._kept_s: float | None = None
        self._seen_s: float | None = None

    @property
    def size(self) -> int:
        """Numbers in the memory."""
        return self._spec.size

    def at(self, t_s: float) -> Float32:
        """The memory, float32 (1, size), for a frame at ``t_s`` seconds of stream time. Not to be written to."""
        seen_s = self._seen_s
        # Written so that a time that is not a number resets as well.
        if seen_s is not None and not 0.0 <= t_s - seen_s <= self._spec.gap_s:
            self.reset()
        return self._values

    def keep(self, values: Float32, t_s: float) -> None:
        """Note that the frame at ``t_s`` was answered, and keep ``values``, float32 (1, size), where a step is due.

        Raises:
            RuntimeFailure: a value that is due is not finite; the memory stays as it was.
        """
        kept_s = self._kept_s
        if kept_s is None or t_s - kept_s >= self._spec.step_s - _ROUNDING_S:
            if not np.isfinite(values).all():
                raise RuntimeFailure(f"the memory network's output '{MEMORY_NEXT}' is not a number")
            self._values = values
            self._kept_s = t_s
        self._seen_s = t_s


class MemoryNetwork:
    """The memory network of a model, on the CPU. It has no state: several streams may share it."""

    def __init__(self, spec: MemorySpec, runtime: OnnxRuntime):
        """See :meth:`open`."""
        self._spec = spec
        self._runtime = runtime

    @classmethod
    def open(cls, folder: Path, spec: MemorySpec) -> MemoryNetwork:
        """The memory network that ``spec`` names in ``folder``. Not checked yet: :meth:`check`, :meth:`trial`.

        Raises:
            InputError: the file is missing, altered or damaged, or ONNX Runtime is not installed.
        """
        data = read_weights(folder, spec.weights, spec.sha256)
        wanted = (*spec.outputs.named().values(), MEMORY_NEXT)
        network = Network(data, folder / spec.weights, spec.sha256, (1, spec.size), wanted)
        # On a GPU the transfer alone would take longer than so small a network does here.
        return cls(spec, OnnxRuntime.open(network, "cpu"))

    @property
    def size(self) -> int:
        """Numbers in the memory."""
        return self._spec.size

    def check(self, manifest: Manifest, features: Shape) -> None:
        """Hold the inputs and outputs that the graph states against ``manifest``, whose memory this is.

        ``features``: shape (1, F) of the frame network's features; None where free.

        Raises:
            InputError: an input or output is missing, or has another dtype or shape.
        """
        runtime = self._runtime
        check_memory_network(manifest, self._spec, features, runtime.inputs, runtime.outputs)

    def run(self, features: Float32, memory: Float32) -> dict[str, Float32]:
        """Outputs by name, :data:`guidance.contract.MEMORY_NEXT` among them.

        Args:
            features: float32 (1, F), of the frame.
            memory: float32 (1, size), from :meth:`MemoryState.at`.

        Raises:
            RuntimeFailure: the network failed.
        """
        try:
            return self._runtime.run_fed({FEATURES: features, MEMORY: memory})
        except RuntimeFailure as error:
            raise RuntimeFailure(f"memory: {error}") from error

    def trial(self, manifest: Manifest, features: Float32) -> dict[str, Float32]:
        """One call with an empty memory: checks the shapes that the graphs leave free.

        Raises:
            InputError: an input or output has another shape than ``manifest`` says.
            RuntimeFailure: the network failed, or its next memory is not finite.
        """
        self.check(manifest, features.shape)
        state = MemoryState(self._spec)
        raw = self.run(features, state.at(0.0))
        check_memory_answers(manifest, self._spec, raw)
        state.keep(raw[MEMORY_NEXT], 0.0)
        return raw

    def close(self) -> None:
        """Free the runtime."""
        self._runtime.close()
