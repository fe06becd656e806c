"""Promises of the comparison of two networks:

- a network loses nothing against itself, whatever the limits;
- every difference is found, in the unit that is stated, and each limit that it breaks is named, and no other;
- outputs that a model does not have are left out; no picture at all is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny_model import write_tiny_model

from calibration.int8_loss import Int8Loss, Limits, compare, too_much
from guidance.model import Model
from guidance.runtimes import Runtime

STRICT = Limits(view_agreement=1.0, quality=0.0, adjustment=0.0, structures=1.0)
NOTHING = Int8Loss(9, 1.0, 9, 1.0, 0.0, 0.0, 0.0, 0.0, (0.0,) * 5, (0.0,) * 5, 0.0, 0.0, 1.0)


def pictures(count: int = 12) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng(5)
    for level in np.linspace(20, 255, count):
        yield (level * rng.random((64, 64))).astype(np.uint8)


def test_a_network_loses_nothing_against_itself(tiny_model_folder: Path) -> None:
    told: list[int] = []
    with Model.load(tiny_model_folder) as model:
        loss = compare(model, model, pictures(), told.append)
    assert loss == replace(NOTHING, frames=12, sure_frames=loss.sure_frames)
    assert 0 < loss.sure_frames <= 12
    assert told == list(range(1, 13))
    assert too_much(loss, STRICT) == []


def test_another_network_differs_everywhere(tiny_model_folder: Path, tmp_path: Path) -> None:
    with (
        Model.load(tiny_model_folder) as model,
        Model.load(write_tiny_model(tmp_path / "b", seed=1)) as other,
    ):
        loss = compare(model, other, pictures())
    assert loss.adjustment is not None
    assert loss.adjustment99 is not None
    assert all(0 < a <= b for a, b in zip(loss.adjustment, loss.adjustment99, strict=True))
    assert loss.structures is not None
    assert loss.structures < 0.95
    for value in (loss.quality, loss.facets, loss.novelty, loss.half_width, loss.landmarks):
        assert value is not None
        assert value > 0


class Brighter:
    """A runtime that sees every picture 0.1 brighter."""

    def __init__(self, inner: Runtime):
        self._inner = inner
        self.name, self.inputs, self.outputs, self.close = (
            inner.name,
            inner.inputs,
            inner.outputs,
            inner.close,
        )

    def run(self, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        return self._inner.run(tensor + np.float32(0.1))


def test_a_difference_is_measured_in_its_unit(tmp_path: Path) -> None:
    """Adjustments fall by 20 mm or degrees, and landmarks rise by 5 mm, for each unit of brightness."""
    with Model.load(write_tiny_model(tmp_path, noise=0.0)) as model:
        loss = compare(model, Model(model.manifest, Brighter(model.runtime)), pictures())
    assert loss.adjustment == pytest.approx((2.0,) * 5, abs=1e-3)
    assert loss.landmarks == pytest.approx(0.5, abs=1e-3)
    assert loss.half_width == pytest.approx(0.0, abs=1e-6)
    assert loss.view_agreement < 1.0


def test_outputs_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "m")
    file = folder / "model.json"
    content = json.loads(file.read_text()) | {"outputs": {"view": "view"}, "structures": [], "landmarks": []}
    file.write_text(json.dumps(content))
    with Model.load(folder) as model:
        loss = compare(model, model, pictures())
    assert loss.view_agreement == 1.0
    assert {loss.quality, loss.facets, loss.novelty, loss.adjustment, loss.structures} == {None}
    assert too_much(loss, STRICT) == []


def test_no_picture_is_refused(tiny_model_folder: Path) -> None:
    with Model.load(tiny_model_folder) as model, pytest.raises(ValueError, match="no image"):
        compare(model, model, iter(()))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 9), st.integers(0, 4), st.floats(0, 1))
def test_each_broken_limit_is_named_once(
    agreement: float, quality: float, millimetres: float, axis: int, dice: float
) -> None:
    moved = tuple(millimetres if k == axis else 0.0 for k in range(5))
    loss = replace(NOTHING, view_agreement=agreement, quality=quality, adjustment=moved, structures=dice)
    limits = Limits()
    words = " ".join(too_much(loss, limits))
    assert ("view" in words) == (agreement < limits.view_agreement)
    assert ("quality" in words) == (quality > limits.quality)
    assert ("adjustment" in words) == (millimetres > limits.adjustment)
    assert ("outlines" in words) == (dice < limits.structures)
