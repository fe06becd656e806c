"""A model repository for NVIDIA Triton Inference Server, written from a model folder.

``FOLDER/NAME/config.pbtxt`` (protobuf text, Triton's ModelConfig), ``FOLDER/NAME/1/model.onnx``, and ``model.json``
beside them. The memory network, where there is one, stays with each client: it is small, and its state is a stream's.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import read_manifest
from guidance.runtimes import Network, TensorSpec
from guidance.runtimes.onnxruntime import OnnxRuntime
from guidance.runtimes.triton_address import NAME
from guidance.weights import read_weights


@dataclass(frozen=True, slots=True)
class TritonSettings:
    """How Triton joins pictures.

    Attributes:
        name: of the model on the server; None: the manifest's.
        max_batch: the most pictures in one call; a graph with a fixed batch axis gets one.
        queue_ms: the longest that a picture waits for others, in milliseconds.
    """

    name: str | None = None
    max_batch: int = 8
    queue_ms: float = 2.0


def write_repository(model: Path, folder: Path, settings: TritonSettings | None = None) -> Path:
    """Write the model folder ``model`` as one more model of the repository ``folder``; returns its folder.

    Raises:
        InputError: the model is damaged, its name cannot be a folder, or the repository has one of that name.
        RuntimeFailure: it could not be written.
    """
    settings = settings or TritonSettings()
    manifest = read_manifest(model)
    name = settings.name or manifest.name
    if NAME.fullmatch(name) is None:
        raise InputError(f"'{name}' cannot be a model's name on Triton (letters, digits, . _ -): give --name")
    data = read_weights(model, manifest.weights, manifest.sha256)
    network = Network(data, model / manifest.weights, manifest.sha256, manifest.network_shape, name=name)
    runtime = OnnxRuntime.open(network, "cpu")
    largest = min(settings.max_batch, runtime.max_batch)
    config = config_text(
        name, runtime.inputs, runtime.outputs, manifest.sha256, largest if runtime.max_batch > 1 else 0,
        settings.queue_ms,
    )  # fmt: skip
    runtime.close()
    place = folder / name
    if place.exists():
        raise InputError(f"{place} is there already: remove it, or choose another --name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A server may be watching the folder: the model appears whole, by one renaming.
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as made:
            whole = Path(made) / name
            (whole / "1").mkdir(parents=True)
            for file, content in (("1/model.onnx", data), ("config.pbtxt", config.encode())):
                _write(whole / file, content)
            shutil.copyfile(model / "model.json", whole / "model.json")
            os.replace(whole, place)
    except OSError as error:
        raise RuntimeFailure(
            f"{place} could not be written ({error.strerror}): free some space, or choose another place"
        ) from error
    return place


def config_text(
    name: str,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    sha256: str,
    max_batch: int,
    queue_ms: float,
) -> str:
    """``config.pbtxt``. ``max_batch`` 0: the graph fixes its batch axis, which then counts as a dimension. Pure."""
    lines = [
        f"name: {json.dumps(name)}",
        'platform: "onnxruntime_onnx"',
        f"max_batch_size: {max_batch}",
    ]
    for kind, specs in (("input", inputs), ("output", outputs)):
        for spec in specs:
            lines += [f"{kind} {{", *(f"  {line}" for line in _tensor(spec, max_batch > 0)), "}"]
    if max_batch > 1:
        lines.append(f"dynamic_batching {{ max_queue_delay_microseconds: {round(1000 * queue_ms)} }}")
    lines.append(f'parameters {{ key: "sha256" value {{ string_value: "{sha256}" }} }}')
    return "\n".join(lines) + "\n"


def _tensor(spec: TensorSpec, batched: bool) -> list[str]:
    dims = ["-1" if d is None else str(d) for d in (spec.shape[1:] if batched else spec.shape)]
    lines = [
        f"name: {json.dumps(spec.name)}",
        "data_type: TYPE_FP32",
        f"dims: [ {', '.join(dims or ['1'])} ]",
    ]
    # A tensor without dimensions cannot be stated; a reshape says what the graph really gives.
    return lines if dims else [*lines, "reshape { shape: [ ] }"]


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
