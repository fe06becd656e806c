"""AdaptedRuntime: a classifier made elsewhere behaves as the contract of ``model.json`` says.

Everything above a runtime (decoding, batching, benchmarks) sees the input and the outputs of the contract; what the
network itself takes and gives stays in here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from guidance.adapter_spec import AdapterSpec
from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import Manifest
from guidance.runtimes import Runtime, TensorSpec, max_batch_of
from guidance.views import View

Float32 = NDArray[np.float32]

_TINY = 1e-7
"""Probabilities are kept this far from 0 and 1: their logits stay finite."""
_OFF = 0.02
"""So far may probabilities be from a sum of 1: half precision and INT8 round."""


class AdaptedRuntime:
    """``runtime``, of the network that ``manifest.adapter`` describes, with the contract's input and outputs.

    ``view`` gives the logarithm of each view's probability, OTHER last. ``quality`` gives logits for each view: those
    of its classes, weighted by their probability; where the network grades the picture as a whole, a view that is
    named less surely than another is good only in proportion, since the grade is that of the view on screen.

    Raises:
        InputError: the network's input or outputs are not what the manifest says.
    """

    def __init__(self, runtime: Runtime, manifest: Manifest) -> None:
        spec = manifest.adapter
        if spec is None:
            raise InputError("model.json has no 'adapter': the network is used as it is")
        self._runtime, self._manifest, self._spec = runtime, manifest, spec
        self._view, self._quality = manifest.outputs.view, manifest.outputs.quality
        _check_input(runtime.inputs, manifest, spec)
        _check_output("view", self._view, runtime.outputs, ((len(spec.classes),),))
        if self._quality is not None:
            _check_output("quality", self._quality, runtime.outputs, ((), (1,), (len(spec.classes),)))
        shape = (1, spec.channels, 1, 1)
        self._gain = np.broadcast_to(1.0 / np.asarray(spec.std, np.float32), (spec.channels,)).reshape(shape)
        mean = np.broadcast_to(np.asarray(spec.mean, np.float32), (spec.channels,)).reshape(shape)
        self._offset = -mean * self._gain
        views = (*manifest.views, View.OTHER)
        self._members = np.zeros((len(spec.classes), len(views)), np.float32)
        for row, own in enumerate(spec.classes):
            self._members[row, views.index(own.view)] = 1.0

    @property
    def name(self) -> str:
        """Name of the runtime that executes the network."""
        return self._runtime.name

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The contract's input."""
        size = self._manifest.input.size
        return (TensorSpec(self._manifest.input.name, (self._batch, 1, size, size), "float32"),)

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """The contract's outputs: ``view`` and perhaps ``quality``."""
        views = len(self._manifest.views)
        found = [TensorSpec(self._view, (self._batch, views + 1), "float32")]
        if self._quality is not None:
            found.append(TensorSpec(self._quality, (self._batch, views), "float32"))
        return tuple(found)

    @property
    def concurrent(self) -> bool:
        """Whether several threads may call :meth:`run` at once."""
        return bool(getattr(self._runtime, "concurrent", False))

    @property
    def max_batch(self) -> int:
        """How many pictures one call may take."""
        return max_batch_of(self._runtime)

    @property
    def details(self) -> Mapping[str, object]:
        """What executes the network."""
        return dict(getattr(self._runtime, "details", {}))

    @property
    def device_name(self) -> str | None:
        """The GPU, where the runtime names one."""
        return getattr(self._runtime, "device_name", None)

    def run(self, tensor: Float32) -> Mapping[str, Float32]:
        """The contract's outputs for ``tensor``, float32 (B, 1, S, S) grey in 0..1.

        Raises:
            RuntimeFailure: the network failed, or its answer has another shape or is no probability.
        """
        raw = self._raw(tensor)
        shares = self._shares(self._rows(raw, self._view, len(tensor)))
        by_view = shares @ self._members
        out = {self._view: np.log(np.maximum(by_view, _TINY), dtype=np.float32)}
        if self._quality is not None:
            graded = _in_unit(self._rows(raw, self._quality, len(tensor)), self._spec)
            out[self._quality] = _logit(self._quality_by_view(graded, shares, by_view))
        return out

    def check_kind(self, tensor: Float32) -> None:
        """See to it that what is said to be logits is no softmax: a second one would blur every view.

        Raises:
            RuntimeFailure: it is one; or as :meth:`run`.
        """
        scores = self._rows(self._raw(tensor), self._view, len(tensor))
        if (
            self._spec.values == "logits"
            and scores.min() >= 0.0
            and (np.abs(scores.sum(1) - 1.0) < 1e-4).all()
        ):
            raise RuntimeFailure(
                f"the network's output '{self._view}' ends in a softmax: "
                'say "values": "probabilities" under adapter in model.json'
            )

    def close(self) -> None:
        """Free the runtime."""
        self._runtime.close()

    def _raw(self, tensor: Float32) -> Mapping[str, Float32]:
        fed = tensor * self._gain + self._offset
        if self._spec.layout == "NHWC":
            fed = fed.transpose(0, 2, 3, 1)
        return self._runtime.run(np.ascontiguousarray(fed, dtype=np.float32))

    @property
    def _batch(self) -> int | None:
        return self._runtime.inputs[0].shape[0]

    def _rows(self, raw: Mapping[str, Float32], name: str, count: int) -> Float32:
        """(count, K or 1) answers of the output ``name``."""
        values = np.asarray(raw[name], np.float32)
        rows = values.reshape(count, -1) if values.shape[:1] == (count,) else values[None]
        widths = (len(self._spec.classes),) if name == self._view else (1, len(self._spec.classes))
        if rows.ndim != 2 or rows.shape[1] not in widths or len(rows) != count:
            raise RuntimeFailure(
                f"the network's output '{name}' has shape {values.shape} for {count} pictures: adapter.classes "
                f"lists {len(self._spec.classes)} classes"
            )
        return rows

    def _shares(self, scores: Float32) -> Float32:
        """(B, K) probabilities of the classes."""
        if self._spec.values == "logits":
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
        sums = scores.sum(axis=1)
        if scores.min() < -_OFF or (np.abs(sums - 1.0) > _OFF).any():
            raise RuntimeFailure(
                f"the network's output '{self._view}' holds no probabilities (they sum to {sums[0]:.3g}): "
                'say "values": "logits" under adapter in model.json'
            )
        return np.clip(scores, 0.0, 1.0)

    def _quality_by_view(self, graded: Float32, shares: Float32, by_view: Float32) -> Float32:
        """(B, V) quality 0..1."""
        named = by_view[:, :-1]
        if graded.shape[1] == 1:
            surest = np.maximum(by_view.max(axis=1, keepdims=True), _TINY)
            return np.asarray(graded * named / surest, np.float32)
        weighted = (graded * shares) @ self._members[:, :-1]
        mean = graded @ self._members[:, :-1] / self._members[:, :-1].sum(0)
        return np.asarray(np.where(named > _TINY, weighted / np.maximum(named, _TINY), mean), np.float32)


