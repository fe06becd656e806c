"""A small real classifier as others make them: three channels, ImageNet's normalisation, classes of its own.

Its answer follows the mean of each channel's input, so what it is fed can be read from what it says.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CLASSES = (("ap4", "A4C"), ("ap4 zoomed", "A4C"), ("plax", "PLAX"), ("suprasternal", "OTHER"))
"""A picture is called "plax" when its middle is bright, "ap4" or "ap4 zoomed" when it is dim, else "suprasternal"."""


def classifier(
    *,
    size: int = 64,
    channels: int = 3,
    layout: str = "NCHW",
    softmax: bool = False,
    quality: int | None = None,
    weights: Any = None,
    offsets: Any = None,
) -> bytes:
    """A serialised ONNX file: ``scores`` [N, K] are linear in the mean of each channel of ``input``.

    ``quality``: also the output ``grade`` with so many columns (0: none, [N]), the mean of the first channel.
    """
    count = len(CLASSES)
    w = np.asarray(weights if weights is not None else np.zeros((channels, count)), np.float32)
    b = np.asarray(offsets if offsets is not None else np.zeros(count), np.float32)
    constants = [numpy_helper.from_array(w, "w"), numpy_helper.from_array(b, "b")]
    grading = [
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(np.array([0], np.int64), "zero"),
        numpy_helper.from_array(np.zeros((1, max(1, quality or 1)), np.float32), "wide"),
        numpy_helper.from_array(np.array([-1], np.int64), "flat"),
    ]
    if quality is not None:
        constants += grading
    axes = [2, 3] if layout == "NCHW" else [1, 2]
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["means"], axes=axes, keepdims=0),
        helper.make_node("Gemm", ["means", "w", "b"], ["logits"]),
        helper.make_node("Softmax" if softmax else "Identity", ["logits"], ["scores"]),
    ]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", count])]
    if quality is not None:
        first = helper.make_node("Slice", ["means", "zero", "one", "one"], ["first"])
        shaped = (
            helper.make_node("Reshape", ["first", "flat"], ["grade"])
            if quality == 0
            else helper.make_node("Add", ["first", "wide"], ["grade"])
        )
        nodes += [first, shaped]
        shape: list[Any] = ["N"] if quality == 0 else ["N", quality]
        outputs.append(helper.make_tensor_value_info("grade", TensorProto.FLOAT, shape))
    picture = [channels, size, size] if layout == "NCHW" else [size, size, channels]
    fed = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *picture])]
    graph = helper.make_graph(nodes, "classifier", fed, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def write_classifier(
    folder: Path, data: bytes, *, size: int = 64, quality: bool = False, adapter: Any = None, **manifest: Any
) -> Path:
    """A model folder around ``data``; ``adapter`` and other keywords replace keys of it and of the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(data)
    content = {
        "name": "theirs",
        "version": "1",
        "sha256": hashlib.sha256(data).hexdigest(),
        "input": {"name": "input", "size": size},
        "outputs": {"view": "scores", **({"quality": "grade"} if quality else {})},
        "adapter": {
            "mean": list(MEAN),
            "std": list(STD),
            "classes": [{"name": name, "view": view} for name, view in CLASSES],
        }
        | (adapter or {}),
        "training": "none: designed by hand for tests",
        "intended_use": "tests",
    } | manifest
    (folder / "model.json").write_text(json.dumps(content))
    return folder
