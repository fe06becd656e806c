"""``sonoguide train``, ``export``, ``evaluate``, ``calibrate confidence`` and ``calibrate int8``."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.data_parts import Part

calibrate_app = typer.Typer(
    help="Measure what makes numbers honest.", no_args_is_help=True, rich_markup_mode=None
)

Workers = Annotated[int, typer.Option(metavar="N", min=1, help="Processes and threads.")]
ModelFolder = Annotated[
    Path | None,
    typer.Option("--model", metavar="DIR", help="Model folder. [default: the one that comes along]"),
]
RealFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--real", metavar="DIR", help="Real pictures that data import wrote; may be given several times."
    ),
]
Json = Annotated[str | None, typer.Option("--json", metavar="FILE|-", help="Everything as JSON.")]


def train(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of checkpoints and the log.")],
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the virtual frames.")] = Path(
        "data/train"
    ),
    frames: Annotated[int, typer.Option(metavar="N", min=1, help="How many frames to draw.")] = 120_000,
    sequences: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many sequences to draw for the memory; 0: no memory.")
    ] = 0,
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Steps of 64 frames.")] = 10_000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of patients, order and weights.")] = 0,
    workers: Workers = 2,
    device: Annotated[str, typer.Option(metavar="NAME", help="cpu or cuda.")] = "cpu",
    start: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="DIR", help="Model folder whose weights to begin with. [default: random ones]"
        ),
    ] = None,
    learning_rate: Annotated[
        float,
        typer.Option(metavar="RATE", min=1e-6, max=1.0, help="At its highest; it falls along a cosine."),
    ] = 2e-3,
    real: RealFolders = None,
    real_share: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.01, max=0.95, help="With --real: share of each step's frames."),
    ] = 0.4,
    guide: Annotated[
        Path | None,
        typer.Option(
            "--guided-by",
            metavar="DIR",
            help="Model folder whose adjustments lead the probe in half of the drawn frames. [default: none]",
        ),
    ] = None,
) -> None:
    """Teach the network, then its memory, on virtual patients. Interrupt it at will: the same command goes on.

    With --real, on real pictures too: they teach what their labels say, and virtual frames keep the rest in mind.

    With --guided-by, half of the virtual frames are of where that model would lead the probe, with true labels: what
    it takes for right and is not is met more often there than by chance.

    RUN gets checkpoints, log.jsonl and curves.png, renewed while it trains.

    \b
    Examples:
      sonoguide train runs/first --frames 120000 --steps 10000
      sonoguide train runs/second --from models/weights/echo --steps 5000 --learning-rate 1e-3
      sonoguide train runs/ours --from models/weights/echo --real data/clips --steps 3000 --learning-rate 5e-4
    """
    from ui.training import TrainOptions, train_student

    train_student(
        TrainOptions(
            data,
            run,
            frames,
            sequences,
            steps,
            seed,
            workers,
            device,
            start,
            learning_rate,
            tuple(real or ()),
            real_share,
            guide,
        )
    )


def export(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="Folder that train wrote; with --triton a model folder.")
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Model folder to write; with --triton a model repository.")
    ],
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the model. [default: echo; with --triton its own]"),
    ] = None,
    version: Annotated[str, typer.Option(metavar="VERSION", help="Version in the manifest.")] = "0.1.0",
    latest: Annotated[
        bool,
        typer.Option("--latest", help="The weights of the last steps, not their mean over the training."),
    ] = False,
    blend: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Model folder that the run began from: half of the weights are its."
        ),
    ] = None,
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="With --blend: folder of the virtual frames trained on.")
    ] = Path("data/train"),
    triton: Annotated[
        bool, typer.Option("--triton", help="Write a model folder for NVIDIA Triton Inference Server.")
    ] = False,
    max_batch: Annotated[
        int, typer.Option(metavar="B", min=1, max=1024, help="With --triton: most pictures in one call.")
    ] = 8,
    queue_ms: Annotated[
        float, typer.Option(metavar="MS", min=0, max=1000, help="With --triton: longest wait for others.")
    ] = 2.0,
) -> None:
    """Write a trained network as a model folder: ONNX weights and model.json.

    With --blend: the mean of what the run began from and of what it ended with, which often carries over better.

    With --triton: a model folder as a model of a Triton repository, whose server joins the pictures of many streams.

    \b
    Examples:
      sonoguide export runs/first my_model
      sonoguide export runs/second my_model --blend models/weights/echo
      sonoguide export --triton my_model triton_models --max-batch 16
    """
    if triton:
        from models.triton_repository import TritonSettings, write_repository

        place = write_repository(run, folder, TritonSettings(name, max_batch, queue_ms))
        print(f"exported to {place}: serve it with tritonserver --model-repository={folder.resolve()}")
        return
    from ui.exporting import Blending, export_student

    blending = None if blend is None else Blending(blend, data)
    export_student(run, folder, name or "echo", version, latest=latest, blending=blending)
    print(f"exported to {folder}: now run sonoguide calibrate confidence --model {folder}")


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
        _tell({"on": "imported real pictures", **of_real}, json)
        return
    found = calibrate_model(model or default_model_folder(), data, frames, workers, hold_risk, hint_risk)
    _tell({"on": "unseen virtual patients", **found}, json)


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
    _tell({"on": on, **found}, json, report_lines(found))


def evaluate(
    clips: Annotated[
        Path | None,
        typer.Argument(
            metavar="CLIPS",
            help="Folder of real clips, or one that data import wrote; none: virtual patients.",
        ),
    ] = None,
    labels: Annotated[Path | None, typer.Option(metavar="CSV", help="Columns clip,view.")] = None,
    model: ModelFolder = None,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the virtual test frames.")] = Path(
        "data/test"
    ),
    frames: Annotated[int, typer.Option(metavar="N", min=100, help="How many virtual frames.")] = 6144,
    not_heart: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Real clips of no heart, to tell virtual hearts from."),
    ] = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for CSV tables and PNG figures.")
    ] = None,
    walks: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Walks that the model leads as well: what it would hold, and how right that is.",
        ),
    ] = 0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes. [default: one for each core]")
    ] = None,
    split: Annotated[Part, typer.Option(help="The part of what data import wrote.")] = Part.TEST,
    json: Json = None,
) -> None:
    """Measure a model: on locked virtual patients, on a folder of real clips, or on what data import wrote.

    With --walks, also where the model's own adjustments lead the probe, virtual patient by virtual patient, and how
    right the pictures are that it would hold there: about two walks a second on each core.

    A clip's view is looked up in --labels, else read from the beginning of its name or its folder's (a4c_012.mp4).

    \b
    Examples:
      sonoguide evaluate --figures figures --json figures/evaluation.json
      sonoguide evaluate --not-heart clips/not_a_heart --walks 1200
      sonoguide evaluate clips --labels clips/VIEWS.csv --json figures.json
      sonoguide evaluate data/camus --model my_model
    """
    from guidance.errors import InputError
    from guidance.model import default_model_folder
    from models.real.parts import Split
    from models.real.shards import read_note
    from ui.evaluation import (
        VirtualOptions,
        evaluate_clips,
        evaluate_import,
        evaluate_virtual,
        evaluate_walks,
        report_lines,
        walk_lines,
    )

    folder = model or default_model_folder()
    if clips is not None:
        if not_heart is not None or figures is not None or walks:
            raise InputError(
                "--not-heart, --figures and --walks go with virtual patients: leave out the folder of clips"
            )
        if read_note(clips) is not None:
            if labels is not None:
                raise InputError(f"{clips} was imported with its labels: leave out --labels")
            _tell({"on": "imported real pictures", **evaluate_import(folder, clips, Split(split))}, json)
            return
        _tell({"on": "real clips", **evaluate_clips(folder, clips, labels)}, json)
        return
    if labels is not None:
        raise InputError("--labels goes with a folder of clips: sonoguide evaluate CLIPS --labels CSV")
    options = VirtualOptions(folder, data, frames, workers or os.cpu_count() or 1, not_heart, figures, walks)
    found = evaluate_virtual(options)
    everything, lines = asdict(found), report_lines(found)
    if walks:
        led = evaluate_walks(options)
        everything["walks"] = asdict(led)
        lines += walk_lines(led)
    _tell({"on": "unseen virtual patients", **everything}, json, lines)
    if figures is not None:
        print(f"written to {figures}: tables (CSV) and figures (PNG)", file=sys.stderr)


def _tell(found: dict[str, Any], place: str | None, lines: list[str] | None = None) -> None:
    """The figures as JSON to a file or stdout, or for people: as ``lines``, or all but the long tables."""
    from guidance.errors import InputError

    # Where there was nothing to count the figures are nan, which JSON does not know.
    found = jsonlib.loads(jsonlib.dumps(found), parse_constant=lambda _: None)
    text = jsonlib.dumps(found, indent=2, allow_nan=False)
    if place == "-":
        print(text)
        return
    if lines is None:
        lines = [f"{name:<24} {_short(value)}" for name, value in found.items() if name != "by_clip"]
    print("\n".join(lines))
    if place is not None:  # last: what took minutes to find is not lost to a wrong place
        try:
            Path(place).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{place} cannot be written ({error.strerror}): choose another place") from error


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return "  ".join(_short(v) for v in value)
    if isinstance(value, dict):
        return "; ".join(f"{k} {_short(v)}" for k, v in value.items())
    return str(value)
