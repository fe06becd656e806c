"""``sonoguide train`` and ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.model_options import RealFolders, Workers


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
    frozen_stem: Annotated[
        bool,
        typer.Option(
            "--frozen-stem", help="With --from: the first two convolutions stay as they are, which is faster."
        ),
    ] = False,
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
            frozen_stem,
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
            metavar="DIR", help="Model folder that the run began from: the mean of both is written."
        ),
    ] = None,
    blend_share: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.0, max=1.0, help="With --blend: the run's share of the mean."),
    ] = 0.5,
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
      sonoguide export runs/second my_model --blend models/weights/echo --blend-share 0.33
      sonoguide export --triton my_model triton_models --max-batch 16
    """
    if triton:
        from models.triton_repository import TritonSettings, write_repository

        place = write_repository(run, folder, TritonSettings(name, max_batch, queue_ms))
        print(f"exported to {place}: serve it with tritonserver --model-repository={folder.resolve()}")
        return
    from ui.exporting import Blending, export_student

    blending = None if blend is None else Blending(blend, data, blend_share)
    export_student(run, folder, name or "echo", version, latest=latest, blending=blending)
    print(f"exported to {folder}: now run sonoguide calibrate confidence --model {folder}")
