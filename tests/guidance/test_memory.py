"""The memory: a second network that refines the answers by what the stream showed before.

Promises:
- its answers take the place of the frame network's for the roles that it names, with its own calibration; the rest
  stays, and so does every answer when no memory is given;
- the memory moves on once in ``step_s`` of stream time, whatever the frame rate; frames between are answered with it;
- it starts anew when time goes back, after a gap, on a new stream, and where time is not a number;
- streams of one model do not mix; a frame that fails leaves nothing behind;
- a file that is missing, altered or damaged, or a network that does not fit the manifest, is one line before the
  first frame.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny_model import MEMORY_SIZE, VIEWS, add_memory, write_tiny_model

from guidance.coach import Coach
from guidance.contract import check_memory_answers
from guidance.decode import Decoder
from guidance.device import DeviceProfile
from guidance.engine import Engine
from guidance.errors import InputError, RuntimeFailure
from guidance.frame import Frame
from guidance.manifest import Manifest, MemorySpec, read_manifest
from guidance.memory import MemoryState
from guidance.model import Model
from guidance.pipeline import Pipeline
from guidance.prediction import Prediction
from guidance.views import View

SIZE = 64
WHOLE = DeviceProfile(SIZE, SIZE, (0.0, 0.0, float(SIZE), float(SIZE)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return add_memory(write_tiny_model(tmp_path_factory.mktemp("with_memory"), features=True))


@pytest.fixture(scope="module")
def model(folder: Path) -> Iterator[Model]:
    with Model.load(folder, runtime="cpu") as loaded:
        yield loaded


def grey(brightness: float) -> NDArray[np.float32]:
    return np.full((1, 1, SIZE, SIZE), brightness, np.float32)


def remembered(prediction: Prediction) -> float:
    """The first number of the memory that the prediction was made with."""
    assert prediction.adjustment is not None
    return float(prediction.adjustment[0, 0])


def told(
    model: Model, memory: MemoryState | None, times: list[float], brightness: float = 0.5
) -> list[float]:
    """What is remembered at each of ``times``."""
    assert memory is not None
    return [remembered(model.predict(grey(brightness), memory, t)) for t in times]


def sequence(steps: int, brightness: float = 0.5) -> list[float]:
    """What the memory holds after 0, 1, ... steps."""
    values = [0.0]
    for _ in range(steps):
        values.append(values[-1] / 2 + brightness)
    return values


# Answers


def test_refined_answers_replace_the_frames_and_the_rest_stays(model: Model) -> None:
    alone = model.predict(grey(0.8))
    assert alone.view is View.A4C
    assert alone.half_width90 is not None
    first = model.predict(grey(0.8), model.new_memory(), 0.0)
    assert first.view is View.OTHER
    assert first.quality == pytest.approx(np.full(len(VIEWS), 0.5))
    assert first.adjustment == pytest.approx(np.zeros((len(VIEWS), 5)))
    assert first.half_width90 == pytest.approx(np.full((len(VIEWS), 5), 2.0 * 2.303), abs=1e-5)
    assert first.facets == alone.facets
    assert first.novelty == alone.novelty
    assert np.array_equal(first.structures, alone.structures)
    assert np.array_equal(first.landmarks, alone.landmarks)


def test_what_was_seen_before_changes_the_answer(model: Model) -> None:
    memory = model.new_memory()
    views = [model.predict(grey(0.9), memory, 0.2 * i).view for i in range(8)]
    assert views[0] is View.OTHER
    assert views[-1] is View.A4C
    assert model.predict(grey(0.9), model.new_memory(), 0.0).view is View.OTHER


def test_without_a_memory_the_frame_alone_is_answered(model: Model, tmp_path: Path) -> None:
    plain = Model.load(write_tiny_model(tmp_path, features=True), runtime="cpu")
    assert plain.new_memory() is None
    one, other = model.predict(grey(0.3)), plain.predict(grey(0.3), plain.new_memory(), 7.0)
    for name in ("view_probabilities", "quality", "adjustment", "half_width90", "structures", "landmarks"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert (one.facets, one.novelty) == (other.facets, other.novelty)


def test_earlier_predictions_and_memories_are_not_overwritten(model: Model) -> None:
    memory = model.new_memory()
    predictions = [model.predict(grey(0.5), memory, 0.2 * i) for i in range(4)]
    assert [remembered(p) for p in predictions] == pytest.approx(sequence(3))


def test_refined_answers_have_their_own_calibration(tmp_path: Path) -> None:
    factors = [1.0, 2.0, 3.0, 4.0, 5.0]
    folder = write_tiny_model(tmp_path, features=True, calibration={"view_temperature": 3.0})
    mine = {"view_temperature": 0.5, "quality_temperature": 0.25, "interval90_factor": factors}
    with Model.load(add_memory(folder, calibration=mine), runtime="cpu") as model:
        memory = model.new_memory()
        told(model, memory, [0.0])
        prediction = model.predict(grey(0.5), memory, 0.1)
        assert remembered(prediction) == pytest.approx(0.5)
        assert prediction.quality is not None
        assert float(prediction.quality[0]) == pytest.approx(1 / (1 + np.exp(-0.5 / 0.25)))
        assert float(prediction.probability_of(View.OTHER)) == pytest.approx(
            np.exp(2.0) / (np.exp(2.0) + np.exp(1.0) + 2.0), abs=1e-6
        )
        assert prediction.half_width90 is not None
        assert prediction.half_width90[1] == pytest.approx(np.array(factors) * 2.0)


def test_what_is_not_refined_keeps_the_models_calibration() -> None:
    manifest = _manifest(
        calibration={"view_temperature": 2.0, "quality_temperature": 4.0},
        memory={"outputs": {"quality": "q"}, "calibration": {"view_temperature": 9.0}},
    )
    raw = {"view": np.array([[2.0, 0.0, 0.0, 0.0]], np.float32), "quality": np.full((1, 3), 9.0, np.float32)}
    refined = {"q": np.ones((1, 3), np.float32)}
    prediction = Decoder(manifest, refined=True)(raw, refined)
    assert float(prediction.view_probabilities[0]) == pytest.approx(np.e / (np.e + 3.0))
    assert prediction.quality == pytest.approx(np.full(3, 1 / (1 + np.exp(-1.0))))
    assert Decoder(manifest)(raw).quality == pytest.approx(np.full(3, 1 / (1 + np.exp(-9.0 / 4.0))))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_refined_answers_that_are_no_numbers_are_a_failure(bad: float) -> None:
    manifest = _manifest(memory={"outputs": {"quality": "q"}})
    raw = {"view": np.zeros((1, 4), np.float32)}
    with pytest.raises(RuntimeFailure, match="the memory network's output 'q' is not a number"):
        Decoder(manifest, refined=True)(raw, {"q": np.full((1, 3), bad, np.float32)})


# Steps of the memory


def test_the_memory_moves_on_once_in_a_step(model: Model) -> None:
    times = [0.0, 0.05, 0.19, 0.2, 0.25, 0.39, 0.41, 0.5, 0.61]
    steps = [0, 1, 1, 1, 2, 2, 2, 3, 3]
    expected = [sequence(3)[n] for n in steps]
    assert told(model, model.new_memory(), times) == pytest.approx(expected)


@pytest.mark.parametrize("fps", [10.0, 25.0, 30.0, 60.0, 120.0])
def test_the_pace_does_not_follow_the_frame_rate(model: Model, fps: float) -> None:
    memory = model.new_memory()
    values = told(model, memory, [i / fps for i in range(round(3 * fps))])
    counts = [sum(np.isclose(v, want, atol=1e-6) for v in values) for want in sequence(8)[1:]]
    assert counts == [round(0.2 * fps)] * 8


def test_frames_slower_than_a_step_each_move_it_on(model: Model) -> None:
    assert told(model, model.new_memory(), [0.0, 1.0, 2.0, 3.0]) == pytest.approx(sequence(3))


def test_a_frame_that_comes_twice_is_no_step(model: Model) -> None:
    assert told(model, model.new_memory(), [4.0, 4.0, 4.0]) == pytest.approx([0.0, 0.5, 0.5])


# Starting anew


@pytest.mark.parametrize("after", [0.9, 0.0, -3.0, 2.61, 60.0, float("nan"), float("inf"), float("-inf")])
def test_it_starts_anew_where_time_breaks(model: Model, after: float) -> None:
    memory = model.new_memory()
    assert told(model, memory, [0.9, 1.0, 1.1])[-1] > 0.0
    assert told(model, memory, [after]) == [0.0]


def test_it_goes_on_after_a_pause_within_the_gap(model: Model) -> None:
    memory = model.new_memory()
    told(model, memory, [1.0])
    assert told(model, memory, [2.5]) == pytest.approx([0.5])


def test_the_new_start_keeps_at_once(model: Model) -> None:
    memory = model.new_memory()
    assert told(model, memory, [5.0, 5.1, 1.0, 1.01]) == pytest.approx([0.0, 0.5, 0.0, 0.5])


def test_the_gap_counts_from_the_last_frame_that_was_seen(model: Model) -> None:
    memory = model.new_memory()
    times = [0.0, 0.15, 1.6]  # 1.6 s after the memory was kept, 1.45 s after a frame
    assert told(model, memory, times)[-1] == pytest.approx(0.5)


def test_times_that_are_no_numbers_leave_no_memory(model: Model) -> None:
    nan = float("nan")
    assert told(model, model.new_memory(), [nan, nan, 1.0, 1.1]) == pytest.approx([0.0, 0.0, 0.0, 0.5])


def test_reset_forgets(model: Model) -> None:
    memory = model.new_memory()
    assert memory is not None
    assert told(model, memory, [0.0, 0.1])[-1] > 0.0
    memory.reset()
    assert told(model, memory, [0.2]) == [0.0]


@given(st.lists(st.floats(-10.0, 10.0), max_size=40))
def test_any_times_give_steps_no_closer_than_a_step(times: list[float]) -> None:
    spec = MemorySpec.model_validate({"sha256": "0" * 64, "size": 1, "outputs": {"view": "view"}})
    state = MemoryState(spec)
    kept: list[float] = []  # since the last reset
    seen: float | None = None
    for t in times:
        if seen is not None and not 0.0 <= t - seen <= spec.gap_s:
            kept = []
        values = state.at(t)
        assert float(values[0, 0]) == len(kept)
        state.keep(values + 1.0, t)
        if float(state.at(t)[0, 0]) > len(kept):
            assert not kept or t - kept[-1] >= spec.step_s - 1e-5
            kept.append(t)
        seen = t


# Streams


def test_streams_do_not_mix(model: Model) -> None:
    bright, dark = model.new_memory(), model.new_memory()
    assert bright is not None
    assert dark is not None
    for i in range(6):
        t = 0.2 * i
        assert told(model, bright, [t], 0.9) == pytest.approx([sequence(6, 0.9)[i]], abs=1e-4)
        assert told(model, dark, [t], 0.1) == pytest.approx([sequence(6, 0.1)[i]], abs=1e-4)


def test_another_models_memory_is_refused(model: Model, tiny_model_folder: Path, tmp_path: Path) -> None:
    memory = model.new_memory()
    with (
        Model.load(tiny_model_folder, runtime="cpu") as plain,
        pytest.raises(ValueError, match="another model"),
    ):
        plain.predict(grey(0.5), memory, 0.0)
    wider = add_memory(write_tiny_model(tmp_path, features=True), size=5, network={"size": 5})
    with Model.load(wider, runtime="cpu") as other, pytest.raises(ValueError, match="another model"):
        other.predict(grey(0.5), memory, 0.0)


def frame(index: int, t_s: float) -> Frame:
    pixels = np.full((SIZE, SIZE), 128, np.uint8)
    return Frame(pixels, index, time.perf_counter_ns(), t_s, source="test")


def seen_by(pipeline: Pipeline, index: int, t_s: float) -> float:
    prediction = pipeline(frame(index, t_s), time.perf_counter_ns()).prediction
    assert prediction is not None
    return remembered(prediction)


def test_a_pipeline_remembers_its_own_stream_until_the_next(model: Model) -> None:
    one, other = (Pipeline(model, Coach(View.A4C, model.manifest.hints), WHOLE) for _ in range(2))
    assert seen_by(one, 0, 0.0) == 0.0
    later = seen_by(one, 1, 0.1)
    assert later == pytest.approx(128 / 255, abs=0.01)
    assert seen_by(other, 0, 0.1) == 0.0
    assert seen_by(one, 2, 0.15) == pytest.approx(later)
    one.restart()
    assert seen_by(one, 3, 0.16) == 0.0


def test_an_engine_uses_stream_time(model: Model) -> None:
    engine = Engine(model, Coach(View.A4C, model.manifest.hints), profile=WHOLE)
    predictions = [engine.process(frame(i, i / 30)).prediction for i in range(14)]
    values = [remembered(p) for p in predictions if p is not None]
    assert len(set(np.round(values, 5))) == 4
    assert values[1] == values[6] < values[7] == values[12] < values[13]


def test_a_wrapped_runtime_keeps_the_memory(model: Model) -> None:
    again = model.on(model.runtime)
    assert told(again, again.new_memory(), [0.0, 0.2, 0.4]) == pytest.approx(sequence(2))
    with pytest.raises(InputError, match="a memory network comes with"):
        Model(model.manifest, model.runtime)


# Failures


def test_a_frame_that_fails_leaves_nothing_behind(model: Model) -> None:
    memory = model.new_memory()
    told(model, memory, [0.0, 0.1])
    with pytest.raises(RuntimeFailure, match="not a number"):
        model.predict(grey(np.nan), memory, 0.3)
    assert told(model, memory, [0.31]) == pytest.approx([0.5])


def test_a_next_memory_that_is_no_number_is_a_failure(model: Model) -> None:
    memory = model.new_memory()
    assert memory is not None
    before = memory.at(0.0)
    with pytest.raises(RuntimeFailure, match="'memory_next' is not a number"):
        memory.keep(np.full((1, MEMORY_SIZE), np.nan, np.float32), 0.0)
    assert np.array_equal(memory.at(0.0), before)


def test_a_closed_model_does_not_answer(folder: Path) -> None:
    model = Model.load(folder, runtime="cpu")
    frame_only = model.runtime
    features = frame_only.run(grey(0.5))["features"]
    network = model._memory
    assert network is not None
    model.close()
    with pytest.raises(RuntimeFailure, match="memory: the runtime is closed"):
        network.run(features, np.zeros((1, MEMORY_SIZE), np.float32))


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        Model.load(folder, runtime="cpu")
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(folder))
    assert line.count(str(folder)) == 1
    return line


def test_a_missing_file(tmp_path: Path) -> None:
    folder = add_memory(write_tiny_model(tmp_path, features=True))
    (folder / "memory.onnx").unlink()
    assert "memory.onnx: weights cannot be read" in refusal(folder)


def test_an_altered_file(tmp_path: Path) -> None:
    folder = add_memory(write_tiny_model(tmp_path, features=True))
    data = bytearray((folder / "memory.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "memory.onnx").write_bytes(data)
    assert "sha256 of memory.onnx differs from model.json" in refusal(folder)


def test_a_file_that_is_no_network(tmp_path: Path) -> None:
    data = b"not a network at all" * 50
    folder = write_tiny_model(tmp_path, features=True)
    add_memory(folder, sha256=hashlib.sha256(data).hexdigest())
    (folder / "memory.onnx").write_bytes(data)
    assert "memory.onnx: cannot be loaded" in refusal(folder)


@pytest.mark.parametrize("free_frame", [False, True])
@pytest.mark.parametrize(
    ("network", "section", "words"),
    [
        ({"size": 4}, {}, ("input 'memory' of the memory network", "[?, 4]", "[1, 3]", "memory.size")),
        ({"features": 5}, {}, ("input 'features' of the memory network", "[?, 5]", "[1, 9]")),
        ({"fed": "image"}, {}, ("inputs are 'image', 'memory'", "'features' and 'memory'")),
        ({"kept": "state"}, {}, ("no output 'memory_next'", "'state'")),
        ({"views": 4}, {}, ("output 'view' of the memory network", "[?, 5]", "[1, 4]")),
        ({"views": 4, "free_shapes": True}, {}, ("output 'view' of the memory network", "5]", "[1, 4]")),
        ({}, {"outputs": {"view": "v"}}, ("no output 'v' (memory.outputs.view in model.json)",)),
        ({}, {"outputs": {"novelty": "quality"}}, ("output 'quality' of the memory network", "[1]")),
        (
            {},
            {"outputs": {"adjustment": "adjustment_scale", "adjustment_scale": "view"}},
            ("output 'view' of the memory network", "[1, 3, 5]"),
        ),
    ],
)
def test_a_network_that_does_not_fit(
    tmp_path: Path, free_frame: bool, network: dict[str, Any], section: dict[str, Any], words: tuple[str, ...]
) -> None:
    folder = write_tiny_model(tmp_path, features=True, free_shapes=free_frame)
    line = refusal(add_memory(folder, network=network, **section))
    for word in words:
        assert word in line


def test_shapes_that_only_a_call_shows() -> None:
    manifest = _manifest(memory={"outputs": {"view": "v"}})
    assert manifest.memory is not None
    given = {"v": np.zeros((1, 4), np.float32), "memory_next": np.zeros((1, 3), np.float32)}
    check_memory_answers(manifest, manifest.memory, given)
    with pytest.raises(InputError, match=r"output 'memory_next' of the memory network has shape \[1, 2\]"):
        check_memory_answers(manifest, manifest.memory, given | {"memory_next": np.zeros((1, 2), np.float32)})
    with pytest.raises(InputError, match=r"output 'v' of the memory network has shape \[1, 7\]"):
        check_memory_answers(manifest, manifest.memory, given | {"v": np.zeros((1, 7), np.float32)})


def test_features_that_are_no_vector(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path, features=True)
    outputs = {"view": "view", "features": "structures"}
    add_memory(
        write_tiny_model(folder, outputs=outputs, structures=[], landmarks=[]), outputs={"view": "view"}
    )
    line = refusal(folder)
    assert "output 'structures' of the network" in line
    assert "[1, F]" in line


def test_the_file_is_read_where_the_manifest_says(tmp_path: Path) -> None:
    folder = add_memory(write_tiny_model(tmp_path, features=True), weights="past.onnx")
    (folder / "memory.onnx").rename(folder / "past.onnx")
    with Model.load(folder, runtime="cpu") as model:
        assert told(model, model.new_memory(), [0.0, 0.1]) == pytest.approx([0.0, 0.5])
    assert read_manifest(folder).memory is not None


def _manifest(**changes: Any) -> Manifest:
    content: dict[str, Any] = {
        "name": "x",
        "version": "1",
        "sha256": "0" * 64,
        "views": list(VIEWS),
        "input": {"size": 64},
        "outputs": {"view": "view", "quality": "quality", "features": "features"},
        "training": "none",
        "intended_use": "tests",
    } | changes
    content["memory"] = {"sha256": "0" * 64, "size": 3} | content["memory"]
    return Manifest.model_validate(content)
