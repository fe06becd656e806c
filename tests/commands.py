"""The command line, run in the tests' own process."""

from __future__ import annotations

import pytest

from ui.cli import main


def sonoguide(*arguments: object) -> int:
    """Run ``sonoguide`` with ``arguments``; returns its exit code."""
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    code = ended.value.code
    assert code is None or isinstance(code, int)
    return code or 0


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What stderr says, where stdout says nothing: one line that names the program."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert err.startswith("sonoguide: ")
    return err
