"""Model: a model folder (manifest + ONNX weights) made ready to give a Prediction for each network input.

Everything is verified before the first frame: the manifest, the weights' sha256, the network's inputs and
outputs, and one trial call.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guidance.decode import Decoder
from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import Manifest, read_manifest
from guidance.prediction import Prediction
from guidance.runtimes import Network, Runtime, TensorSpec, open_runtime

Float32 = NDArray[np.float32]

DEFAULT_MODEL = "echo"
MODEL_VARIABLE = "SONOGUIDE_MODEL"

_FACETS = 4
_AXES = 5
_STRUCTURES_SIDE = -1  # any size, but square


def default_model_folder() -> Path:
    """The folder that the variable SONOGUIDE_MODEL names, else the model that comes with sonoguide."""
    override = os.environ.get(MODEL_VARIABLE)
    if override:
        return Path(override).expanduser()
    # Beside this package, not through `import models`: arrows never point out of guidance.
    return Path(__file__).resolve().parents[1] / "models" / "weights" / DEFAULT_MODEL


class Model:
    """A network with its manifest. Used from one thread at a time.

    Example:
        >>> model = Model.load(default_model_folder())  # doctest: +SKIP
        >>> model.predict(tensor).view  # doctest: +SKIP
        <View.A4C: 'A4C'>
    """

    def __init__(self, manifest: Manifest, runtime: Runtime, passed_over: tuple[str, ...] = ()):
        """Join ``manifest`` and ``runtime`` (see :meth:`load` for a folder).

        Raises:
            InputError: the network's inputs or outputs are not what the manifest says.
        """
        _check(manifest, runtime)
        self._manifest = manifest
        self._runtime = runtime
        self._decode = Decoder(manifest)
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
        opened = open_runtime(network, runtime)
        try:
            model = cls(manifest, opened.runtime, opened.passed_over)
            model._trial()
        except InputError as error:
            opened.runtime.close()
            raise InputError(f"{folder}: {error}") from error
        return model

    @property
    def manifest(self) -> Manifest:
        """The contract that this model fulfils."""
        return self._manifest

    @property
    def runtime(self) -> Runtime:
        """What executes the network; wrap it and build a new Model to observe calls."""
        return self._runtime

    @property
    def runtime_name(self) -> str:
        """Short name of the runtime in use, e.g. ``"cpu"``."""
        return self._runtime.name

    @property
    def runtimes_passed_over(self) -> tuple[str, ...]:
        """With ``runtime="auto"``: one line for each runtime that was not taken, and why."""
        return self._passed_over

    def predict(self, tensor: Float32) -> Prediction:
        """Run the network on ``tensor``, float32 (1, 1, S, S), normalised as the manifest says.

        Raises:
            RuntimeFailure: the network failed, or gave something that is not a number.
        """
        return self._decode(self._runtime.run(tensor))

    def close(self) -> None:
        """Free the runtime."""
        self._runtime.close()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _trial(self) -> None:
        """One call on noise: checks the shapes that the graph leaves free, and warms the runtime up."""
        spec = self._manifest.input
        noise = np.random.default_rng(0).random((1, 1, spec.size, spec.size), dtype=np.float32)
        try:
            raw = self._runtime.run((noise - np.float32(spec.mean)) / np.float32(spec.std))
            for role, name in self._manifest.outputs.named().items():
                _check_shape(role, name, raw[name].shape, _expected(self._manifest)[role])
            self._decode(raw)
        except RuntimeFailure as error:
            raise InputError(f"the network fails on a trial picture: {error}") from error


def _read_network(folder: Path, manifest: Manifest) -> Network:
    path = folder / manifest.weights
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"{path}: weights cannot be read ({reason}): download or export the model again"
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != manifest.sha256:
        raise InputError(
            f"{folder}: sha256 of {manifest.weights} differs from model.json: "
            "the file was altered or is damaged; download or export it again"
        )
    size = manifest.input.size
    outputs = tuple(manifest.outputs.named().values())
    return Network(data, path, digest, (1, 1, size, size), outputs)


def _expected(manifest: Manifest) -> dict[str, tuple[int, ...]]:
    """Role -> shape of each output for one frame, without the batch axis."""
    views = len(manifest.views)
    side = _STRUCTURES_SIDE
    return {
        "view": (views + 1,),
        "quality": (views,),
        "facets": (_FACETS,),
        "adjustment": (views, _AXES),
        "adjustment_scale": (views, _AXES),
        "structures": (len(manifest.structures), side, side),
        "landmarks": (len(manifest.landmarks), 3),
        "novelty": (),
    }


_WHY = {
    "view": "one logit for each view in model.json, then OTHER",
    "quality": "one logit for each view in model.json",
    "facets": "one logit for each of structures, on axis, window, gain and depth",
    "adjustment": "five numbers for each view in model.json",
    "adjustment_scale": "five numbers for each view in model.json",
    "structures": "one square mask for each name under 'structures' in model.json",
    "landmarks": "three coordinates for each name under 'landmarks' in model.json",
    "novelty": "one logit for the frame",
}


def _check(manifest: Manifest, runtime: Runtime) -> None:
    spec = manifest.input
    names = ", ".join(f"'{i.name}'" for i in runtime.inputs)
    if [i.name for i in runtime.inputs] != [spec.name]:
        raise InputError(f"the network's inputs are {names}, but model.json says '{spec.name}'")
    _check_tensor(
        "input", runtime.inputs[0], (1, spec.size, spec.size), "a square of input.size in model.json"
    )
    given = {o.name: o for o in runtime.outputs}
    for role, name in manifest.outputs.named().items():
        if name not in given:
            have = ", ".join(f"'{n}'" for n in given)
            raise InputError(
                f"the network has no output '{name}' (outputs.{role} in model.json): it has {have}"
            )
        _check_tensor("output", given[name], _expected(manifest)[role], _WHY[role])


def _check_tensor(kind: str, spec: TensorSpec, expected: tuple[int, ...], why: str) -> None:
    if spec.dtype != "float32":
        raise InputError(f"{kind} '{spec.name}' of the network is {spec.dtype}: it must be float32")
    _check_dims(f"{kind} '{spec.name}' of the network", spec.shape, expected, why)


def _check_shape(role: str, name: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    _check_dims(f"output '{name}' of the network", shape, expected, _WHY[role])


def _check_dims(what: str, shape: tuple[int | None, ...], expected: tuple[int, ...], why: str) -> None:
    """``shape`` has a batch axis first, free or 1; each further axis is free (None) or as expected."""
    fits = len(shape) == len(expected) + 1 and shape[0] in (None, 1)
    fits = fits and all(
        have is None or want == _STRUCTURES_SIDE or have == want
        for have, want in zip(shape[1:], expected, strict=True)
    )
    if fits and _STRUCTURES_SIDE in expected:
        fits = shape[-1] == shape[-2]
    if not fits:
        need = ", ".join("s" if d == _STRUCTURES_SIDE else str(d) for d in expected)
        have = ", ".join("?" if d is None else str(d) for d in shape)
        raise InputError(
            f"{what} has shape [{have}]: it must be [{', '.join(filter(None, ('1', need)))}] ({why})"
        )
