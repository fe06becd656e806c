"""Warm start: a student that answers as an exported model does, to go on learning from where another training ended.

The export folds each normalisation into its convolution. Here the folded weights are put back, and the normalisation
gets the statistics of real activations and a gain and offset that undo them: the function stays the same, and its
batch statistics fit from the first step on. Layers that the exported model does not have yet begin at random.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from guidance.errors import InputError
from guidance.manifest import read_manifest
from models.network import Student
from models.train import to_input

KNOWN_SHARE = 0.75
"""A model that gives fewer of the student's weights than this is another network."""


def student_from(folder: Path, images: NDArray[np.uint8]) -> Student:
    """A student with the weights of the model in ``folder``; ``images`` (n, S, S) give the activations' statistics.

    Layers are paired by order and shape, so a model of an earlier version, with heads missing, does as well.

    Raises:
        InputError: it is not a model of this network, or one of other numbers (INT8).
    """
    path = folder / read_manifest(folder).weights
    student = Student().eval()
    folded = _weights(path)
    modules = [m for m in student.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    x = to_input(images)
    order = _called(student, modules, x[:1])
    pairs = _paired(order, folded)
    known = sum(module.weight.numel() for module, _, _ in pairs)
    if known < KNOWN_SHARE * sum(m.weight.numel() for m in order):
        raise InputError(
            f"{folder} does not hold this network in FP32: train without --from, or from another model"
        )
    norms = _norm_of(student)
    with torch.no_grad():
        for module, weight, bias in pairs:
            module.weight.copy_(torch.from_numpy(np.array(weight)))
            norm = norms.get(module)
            if norm is None:
                cast(Tensor, module.bias).copy_(torch.from_numpy(np.array(bias)))
            else:
                norm.bias.copy_(torch.from_numpy(np.array(bias)))
                norm.weight.fill_(1.0)
                cast(Tensor, norm.running_mean).zero_()
                cast(Tensor, norm.running_var).fill_(1.0 - norm.eps)
        _with_statistics(student, norms, x)
    return student


def _paired(
    order: list[nn.Conv2d | nn.Linear], folded: list[tuple[NDArray[np.float32], NDArray[np.float32]]]
) -> list[tuple[nn.Conv2d | nn.Linear, NDArray[np.float32], NDArray[np.float32]]]:
    """Layers of the student with the weight and bias of those of the model that stand at the same place."""
    ours, theirs = [tuple(m.weight.shape) for m in order], [w.shape for w, _ in folded]
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    return [(order[b.a + k], *folded[b.b + k]) for b in blocks for k in range(b.size)]


def _weights(path: Path) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Weight and bias of each convolution and matrix product of the ONNX file, in the order they are called."""
    graph = onnx.load(str(path)).graph
    constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    return [
        (constants[node.input[1]], constants[node.input[2]])
        for node in graph.node
        if node.op_type in ("Conv", "Gemm") and len(node.input) == 3 and node.input[1] in constants
    ]


def _called(student: Student, modules: list[nn.Conv2d | nn.Linear], x: Tensor) -> list[nn.Conv2d | nn.Linear]:
    """``modules`` in the order in which the student calls them."""
    order: list[nn.Conv2d | nn.Linear] = []
    hooks = [m.register_forward_hook(lambda m, *_: order.append(m)) for m in modules]
    with torch.no_grad():
        student(x)
    for hook in hooks:
        hook.remove()
    return order


def _norm_of(student: Student) -> dict[nn.Module, nn.BatchNorm2d]:
    """The normalisation that follows each convolution that has one."""
    return {
        a: b
        for block in student.modules()
        if isinstance(block, nn.Sequential)
        for a, b in pairwise(block)
        if isinstance(a, nn.Conv2d) and isinstance(b, nn.BatchNorm2d)
    }


def _with_statistics(student: Student, norms: dict[nn.Module, nn.BatchNorm2d], x: Tensor) -> None:
    """Give each normalisation the statistics of its input on ``x``, and the gain and offset that undo them."""

    def note(norm: nn.BatchNorm2d, y: Tensor) -> None:
        mean, var = y.mean((0, 2, 3)), y.var((0, 2, 3), unbiased=False)
        cast(Tensor, norm.running_mean).copy_(mean)
        cast(Tensor, norm.running_var).copy_(var)
        norm.bias.add_(mean)
        norm.weight.copy_((var + norm.eps).sqrt())

    hooks = [
        conv.register_forward_hook(lambda _m, _i, y, norm=norm: note(norm, y)) for conv, norm in norms.items()
    ]
    student(x)
    for hook in hooks:
        hook.remove()
