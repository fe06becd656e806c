"""Measures options of ONNX Runtime for the network at hand, paced like a stream: ``python -m bench.session_options``.

Every combination has a process of its own (a session's threads and arena outlive it), and the rounds go through all of
them in turn, so that a machine that grows warm or busy does so to each. The table goes to stdout, all of it to a JSON
file with ``--json``. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from bench.marked import write_between
from guidance.latency import percentiles
from guidance.manifest import read_manifest
from guidance.model import default_model_folder
from ui.bench_machine import cpu_model, rss_mb, usable_cores

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
LEVELS = ("basic", "extended", "all")


@dataclass(frozen=True, slots=True)
class Options:
    """One combination. ``threads``: within an operator; 0: as many as ONNX Runtime likes."""

    threads: int = 1
    spinning: bool = False
    arena: bool = True
    pattern: bool = False
    level: str = "all"

    @property
    def name(self) -> str:
        """As in the table."""
        parts = ("spin" if self.spinning else "wait", "arena" if self.arena else "malloc",
                 "pattern" if self.pattern else "plain", self.level)  # fmt: skip
        return f"{self.threads or 'auto'} " + " ".join(parts)


CHOSEN = Options()
"""What :mod:`guidance.runtimes.onnxruntime` uses."""


def combinations() -> Iterator[Options]:
    """Threads by spinning, then every other option by itself beside the chosen ones."""
    for threads, spinning in product((1, 2, 0), (False, True)):
        yield Options(threads, spinning)
    for arena, pattern in ((False, False), (True, True), (False, True)):
        yield Options(arena=arena, pattern=pattern)
    for level in LEVELS[:-1]:
        yield Options(level=level)


def measure(options: Options, folder: Path, rate: float, seconds: float) -> dict[str, Any]:
    """Latency in ms, processor time a call in ms and resident memory in MiB of one session in this process."""
    import onnxruntime as ort

    manifest = read_manifest(folder)
    before_mb = rss_mb()
    began = time.perf_counter()
    session = ort.InferenceSession(
        str(folder / manifest.weights), _session_options(ort, options), providers=["CPUExecutionProvider"]
    )
    load_s = time.perf_counter() - began
    size = manifest.input.size
    tensor = np.random.default_rng(0).standard_normal((1, 1, size, size), dtype=np.float32)
    feeds = {session.get_inputs()[0].name: tensor}
    for _ in range(20):
        session.run(None, feeds)
    times, cpu, start = [], time.process_time(), time.perf_counter()
    for number in range(max(1, round(rate * seconds))):
        time.sleep(max(0.0, start + number / rate - time.perf_counter()))
        called = time.perf_counter_ns()
        session.run(None, feeds)
        times.append((time.perf_counter_ns() - called) / 1e6)
    cpu_ms = 1e3 * (time.process_time() - cpu) / len(times)
    after_mb = rss_mb()
    memory = None if after_mb is None or before_mb is None else after_mb - before_mb
    return {"ms": percentiles(np.asarray(times)), "cpu_ms": cpu_ms, "memory_mb": memory, "load_s": load_s}


def _session_options(ort: Any, options: Options) -> Any:
    made = ort.SessionOptions()
    made.intra_op_num_threads = options.threads
    made.inter_op_num_threads = 1
    made.add_session_config_entry("session.intra_op.allow_spinning", str(int(options.spinning)))
    made.enable_cpu_mem_arena = options.arena
    made.enable_mem_pattern = options.pattern
    level = {"basic": "ORT_ENABLE_BASIC", "extended": "ORT_ENABLE_EXTENDED", "all": "ORT_ENABLE_ALL"}
    made.graph_optimization_level = getattr(ort.GraphOptimizationLevel, level[options.level])
    made.log_severity_level = 3
    return made


def summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over the rounds of one combination."""

    def middle(values: list[float | None]) -> float | None:
        known = [v for v in values if v is not None]
        return round(float(np.median(known)), 4) if known else None

    return {
        **{place: middle([r["ms"][place] for r in rounds]) for place in ("p50", "p99", "max")},
        **{name: middle([r[name] for r in rounds]) for name in ("cpu_ms", "memory_mb", "load_s")},
    }


def table(found: dict[str, dict[str, Any]]) -> list[str]:
    """Markdown, the chosen options first in bold."""
    rows = [
        "| threads, options | p50 ms | p99 ms | max ms | CPU ms a call | MB |",
        "|---|---|---|---|---|---|",
    ]
    for name, at in found.items():
        mark = "**" if name == CHOSEN.name else ""
        cells = [at[key] for key in ("p50", "p99", "max", "cpu_ms", "memory_mb")]
        texts = ["-" if cell is None else f"{cell:.2f}" for cell in cells]
        rows.append(f"| {mark}{name}{mark} | " + " | ".join(texts) + " |")
    return rows


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.session_options", description=__doc__)
    parser.add_argument("--model", type=Path, default=default_model_folder())
    parser.add_argument("--rate", type=float, default=60.0, help="calls a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each combination, in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--docs", action="store_true", help="write the table into docs/benchmarks.md")
    parser.add_argument("--one", help=argparse.SUPPRESS)  # one combination, in this process
    given = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(measure(Options(**json.loads(given.one)), given.model, given.rate, given.seconds)))
        return
    rounds: dict[str, list[dict[str, Any]]] = {options.name: [] for options in combinations()}
    same = ["--model", str(given.model), "--rate", str(given.rate), "--seconds", str(given.seconds)]
    for number in range(given.rounds):
        for options in combinations():
            print(f"round {number + 1}: {options.name}", file=sys.stderr)
            command = [
                sys.executable,
                "-m",
                "bench.session_options",
                *same,
                "--one",
                json.dumps(asdict(options)),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rounds[options.name].append(json.loads(done.stdout))
    found = {name: summary(times) for name, times in rounds.items()}
    print("\n".join(table(found)))
    if given.docs:
        used = f"{cpu_model()}, {usable_cores()} cores, {date.today()}: {given.rate:g} calls a second, medians of "
        used += f"{given.rounds} interleaved rounds of {given.seconds:g} s, ONNX Runtime {version('onnxruntime')}."
        write_between(DOCUMENT, "session-options", [*table(found), "", used])
    if given.json is not None:
        given.json.write_text(
            json.dumps({"rate": given.rate, "options": found}, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
