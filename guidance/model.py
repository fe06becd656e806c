"""Model: a model folder (manifest + ONNX weights) made ready to give a Prediction for each network input.

Everything is verified before the first frame: the manifest, the weights' sha256, the networks' inputs and
outputs, and one trial call.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guidance.adapter import AdaptedRuntime
from guidance.contract import MEMORY_NEXT, Shape, check_answers, check_network
from guidance.decode import Decoder
from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import Manifest, read_manifest
from guidance.memory import MemoryNetwork, MemoryState
from guidance.prediction import Prediction
from guidance.runtimes import Network, Runtime, open_runtime
from guidance.weights import read_weights

Float32 = NDArray[np.float32]

DEFAULT_MODEL = "echo"
MODEL_VARIABLE = "SONOGUIDE_MODEL"


def default_model_folder() -> Path:
    """The folder that the variable SONOGUIDE_MODEL names, else the model that comes with sonoguide."""
    override = os.environ.get(MODEL_VARIABLE)
    if override:
        return Path(override).expanduser()
    # Beside this package, not through `import models`: arrows never point out of guidance.
    return Path(__file__).resolve().parents[1] / "models" / "weights" / DEFAULT_MODEL


class Model:
    """A network with its manifest, and its memory network where it has one. Used from one thread at a time.

    It has no state of its own: what a stream leaves in the memory is in the :class:`guidance.memory.MemoryState` that
    goes with each call, so one model may serve several streams.

    Example:
        >>> model = Model.load(default_model_folder())  # doctest: +SKIP
        >>> model.predict(tensor).view  # doctest: +SKIP
        <View.A4C: 'A4C'>
    """

    def __init__(
        self,
        manifest: Manifest,
        runtime: Runtime,
        passed_over: tuple[str, ...] = (),
        memory: MemoryNetwork | None = None,
    ):
        """Join ``manifest`` and ``runtime`` (see :meth:`load` for a folder, :meth:`on` for another runtime).

        Raises:
            InputError: the network's inputs or outputs are not what the manifest says, or its memory network is not
                given.
        """
        check_network(manifest, runtime.inputs, runtime.outputs)
        if (memory is None) != (manifest.memory is None):
            raise InputError("a memory network comes with the 'memory' of model.json, or neither does")
        if memory is not None:
            memory.check(manifest, _features_shape(manifest, runtime))
        self._manifest = manifest
        self._runtime = runtime
        self._memory = memory
        self._features = manifest.outputs.features or ""
        self._decode = Decoder(manifest)
        self._decode_refined = Decoder(manifest, refined=True)
        self._passed_over = passed_over

    @classmethod
    def load(cls, folder: Path | str, *, runtime: str = "auto") -> Model:
        """The model in ``folder``, verified and warmed up.

        Args:
            folder: holds ``model.json`` and the weights that it names.
            runtime: one of :func:`guidance.runtimes.runtime_names`.

        Raises:
            InputError: one line: what in the folder is missing, altered or inconsistent, or why the runtime
                cannot be used.
        """
        folder = Path(folder)
        manifest = read_manifest(folder)
        network = _read_network(folder, manifest)
        memory = None if manifest.memory is None else MemoryNetwork.open(folder, manifest.memory)
        opened = open_runtime(network, runtime)
        try:
            runs = opened.runtime if manifest.adapter is None else AdaptedRuntime(opened.runtime, manifest)
            model = cls(manifest, runs, opened.passed_over, memory)
            model._trial()
        except InputError as error:
            opened.runtime.close()
            raise InputError(f"{folder}: {error}") from error
        return model

    def on(self, runtime: Runtime) -> Model:
        """This model on ``runtime``, e.g. one that wraps :attr:`runtime`; both share the memory network.

        Raises:
            InputError: the runtime's inputs or outputs are not what the manifest says.
        """
        return Model(self._manifest, runtime, self._passed_over, self._memory)

    @property
    def manifest(self) -> Manifest:
        """The contract that this model fulfils."""
        return self._manifest

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """Shape of the tensor that :meth:`predict` takes: (1, 1, S, S)."""
        size = self._manifest.input.size
        return (1, 1, size, size)

    @property
    def runtime(self) -> Runtime:
        """What executes the frame network; wrap it and pass it to :meth:`on` to observe calls."""
        return self._runtime

    @property
    def runtime_name(self) -> str:
        """Short name of the runtime in use, e.g. ``"cpu"``."""
        return self._runtime.name

    @property
    def runtimes_passed_over(self) -> tuple[str, ...]:
        """With ``runtime="auto"``: one line for each runtime that was not taken, and why."""
        return self._passed_over

    def new_memory(self) -> MemoryState | None:
        """An empty memory for one stream; None where this model has no memory."""
        spec = self._manifest.memory
        return None if spec is None else MemoryState(spec)

    def predict(self, tensor: Float32, memory: MemoryState | None = None, t_s: float = 0.0) -> Prediction:
        """Run the network on ``tensor``, float32 (1, 1, S, S), normalised as the manifest says.

        Args:
            tensor: the frame.
            memory: what the frame's stream has left (:meth:`new_memory`), updated here; None: the frame alone is
                answered, also by a model that has a memory.
            t_s: the frame's time in seconds on its stream's time line; matters to the memory alone.

        Raises:
            RuntimeFailure: a network failed, or gave something that is not a number.
            ValueError: ``memory`` is of a model with another memory.
        """
        return self.ask(tensor, memory, t_s)()

    def ask(
        self, tensor: Float32, memory: MemoryState | None = None, t_s: float = 0.0
    ) -> Callable[[], Prediction]:
        """As :meth:`predict`, but what is returned gives the prediction, once it is called, on any thread.

        So the network may look at the next frame while another thread finds out what it said of this one.

        Raises:
            RuntimeFailure: a network failed. What is returned raises it for answers that are not numbers.
            ValueError: ``memory`` is of a model with another memory.
        """
        raw = self._runtime.run(tensor)
        if memory is None:
            return partial(self._decode, raw)
        network = self._memory
        if network is None or memory.size != network.size:
            raise ValueError("this memory is of another model: take one from new_memory()")
        refined = network.run(raw[self._features], memory.at(t_s))
        prediction = self._decode_refined(raw, refined)
        memory.keep(refined[MEMORY_NEXT], t_s)  # last: a frame that fails leaves nothing behind
        return lambda: prediction

    def close(self) -> None:
        """Free the runtime, and the memory network."""
        self._runtime.close()
        if self._memory is not None:
            self._memory.close()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _trial(self) -> None:
        """One call on noise: checks the shapes that the graphs leave free, and warms the runtimes up."""
        spec = self._manifest.input
        noise = np.random.default_rng(0).random((1, 1, spec.size, spec.size), dtype=np.float32)
        try:
            raw = self._runtime.run((noise - np.float32(spec.mean)) / np.float32(spec.std))
            if isinstance(self._runtime, AdaptedRuntime):
                self._runtime.check_kind(noise)
            check_answers(self._manifest, raw)
            self._decode(raw)
            if self._memory is not None:
                self._decode_refined(raw, self._memory.trial(self._manifest, raw[self._features]))
        except RuntimeFailure as error:
            raise InputError(f"the network fails on a trial picture: {error}") from error


def _read_network(folder: Path, manifest: Manifest) -> Network:
    data = read_weights(folder, manifest.weights, manifest.sha256)
    outputs = tuple(manifest.outputs.named().values())
    return Network(
        data, folder / manifest.weights, manifest.sha256, manifest.network_shape, outputs, manifest.name
    )


def _features_shape(manifest: Manifest, runtime: Runtime) -> Shape:
    """Shape of the features as the frame network states it; all free where it does not."""
    name = manifest.outputs.features
    return next((o.shape for o in runtime.outputs if o.name == name), (1, None))
