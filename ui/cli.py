"""The command line ``sonoguide``: commands, and one place where errors become one line and an exit code.

Importing this module loads neither Qt nor a network runtime: each command loads what it needs when it runs.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from guidance.errors import SonoguideError
from ui.commands_bench import bench
from ui.commands_calibrate import calibrate_app
from ui.commands_data import data_app
from ui.commands_demo import demo
from ui.commands_devices import devices
from ui.commands_doctor import doctor
from ui.commands_evaluate import evaluate
from ui.commands_exam import exam_app
from ui.commands_latency import latency
from ui.commands_model import model_app
from ui.commands_overlay import overlay
from ui.commands_plugins import plugins
from ui.commands_practice import practice
from ui.commands_run import run
from ui.commands_sector import sector
from ui.commands_serve import serve
from ui.commands_train import export, train
from ui.commands_trial import trial
from ui.interrupts import EXIT_CODE as INTERRUPTED

UsageError = typer.BadParameter.__bases__[0]
"""What typer raises for a wrong option; where it lives differs between typer's versions."""

OWN_PACKAGES = frozenset({"guidance", "ui", "models", "calibration"})

DISK_FULL = frozenset(getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EFBIG") if hasattr(errno, name))

app = typer.Typer(
    name="sonoguide",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Research use only. Not a medical device.",
)
app.command("run")(run)
app.command("serve")(serve)
app.command("demo")(demo)
app.command("practice")(practice)
app.command("devices")(devices)
app.command("doctor")(doctor)
app.command("overlay")(overlay)
app.command("plugins")(plugins)
calibrate_app.command("sector")(sector)
app.command("train")(train)
app.command("export")(export)
app.command("evaluate")(evaluate)
app.command("trial")(trial)
app.command("bench")(bench)
app.add_typer(model_app, name="model")
calibrate_app.command("latency")(latency)
app.add_typer(calibrate_app, name="calibrate")
app.add_typer(exam_app, name="exam")
app.add_typer(data_app, name="data")


@app.callback()
def _sonoguide(
    debug: bool = typer.Option(
        False, "--debug", help="Show a traceback when something fails. Works anywhere."
    ),
) -> None:
    """Real-time acquisition guidance for ultrasound streams, echocardiography first.

    \b
    Examples:
      sonoguide demo
      sonoguide run clip.dcm
      sonoguide COMMAND --help
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong input or usage, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    _log_to_stderr(debug=debug)
    try:
        code = app(args=[word for word in words if word != "--debug"], standalone_mode=False)
    except BaseException as error:
        code = _exit_code(error, debug=debug)
    _leave(code if isinstance(code, int) else 0)


def _log_to_stderr(*, debug: bool) -> None:
    """Our own warnings are for people; what libraries think of a file is for ``--debug`` only."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("sonoguide: %(message)s"))
    if not debug:
        handler.addFilter(lambda record: record.name.partition(".")[0] in OWN_PACKAGES)
    logging.basicConfig(handlers=[handler], level=logging.INFO if debug else logging.WARNING)


def _exit_code(error: BaseException, *, debug: bool) -> int:
    """Say ``error`` in one line on stderr, and return the exit code that goes with it."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        _say("interrupted")
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return 0
    if isinstance(error, UsageError):
        _say(_usage(error))
        return 2
    if isinstance(error, SonoguideError):
        _say(str(error))
        return error.exit_code
    if isinstance(error, MemoryError):
        _say("out of memory: close other programs, or use a smaller stream")
        return 1
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        _say(f"{error.filename or 'an output'} cannot be written ({error.strerror}): free some space")
        return 1
    _say(f"{type(error).__name__}: {error} - this is a fault in sonoguide; --debug shows where")
    return 1


def _usage(error: BaseException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "sonoguide"
    text = " ".join(error.format_message().split()) if hasattr(error, "format_message") else str(error)
    return f"{text.rstrip('.')} ({command} --help shows the options)"


def _say(text: str) -> None:
    print(f"sonoguide: {' '.join(text.split())}", file=sys.stderr)


def _leave(code: int) -> None:
    """Flush what is left, even into a pipe that nobody reads any more, and exit."""
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if code == 0 and not isinstance(error, BrokenPipeError):
            _say(f"stdout cannot be written ({error.strerror}): free some space")
            code = 1
    raise SystemExit(code)


if __name__ == "__main__":
    main()
