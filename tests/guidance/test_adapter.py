"""Promises of the adapter, by which a classifier made elsewhere runs:

- it is fed grey in every channel, normalised channel by channel, in its own order of axes;
- its classes become our views: those of one view count together, the rest are OTHER; logits or probabilities;
- quality of a picture, of each class, or on a scale of grades becomes the quality of each view;
- one picture or several: the same answers;
- views may be left out of the manifest; what does not fit is refused in one line before the first frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_classifier import CLASSES, MEAN, STD, classifier, write_classifier

from guidance.errors import InputError
from guidance.manifest import read_manifest
from guidance.model import Model
from guidance.views import View

GREY = 0.6


def picture(grey: float = GREY, count: int = 1) -> Any:
    return np.full((count, 1, 64, 64), grey, np.float32)


def fed(grey: float = GREY) -> Any:
    """(3,) what each channel must be fed."""
    return (grey - np.array(MEAN)) / np.array(STD)


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x))
    return e / e.sum()


WEIGHTS = np.random.default_rng(0).normal(0, 1, (3, len(CLASSES)))


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("probabilities", [False, True])
def test_fed_and_read_as_its_makers_meant(tmp_path: Path, layout: str, probabilities: bool) -> None:
    data = classifier(layout=layout, softmax=probabilities, weights=WEIGHTS)
    adapter = {"layout": layout, "values": "probabilities" if probabilities else "logits"}
    with Model.load(write_classifier(tmp_path, data, adapter=adapter), runtime="cpu") as model:
        got = model.predict(picture())
    ap4, zoomed, plax, other = softmax(fed() @ WEIGHTS)
    assert got.views == (View.A4C, View.PLAX)
    np.testing.assert_allclose(got.view_probabilities, [ap4 + zoomed, plax, other], atol=1e-5)
    assert got.quality is None
    assert got.adjustment is None
    assert got.novelty is None


def test_one_channel_and_one_mean(tmp_path: Path) -> None:
    weights = WEIGHTS[:1]
    folder = write_classifier(
        tmp_path,
        classifier(channels=1, weights=weights),
        adapter={"channels": 1, "mean": [0.0], "std": [1 / 255]},
    )
    with Model.load(folder, runtime="cpu") as model:
        got = model.predict(picture(0.01))
    p = softmax((0.01 * 255 * weights)[0])
    np.testing.assert_allclose(got.view_probabilities, [p[0] + p[1], p[2], p[3]], atol=1e-5)


def graded(tmp_path: Path, quality: int, kind: Any) -> Any:
    offsets = np.log([0.2, 0.4, 0.3, 0.1])
    data = classifier(quality=quality, offsets=offsets)
    folder = write_classifier(tmp_path, data, quality=True, adapter={"quality": kind})
    with Model.load(folder, runtime="cpu") as model:
        got = model.predict(picture(0.6))
    assert got.quality is not None
    return got.quality


def test_quality_of_the_picture_is_that_of_the_view_on_screen(tmp_path: Path) -> None:
    grade = float(fed()[0])  # about 0.5
    for n, width in enumerate((0, 1)):
        got = graded(tmp_path / str(n), width, "probabilities")
        np.testing.assert_allclose(got, [grade, grade * 0.3 / 0.6], atol=1e-4)
    on_scale = graded(tmp_path / "scale", 1, [2, -1])
    np.testing.assert_allclose(on_scale[0], (2 - grade) / 3, atol=1e-4)
    logits = graded(tmp_path / "logits", 1, "logits")
    np.testing.assert_allclose(logits[0], 1 / (1 + np.exp(-grade)), atol=1e-4)


def test_quality_of_each_class(tmp_path: Path) -> None:
    grade = float(fed()[0])
    np.testing.assert_allclose(graded(tmp_path, len(CLASSES), "probabilities"), [grade, grade], atol=1e-4)


def test_pictures_together_answer_as_alone(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path, classifier(weights=WEIGHTS, quality=1), quality=True)
    with Model.load(folder, runtime="cpu") as model:
        runtime = model.runtime
        greys = [0.1, 0.5, 0.9]
        together = runtime.run(np.concatenate([picture(g) for g in greys]))
        for n, grey in enumerate(greys):
            for name, values in runtime.run(picture(grey)).items():
                np.testing.assert_allclose(together[name][n], values[0], atol=1e-5)


def test_views_are_those_of_the_classes(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path, classifier())
    assert read_manifest(folder).views == (View.A4C, View.PLAX)
    assert read_manifest(folder).network_shape == (1, 3, 64, 64)


@pytest.mark.parametrize(
    ("network", "adapter", "manifest", "says"),
    [
        ({"size": 32}, {}, {}, "[N, 3, 32, 32], but model.json says float32 [N, 3, 64, 64]"),
        ({"layout": "NHWC"}, {}, {}, "adapter.layout"),
        ({}, {}, {"input": {"name": "image", "size": 64}}, "input.name in model.json says 'image'"),
        ({}, {}, {"outputs": {"view": "prob"}}, "no output 'prob'"),
        ({}, {}, {"outputs": {"view": "scores", "novelty": "n"}}, "view and quality alone: leave out novelty"),
        ({}, {}, {"input": {"size": 64, "mean": 0.5}}, "belong under adapter"),
        ({}, {}, {"views": ["A2C"]}, "views must be those of adapter.classes (A4C, PLAX)"),
        ({}, {"values": "probabilities"}, {}, "holds no probabilities"),
        ({}, {"classes": [{"name": "a", "view": "A4C"}, {"name": "b", "view": "OTHER"}]}, {}, "lists 2 classes"),
        ({}, {"classes": [{"name": "a", "view": "OTHER"}, {"name": "b", "view": "OTHER"}]}, {}, "no class is a"),
        ({}, {"classes": [{"name": "a", "view": "AP4"}, {"name": "b", "view": "A2C"}]}, {}, "adapter.classes"),
        ({}, {"classes": [{"name": "a", "view": "A4C"}, {"name": "a", "view": "A2C"}]}, {}, "name of its own"),
        ({}, {"mean": [0.1, 0.2]}, {}, "one for each of 3 channels"),
        ({}, {"quality": [1, 1]}, {}, "the worst and the best grade are the same"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    tmp_path: Path, network: Any, adapter: Any, manifest: Any, says: str
) -> None:
    folder = write_classifier(tmp_path, classifier(**network), adapter=adapter, **manifest)
    with pytest.raises(InputError) as caught:
        Model.load(folder, runtime="cpu")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
