"""Runtimes: which one executes a network.

Promises:
- the CPU runtime gives every output asked for, as arrays of the caller's own;
- ``auto`` takes one that works and says why it passed over each other one;
- a provider that this machine lacks, and a name that nobody knows, are one line each;
- another distribution adds a runtime through its entry point: by name, and in ``auto`` where it is fastest; one that
  fails is only passed over;
- two installations of ONNX Runtime, which overwrite each other, are refused;
- after ``close`` a run is a clear failure;
- a runtime says what executes it; several threads may call it at once and get the answers that one would;
- with bound buffers the answers are the same, stay the caller's, and a wrong tensor is still a failure in one line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tiny_model import build_network

from guidance.errors import InputError, RuntimeFailure
from guidance.model import Model
from guidance.runtimes import Network, Runtime, check_installation, open_runtime, runtime_names
from guidance.runtimes.onnxruntime import PROVIDERS, OnnxRuntime

PLUGIN = '''
import time
from guidance.runtimes import RuntimeUnavailable
from guidance.runtimes.onnxruntime import OnnxRuntime


class Renamed(OnnxRuntime):
    """The CPU runtime under another name; the first run may be slow."""

    delay_s = 0.0

    def run(self, tensor):
        time.sleep(self.delay_s)
        return super().run(tensor)


def quick(network):
    runtime = Renamed.open(network, "cpu")
    runtime._name = "quick"
    return runtime


def slow(network):
    runtime = quick(network)
    runtime._name = "slow"
    runtime.delay_s = 0.02
    return runtime


def absent(network):
    raise RuntimeUnavailable("no such chip in this machine")


def broken(network):
    raise KeyError("a bug in the plug-in")
'''


def _network(outputs: tuple[str, ...] = ()) -> Network:
    data = build_network(size=64, views=3, seed=0, noise=0.1)
    return Network(data, Path("tiny.onnx"), hashlib.sha256(data).hexdigest(), (1, 1, 64, 64), outputs)


def _picture(seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(seed).random((1, 1, 64, 64), dtype=np.float32)


InstallPlugin = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallPlugin:
    """Install a distribution, as pip leaves it: a module and a dist-info folder on the path."""

    def _install(distribution: str, **entry_points: str) -> None:
        info = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        lines = "".join(f"{name} = {value}\n" for name, value in entry_points.items())
        (info / "entry_points.txt").write_text(f"[sonoguide.runtimes]\n{lines}")
        (tmp_path / "runtime_plugin_for_tests.py").write_text(PLUGIN)
        monkeypatch.syspath_prepend(tmp_path)

    return _install


def test_the_cpu_runtime_describes_and_runs() -> None:
    runtime: Runtime = OnnxRuntime.open(_network(), "cpu")
    assert runtime.name == "cpu"
    (image,) = runtime.inputs
    assert (image.name, image.shape, image.dtype) == ("image", (None, 1, 64, 64), "float32")
    shapes = {spec.name: spec.shape for spec in runtime.outputs}
    assert shapes["view"] == (None, 4)
    first = runtime.run(_picture(0))
    kept = {name: values.copy() for name, values in first.items()}
    second = runtime.run(_picture(1))
    assert set(first) == set(shapes)
    assert all(np.array_equal(first[name], kept[name]) for name in kept)
    assert not np.array_equal(first["view"], second["view"])


def test_only_the_outputs_asked_for_are_computed() -> None:
    assert set(OnnxRuntime.open(_network(("view", "novelty")), "cpu").run(_picture())) == {"view", "novelty"}


def test_auto_works_and_explains_itself() -> None:
    opened = open_runtime(_network())
    assert opened.runtime.run(_picture())["view"].shape == (1, 4)
    others = {*PROVIDERS, "tensorrt-native"} - {opened.runtime.name}
    assert {line.partition(":")[0] for line in opened.passed_over} == others


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "cpu"])
def test_a_provider_that_is_not_there_is_one_line(provider: str) -> None:
    if PROVIDERS[provider] in onnxruntime.get_available_providers():
        pytest.skip("this build has it")
    with pytest.raises(InputError, match=f"runtime '{provider}' does not work here .*use cpu or auto"):
        open_runtime(_network(), provider)


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(
        InputError, match="unknown runtime 'abacus': choose one of auto, tensorrt-native, tensorrt, cuda, cpu"
    ):
        open_runtime(_network(), "abacus")


def test_names_are_taken_in_any_case(tiny_model_folder: Path) -> None:
    assert Model.load(tiny_model_folder, runtime=" CPU ").runtime_name == "cpu"


def test_a_plugin_runs_by_name(install: InstallPlugin) -> None:
    install("tests-runtime", quick="runtime_plugin_for_tests:quick")
    assert runtime_names()[-1] == "quick"
    opened = open_runtime(_network(), "quick")
    assert opened.runtime.name == "quick"
    assert opened.runtime.run(_picture())["view"].shape == (1, 4)


def test_auto_takes_the_faster_and_times_it(install: InstallPlugin) -> None:
    install("tests-runtime", slow="runtime_plugin_for_tests:slow")
    opened = open_runtime(_network())
    assert opened.runtime.name == "cpu"
    assert any(line.startswith("slow: slower (") for line in opened.passed_over)


def test_plugins_that_fail_are_passed_over_with_their_reason(install: InstallPlugin) -> None:
    install(
        "tests-runtime",
        absent="runtime_plugin_for_tests:absent",
        broken="runtime_plugin_for_tests:broken",
        gone="runtime_plugin_for_tests:gone",
    )
    reasons = dict(line.split(": ", 1) for line in open_runtime(_network()).passed_over)
    assert reasons["absent"] == "no such chip in this machine"
    assert "a bug in the plug-in" in reasons["broken"]
    assert "AttributeError" in reasons["gone"]
    with pytest.raises(InputError, match=r"'broken' does not work here .*KeyError"):
        open_runtime(_network(), "broken")


def test_two_installations_are_refused(install: InstallPlugin) -> None:
    check_installation()
    install("onnxruntime-gpu")
    with pytest.raises(InputError, match="onnxruntime and onnxruntime-gpu are installed together"):
        check_installation()
    with pytest.raises(InputError, match="pip uninstall onnxruntime onnxruntime-gpu"):
        open_runtime(_network())


def test_a_closed_runtime_fails_clearly() -> None:
    runtime = OnnxRuntime.open(_network(), "cpu")
    runtime.close()
    runtime.close()
    with pytest.raises(RuntimeFailure, match="closed"):
        runtime.run(_picture())


def test_a_wrong_tensor_is_a_failure_in_one_line() -> None:
    runtime = OnnxRuntime.open(_network(), "cpu")
    with pytest.raises(RuntimeFailure) as caught:
        runtime.run(np.zeros((1, 1, 32, 32), np.float32))
    assert "\n" not in str(caught.value)


def test_a_runtime_tells_what_executes_it_and_serves_several_threads_at_once() -> None:
    runtime = OnnxRuntime.open(_network(), "cpu")
    assert runtime.details["provider"] == "CPUExecutionProvider"
    assert runtime.details["threads"] == 1
    assert runtime.concurrent
    pictures = [np.full((1, 1, 64, 64), level, np.float32) for level in np.linspace(0.0, 1.0, 8)]
    alone = [runtime.run(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(runtime.run, pictures * 8))
    for number, found in enumerate(together):
        for name, expected in alone[number % 8].items():
            assert np.array_equal(found[name], expected)
    runtime.close()
    assert runtime.details == {}


def test_bound_buffers_change_nothing_but_the_copies() -> None:
    plain = OnnxRuntime.open(_network(("view", "structures")), "cpu")
    bound = OnnxRuntime.open(_network(("view", "structures")), "cpu")
    bound.bind(onnxruntime, "cpu", (1, 1, 64, 64))
    assert not bound.concurrent
    assert bound.details["bound_buffers"] == 1
    kept = [(bound.run(_picture(seed)), plain.run(_picture(seed))) for seed in range(3)]
    for found, expected in kept:  # compared only now: later calls must not have touched earlier answers
        assert set(found) == {"view", "structures"}
        for name, values in expected.items():
            assert np.array_equal(found[name], values)
            assert found[name].flags.writeable
    for wrong in (np.zeros((1, 1, 32, 32), np.float32), np.zeros((1, 1, 64, 64))):
        with pytest.raises(RuntimeFailure, match=r"^the network failed on cpu: [^\n]*is bound$"):
            bound.run(wrong)
    strided = np.repeat(_picture(1), 2, axis=3)[..., ::2]
    assert np.array_equal(bound.run(strided)["view"], kept[1][0]["view"])
    bound.close()
    with pytest.raises(RuntimeFailure, match="closed"):
        bound.run(_picture())
