"""AdapterSpec: the part of ``model.json`` that says how a network made elsewhere is fed and read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from guidance.views import View

ValueKind = Literal["logits", "probabilities"]
Positive = Annotated[float, Field(gt=0.0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class OwnClass(_Strict):
    """One class of the network: the name that its makers gave it, and the view that it is here, or OTHER."""

    name: str = Field(min_length=1)
    view: View


class AdapterSpec(_Strict):
    """How to use a classifier that was not made for this contract (:mod:`guidance.adapter` does it).

    Input: the canonical sector crop, grey in 0..1, is repeated for each of ``channels`` and becomes
    ``(grey - mean) / std``, channel by channel, in the order of axes ``layout``. ``mean`` and ``std`` have one number,
    or one for each channel; a network that takes 0..255 has ``std`` 0.00392157.

    Output ``view`` [N, K]: one number for each of ``classes``, in their order; ``values`` says what they are. Classes
    of the same view count together.

    Output ``quality``, where there is one: [N], [N, 1] (of the picture, whichever view it is) or [N, K] (of each
    class). ``quality`` says what it is: logits, probabilities, or the pair of the worst and the best grade of a scale.
    """

    channels: Literal[1, 3] = 3
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    mean: tuple[float, ...] = (0.0,)
    std: tuple[Positive, ...] = (1.0,)
    classes: tuple[OwnClass, ...] = Field(min_length=2)
    values: ValueKind = "logits"
    quality: ValueKind | tuple[float, float] = "probabilities"

    @model_validator(mode="after")
    def _consistent(self) -> AdapterSpec:
        for name, numbers in (("mean", self.mean), ("std", self.std)):
            if len(numbers) not in (1, self.channels):
                raise ValueError(f"{name} must have one number, or one for each of {self.channels} channels")
        names = [c.name for c in self.classes]
        if len(set(names)) != len(names):
            raise ValueError("each class must have a name of its own")
        if not self.views:
            raise ValueError("no class is a standard view: say which view each of them is")
        if isinstance(self.quality, tuple) and self.quality[0] == self.quality[1]:
            raise ValueError("quality: the worst and the best grade are the same")
        return self

    @property
    def views(self) -> tuple[View, ...]:
        """The standard views among the classes, in the order in which they first come."""
        return tuple(dict.fromkeys(c.view for c in self.classes if c.view is not View.OTHER))

    def picture_shape(self, size: int) -> tuple[int, int, int]:
        """Shape of one picture of ``size`` x ``size`` as the network takes it, without the batch axis."""
        return (self.channels, size, size) if self.layout == "NCHW" else (size, size, self.channels)
