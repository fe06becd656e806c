"""The contract of a model folder: ``model.json`` says what the ONNX file takes, gives and may be used for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from guidance.adapter_spec import AdapterSpec
from guidance.errors import InputError
from guidance.views import STANDARD_VIEWS, View

SCHEMA_VERSION = 1
FILE_NAME = "model.json"
_MAX_BYTES = 4 << 20  # a manifest is some kilobytes; a wrong file named model.json may be anything

Positive = Annotated[float, Field(gt=0.0)]
PerAxis = tuple[Positive, Positive, Positive, Positive, Positive]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class InputSpec(_Strict):
    """The input: float32 [N, 1, size, size], ``(grey / 255 - mean) / std`` of the canonical sector crop."""

    name: str = "image"
    size: int = Field(ge=32, le=1024)
    mean: float = 0.0
    std: Positive = 1.0


class OutputNames(_Strict):
    """Name of each output in the ONNX file; None where the model has none.

    ``view`` [N, V+1] logits; ``quality`` [N, V] logits; ``facets`` [N, 4] logits; ``adjustment`` and
    ``adjustment_scale`` [N, V, 5] (mm, degrees; Laplace scale); ``structures`` [N, C, s, s] logits;
    ``landmarks`` [N, L, 3] mm in the probe frame; ``novelty`` [N] logits; ``foreshortening`` [N] logits (an apical
    picture shows less than 90 % of the left ventricle's length); ``features`` [N, F], any vector, for the memory
    network alone.
    """

    view: str = "view"
    quality: str | None = None
    facets: str | None = None
    adjustment: str | None = None
    adjustment_scale: str | None = None
    structures: str | None = None
    landmarks: str | None = None
    novelty: str | None = None
    foreshortening: str | None = None
    features: str | None = None

    def named(self) -> dict[str, str]:
        """Role -> name in the ONNX file, of the outputs that the model has."""
        return {role: name for role, name in self if name is not None}


class MemoryOutputs(_Strict):
    """Name of each output in the memory network's file; None where the frame network's answer stays.

    Shapes and units are those of :class:`OutputNames`.
    """

    view: str | None = None
    quality: str | None = None
    facets: str | None = None
    adjustment: str | None = None
    adjustment_scale: str | None = None
    landmarks: str | None = None
    novelty: str | None = None

    def named(self) -> dict[str, str]:
        """Role -> name in the ONNX file, of the outputs that are refined."""
        return {role: name for role, name in self if name is not None}


class Calibration(_Strict):
    """Numbers that turn raw outputs into honest ones. Made by ``sonoguide calibrate confidence``.

    ``interval90_factor``: half width of the 90 % interval = factor x predicted scale, per axis (split
    conformal, Romano et al. 2019, arXiv:1905.03222, with the scale as the score's normaliser).
    ``interval90_by_view``: factors of their own for targets of which there were frames enough (Mondrian conformal
    prediction, Vovk et al. 2005, with the target as the category): some views are harder than their scale says.
    """

    view_temperature: Positive = 1.0
    quality_temperature: Positive = 1.0
    interval90_factor: PerAxis = (2.303, 2.303, 2.303, 2.303, 2.303)
    interval90_by_view: dict[View, PerAxis] = {}

    def interval90(self, views: Sequence[View]) -> list[PerAxis]:
        """Factors of each of ``views`` as targets, per axis."""
        return [self.interval90_by_view.get(view, self.interval90_factor) for view in views]


class MemorySpec(_Strict):
    """A second network, which refines the answers for a frame by what it remembers of the frames before.

    Inputs: ``features`` [N, F], the frame network's, and ``memory`` [N, size], zeros at first. Outputs: those of
    ``outputs``, and ``memory_next`` [N, size]. All float32.

    ``step_s``: ``memory_next`` becomes the memory at most once in so many seconds of the stream's time.
    ``gap_s``: after a longer pause the memory starts anew. ``calibration`` is for the refined outputs.
    """

    weights: str = "memory.onnx"
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=1, le=4096)
    step_s: Positive = 0.2
    gap_s: Positive = 1.5
    outputs: MemoryOutputs
    calibration: Calibration = Calibration()

    @model_validator(mode="after")
    def _consistent(self) -> MemorySpec:
        if self.gap_s <= self.step_s:
            raise ValueError("gap_s must be longer than step_s")
        _check_file_name(self.weights)
        _check_pair(self.outputs)
        names = list(self.outputs.named().values())
        if not names:
            raise ValueError("outputs must name at least one output")
        if len({*names, "memory_next"}) != len(names) + 1:
            raise ValueError("each output must have a name of its own, none of them 'memory_next'")
        return self


class HintPolicy(_Strict):
    """What the coach must know about this model: when an error is worth a hint, and when to be silent.

    ``other_confidence``: confidence in the direction that is enough for a hint while no view is recognised; None: then
    there is no hint. ``sign_confidence``: the same with the target on screen; None: the coach's own
    (:class:`guidance.coach_settings.CoachSettings`).
    """

    tolerance: PerAxis = (6.0, 6.0, 6.0, 8.0, 10.0)
    min_view_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    max_novelty: float = Field(default=0.5, ge=0.0, le=1.0)
    hold_quality: float = Field(default=0.6, ge=0.0, le=1.0)
    other_confidence: float | None = Field(default=None, ge=0.5, lt=1.0)
    sign_confidence: float | None = Field(default=None, ge=0.5, lt=1.0)


class Manifest(_Strict):
    """``model.json``.

    ``adapter``: the network was made elsewhere; then ``views`` may be left out, being those of its classes.
    """

    schema_version: Literal[1] = 1
    name: str = Field(min_length=1)
    version: str
    weights: str = "model.onnx"
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    views: tuple[View, ...] = Field(min_length=1)
    input: InputSpec
    outputs: OutputNames
    structures: tuple[str, ...] = ()
    landmarks: tuple[str, ...] = ()
    calibration: Calibration = Calibration()
    memory: MemorySpec | None = None
    adapter: AdapterSpec | None = None
    hints: HintPolicy = HintPolicy()
    training: str
    intended_use: str

    @model_validator(mode="before")
    @classmethod
    def _with_views(cls, content: Any) -> Any:
        """Without ``views``, those of the adapter's classes; what is wrong with these is told with the classes."""
        if (
            not isinstance(content, dict)
            or "views" in content
            or not isinstance(content.get("adapter"), dict)
        ):
            return content
        classes = content["adapter"].get("classes")
        named = [c.get("view") for c in classes if isinstance(c, dict)] if isinstance(classes, list) else []
        known = [name for name in dict.fromkeys(map(str, named)) if name in STANDARD_VIEWS]
        return {**content, "views": known or list(STANDARD_VIEWS)}

    @model_validator(mode="after")
    def _consistent(self) -> Manifest:
        if len(set(self.views)) != len(self.views) or View.OTHER in self.views:
            raise ValueError(f"views must be distinct names out of {', '.join(STANDARD_VIEWS)}")
        _check_pair(self.outputs)
        if (self.outputs.structures is None) != (not self.structures):
            raise ValueError("'structures' must name the channels of the structures output")
        if (self.outputs.landmarks is None) != (not self.landmarks):
            raise ValueError("'landmarks' must name the points of the landmarks output")
        names = list(self.outputs.named().values())
        if len(set(names)) != len(names):
            raise ValueError("each output must have a name of its own")
        for listed in (self.structures, self.landmarks):
            if len(set(listed)) != len(listed):
                raise ValueError(f"names must be distinct: {', '.join(listed)}")
        _check_file_name(self.weights)
        if self.memory is not None:
            self._check_memory(self.memory)
        if self.adapter is not None:
            self._check_adapter(self.adapter)
        return self

    def _check_adapter(self, adapter: AdapterSpec) -> None:
        if set(adapter.views) != set(self.views):
            raise ValueError(
                f"views must be those of adapter.classes ({', '.join(adapter.views)}), or be left out"
            )
        others = sorted(set(self.outputs.named()) - {"view", "quality"})
        if others or self.memory is not None:
            raise ValueError(
                f"an adapter reads view and quality alone: leave out {', '.join(others) or 'memory'}"
            )
        if (self.input.mean, self.input.std) != (0.0, 1.0):
            raise ValueError("with an adapter, mean and std belong under adapter, not under input")

    @property
    def network_shape(self) -> tuple[int, ...]:
        """Shape of one picture as the network in the file takes it, batch axis first."""
        size = self.input.size
        return (1, 1, size, size) if self.adapter is None else (1, *self.adapter.picture_shape(size))

    def _check_memory(self, memory: MemorySpec) -> None:
        if self.outputs.features is None:
            raise ValueError(
                "a memory needs outputs.features, the frame network's output that it is fed with"
            )
        missing = sorted(set(memory.outputs.named()) - set(self.outputs.named()))
        if missing:
            raise ValueError(f"memory.outputs refines what outputs does not have: {', '.join(missing)}")
        if memory.weights == self.weights:
            raise ValueError("memory.weights must be a file of its own")


def _check_pair(outputs: OutputNames | MemoryOutputs) -> None:
    if (outputs.adjustment is None) != (outputs.adjustment_scale is None):
        raise ValueError("adjustment and adjustment_scale come together or not at all")


def _check_file_name(weights: str) -> None:
    if "/" in weights or "\\" in weights:
        raise ValueError("weights must be a file name in the model folder")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the model in ``folder``.

    Raises:
        InputError: no such folder, no ``model.json`` in it, or which field is wrong and why.
    """
    if not folder.is_dir():
        raise InputError(f"no model folder at {folder}: give one with --model or set SONOGUIDE_MODEL")
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path} cannot be read ({reason}): a model folder holds {FILE_NAME}") from error
    if len(text) > _MAX_BYTES:
        raise InputError(f"{path} is larger than {_MAX_BYTES >> 20} MB: this is not a model manifest")
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"{path}: {_one_line(error)}") from error


def _one_line(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False)
    field = ".".join(str(part) for part in first["loc"])
    what = " ".join(first["msg"].removeprefix("Value error, ").split())
    more = f" (and {len(others)} more)" if others else ""
    return f"{field}: {what}{more}" if field else f"{what}{more}"
