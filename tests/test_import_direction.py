"""The direction of imports, however an import is written (what a process really loads: ``test_imports``).

Promises:
- ui may import models, calibration and guidance; models and calibration only guidance; guidance nothing of ours;
- neither Qt nor PyTorch in guidance;
- a relative import, one inside a function or under TYPE_CHECKING, ``importlib.import_module("...")`` and
  ``__import__("...")`` count like any other;
- the check itself sees each of these ways (it is tried on code that breaks the rule).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"guidance", "ui", "models", "calibration"}
MAY_IMPORT = {
    "guidance": set[str](),
    "models": {"guidance"},
    "calibration": {"guidance"},
    "ui": {"models", "calibration", "guidance"},
}
NOT_IN_GUIDANCE = {
    "qtpy",
    "PyQt5",
    "PyQt6",
    "PySide2",
    "PySide6",
    "pyqtgraph",
    "torch",
    "torchvision",
    "timm",
}
_BY_NAME = {"import_module", "__import__", "run_module"}


def imports(code: str, module: str) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) of everything that ``code``, of ``module``, imports."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")[: -node.level]
                base = ".".join([*parents, base]).rstrip(".") or "?"  # "?": out of the top-level package
            yield node.lineno, base
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if called in _BY_NAME and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def violations(code: str, module: str) -> list[str]:
    """One line for each import in ``code`` that its package may not have."""
    package = module.split(".")[0]
    forbidden = (OURS - {package} - MAY_IMPORT[package]) | {"?"}
    if package == "guidance":
        forbidden |= NOT_IN_GUIDANCE
    return [
        f"{module}:{line} imports {name}"
        for line, name in imports(code, module)
        if name.split(".")[0] in forbidden
    ]


def module_name(file: Path) -> str:
    """Dotted name of ``file``; a package's own file counts as a module in it, as relative imports do."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("package", sorted(OURS))
def test_arrows_run_one_way(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = [line for file in files for line in violations(file.read_text("utf-8"), module_name(file))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("guidance.engine", "import ui"),
        ("guidance.engine", "import numpy, models.phantom as p"),
        ("guidance.engine", "from models.phantom import Patient"),
        ("guidance.engine", "def f():\n    from calibration import sector"),
        ("guidance.engine", "if TYPE_CHECKING:\n    import ui.app"),
        ("guidance.engine", "import importlib\nimportlib.import_module('models')"),
        ("guidance.engine", "from importlib import import_module\nimport_module('ui.app')"),
        ("guidance.engine", "__import__('ui')"),
        ("guidance.engine", "from PyQt6.QtCore import QObject"),
        ("guidance.engine", "import torch"),
        ("guidance.engine", "from .. import models"),
        ("guidance.sources.video", "from ...ui import app"),
        ("models.phantom.source", "import ui"),
        ("models.train", "from calibration import confidence"),
        ("calibration.sector", "from models import phantom"),
    ],
)
def test_the_check_sees_every_way_to_break_the_rule(module: str, code: str) -> None:
    assert len(violations(code, module)) == 1


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("guidance.engine", "from guidance.frame import Frame\nimport numpy"),
        ("guidance.sources.video", "from .base import Source\nfrom ..frame import Frame\nfrom . import base"),
        ("guidance.sources.__init__", "from . import base"),
        ("guidance.model", "find_spec('models')"),
        ("models.train", "import torch\nfrom guidance.views import View"),
        ("ui.app", "import models, calibration, guidance\nfrom qtpy import QtCore"),
    ],
)
def test_the_check_leaves_the_rest_alone(module: str, code: str) -> None:
    assert violations(code, module) == []
