"""What the repository promises to a stranger before any code runs.

Promises:
- requirements.lock holds no address, a hash for every pin; each dependency of the default set-up has a pin
  that satisfies pyproject.toml;
- every package is typed for others (py.typed), and every entry point resolves;
- every make task, extra and local link that the documents name exists (commands: tests/ui/test_shown_commands.py);
- the README's table of JSON keys is the truth;
- no committed text names a folder of somebody's machine;
- a wheel holds every committed file of the packages, the weights too, and nothing else.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import EntryPoint
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from guidance.frame import Frame
from guidance.hint import Advice, Guidance, State
from guidance.views import View

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = ("guidance", "models", "calibration", "ui")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]


def code_of(document: Path) -> str:
    """The code blocks and code spans of a Markdown file, one a line."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    return "\n".join(re.sub(r"\s#.*$", "", line) for line in chain("\n".join(blocks).splitlines(), spans))


def locked() -> dict[str, list[Requirement]]:
    """Name -> the pins of requirements.lock that apply to this Python and system."""
    lines = re.sub(r"\\\n\s*", " ", LOCK).splitlines()
    pins: dict[str, list[Requirement]] = {}
    for line in lines:
        if line and not line.startswith((" ", "#")):
            pin = Requirement(line.partition(" --hash")[0])
            if pin.marker is None or pin.marker.evaluate():
                pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def test_the_lock_holds_no_address() -> None:
    assert "://" not in LOCK
    assert not re.search(r"^\s*-", LOCK.replace("    --hash=sha256:", ""), flags=re.MULTILINE)
    assert " @ " not in LOCK


def test_every_pin_has_a_hash() -> None:
    pins = [line for line in re.sub(r"\\\n\s*", " ", LOCK).splitlines() if line and line[0] not in " #"]
    assert pins
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", line) for line in pins)


def test_the_lock_satisfies_the_stated_dependencies() -> None:
    pins = locked()
    extras = PROJECT["optional-dependencies"]
    stated = [
        Requirement(text)
        for text in chain(PROJECT["dependencies"], extras["cpu"], extras["ui"], extras["dev"])
    ]
    for requirement in stated:
        if requirement.marker and not requirement.marker.evaluate({**default_environment(), "extra": ""}):
            continue
        (pin,) = pins[canonicalize_name(requirement.name)]
        (version,) = (Version(s.version) for s in pin.specifier if s.operator == "==")
        assert requirement.specifier.contains(version), f"{requirement} but the lock has {version}"


def test_training_is_not_locked_in() -> None:
    assert not {"torch", "triton"} & set(locked())


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_typed(package: str) -> None:
    assert (ROOT / package / "__init__.py").is_file()
    assert (ROOT / package / "py.typed").is_file()
    assert (
        "py.typed"
        in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"][package]
    )


def entry_points() -> list[EntryPoint]:
    groups = {"console_scripts": PROJECT["scripts"], **PROJECT.get("entry-points", {})}
    return [
        EntryPoint(name, value, group) for group, named in groups.items() for name, value in named.items()
    ]


@pytest.mark.parametrize("point", entry_points(), ids=lambda point: point.name)
def test_entry_points_resolve(point: EntryPoint) -> None:
    assert callable(point.load())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_make_tasks_exist(document: Path) -> None:
    tasks = set(
        re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    named = set(re.findall(r"^\s*make ([a-z][a-z-]*)", code_of(document), flags=re.MULTILINE))
    assert named <= tasks


def test_the_readme_names_the_two_commands() -> None:
    named = re.findall(r"^make (\S+)", code_of(ROOT / "README.md"), flags=re.MULTILINE)
    assert named[:2] == ["demo", "test"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_extras_exist(document: Path) -> None:
    named = set(re.findall(r"--extra ([a-z-]+)", code_of(document)))
    assert named <= set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_local_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    targets = re.findall(r"\]\(([^)#\s]+)", text)
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    missing = [target for target in local if not (document.parent / target).exists()]
    assert not missing


def test_the_readme_lists_the_keys_of_a_json_line() -> None:
    frame = Frame(np.zeros((4, 4), np.uint8), 0, 0, 0.0, "none:")
    line = Guidance(frame, Advice(State.SEARCHING, View.A4C, View.OTHER, 0.1)).to_json()
    table = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("### The JSON line")[2].partition("###")[0]
    )
    first_cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert [key for cell in first_cells for key in re.findall(r"`([a-z0-9_]+)`", cell)] == list(line)
    assert set(re.findall(r"`([A-Z_]+)`", table)) == set(State)


def committed_files() -> list[Path]:
    """What git knows, relative to the root."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [Path(name) for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_text_names_a_folder_of_somebodys_machine() -> None:
    folder = re.compile(rb"(?<![\w.:/~-])/(?:home|root|Users|work|workspace|farm)(?:/\w|\b(?=['\"`\s)]))")
    wrong = []
    for file in committed_files():
        content = (ROOT / file).read_bytes()
        if b"\0" in content[:8192] or ROOT / file == Path(__file__).resolve():
            continue
        wrong += [f"{file}:{n}" for n, line in enumerate(content.splitlines(), 1) if folder.search(line)]
    assert not wrong


@pytest.mark.slow
def test_a_wheel_holds_the_packages_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for file in committed_files():
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, source / file)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(tmp_path), str(source)], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {file.as_posix() for file in committed_files() if file.parts[0] in PACKAGES}
