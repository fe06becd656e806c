"""What importing really loads, in a new process (how imports may be written: ``test_import_direction``).

Promises:
- all of guidance loads neither Qt nor PyTorch nor another package of ours;
- the command line starts without Qt, PyTorch and a network runtime;
- only models imports PyTorch, and ui reaches Qt through qtpy alone.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
QT = {"qtpy", "PyQt6", "PySide6", "pyqtgraph"}


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a new process has loaded after running the code."""
    report = "; import sys; print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", code + report],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_engine_loads_neither_qt_nor_torch() -> None:
    modules = (
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in sorted((ROOT / "guidance").rglob("*.py"))
    )
    loaded = loaded_by("import " + ", ".join(modules))
    assert "guidance" in loaded
    assert not loaded & (QT | {"torch", "ui", "models", "calibration"})


def test_the_command_line_starts_light() -> None:
    loaded = loaded_by("import ui.cli")
    assert "ui" in loaded
    assert not loaded & (QT | {"torch", "onnxruntime"})


@pytest.mark.parametrize(
    ("package", "foreign"),
    [
        ("ui", "torch|PyQt6|PySide6"),
        ("calibration", "torch|qtpy|PyQt6|PySide6"),
        ("models", "qtpy|PyQt6|PySide6"),
    ],
)
def test_heavy_packages_stay_where_they_belong(package: str, foreign: str) -> None:
    written = re.compile(rf"^\s*(?:import|from) (?:{foreign})\b", flags=re.MULTILINE)
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    assert not [
        str(file.relative_to(ROOT)) for file in files if written.search(file.read_text(encoding="utf-8"))
    ]
