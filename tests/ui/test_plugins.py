"""Plug-ins of other packages, from their entry points to the command line.

Promises:
- the example package installs offline and works: its source, protocol, wording and listener in one run;
- ``sonoguide plugins`` lists all with their packages, as text and JSON, and says why one does not work: code that is
  missing, raises, exits, is not what its group asks for, has a name that is taken, or metadata that cannot be read;
- a broken package never keeps anything else from working, and what it prints never gets into stdout;
- a listener that keeps failing is left out, guidance goes on, and listeners are closed at the end;
- an unknown name is one line that says what there is.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import one_line, sonoguide

from guidance.plugin_list import all_plugins
from guidance.sources import open_source
from guidance.views import View, parse_protocol

ROOT = Path(__file__).resolve().parents[2]
Capsys = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package, installed by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("example")
    shutil.copytree(ROOT / "examples" / "plugin_source", folder / "source")  # a build leaves things behind
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
           "--disable-pip-version-check", "--target", str(folder / "site"), str(folder / "source")]  # fmt: skip
    done = subprocess.run(pip, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def run(site: Path, model: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``sonoguide`` in a process of its own, with ``site`` on its path."""
    return subprocess.run(
        [sys.executable, "-c", "from ui.cli import main; main()", *arguments],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(site)]),
            "SONOGUIDE_MODEL": str(model),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_example_package_works(example: Path, tiny_model_folder: Path, tmp_path: Path) -> None:
    hints = tmp_path / "hints.csv"
    done = run(
        example, tiny_model_folder, "run", "swinging:frames=40,fps=20", "--headless", "--fast", "--json", "-",
        "--runtime", "cpu", "--protocol", "apical", "--language", "plain", "--listener", f"csv={hints}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["frame"] for line in lines] == list(range(40))
    assert {line["target"] for line in lines} <= {"A4C", "A2C", "A3C", "A5C"}
    rows = list(csv.reader(hints.read_text().splitlines()))
    assert rows[0] == ["t_s", "state", "text", "reason"]
    assert rows[1][1] == lines[0]["state"]
    listed = json.loads(run(example, tiny_model_folder, "plugins", "--json").stdout)["plugins"]
    ours = {
        (p["kind"], p["name"])
        for p in listed
        if p["package"] == "sonoguide-example 0.1.0" and not p["problem"]
    }
    assert ours == {("source", "swinging"), ("protocol", "apical"), ("wording", "plain"), ("listener", "csv")}


def test_wrong_options_of_a_plugin_are_one_line(
    example: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    for arguments, words in (
        (["run", "swinging:frames=x", "--headless"], "option 'frames=x' is not understood"),
        (["run", "swinging:", "--headless", "--listener", "csv"], "needs a file"),
        (["run", "swinging:", "--headless", "--listener", f"csv={tmp_path}"], "cannot be written"),
    ):
        done = run(example, tiny_model_folder, *arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


# Plug-ins that are made on the spot

CODE = """
from guidance import Protocol, View
print("hello from the plug-in")
def protocol(): return Protocol("mine", "My views", (View.PLAX, View.SSN))
def wrong(): return 7
def raises(*_, **__): raise KeyError("no")
def leaves(): raise SystemExit(3)
number = 5
calls = []
class Listener:
    def __init__(self, options): self.options = options
    def __call__(self, guidance):
        calls.append(self.options)
        if self.options == "fails": raise ValueError("always")
    def close(self):
        calls.append("closed")
        if self.options == "fails": raise OSError("close")
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Install a distribution with the given ``entry_points.txt``."""

    def made(name: str, entry_points: str | bytes, code: str = CODE) -> None:
        site = tmp_path / name
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}_code.py").write_text(code)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        data = entry_points if isinstance(entry_points, bytes) else entry_points.encode()
        (info / "entry_points.txt").write_bytes(data)
        monkeypatch.syspath_prepend(str(site))

    return made


def problem(name: str, kind: str) -> str | None:
    (found,) = (p for p in all_plugins() if (p.name, p.kind) == (name, kind))
    return found.problem


def test_a_list_says_why_something_does_not_work(install, capsys: Capsys) -> None:  # type: ignore[no-untyped-def]
    install(
        "acme",
        "[sonoguide.protocols]\nmine = acme_code:protocol\nwrong = acme_code:wrong\nfive = acme_code:number\n"
        "leaves = acme_code:leaves\nfocus = acme_code:protocol\ngone = acme_code:absent\n"
        "[sonoguide.wording]\nraises = acme_code:raises\n"
        "[sonoguide.sources]\nmissing = acme_missing:x\nnumber = acme_code:number\ncamera = acme_code:raises\n"
        "[sonoguide.runtimes]\nfine = acme_code:raises\nodd value = ???\n"
        "[sonoguide.listeners]\nlogs = acme_code:Listener\n"
        "[somebody.else]\nthing = acme_missing:x\n",
    )
    assert problem("mine", "protocol") is None
    assert problem("logs", "listener") is None
    assert problem("fine", "runtime") is None
    for name, kind, words in (
        ("wrong", "protocol", "is no Protocol but int"),
        ("five", "protocol", "is no Protocol but int"),
        ("leaves", "protocol", "failed: SystemExit: 3"),
        ("focus", "protocol", "'focus' is built in"),
        ("gone", "protocol", "cannot be loaded: AttributeError"),
        ("raises", "wording", "failed: KeyError"),
        ("missing", "source", "cannot be loaded: ModuleNotFoundError"),
        ("number", "source", "cannot be called"),
        ("camera", "source", "'camera' is built in"),
        ("odd value", "runtime", "cannot be loaded"),
    ):
        said = problem(name, kind)
        assert said is not None
        assert words in said
        assert "\n" not in said
    assert not [p for p in all_plugins() if p.name == "thing"]
    capsys.readouterr()
    assert sonoguide("plugins", "--json") == 0
    out, _ = capsys.readouterr()
    listed = json.loads(out)["plugins"]  # although its code prints
    assert {
        "kind": "protocol",
        "name": "mine",
        "value": "acme_code:protocol",
        "package": "acme 1.0",
        "problem": None,
    } in listed
    assert sonoguide("plugins") == 0
    out, _ = capsys.readouterr()
    assert "does not work: the plug-in 'missing'" in out
    assert "10 of them do not work" in out


def test_two_packages_with_one_name(install) -> None:  # type: ignore[no-untyped-def]
    install("second", "[sonoguide.protocols]\nmine = second_code:wrong\n")
    install("first", "[sonoguide.protocols]\nmine = first_code:protocol\n")
    assert parse_protocol("mine").views == (View.PLAX, View.SSN)
    problems = {p.package: p.problem for p in all_plugins() if p.name == "mine"}
    assert problems["first 1.0"] is None
    assert problems["second 1.0"] == "never used: first 1.0 has one of the same name"


@pytest.mark.parametrize(
    "damage", [b"[sonoguide.sources]\nthis is no entry\n", b"\xff\xfe\x00\x01", b"[broken"]
)
def test_a_damaged_package_keeps_nothing_from_working(install, bright_folder: Path, damage: bytes) -> None:  # type: ignore[no-untyped-def]
    install("mended", "[sonoguide.protocols]\nmine = mended_code:protocol\n")
    install("damaged", damage)
    assert problem("mine", "protocol") is None
    assert parse_protocol("mine").title == "My views"
    with open_source(str(bright_folder)) as source:
        assert source.read() is not None
    if b"no entry" in damage:
        (found,) = (p for p in all_plugins() if p.package == "damaged 1.0")
        assert found.problem is not None
        assert "entry points cannot be read" in found.problem


def test_listeners_are_told_left_out_and_closed(
    install,
    with_tiny_model: Path,
    bright_folder: Path,
    caplog: pytest.LogCaptureFixture,  # type: ignore[no-untyped-def]
) -> None:
    install("acme", "[sonoguide.listeners]\nlogs = acme_code:Listener\n")
    arguments = ("run", bright_folder, "--headless", "--fast", "--runtime", "cpu", "--quiet")
    assert sonoguide(*arguments, "--listener", "logs=a=b", "--listener", "logs=fails") == 0
    calls = sys.modules.pop("acme_code").calls
    assert calls.count("a=b") == 12
    assert calls.count("fails") == 3
    assert calls[-2:] == ["closed", "closed"]
    assert "left out from now on" in caplog.text
    assert "could not be closed" in caplog.text


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--listener", "nothing"), "unknown listener 'nothing'"),
        (("--language", "xx"), "unknown language 'xx': choose one of en"),
        (("--protocol", "xx"), "unknown protocol 'xx': choose one of focus, limited-tte"),
    ],
)
def test_an_unknown_name_is_one_line(
    with_tiny_model: Path, bright_folder: Path, option: tuple[str, str], words: str, capsys: Capsys
) -> None:
    assert sonoguide("run", bright_folder, "--headless", *option) == 2
    assert words in one_line(capsys)
