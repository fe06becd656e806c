"""Contract: whether a network's inputs and outputs are those that ``model.json`` promises. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from guidance.errors import InputError
from guidance.manifest import Manifest, MemorySpec
from guidance.runtimes import TensorSpec

FEATURES = "features"
MEMORY = "memory"
MEMORY_NEXT = "memory_next"
"""Names of the memory network's inputs, and of the output that becomes the next memory."""

_FACETS = 4
_AXES = 5
_SIDE = -1  # any size, but square
_ANY = -2  # any size
_LETTERS = {_SIDE: "s", _ANY: "F"}

_WHY = {
    "view": "one logit for each view in model.json, then OTHER",
    "quality": "one logit for each view in model.json",
    "facets": "one logit for each of structures, on axis, window, gain and depth",
    "adjustment": "five numbers for each view in model.json",
    "adjustment_scale": "five numbers for each view in model.json",
    "structures": "one square mask for each name under 'structures' in model.json",
    "landmarks": "three coordinates for each name under 'landmarks' in model.json",
    "novelty": "one logit for the frame",
    "foreshortening": "one logit for the frame",
    "features": "a vector for the memory network",
}
_WHY_MEMORY = "memory.size in model.json"
_WHY_FEATURES = "as the frame network's features"

Shape = tuple[int | None, ...]
Arrays = Mapping[str, NDArray[np.float32]]


def check_network(manifest: Manifest, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
    """Hold what the frame network states of itself against ``manifest``.

    Raises:
        InputError: an input or output is missing, or has another dtype or shape.
    """
    spec = manifest.input
    names = _listed(i.name for i in inputs)
    if [i.name for i in inputs] != [spec.name]:
        raise InputError(f"the network's inputs are {names}, but model.json says '{spec.name}'")
    square = (1, spec.size, spec.size)
    _check_tensor("network", "input", inputs[0], square, "a square of input.size in model.json")
    _check_outputs("network", "outputs", manifest.outputs.named(), manifest, outputs)


def check_memory_network(
    manifest: Manifest,
    memory: MemorySpec,
    features: Shape,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
) -> None:
    """Hold what the memory network states of itself against ``memory``, that of ``manifest``.

    Args:
        manifest: says how many views and landmarks there are.
        memory: what the network must be.
        features: shape (1, F) of the frame network's features; None where free.
        inputs: the memory network's.
        outputs: the memory network's.

    Raises:
        InputError: an input or output is missing, or has another dtype or shape.
    """
    given = {i.name: i for i in inputs}
    if set(given) != {FEATURES, MEMORY}:
        have = _listed(given)
        raise InputError(f"the memory network's inputs are {have}: they must be '{FEATURES}' and '{MEMORY}'")
    width = features[1] if len(features) == 2 else None
    wanted = _ANY if width is None else width
    _check_tensor("memory network", "input", given[FEATURES], (wanted,), _WHY_FEATURES)
    _check_tensor("memory network", "input", given[MEMORY], (memory.size,), _WHY_MEMORY)
    _check_outputs("memory network", "memory.outputs", memory.outputs.named(), manifest, outputs)
    kept = next((o for o in outputs if o.name == MEMORY_NEXT), None)
    if kept is None:
        have = _listed(o.name for o in outputs)
        raise InputError(f"the memory network has no output '{MEMORY_NEXT}': it has {have}")
    _check_tensor("memory network", "output", kept, (memory.size,), _WHY_MEMORY)


def check_answers(manifest: Manifest, raw: Arrays) -> None:
    """Hold the shapes that the frame network gave for one frame against ``manifest``.

    Raises:
        InputError: an output has another shape.
    """
    _check_given("network", manifest.outputs.named(), manifest, raw)


def check_memory_answers(manifest: Manifest, memory: MemorySpec, raw: Arrays) -> None:
    """Hold the shapes that the memory network gave for one frame against ``memory``, that of ``manifest``.

    Raises:
        InputError: an output has another shape.
    """
    _check_given("memory network", memory.outputs.named(), manifest, raw)
    what = f"output '{MEMORY_NEXT}' of the memory network"
    _check_dims(what, raw[MEMORY_NEXT].shape, (memory.size,), _WHY_MEMORY)


def _expected(manifest: Manifest) -> dict[str, tuple[int, ...]]:
    """Role -> shape of each output for one frame, without the batch axis."""
    views = len(manifest.views)
    return {
        "view": (views + 1,),
        "quality": (views,),
        "facets": (_FACETS,),
        "adjustment": (views, _AXES),
        "adjustment_scale": (views, _AXES),
        "structures": (len(manifest.structures), _SIDE, _SIDE),
        "landmarks": (len(manifest.landmarks), 3),
        "novelty": (),
        "foreshortening": (),
        "features": (_ANY,),
    }


def _check_outputs(
    whose: str, section: str, named: Mapping[str, str], manifest: Manifest, outputs: Sequence[TensorSpec]
) -> None:
    given = {o.name: o for o in outputs}
    for role, name in named.items():
        if name not in given:
            raise InputError(
                f"the {whose} has no output '{name}' ({section}.{role} in model.json): it has {_listed(given)}"
            )
        _check_tensor(whose, "output", given[name], _expected(manifest)[role], _WHY[role])


def _check_given(whose: str, named: Mapping[str, str], manifest: Manifest, raw: Arrays) -> None:
    for role, name in named.items():
        what = f"output '{name}' of the {whose}"
        _check_dims(what, raw[name].shape, _expected(manifest)[role], _WHY[role])


def _check_tensor(whose: str, kind: str, spec: TensorSpec, expected: tuple[int, ...], why: str) -> None:
    if spec.dtype != "float32":
        raise InputError(f"{kind} '{spec.name}' of the {whose} is {spec.dtype}: it must be float32")
    _check_dims(f"{kind} '{spec.name}' of the {whose}", spec.shape, expected, why)


def _check_dims(what: str, shape: Shape, expected: tuple[int, ...], why: str) -> None:
    """``shape`` has a batch axis first, free or 1; each further axis is free (None) or as expected."""
    fits = len(shape) == len(expected) + 1 and shape[0] in (None, 1)
    fits = fits and all(
        have is None or want in _LETTERS or have == want
        for have, want in zip(shape[1:], expected, strict=True)
    )
    if fits and _SIDE in expected:
        fits = shape[-1] == shape[-2]
    if not fits:
        need = ", ".join(_LETTERS.get(d, str(d)) for d in expected)
        have = ", ".join("?" if d is None else str(d) for d in shape)
        raise InputError(
            f"{what} has shape [{have}]: it must be [{', '.join(filter(None, ('1', need)))}] ({why})"
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
