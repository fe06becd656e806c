"""Triton: the export of a model repository, and the runtime against a server of the KServe v2 protocol.

Promises:
- ``export --triton`` writes a repository that Triton's own schema reads: batching, names, types, dimensions, sha256;
- an existing model, a name that cannot be a folder and a damaged model are one line and exit code 2;
- the server's answers are the CPU runtime's, for one picture and for several, numbers without dimensions included;
- a network with a fixed batch axis is served picture by picture;
- streams' pictures reach the server together through the batching;
- no server, no such model, other weights, another model: one line before the first frame;
- a server that hangs or goes away is a clear failure of the call; when it is back, calls succeed again.
"""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from commands import sonoguide
from tiny_model import write_tiny_model

from guidance.batching import Batcher, BatchSettings
from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import read_manifest
from guidance.model import Model
from guidance.runtimes import Network, open_runtime
from guidance.weights import read_weights
from models.triton_repository import TritonSettings, write_repository

pytest.importorskip("tritonclient.grpc", reason="the triton extra is not installed")

from triton_server import Server, read_config, serve

from guidance.runtimes.triton import TritonRuntime

if TYPE_CHECKING:
    from numpy.typing import NDArray


def network_of(folder: Path) -> Network:
    manifest = read_manifest(folder)
    data = read_weights(folder, manifest.weights, manifest.sha256)
    size = manifest.input.size
    return Network(data, folder / manifest.weights, manifest.sha256, (1, 1, size, size), (), manifest.name)


