"""The package ``guidance`` as its users import it, and the example that shows it.

Promises:
- every public name resolves, is listed once, and is what type checkers are told;
- importing one light module does not load the decoders;
- an unknown name is the usual error;
- the example prints hints for a stream, and bad input is one line and exit code 2.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import guidance

ROOT = Path(guidance.__file__).parents[1]


def test_every_public_name_resolves() -> None:
    assert len(guidance.__all__) == len(set(guidance.__all__))
    for name in guidance.__all__:
        assert getattr(guidance, name) is not None
        assert name in dir(guidance)


def test_type_checkers_are_told_the_same_names() -> None:
    tree = ast.parse(Path(guidance.__file__).read_text(encoding="utf-8"))
    told = {
        alias.name: node.module
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(told) == sorted(guidance.__all__)
    for name, module in told.items():
        assert getattr(sys.modules[str(module)], name) is getattr(guidance, name)


def test_an_unknown_name_is_the_usual_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Enginne'"):
        _ = guidance.Enginne


def test_a_light_module_loads_no_decoder() -> None:
    code = "import sys; from guidance import View; print(sorted({'cv2', 'pydicom', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _example(model: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / "engine_without_qt.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "SONOGUIDE_MODEL": str(model)},
    )


def test_the_example_guides(tmp_path: Path, tiny_model_folder: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(30):
        level = 40 if i < 15 else 170
        picture = np.clip(rng.normal(level, 20, (200, 280)), 0, 255).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"frame{i:03}.png"), picture)
    done = _example(tiny_model_folder, str(tmp_path), "--fast")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["0.00", "s"]
    assert "NOT_RECOGNISED" in lines[0]
    assert any("HOLD" in line or "ADJUSTING" in line for line in lines)


def test_the_example_says_what_is_wrong(tmp_path: Path, tiny_model_folder: Path) -> None:
    for arguments in ([str(tmp_path / "nothing.mp4")], [str(tmp_path), "--target", "A9C"]):
        done = _example(tiny_model_folder, *arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert len(done.stderr.splitlines()) == 1
