"""Half precision in a TensorRT network: convolutions and what lies between them in FP16, the heads in FP32.

TensorRT 10's flag for mixed precision is deprecated and TensorRT-RTX has none, so the types are written into a
strongly typed network. That fixes what runs in which precision whatever the builder finds fastest, and the small
heads, whose numbers are millimetres and logits, keep FP32 sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FOLLOWING = (
    "ACTIVATION",
    "POOLING",
    "ELEMENTWISE",
    "CONCATENATION",
    "RESIZE",
)  # FP16 where all their numbers are


def use_half(trt: Any, network: Any) -> list[NDArray[np.float16]]:
    """Rewrite ``network``, an FP32 ``INetworkDefinition`` as parsed, so that its convolutions run in FP16.

    Inputs and outputs keep their types and names. Weights beyond FP16's range are left to FP32 with their layer.

    Returns:
        The new weights. TensorRT keeps only their addresses: hold them until the engine is built.
    """
    kept: list[NDArray[np.float16]] = []
    casts: dict[tuple[str, Any], Any] = {}
    half: set[str] = set()
    outputs = [network.get_output(i) for i in range(network.num_outputs)]

    def cast(tensor: Any, dtype: Any) -> Any:
        key = (tensor.name, dtype)
        if key not in casts:
            casts[key] = network.add_cast(tensor, dtype).get_output(0)
        return casts[key]

    for layer in [network.get_layer(i) for i in range(network.num_layers)]:
        inputs = [layer.get_input(i) for i in range(layer.num_inputs)]
        kind = layer.type.name
        if kind == "CONVOLUTION" and len([t for t in inputs if t is not None]) == 1:
            layer.__class__ = (
                trt.IConvolutionLayer
            )  # get_layer() gives the base class, which hides the weights
            weights = _halved(layer)
            if weights is not None:
                layer.kernel = weights[0]
                if weights[1].size:
                    layer.bias = weights[1]
                kept.extend(weights)
                if inputs[0].name not in half:
                    layer.set_input(0, cast(inputs[0], trt.float16))
                half.add(layer.get_output(0).name)
                continue
        numbers = [t for t in inputs if t is not None and t.dtype in (trt.float32, trt.float16)]
        if kind in _FOLLOWING and numbers and all(t.name in half for t in numbers):
            half.update(layer.get_output(i).name for i in range(layer.num_outputs))
            continue
        for i, tensor in enumerate(inputs):
            if tensor is not None and tensor.name in half:
                layer.set_input(i, cast(tensor, trt.float32))
    for tensor in outputs:
        if tensor.name in half:
            name = tensor.name
            network.unmark_output(tensor)
            tensor.name = f"{name} in FP16"
            result = network.add_cast(tensor, trt.float32).get_output(0)
            result.name = name
            network.mark_output(result)
    return kept


def _halved(layer: Any) -> tuple[NDArray[np.float16], NDArray[np.float16]] | None:
    """Kernel and bias in FP16; None where they are not FP32 or do not fit."""
    kernel, bias = np.asarray(layer.kernel), np.asarray(layer.bias)
    if kernel.dtype != np.float32 or not kernel.size:
        return None
    limit = float(np.finfo(np.float16).max)
    if any(part.size and not np.abs(part).max() <= limit for part in (kernel, bias)):
        return None
    return kernel.astype(np.float16), bias.astype(np.float16)