def _in_unit(values: Float32, spec: AdapterSpec) -> Float32:
    """Quality as a number from 0 to 1."""
    if spec.quality == "logits":
        return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), np.float32)
    worst, best = (0.0, 1.0) if spec.quality == "probabilities" else spec.quality
    return np.asarray(np.clip((values - worst) / (best - worst), 0.0, 1.0), np.float32)


def _logit(p: Float32) -> Float32:
    kept = np.clip(p.astype(np.float64), _TINY, 1.0 - _TINY)
    return np.log(kept / (1.0 - kept)).astype(np.float32)


def _check_input(inputs: tuple[TensorSpec, ...], manifest: Manifest, spec: AdapterSpec) -> None:
    name = manifest.input.name
    if [i.name for i in inputs] != [name]:
        have = ", ".join(f"'{i.name}'" for i in inputs) or "none"
        raise InputError(f"the network's inputs are {have}, but input.name in model.json says '{name}'")
    (given,) = inputs
    wanted = spec.picture_shape(manifest.input.size)
    fits = len(given.shape) == 4 and all(
        have is None or have == want for have, want in zip(given.shape[1:], wanted, strict=True)
    )
    if not fits or given.shape[0] not in (None, 1) or given.dtype != "float32":
        raise InputError(
            f"input '{name}' of the network is {given.dtype} {_text(given.shape)}, but model.json says float32 "
            f"{_text((None, *wanted))} (input.size, adapter.channels, adapter.layout)"
        )


def _check_output(
    role: str, name: str, outputs: tuple[TensorSpec, ...], wanted: tuple[tuple[int, ...], ...]
) -> None:
    given = next((o for o in outputs if o.name == name), None)
    if given is None:
        have = ", ".join(f"'{o.name}'" for o in outputs)
        raise InputError(f"the network has no output '{name}' (outputs.{role} in model.json): it has {have}")
    if given.dtype != "float32":
        raise InputError(f"output '{name}' of the network is {given.dtype}: it must be float32")
    rest = given.shape[1:]
    if not any(
        len(rest) == len(w) and all(h in (None, n) for h, n in zip(rest, w, strict=True)) for w in wanted
    ):
        raise InputError(
            f"output '{name}' of the network is {_text(given.shape)}, but adapter.classes in model.json lists "
            f"{max(max(w, default=1) for w in wanted)} classes"
        )


def _text(shape: tuple[int | None, ...]) -> str:
    return "[" + ", ".join("N" if n is None else str(n) for n in shape) + "]"
