"""``sonoguide calibrate``: its group, and what of it is about models: ``confidence`` and ``int8``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.model_options import Json, ModelFolder, RealFolders, Workers, tell

calibrate_app = typer.Typer(
    help="Measure what makes numbers honest.", no_args_is_help=True, rich_markup_mode=None
)


@calibrate_app.command("confidence")
def confidence(
    model: ModelFolder = None,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the calibration frames.")] = Path(
        "data/validation"
    ),
    frames: Annotated[int, typer.Option(metavar="N", min=200, help="How many frames to use.")] = 6144,
    hold_risk: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Hold a view from the lowest quality on of whose pictures no more are wrong. [default: unchanged]",
        ),
    ] = None,
    hint_risk: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=1.0,
            help="Ask for movements from the lowest confidence on at which no more lead away. [default: unchanged]",
        ),
    ] = None,
    real: RealFolders = None,
    workers: Workers = 2,
    json: Json = None,
) -> None:
    """Fit temperatures and 90 % intervals on unseen virtual patients; write them into model.json.

    With --real, temperatures alone, on real pictures that data import wrote: fitted on their validation parts, measured
    on their test parts, and kept where they are better there. --hold-risk is then by readers' grades.

    \b
    Examples:
      sonoguide calibrate confidence --model my_model
      sonoguide calibrate confidence --model my_model --hold-risk 0.2 --hint-risk 0.1
      sonoguide calibrate confidence --model my_model --real data/clips
    """
    from guidance.errors import InputError
    from guidance.model import default_model_folder
    from ui.confidence import calibrate_model

    if real:
        from ui.real_confidence import calibrate_on_imports

        if hint_risk is not None:
            raise InputError(
                "--hint-risk needs to know how far pictures are off, which no real one says: leave it out with --real"
            )
        of_real = calibrate_on_imports(model or default_model_folder(), real, hold_risk)
        tell({"on": "imported real pictures", **of_real}, json)
        return
    found = calibrate_model(model or default_model_folder(), data, frames, workers, hold_risk, hint_risk)
    tell({"on": "unseen virtual patients", **found}, json)


@calibrate_app.command("int8")
def int8(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Model folder to write.")],
    model: ModelFolder = None,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the calibration frames.")] = Path(
        "data/validation"
    ),
    frames: Annotated[
        int, typer.Option(metavar="N", min=200, help="Half to measure ranges on, half to compare on.")
    ] = 2048,
    workers: Workers = 2,
    real: RealFolders = None,
    force: Annotated[bool, typer.Option("--force", help="Write it even if it loses too much.")] = False,
    json: Json = None,
) -> None:
    """Make a smaller, quicker network of 8-bit integers for processors, and say what it loses.

    Its ranges are measured on unseen virtual patients, and it is compared with the original on others. It is not
    written when the two name different views on more than 3 % of frames, or differ by more than 0.03 in quality, 2 mm
    or degrees in adjustment, or overlap by less than 0.95 in outlines. Runtime cpu.

    With --real, on real pictures that data import wrote: ranges on their validation parts, compared on their test
    parts.

    \b
    Examples:
      sonoguide calibrate int8 --model my_model --out my_model_int8
      sonoguide calibrate int8 --model my_model --out my_model_int8 --real data/clips
    """
    from guidance.model import default_model_folder
    from ui.quantising import Int8Options, quantise_model, report_lines

    options = Int8Options(
        model or default_model_folder(), out, data, frames, workers, force, imports=tuple(real or ())
    )
    found = quantise_model(options)
    on = "imported real pictures" if real else "unseen virtual patients"
    tell({"on": on, **found}, json, report_lines(found))
