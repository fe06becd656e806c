"""ONNX Runtime with buffers on its device, bound once: a call copies in, runs and copies out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Binding:
    """Buffers for one input and the wanted outputs of ``session``, all of fixed shapes. From one thread at a time.

    Args:
        ort: the module ``onnxruntime``.
        session: an ``InferenceSession`` with one float32 input.
        device: ``"cuda"`` or ``"cpu"``, where the session's provider works.
        tensor: a picture of the shape that every call will have; it is run once, to learn the outputs' shapes.
        wanted: names of the outputs to give.

    Raises:
        Exception: whatever ONNX Runtime raises; its exceptions share no public base.
    """

    def __init__(self, ort: Any, session: Any, device: str, tensor: NDArray[np.float32], wanted: list[str]):
        (node,) = session.get_inputs()
        self._session = session
        self._shape = tensor.shape
        self._binding = session.io_binding()
        make = ort.OrtValue.ortvalue_from_shape_and_type
        self._input = make(list(tensor.shape), np.float32, device, 0)
        self._binding.bind_ortvalue_input(node.name, self._input)
        self._outputs: dict[str, Any] = {}
        for name, value in zip(wanted, session.run(wanted, {node.name: tensor}), strict=True):
            self._outputs[name] = make(list(value.shape), value.dtype.type, device, 0)
            self._binding.bind_ortvalue_output(name, self._outputs[name])

    def run(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """The wanted outputs for ``tensor``: copies, the caller's own.

        Raises:
            ValueError: ``tensor`` has another shape or type than was bound.
            Exception: whatever ONNX Runtime raises.
        """
        if tensor.shape != self._shape or tensor.dtype != np.float32:
            raise ValueError(
                f"{tensor.dtype} of shape {tensor.shape} came, float32 of shape {self._shape} is bound"
            )
        self._input.update_inplace(np.ascontiguousarray(tensor))
        self._binding.synchronize_inputs()
        self._session.run_with_iobinding(self._binding)
        self._binding.synchronize_outputs()
        # numpy() copies from another device, but on the CPU it shows the buffer that the next call overwrites.
        return {name: np.array(value.numpy()) for name, value in self._outputs.items()}
