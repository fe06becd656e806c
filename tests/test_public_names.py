"""What each package offers.

Promises:
- every name in a package's ``__all__`` resolves, is listed once, and has documentation where it is code of ours;
- type checkers are told the same names, of the same things;
- the packages that a program imports are in the reference of the documentation;
- the interface for Qt programs is found without Qt being loaded first.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("guidance", "ui", "models", "calibration")
INNER = (
    "guidance.sources", "guidance.runtimes", "guidance.exam", "guidance.pacs", "guidance.serve", "models.phantom",
)  # fmt: skip


@pytest.mark.parametrize("name", [*PACKAGES, *INNER])
def test_every_public_name_resolves_and_is_explained(name: str) -> None:
    package = import_module(name)
    assert package.__doc__
    assert package.__all__
    assert len(package.__all__) == len(set(package.__all__))
    for public in package.__all__:
        value = getattr(package, public)
        assert public in dir(package)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), f"{name}.{public}"


@pytest.mark.parametrize("name", ["guidance", "ui", "models"])
def test_type_checkers_are_told_the_same_names(name: str) -> None:
    package = import_module(name)
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    told = {
        alias.name: str(node.module)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(told) == sorted(package.__all__)
    for public, module in told.items():
        assert getattr(import_module(module), public) is getattr(package, public)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_reference_shows_it(name: str) -> None:
    page = (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")
    assert f"::: {name}\n" in page
    assert f"reference/{name}.md" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["guidance", "ui", "models"])
def test_an_unknown_name_is_the_usual_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'Enginne'"):
        _ = import_module(name).Enginne


def test_listing_the_names_loads_no_qt() -> None:
    code = "import sys, ui; print(len(dir(ui)) > 10, bool({'PyQt6', 'PySide6'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
