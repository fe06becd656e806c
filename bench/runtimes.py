"""Every runtime that works here, against FP32 on the CPU: the same answers? how quick? ``python -m bench.runtimes``.

For each: parity by output (:mod:`bench.parity`), batch 1 with both copies (p50, p99), seconds to open with an empty
cache and again from the cache, and why a runtime does not work. Exit code 1 where one that works says something else.
Example: ``python -m bench.runtimes models/weights/echo --json bench/results/runtimes.json``.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.parity import Answers, Float32, compare, model_shape, pictures
from guidance.errors import InputError, SonoguideError
from guidance.model import Model, default_model_folder
from guidance.runtimes import Network, Runtime, RuntimeUnavailable, open_runtime, runtime_names
from guidance.runtimes.tensorrt_native import NAME, TensorRtNative
from guidance.weights import read_weights
from ui.bench_machine import environment


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.runtimes", description=__doc__.split("\n")[0])
    parser.add_argument("model", nargs="?", type=Path, default=default_model_folder(), help="a model folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there")
    parser.add_argument("--calls", type=int, default=1000, help="timed calls of each runtime")
    given = parser.parse_args(arguments)
    try:
        report = measure(given.model, max(1, given.calls))
    except SonoguideError as error:
        print(f"bench.runtimes: {error}", file=sys.stderr)
        return error.exit_code
    for line in table(report):
        print(line)
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if all(run.get("same_answers", True) for run in report["runtimes"].values()) else 1


def measure(folder: Path, calls: int) -> dict[str, Any]:
    """The report on the model in ``folder``: ``runtimes`` (by name) and ``environment``.

    Engines go to a cache of their own, so that the first opening builds and the second does not.

    Raises:
        InputError: the model cannot be used on the CPU.
    """
    with Model.load(folder, runtime="cpu") as model:
        manifest = model.manifest
        data = read_weights(folder, manifest.weights, manifest.sha256)
        outputs = tuple(manifest.outputs.named().values())
        network = Network(data, folder / manifest.weights, manifest.sha256, model_shape(manifest), outputs)
        tensors = pictures(model)
        reference = [model.runtime.run(tensor) for tensor in tensors]
        runs: dict[str, dict[str, Any]] = {}
        with tempfile.TemporaryDirectory(prefix="sonoguide-engines-") as cache:
            for name, factory in _factories(Path(cache)).items():
                runs[name] = _measure_one(model, network, factory, tensors, reference, calls)
        return {"runtimes": runs, "calls": calls, "pictures": len(tensors), "environment": environment(model)}


def _factories(cache: Path) -> dict[str, Callable[[Network], Runtime]]:
    os.environ["XDG_CACHE_HOME"] = str(
        cache
    )  # for the engines of ONNX Runtime's provider, where it is heeded
    factories: dict[str, Callable[[Network], Runtime]] = {}
    for name in reversed(runtime_names()):
        if name != "auto":
            factories[name] = lambda network, name=name: open_runtime(network, name).runtime  # type: ignore[misc]
    factories[NAME] = lambda network: TensorRtNative.open(network, folder=cache)
    factories[f"{NAME} fp32"] = lambda network: TensorRtNative.open(network, precision="fp32", folder=cache)
    return factories


def _measure_one(
    model: Model,
    network: Network,
    factory: Callable[[Network], Runtime],
    tensors: list[Float32],
    reference: list[Answers],
    calls: int,
) -> dict[str, Any]:
    """Opens twice, compares, times; what stops it is said under ``unavailable``."""
    try:
        first, opened_s = _opened(factory, network)
        first.close()
        del first
        gc.collect()
        runtime, again_s = _opened(factory, network)
    except (RuntimeUnavailable, InputError) as reason:
        return {"unavailable": str(reason)}
    try:
        parity = compare(model.manifest, reference, [runtime.run(tensor) for tensor in tensors])
        times = _times_ms(runtime, tensors, calls)
        details = dict(getattr(runtime, "details", {}))
    except SonoguideError as failure:
        return {"unavailable": f"it opens but fails: {failure}"}
    finally:
        runtime.close()
    return {
        "ms": {f"p{q}": float(np.percentile(times, q)) for q in (50, 90, 99)} | {"max": float(times.max())},
        "open_s": {"first": opened_s, "again": again_s},
        "same_answers": all(p.fits for p in parity),
        "parity": {p.role: {"largest": p.largest, "tolerance": p.tolerance} for p in parity},
        "details": details,
        "gpu": getattr(runtime, "device_name", None),
    }


def _opened(factory: Callable[[Network], Runtime], network: Network) -> tuple[Runtime, float]:
    start = time.perf_counter()
    runtime = factory(network)
    return runtime, time.perf_counter() - start


def _times_ms(runtime: Runtime, tensors: list[Float32], calls: int) -> np.ndarray[tuple[int], np.dtype[Any]]:
    """Back to back, host array to host arrays; the first twentieth is warm-up and not in it."""
    warm_up = max(10, calls // 20)
    times = np.zeros(calls)
    for call in range(-warm_up, calls):
        start = time.perf_counter_ns()
        runtime.run(tensors[call % len(tensors)])
        if call >= 0:
            times[call] = (time.perf_counter_ns() - start) / 1e6
    return times


def table(report: dict[str, Any]) -> list[str]:
    """Lines for people."""
    lines = []
    for name, run in report["runtimes"].items():
        if "unavailable" in run:
            lines.append(f"{name:22} not here: {run['unavailable']}")
            continue
        ms, opened = run["ms"], run["open_s"]
        worst = max(run["parity"].items(), key=lambda item: item[1]["largest"] / item[1]["tolerance"])
        lines.append(
            f"{name:22} p50 {ms['p50']:.3f} ms, p99 {ms['p99']:.3f} ms; opened in {opened['first']:.2f} s, "
            f"again in {opened['again']:.2f} s; {'same answers' if run['same_answers'] else 'OTHER ANSWERS'} "
            f"(most in {worst[0]}: {worst[1]['largest']:.2g} of {worst[1]['tolerance']:g})"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
