"""Checks a model folder by loading it and running it: contract, variation of its answers, time of a call."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from guidance.model import Model

CALLS = 60
FPS = 30.0


def check_model(folder: Path, runtime: str = "auto", calls: int = CALLS) -> dict[str, Any]:
    """Load the model in ``folder`` and run it, with its memory, ``calls`` times on test pictures.

    Returns plain values: ``folder``, ``name``, ``version``, ``runtime``, ``passed_over``, ``views``, ``outputs``,
    ``memory`` (the outputs that it refines; None without one), ``answers_vary``, ``calls``, ``ms`` (``p50``, ``p99``,
    ``max`` of a call, warm).

    Raises:
        InputError: the folder does not hold what its manifest says, or the runtime does not work here.
        RuntimeFailure: the network failed on a picture.
    """
    with Model.load(folder, runtime=runtime) as model:
        manifest = model.manifest
        spec = manifest.input
        rng = np.random.default_rng(0)
        memory = model.new_memory()
        times, seen = [], []
        for number in range(calls):
            level = number / max(1, calls - 1)
            picture = level * rng.random((1, 1, spec.size, spec.size), dtype=np.float32)
            tensor = ((picture - spec.mean) / spec.std).astype(np.float32)
            started = time.perf_counter_ns()
            prediction = model.predict(tensor, memory, number / FPS)
            times.append((time.perf_counter_ns() - started) / 1e6)
            seen.append(prediction.view_probabilities)
        warm = np.array(times[min(5, calls - 1) :])
        p50, p99 = (float(v) for v in np.percentile(warm, (50, 99), method="higher"))
        return {
            "folder": str(folder),
            "name": manifest.name,
            "version": manifest.version,
            "runtime": model.runtime_name,
            "passed_over": list(model.runtimes_passed_over),
            "views": [view.value for view in manifest.views],
            "outputs": list(manifest.outputs.named()),
            "memory": None if manifest.memory is None else list(manifest.memory.outputs.named()),
            "answers_vary": bool(np.ptp(np.stack(seen), axis=0).max() > 1e-4),
            "calls": calls,
            "ms": {"p50": round(p50, 3), "p99": round(p99, 3), "max": round(float(warm.max()), 3)},
        }
