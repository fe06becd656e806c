"""``sonoguide model info`` and ``model check``: what a model is for, and whether it keeps its contract here."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from guidance.adapter_spec import AdapterSpec
    from guidance.manifest import MemorySpec

EXAMPLES = """Look at a model folder, or check it.

\b
Examples:
  sonoguide model info
  sonoguide model check my_model
"""
model_app = typer.Typer(help=EXAMPLES, no_args_is_help=True, rich_markup_mode=None)

Folder = Annotated[
    Path | None, typer.Argument(metavar="DIR", help="Model folder. [default: the one that comes along]")
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON on stdout.")]


@model_app.command("info")
def info(folder: Folder = None, json: AsJson = False) -> None:
    """Say what a model is for and how it was made.

    \b
    Example:
      sonoguide model info
    """
    from guidance.manifest import read_manifest
    from guidance.model import default_model_folder

    place = folder or default_model_folder()
    manifest = read_manifest(place)
    if json:
        print(jsonlib.dumps({"folder": str(place), **manifest.model_dump(mode="json")}, indent=2))
        return
    hints = manifest.hints
    named = manifest.outputs.named()
    rows = {
        "model": f"{manifest.name} {manifest.version}",
        "folder": str(place),
        "intended use": manifest.intended_use,
        "training": manifest.training,
        "views": ", ".join(manifest.views),
        "input": f"{manifest.input.size} x {manifest.input.size} {_channels(manifest.adapter)}",
        "outputs": ", ".join(named),
        "structures": ", ".join(manifest.structures) or "none",
        "landmarks": ", ".join(manifest.landmarks) or "none",
        "memory": _memory(manifest.memory),
        **({} if manifest.adapter is None else {"own classes": _classes(manifest.adapter)}),
        "captures from": f"quality {hints.hold_quality:g}",
        "silent below": f"view probability {hints.min_view_probability:g}, above novelty {hints.max_novelty:g}",
        "weights": f"{manifest.weights}, sha256 {manifest.sha256[:16]}...",
    }
    _print_rows(rows)


@model_app.command("check")
def check(
    folder: Folder = None,
    runtime: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="auto, cpu, cuda, tensorrt, tensorrt-native, triton or a plug-in's."
        ),
    ] = "auto",
    json: AsJson = False,
) -> None:
    """Check that a model keeps its contract, and time it.

    The weights' sha256 and the networks' inputs and outputs against model.json: exit code 2 when they differ.

    \b
    Examples:
      sonoguide model check
      sonoguide model check my_model --runtime cpu --json
    """
    from guidance.model import default_model_folder
    from ui.model_check import check_model

    place = folder or default_model_folder()
    report = check_model(place, runtime)
    if json:
        print(jsonlib.dumps(report, indent=2))
        return
    times = report["ms"]
    _print_rows(
        {
            "model": f"{report['name']} {report['version']}",
            "weights": "sha256 as in model.json",
            "contract": f"{len(report['outputs'])} outputs with the shapes that model.json promises",
            **({"memory": f"refines {', '.join(report['memory'])}"} if report["memory"] else {}),
            "answers": "vary with the picture" if report["answers_vary"] else "DO NOT VARY with the picture",
            "runtime": str(report["runtime"]),
            "one call, ms": f"p50 {times['p50']:.2f}   p99 {times['p99']:.2f}   ({report['calls']} calls)",
            **({"not used": "; ".join(report["passed_over"])} if report["passed_over"] else {}),
        }
    )


def _memory(spec: MemorySpec | None) -> str:
    if spec is None:
        return "none"
    refined = ", ".join(spec.outputs.named())
    return (
        f"{spec.size} numbers, moved on every {spec.step_s:g} s, refine {refined}; "
        f"{spec.weights}, sha256 {spec.sha256[:16]}..."
    )


def _channels(adapter: AdapterSpec | None) -> str:
    return "grey" if adapter is None or adapter.channels == 1 else "grey, in each of three channels"


def _classes(adapter: AdapterSpec) -> str:
    return ", ".join(f"{own.name} = {own.view}" for own in adapter.classes)


def _print_rows(rows: dict[str, Any]) -> None:
    for name, value in rows.items():
        print(f"{name:<14} {value}")
