"""``sonoguide bench``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def bench(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="A file, a folder of pictures, camera:0, phantom:... (see run)."
        ),
    ],
    seconds: Annotated[
        float | None,
        typer.Option(metavar="S", min=0.1, max=86400, help="How long to measure. [default: 10]"),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="FPS", min=0.1, max=2000, help="Pictures a second. [default: the source's own rate]"
        ),
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Every picture, one after the other, as fast as possible.")
    ] = False,
    slow_ms: Annotated[
        float, typer.Option(metavar="MS", min=0, max=2000, help="Make each call of the network slower.")
    ] = 0.0,
    streams: Annotated[
        int, typer.Option(metavar="N", min=1, max=256, help="So many streams at once, each on its threads.")
    ] = 1,
    batch: Annotated[
        int | None,
        typer.Option(
            metavar="B", min=1, max=1024, help="Join pictures of several streams: B a call at most."
        ),
    ] = None,
    batch_wait_ms: Annotated[
        float | None,
        typer.Option(metavar="W", min=0, max=1000, help="Longest wait of a picture for others. [default: 2]"),
    ] = None,
    delivery: Annotated[
        str,
        typer.Option(
            metavar="POLICY", help="Which picture a slow network gets: newest (now), or fresh (next)."
        ),
    ] = "newest",
    soak: Annotated[
        float | None,
        typer.Option(metavar="MINUTES", min=0.05, max=1440, help="A long run, with its drift by minute."),
    ] = None,
    no_paint: Annotated[bool, typer.Option("--no-paint", help="Do not paint the guidance as well.")] = False,
    no_startup: Annotated[
        bool, typer.Option("--no-startup", help="Do not start a second process to time its first guidance.")
    ] = False,
    json: Annotated[str | None, typer.Option(metavar="FILE|-", help="Figures as JSON.")] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Histograms by stage, and a timeline.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="OLD.json", help="Compare with the figures of an earlier run.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Model folder. [default: the one that comes along]")
    ] = None,
    runtime: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="auto, cpu, cuda, tensorrt, tensorrt-native, triton or a plug-in's."
        ),
    ] = "auto",
) -> None:
    """Measure latency from capture to guidance, stage by stage, beside the bare call of the network.

    Recordings are decoded beforehand and repeated at an even rate; what decoding takes is told apart.

    \b
    Examples:
      sonoguide bench clip.mp4 --rate 60 --seconds 60 --figure bench.png
      sonoguide bench clip.mp4 --fast --no-paint --json -
      sonoguide bench phantom: --rate 60 --slow-ms 55
      sonoguide bench phantom: --rate 60 --json new.json --compare old.json
      sonoguide bench phantom: --rate 60 --soak 60
      sonoguide bench clip.mp4 --rate 30 --streams 16 --batch 8 --batch-wait-ms 4
    """
    from ui.bench import BenchOptions, run

    run(
        BenchOptions(
            source, seconds, rate, fast, slow_ms, streams, delivery, soak, not no_paint, not no_startup, json, figure,
            compare, model, runtime, batch, batch_wait_ms,
        )
    )  # fmt: skip
