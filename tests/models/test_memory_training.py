"""Promises of the memory's training and of a warm start (these need PyTorch):

- before it has learnt anything the memory answers as the student does, whatever it remembers;
- a short training lowers the loss on the sequences that it learns from, and leaves the student as it was;
- a sequence whose order tells the answer is told apart by the memory where single frames cannot;
- student and memory are exported together, pass the engine's checks, and answer as in training, step by step;
- a student taken back from an exported model answers as that model does; another file is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from guidance.errors import InputError  # noqa: E402
from guidance.model import Model  # noqa: E402
from models.dataset import record_frames, record_sequences  # noqa: E402
from models.export import export  # noqa: E402
from models.losses import WEIGHTS  # noqa: E402
from models.memory_network import SIZE, Memory  # noqa: E402
from models.network import WIDTH, Student  # noqa: E402
from models.sequence_answers import sequence_answers  # noqa: E402
from models.train import to_input  # noqa: E402
from models.train_memory import FILE, MemorySettings, load_memory, memory_terms, train_memory  # noqa: E402
from models.warm_start import student_from  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def sequences() -> NDArray[Any]:
    return np.resize(record_sequences(70, 2), (8, 24))


@pytest.fixture(scope="module")
def student(sequences: NDArray[Any]) -> Student:
    torch.manual_seed(0)
    made = Student()
    made(to_input(sequences["image"][:2].reshape(-1, 192, 192)))  # moves the normalisation off its start
    return made.eval()


def test_a_new_memory_adds_nothing(student: Student) -> None:
    memory = Memory(student).eval()
    features = torch.randn(3, WIDTH)
    refined = memory(features, torch.randn(3, SIZE))
    torch.testing.assert_close(refined.view, student.head_view(features))
    torch.testing.assert_close(refined.quality, student.head_quality(features))
    assert refined.memory_next.shape == (3, SIZE)


def test_a_short_training_learns(student: Student, sequences: NDArray[Any], tmp_path: Path) -> None:
    before = {k: v.clone() for k, v in student.state_dict().items()}
    heard = []
    settings = MemorySettings(epochs=4, batch=4, copies=2, learning_rate=3e-3)
    memory = train_memory(student, sequences, tmp_path, settings, heard.append)
    assert [p.epoch for p in heard] == [1, 2, 3, 4]
    first, last = (
        sum(WEIGHTS[name] * value for name, value in p.terms.items()) for p in (heard[0], heard[-1])
    )
    assert last < first
    assert len((tmp_path / "memory.jsonl").read_text().splitlines()) == 4
    assert all(torch.equal(before[k], v) for k, v in student.state_dict().items())
    again = load_memory(tmp_path, student)
    torch.testing.assert_close(again.cell.weight_ih, memory.cell.weight_ih)
    with pytest.raises(InputError, match="too few"):
        train_memory(student, sequences[:3], tmp_path, settings)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no memory"):
        load_memory(tmp_path / "empty", student)
    torch.save({}, tmp_path / FILE)
    with pytest.raises(InputError, match="another network"):
        load_memory(tmp_path, student)


def test_what_only_the_past_tells_is_learnt(student: Student, sequences: NDArray[Any]) -> None:
    torch.manual_seed(1)
    labels = sequences.copy()
    features = torch.zeros(8, 24, WIDTH)
    for k in range(8):
        features[k, 0, 0] = 4.0 if k % 2 else -4.0  # only the first frame says which view it will be
        labels["view"][k] = 0
        labels["view"][k, :, k % 2] = 1
    memory = Memory(student)
    optimiser = torch.optim.Adam(memory.parameters(), lr=3e-3)
    for _ in range(60):
        loss = memory_terms(memory, features, labels)["view"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.2, "a single frame would leave it at log 2"


def test_student_and_memory_travel_together(
    student: Student, sequences: NDArray[Any], tmp_path: Path
) -> None:
    memory = Memory(student).eval()
    torch.nn.init.normal_(memory.then["view"].weight)
    export(student, tmp_path, name="t", version="0", training="none", memory=memory)
    assert json.loads((tmp_path / "model.json").read_text())["memory"]["size"] == SIZE
    alone, refined = sequence_answers(tmp_path, sequences[:1])
    state = torch.zeros(1, SIZE)
    with torch.no_grad():
        heads = student(to_input(sequences["image"][0]))
        for k in range(24):
            want = memory(heads.features[k : k + 1], state)
            state = want.memory_next
            np.testing.assert_allclose(refined.raw["view"][k], want.view[0].numpy(), atol=5e-3)
    np.testing.assert_allclose(alone.raw["view"], heads.view.numpy(), atol=5e-3)
    assert not np.allclose(alone.raw["view"], refined.raw["view"], atol=0.05)


def test_a_warm_start_answers_as_the_model_did(tmp_path: Path, student: Student) -> None:
    export(student, tmp_path, name="t", version="0", training="none")
    images = record_frames(44, 16)["image"]
    back = student_from(tmp_path, images)
    x = to_input(images[:4]).contiguous()
    with torch.no_grad(), Model.load(tmp_path, runtime="cpu") as model:
        found = back(x)
        raw = model.runtime.run(x[:1].numpy())
    np.testing.assert_allclose(found.view[:1].numpy(), raw["view"], atol=1e-3)
    np.testing.assert_allclose(found.structures[:1].numpy(), raw["structures"], atol=1e-2)


def test_a_warm_start_from_a_model_without_the_newest_head(tmp_path: Path, student: Student) -> None:
    export(student, tmp_path, name="t", version="0", training="none")
    graph = onnx.load(str(tmp_path / "model.onnx"))
    by_output = {node.output[0]: node for node in graph.graph.node}
    last = by_output["foreshortening"]
    head = by_output[last.input[0]]
    assert head.op_type == "Gemm"
    graph.graph.node.remove(last)
    graph.graph.node.remove(head)
    graph.graph.output.remove(next(o for o in graph.graph.output if o.name == "foreshortening"))
    onnx.save(graph, str(tmp_path / "model.onnx"))
    images = record_frames(44, 16)["image"]
    back, x = student_from(tmp_path, images), to_input(images[:4]).contiguous()
    with torch.no_grad():
        found, wanted = back(x), student.eval()(x)
    for name in ("view", "novelty", "structures"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=1e-2)
    assert not np.allclose(found.foreshortening, wanted.foreshortening, atol=1e-2)


def test_a_warm_start_from_another_network_is_refused(tmp_path: Path) -> None:
    images = record_frames(44, 16)["image"]
    other = tmp_path / "other"
    other.mkdir()
    from tiny_model import write_tiny_model

    write_tiny_model(other)
    with pytest.raises(InputError, match="does not hold this network"):
        student_from(other, images)
