"""The direction of imports.

Promises:
- guidance imports none of ui, models, calibration, neither Qt nor PyTorch, wherever in a file that stands;
- models and calibration import guidance and themselves only; ui may import all of them;
- PyTorch is imported in models alone, and nothing that the command line needs at start loads it;
- importing all of guidance loads neither Qt nor PyTorch.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("guidance", "models", "calibration", "ui")
QT = {"qtpy", "PyQt6", "PySide6", "pyqtgraph"}
FORBIDDEN = {
    "guidance": {"ui", "models", "calibration", "torch"} | QT,
    "models": {"ui", "calibration"} | QT,
    "calibration": {"ui", "models", "torch"} | QT,
    "ui": {"torch", "PyQt6", "PySide6"},  # to Qt through qtpy only
}


def imported_roots(file: Path) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every import in the file, those inside functions too."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module.partition(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_arrows_run_one_way(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in files
        for line, name in imported_roots(file)
        if name in FORBIDDEN[package]
    ]
    assert not wrong, "\n".join(wrong)


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
        if file.name != "__main__.py"
    )
    loaded = loaded_by("import " + ", ".join(modules))
    assert "guidance" in loaded
    assert not loaded & (QT | {"torch", "ui", "models", "calibration"})


def test_the_command_line_starts_without_torch() -> None:
    loaded = loaded_by("import ui.cli")
    assert "ui" in loaded
    assert "torch" not in loaded
