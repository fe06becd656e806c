"""The contract of a model folder: ``model.json`` says what the ONNX file beside it takes, gives and may be used for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from guidance.views import STANDARD_VIEWS, View

SCHEMA_VERSION = 1

Positive = Annotated[float, Field(gt=0.0)]
PerAxis = tuple[Positive, Positive, Positive, Positive, Positive]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputSpec(_Strict):
    """The input tensor: float32 [N, 1, size, size], ``(grey / 255 - mean) / std`` of the canonical sector crop."""

    name: str = "image"
    size: int = Field(ge=32, le=1024)
    mean: float = 0.0
    std: Positive = 1.0


class OutputNames(_Strict):
    """Name of each output in the ONNX file; None where the model has none. Shapes as documented in the README.

    ``view`` [N, V+1] logits; ``quality`` [N, V] logits; ``facets`` [N, 4] logits; ``adjustment`` and
    ``adjustment_scale`` [N, V, 5] (mm, degrees; Laplace scale); ``structures`` [N, C, s, s] logits; ``landmarks``
    [N, L, 3] mm in the probe frame; ``novelty`` [N] logits.
    """

    view: str = "view"
    quality: str | None = None
    facets: str | None = None
    adjustment: str | None = None
    adjustment_scale: str | None = None
    structures: str | None = None
    landmarks: str | None = None
    novelty: str | None = None


class Calibration(_Strict):
    """Numbers that turn raw outputs into honest ones. Made by ``sonoguide calibrate confidence``.

    ``interval90_factor``: half width of the 90 % interval = factor x predicted scale, per axis (split conformal,
    Romano et al. 2019, arXiv:1905.03222, with the scale as the score's normaliser).
    """

    view_temperature: Positive = 1.0
    quality_temperature: Positive = 1.0
    interval90_factor: PerAxis = (2.303, 2.303, 2.303, 2.303, 2.303)


class HintPolicy(_Strict):
    """What the coach needs to know about this model: when an error is worth a hint, and when to be silent."""

    tolerance: PerAxis = (6.0, 6.0, 6.0, 8.0, 10.0)
    min_view_probability: float = Field(default=0.5, ge=0.0, le=1.0)
    max_novelty: float = Field(default=0.5, ge=0.0, le=1.0)
    hold_quality: float = Field(default=0.6, ge=0.0, le=1.0)


class Manifest(_Strict):
    """``model.json``."""

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
    hints: HintPolicy = HintPolicy()
    training: str
    intended_use: str

    @model_validator(mode="after")
    def _consistent(self) -> Manifest:
        if len(set(self.views)) != len(self.views) or View.OTHER in self.views:
            raise ValueError(f"views must be distinct names out of {', '.join(STANDARD_VIEWS)}")
        if (self.outputs.adjustment is None) != (self.outputs.adjustment_scale is None):
            raise ValueError("adjustment and adjustment_scale come together or not at all")
        if (self.outputs.structures is None) != (not self.structures):
            raise ValueError("'structures' must name the channels of the structures output")
        if (self.outputs.landmarks is None) != (not self.landmarks):
            raise ValueError("'landmarks' must name the points of the landmarks output")
        if "/" in self.weights or "\\" in self.weights:
            raise ValueError("weights must be a file name in the model folder")
        return self
