"""A small real model for tests: a convolutional network whose answers follow the picture's brightness.

Bright pictures (mean over the network's input near 1) are certain, good examples of the first view with
nothing to adjust; dark ones are OTHER, of bad quality, far from their target and novel. Random convolution
features add a little to each output, so that different pictures of equal brightness give different answers.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

VIEWS = ("A4C", "A2C", "PLAX")
STRUCTURES = ("LV", "RV", "LA", "RA")
LANDMARKS = ("apex", "mitral_valve")
_FEATURES = 8
FEATURE_WIDTH = 1 + _FEATURES
MEMORY_SIZE = 3


def write_tiny_model(
    folder: Path,
    *,
    size: int = 64,
    views: tuple[str, ...] = VIEWS,
    seed: int = 0,
    noise: float = 0.1,
    free_shapes: bool = False,
    work: int = 0,
    features: bool = False,
    **manifest: Any,
) -> Path:
    """Write ``model.onnx`` and ``model.json`` to ``folder``; other keywords replace keys of the manifest.

    ``free_shapes`` leaves every output dimension symbolic; ``work`` adds so many 3 x 3 convolutions of 32
    channels, to make the network slower; ``features`` gives the output that a memory needs (:func:`add_memory`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = build_network(
        size=size,
        views=len(views),
        seed=seed,
        noise=noise,
        free_shapes=free_shapes,
        work=work,
        features=features,
    )
    (folder / "model.onnx").write_bytes(data)
    roles = (
        "view",
        "quality",
        "facets",
        "adjustment",
        "adjustment_scale",
        "structures",
        "landmarks",
        "novelty",
        "foreshortening",
    )
    content = {
        "schema_version": 1,
        "name": "tiny",
        "version": "1",
        "sha256": hashlib.sha256(data).hexdigest(),
        "views": list(views),
        "input": {"size": size},
        "outputs": {role: role for role in (*roles, *(["features"] if features else []))},
        "structures": list(STRUCTURES),
        "landmarks": list(LANDMARKS),
        "training": "none: designed by hand for tests",
        "intended_use": "tests",
    } | manifest
    (folder / "model.json").write_text(json.dumps(content))
    return folder


def add_memory(folder: Path, *, network: dict[str, Any] | None = None, **section: Any) -> Path:
    """Give the model in ``folder``, written with ``features``, a memory; other keywords replace keys of its section.

    ``network``: keywords of :func:`build_memory`, to write another one than model.json describes.
    """
    path = folder / "model.json"
    content = json.loads(path.read_text())
    data = build_memory(**({"views": len(content["views"])} | (network or {})))
    (folder / "memory.onnx").write_bytes(data)
    content["memory"] = {
        "weights": "memory.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": MEMORY_SIZE,
        "step_s": 0.2,
        "gap_s": 1.5,
        "outputs": {role: role for role in ("view", "quality", "adjustment", "adjustment_scale")},
    } | section
    path.write_text(json.dumps(content))
    return folder


def build_memory(
    *,
    views: int,
    size: int = MEMORY_SIZE,
    features: int = FEATURE_WIDTH,
    fed: str = "features",
    kept: str = "memory_next",
    free_shapes: bool = False,
) -> bytes:
    """A serialised memory network, whose answers show what it remembers.

    memory_next = memory / 2 + brightness. Each adjustment is the first number of the memory, of scale 2; it is
    the logit of each quality too, and of the first view; the logit of OTHER is 1.
    """
    graph = _Graph(free_shapes)
    brightness = np.zeros((features, size))
    brightness[0] = 1.0
    half = graph.add("Mul", ["memory", graph.weight(np.array(0.5))])
    following = graph.add("Add", [half, graph.add("MatMul", [fed, graph.weight(brightness)])])
    graph.output(kept, following, (size,))

    def head(name: str, slope: NDArray[Any], offset: NDArray[Any]) -> None:
        matrix = np.zeros((size, slope.size))
        matrix[0] = slope.reshape(-1)
        y = graph.add("Gemm", ["memory", graph.weight(matrix), graph.weight(offset.reshape(-1))])
        y = graph.add("Reshape", [y, graph.integers([-1, *slope.shape])])
        graph.output(name, y, slope.shape)

    head("view", np.eye(views + 1)[0], np.eye(views + 1)[-1])
    head("quality", np.ones(views), np.zeros(views))
    head("adjustment", np.ones((views, 5)), np.zeros((views, 5)))
    head("adjustment_scale", np.zeros((views, 5)), np.full((views, 5), 2.0))
    return graph.serialised({fed: (features,), "memory": (size,)})


def build_network(
    *,
    size: int,
    views: int,
    seed: int,
    noise: float,
    free_shapes: bool = False,
    work: int = 0,
    features: bool = False,
) -> bytes:
    """The serialised ONNX file."""
    rng = np.random.default_rng(seed)
    graph = _Graph(free_shapes)
    x = graph.add("Conv", ["image", graph.weight(rng.normal(0, 0.3, (_FEATURES, 1, 4, 4)))], strides=[4, 4])
    x = graph.add("Relu", [x])
    for i in range(work):
        shape = (32, _FEATURES if i == 0 else 32, 3, 3)
        x = graph.add("Conv", [x, graph.weight(rng.normal(0, 0.08, shape))], pads=[1, 1, 1, 1])
        x = graph.add("Relu", [x])
    if work:
        x = graph.add("Conv", [x, graph.weight(rng.normal(0, 0.2, (_FEATURES, 32, 1, 1)))])
    mask = graph.weight(rng.normal(0, 1.0, (len(STRUCTURES), _FEATURES, 1, 1)))
    graph.output("structures", graph.add("Conv", [x, mask]), (len(STRUCTURES), size // 4, size // 4))
    brightness = graph.add("GlobalAveragePool", ["image"])
    texture = graph.add("GlobalAveragePool", [x])
    vector = graph.add("Flatten", [graph.add("Concat", [brightness, texture], axis=1)])
    if features:
        graph.output("features", vector, (FEATURE_WIDTH,))

    def head(name: str, slope: NDArray[Any], offset: NDArray[Any], then: str | None = None) -> None:
        """output = offset + slope x brightness + noise x random mixture of the texture features."""
        width = slope.size
        mixture = np.concatenate([slope.reshape(1, width), rng.normal(0, noise, (_FEATURES, width))])
        y = graph.add("Gemm", [vector, graph.weight(mixture), graph.weight(offset.reshape(width))])
        if then:
            y = graph.add(then, [y])
        shape = slope.shape
        graph.output(name, graph.add("Reshape", [y, graph.integers([-1, *shape])]), shape)

    ones = np.ones(views)
    first = np.eye(views + 1)[0]
    other = np.eye(views + 1)[-1]
    head("view", 20 * first - 20 * other, 10 * other)
    head("quality", 20 * ones, -10 * ones)
    head("facets", 20 * np.ones(4), -6 * np.ones(4))
    head("adjustment", np.full((views, 5), -20.0), np.full((views, 5), 16.0))
    head("adjustment_scale", np.zeros((views, 5)), np.full((views, 5), 1.0), then="Softplus")
    head("landmarks", np.full((len(LANDMARKS), 3), 5.0), np.full((len(LANDMARKS), 3), 60.0))
    head("novelty", np.array(-12.0), np.array(2.0))
    head("foreshortening", np.array(-20.0), np.array(6.0))
    return graph.serialised({"image": (1, size, size)})


class _Graph:
    """Collects nodes under made-up names."""

    def __init__(self, free_shapes: bool):
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._free = free_shapes

    def weight(self, values: NDArray[Any]) -> str:
        return self._constant(np.asarray(values, dtype=np.float32))

    def integers(self, values: list[int]) -> str:
        return self._constant(np.array(values, dtype=np.int64))

    def _constant(self, values: NDArray[Any]) -> str:
        name = f"constant{len(self._initializers)}"
        self._initializers.append(numpy_helper.from_array(values, name))
        return name

    def add(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"{kind}{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def output(self, name: str, value: str, shape: tuple[int, ...]) -> None:
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        dims: list[Any] = [f"{name}{i}" for i in range(len(shape))] if self._free else list(shape)
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *dims]))

    def serialised(self, inputs: dict[str, tuple[int, ...]]) -> bytes:
        fed = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])
            for name, shape in inputs.items()
        ]
        graph = helper.make_graph(self._nodes, "tiny", fed, self._outputs, self._initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
