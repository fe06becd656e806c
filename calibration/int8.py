"""INT8: an FP32 ONNX network becomes one of 8-bit integers, its ranges measured on pictures that it will meet.

Static QDQ, 8-bit activations, weights per channel. Dynamic quantisation is 9 to 20 times slower than FP32 on networks
of this kind, and is not offered.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError, RuntimeFailure

Float32 = NDArray[np.float32]

_WEIGHTED = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
_QUANTISED = frozenset({"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"})
_QUANTISED_PREFIXES = ("QLinear", "QGemm")
_QUANTISED_SUFFIXES = ("Integer",)


@dataclass(frozen=True, slots=True)
class Quantised:
    """``weights``: the new ONNX file. ``kept``: layers with weights that stayed FP32, by their names in the graph."""

    weights: bytes
    kept: tuple[str, ...]


def check_tools() -> None:
    """See to it that what quantises is installed; running a quantised network needs none of it.

    Raises:
        InputError: the package ``onnx`` is not.
    """
    try:
        import onnx  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError(f"quantising needs the package {error.name}: pip install 'onnx>=1.16'") from error


def quantised(weights: bytes, input_name: str, tensors: Iterable[Float32]) -> Quantised:
    """Quantise the network in ``weights``.

    The layer that makes each output, and what comes after it, stay FP32: they are a hundredth of the work, and with 8
    bits there too adjustments moved 1.4 times as far from the original's, and outlines 1.8 times. Weights have 7 bits:
    sums of 8-bit products may saturate on x86 processors without VNNI (ONNX Runtime's guide to quantisation); where
    they do not, the lost bit cost a tenth more in adjustments and nothing in views.

    Args:
        weights: an ONNX file, FP32, without side files.
        input_name: of its only input.
        tensors: (1, 1, S, S) each, as the network takes them: the ranges of activations are those seen here.

    Raises:
        InputError: it is quantised already, or has nothing that could be.
        RuntimeFailure: ONNX Runtime cannot quantise it.
    """
    check_tools()
    import onnx

    network = onnx.load_model_from_string(weights)
    if any(_is_quantised(node.op_type) for node in network.graph.node):
        raise InputError("the network is quantised already: take the FP32 one it was made from")
    with tempfile.TemporaryDirectory(prefix="sonoguide-int8-") as folder, _quiet():
        try:
            result = _quantise(network, Path(folder), _Reader(input_name, tensors))
        except Exception as error:  # whatever those tools raise: they share no base class
            line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise RuntimeFailure(f"the network cannot be quantised: {line[:200]}") from error
    if not result.weights:
        raise InputError("the network has no layer to quantise before those that make its outputs")
    return result


def _quantise(network: Any, folder: Path, reader: _Reader) -> Quantised:
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared_path, result_path = folder / "prepared.onnx", folder / "int8.onnx"
    onnx.save_model(network, folder / "fp32.onnx")
    # Folds batch norms. Symbolic shapes are for transformers, and would need sympy.
    quant_pre_process(str(folder / "fp32.onnx"), str(prepared_path), skip_symbolic_shape=True)
    prepared = onnx.load_model(prepared_path)
    for number, node in enumerate(prepared.graph.node):
        node.name = node.name or f"{node.op_type}_unnamed_{number}"  # layers are left out by name
    onnx.save_model(prepared, prepared_path)
    kept = _makers(prepared.graph.node, [output.name for output in prepared.graph.output])
    quantize_static(
        str(prepared_path),
        str(result_path),
        reader,
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=[node.name for node in kept],
    )
    nodes = onnx.load_model(result_path).graph.node
    changed = any(_is_quantised(node.op_type) for node in nodes)
    return Quantised(
        result_path.read_bytes() if changed else b"",
        tuple(sorted(node.name for node in kept if node.op_type in _WEIGHTED)),
    )


def _makers(nodes: Sequence[Any], outputs: Sequence[str]) -> list[Any]:
    """For each of ``outputs``, the nodes from the last layer with weights on."""
    maker = {name: node for node in nodes for name in node.output}
    found: dict[str, Any] = {}
    todo = list(outputs)
    while todo:
        node = maker.get(todo.pop())
        if node is None or node.name in found:
            continue
        found[node.name] = node
        if node.op_type not in _WEIGHTED:
            todo.extend(node.input)
    return list(found.values())


def _is_quantised(op_type: str) -> bool:
    return (
        op_type in _QUANTISED
        or op_type.startswith(_QUANTISED_PREFIXES)
        or op_type.endswith(_QUANTISED_SUFFIXES)
    )


class _Reader:
    """What ONNX Runtime calls a calibration data reader."""

    def __init__(self, input_name: str, tensors: Iterable[Float32]):
        self._name = input_name
        self._tensors = iter(tensors)

    def get_next(self) -> dict[str, Float32] | None:
        tensor = next(self._tensors, None)
        return None if tensor is None else {self._name: tensor}


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what the tools print, log and warn of: stdout may carry JSON."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