def pictures(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(count).random((count, 1, 64, 64), dtype=np.float32)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def served(tiny_model_folder: Path, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    write_repository(tiny_model_folder, tmp_path / "repository", TritonSettings(max_batch=4))
    with serve(tmp_path / "repository") as found:
        yield found


def fixed_model(folder: Path) -> Path:
    """A model whose graph takes one picture."""
    write_tiny_model(folder)
    graph = onnx.load(folder / "model.onnx")
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    data = graph.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    manifest = json.loads((folder / "model.json").read_text())
    manifest["sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "model.json").write_text(json.dumps(manifest))
    return folder


# The export


def test_the_repository_is_what_tritons_schema_reads(
    tiny_model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "repository"
    options = ("--name", "heart", "--max-batch", 16, "--queue-ms", 1.5)
    assert sonoguide("export", "--triton", tiny_model_folder, place, *options) == 0
    assert "tritonserver" in capsys.readouterr().out
    assert [p.name for p in place.iterdir()] == ["heart"]
    config = read_config(place / "heart")
    assert (config.name, config.platform, config.max_batch_size) == ("heart", "onnxruntime_onnx", 16)
    assert config.dynamic_batching.max_queue_delay_microseconds == 1500
    assert [(t.name, t.data_type, list(t.dims)) for t in config.input] == [("image", 11, [1, 64, 64])]
    outputs = {t.name: t for t in config.output}
    assert list(outputs["view"].dims) == [4]
    assert list(outputs["novelty"].dims) == [1]
    assert outputs["novelty"].HasField("reshape")
    assert not outputs["novelty"].reshape.shape
    assert config.parameters["sha256"].string_value == read_manifest(tiny_model_folder).sha256
    for ours, theirs in (("model.onnx", "1/model.onnx"), ("model.json", "model.json")):
        assert (place / "heart" / theirs).read_bytes() == (tiny_model_folder / ours).read_bytes()


def test_what_cannot_be_exported_is_one_line(
    tiny_model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "repository"
    write_repository(tiny_model_folder, place)
    damaged = write_tiny_model(tmp_path / "damaged")
    (damaged / "model.onnx").write_bytes(b"something else")
    for arguments in (
        (tiny_model_folder, place),
        (tiny_model_folder, place, "--name", "../x"),
        (damaged, place),
    ):
        capsys.readouterr()
        assert sonoguide("export", "--triton", *arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert [p.name for p in place.iterdir()] == ["tiny"]


# The runtime


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_answers_are_the_cpus(tiny_model_folder: Path, served: tuple[Server, str], count: int) -> None:
    network = network_of(tiny_model_folder)
    cpu = open_runtime(network, "cpu").runtime
    remote = open_runtime(network, f"triton={served[1]}").runtime
    assert getattr(remote, "max_batch") == 4  # noqa: B009
    assert remote.inputs == cpu.inputs
    assert remote.outputs == cpu.outputs
    got, expected = remote.run(pictures(count)), cpu.run(pictures(count))
    assert set(got) == set(expected)
    for name, values in expected.items():
        assert got[name].shape == values.shape
        np.testing.assert_allclose(got[name], values, rtol=1e-5, atol=1e-5)
        got[name][...] = 0.0  # the caller's own
    remote.close()
    remote.close()
    with pytest.raises(RuntimeFailure, match="closed"):
        remote.run(pictures(1))


def test_a_model_runs_on_the_server_that_the_variable_names(
    tiny_model_folder: Path, served: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONOGUIDE_TRITON", f"{served[1]}/tiny")
    with Model.load(tiny_model_folder, runtime="triton") as there, Model.load(tiny_model_folder) as here:
        assert there.runtime_name == "triton"
        ours, theirs = here.predict(pictures(1)), there.predict(pictures(1))
        np.testing.assert_allclose(theirs.view_probabilities, ours.view_probabilities, rtol=1e-5, atol=1e-5)
        assert theirs.novelty == pytest.approx(ours.novelty, rel=1e-5)


def test_a_fixed_batch_axis_is_served_picture_by_picture(tmp_path: Path) -> None:
    folder = fixed_model(tmp_path / "fixed")
    write_repository(folder, tmp_path / "repository", TritonSettings(name="fixed"))
    config = read_config(tmp_path / "repository" / "fixed")
    assert config.max_batch_size == 0
    assert not config.HasField("dynamic_batching")
    with serve(tmp_path / "repository") as (_, address):
        remote = TritonRuntime.open(network_of(folder), f"{address}/fixed")
        assert remote.max_batch == 1
        cpu = open_runtime(network_of(folder), "cpu").runtime
        for name, values in cpu.run(pictures(1)).items():
            np.testing.assert_allclose(remote.run(pictures(1))[name], values, rtol=1e-5, atol=1e-5)
        remote.close()


def test_streams_reach_the_server_together(tiny_model_folder: Path, served: tuple[Server, str]) -> None:
    service, address = served
    remote = TritonRuntime.open(network_of(tiny_model_folder), address)
    batcher = Batcher(remote, (1, 1, 64, 64), BatchSettings(max_batch=8), clock=lambda: 0)
    assert batcher.settings.max_batch == 4  # the server's
    service.calls.clear()
    streams = [batcher.stream() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(s.run, pictures(1)) for s in streams]:
            done.result(60.0)
    assert service.calls == [[4, 1, 64, 64]]
    remote.close()


def test_without_a_configuration_one_picture_a_call(
    tiny_model_folder: Path, served: tuple[Server, str]
) -> None:
    served[0].tells_config = False
    remote = TritonRuntime.open(network_of(tiny_model_folder), served[1])
    assert remote.max_batch == 1
    assert remote.run(pictures(1))["view"].shape == (1, 4)
    remote.close()


# What can be wrong


def test_a_server_that_is_not_there_is_one_line(
    tiny_model_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert sonoguide("model", "check", tiny_model_folder, "--runtime", f"triton={address}") == 2
    err = capsys.readouterr().err
    assert f"no server answers at {address}" in err
    assert err.count("\n") == 1


def test_a_model_that_is_not_there_is_one_line(tiny_model_folder: Path, served: tuple[Server, str]) -> None:
    with pytest.raises(InputError, match=r"has no model 'liver' that is ready"):
        open_runtime(network_of(tiny_model_folder), f"triton={served[1]}/liver")


@pytest.mark.parametrize(
    ("other", "line"),
    [
        ({"seed": 1}, "has other weights"),
        ({"size": 32}, "is another model"),
        ({"views": ("A4C", "A2C")}, "is another model"),
    ],
)
def test_another_model_of_that_name_is_refused(
    tmp_path: Path, served: tuple[Server, str], other: dict[str, Any], line: str
) -> None:
    folder = write_tiny_model(tmp_path / "other", **other)
    with pytest.raises(InputError, match=line) as refused:
        open_runtime(network_of(folder), f"triton={served[1]}")
    assert "\n" not in str(refused.value)


def test_a_server_that_hangs_fails_the_call(tiny_model_folder: Path, served: tuple[Server, str]) -> None:
    service, address = served
    remote = TritonRuntime.open(network_of(tiny_model_folder), address, timeout_s=0.2)
    service.go.clear()
    with pytest.raises(RuntimeFailure, match=r"did not answer within 0\.2 s"):
        remote.run(pictures(1))
    service.go.set()
    remote.close()


def test_a_server_that_refuses_says_why(tiny_model_folder: Path, served: tuple[Server, str]) -> None:
    remote = TritonRuntime.open(network_of(tiny_model_folder), served[1])
    with pytest.raises(RuntimeFailure, match="refuses: batch-size must be"):
        remote.run(pictures(5))
    remote.close()


def test_a_server_that_goes_away_and_comes_back(tiny_model_folder: Path, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    write_repository(tiny_model_folder, repository)
    port = free_port()
    with serve(repository, port) as (_, address):
        remote = TritonRuntime.open(network_of(tiny_model_folder), address, timeout_s=30.0)
        remote.run(pictures(1))
    with pytest.raises(RuntimeFailure, match=r"server .*at 127\.0\.0\.1"):
        remote.run(pictures(1))
    with serve(repository, port):
        for attempt in range(200):
            try:
                assert "view" in remote.run(pictures(1))
                break
            except RuntimeFailure:  # the connection is tried anew after a pause that grows
                assert attempt < 199
                time.sleep(0.1)
    remote.close()
