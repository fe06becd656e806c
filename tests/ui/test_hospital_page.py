"""Every sonoguide command of docs/hospital.md is run, with archives of the test in place of the addresses.

Promises:
- each ends with exit code 0, and every exam has arrived;
- the page names every option that exam send and exam spool have.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from archives import dicom_archive, web_archive
from commands import sonoguide
from reviewed_exam import keep_exam

from guidance.exam import ExamReview, Verdict
from guidance.pacs import Spool

pytest.importorskip("pynetdicom", reason="the extra pacs is not installed")

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "hospital.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("sonoguide ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def test_the_commands_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SONOGUIDE_PACS_TOKEN", "SONOGUIDE_PACS_BASIC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SONOGUIDE_SPOOL", str(tmp_path / "spool"))
    monkeypatch.chdir(tmp_path)
    made = keep_exam(tmp_path / "kept")
    ExamReview(made).judge(1, Verdict.ACCEPTED)
    written = commands()
    named = {word for words in written for word in words if word.startswith("exams/")}
    assert len(named) == 1
    (tmp_path / "exams").mkdir()
    made.rename(tmp_path / named.pop())
    sends = 0
    with dicom_archive() as archive, web_archive() as web:
        for words in written:
            sends += words[:2] == ["exam", "send"]
            here = [
                re.sub(r"^dicom://[^?]*", f"dicom://ARCHIVE@localhost:{archive.port}", word)
                if word.startswith("dicom://")
                else re.sub(r"^https?://[^/]*", f"http://localhost:{web.port}", word)
                for word in words
            ]
            assert sonoguide(*here) == 0, words
        assert sends >= 4
        assert (
            len(archive.received) == 6
        )  # as SONOGUIDE, as ECHO1; DCMTK's line goes to the first archive again
        assert (
            len(web.received) == 4
        )  # an accepted clip and its summary; then the other clip and a summary of both
    assert len(Spool(tmp_path / "spool")) == 0


@pytest.mark.parametrize("command", ["send", "spool"])
def test_the_page_names_every_option(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from ui.cli import main; main()", "exam", command, "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True, env={"COLUMNS": "100", "PATH": ""},
    )  # fmt: skip
    options = set(re.findall(r"(--[a-z-]+)", done.stdout)) - {"--help", "--json"}
    assert options
    assert all(option in PAGE for option in options), options
