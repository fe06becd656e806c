"""``python -m bench.session_options``: promises.

- the combinations differ, hold the options in use, and vary every option at least once beside them;
- the options in use are those of the CPU runtime;
- one combination measured in this process gives plausible figures; the table shows each, the one in use in bold.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import onnxruntime

from bench.session_options import CHOSEN, combinations, measure, summary, table
from guidance.runtimes.onnxruntime import _options


def test_every_option_is_varied_beside_the_ones_in_use() -> None:
    found = list(combinations())
    assert len(set(found)) == len(found)
    assert CHOSEN in found
    for field in fields(CHOSEN):
        others = [
            o
            for o in found
            if getattr(o, field.name) != getattr(CHOSEN, field.name)
            and all(getattr(o, f.name) == getattr(CHOSEN, f.name) for f in fields(CHOSEN) if f != field)
        ]
        assert others, field.name


def test_the_ones_in_use_are_the_runtimes() -> None:
    options = _options(onnxruntime)
    assert options.intra_op_num_threads == CHOSEN.threads
    assert options.enable_cpu_mem_arena == CHOSEN.arena
    assert options.enable_mem_pattern == CHOSEN.pattern
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == str(int(CHOSEN.spinning))
    assert options.graph_optimization_level == onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL


def test_one_combination_gives_figures_and_a_row(tiny_model_folder: Path) -> None:
    done = measure(CHOSEN, tiny_model_folder, 200.0, 0.1)
    assert 0.0 < done["ms"]["p50"] <= done["ms"]["p99"] <= done["ms"]["max"]
    assert done["cpu_ms"] >= 0.0
    figures = {CHOSEN.name: summary([done, done]), "other": summary([done]) | {"memory_mb": None}}
    lines = table(figures)
    assert len(lines) == 4
    assert lines[2].startswith(f"| **{CHOSEN.name}** |")
    assert lines[3].endswith("| - |")
