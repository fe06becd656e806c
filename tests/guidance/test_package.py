"""The package ``guidance`` as its users import it, and the example that shows it (its names: test_public_names).

Promises:
- importing one light module does not load the decoders;
- the example prints hints for a stream, and bad input is one line and exit code 2.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

import guidance

ROOT = Path(guidance.__file__).parents[1]


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
