"""``sonoguide demo`` without a window: the closed loop on virtual patients, its summary, its recording."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from guidance.errors import InputError
from guidance.exam import ExamRecorder
from guidance.hint import Guidance
from guidance.jsonl import JsonLines, open_lines
from guidance.latency import LatencyLog
from guidance.model import Model, default_model_folder
from guidance.views import View, parse_view
from models.closed_loop import (
    Guide,
    LoopResult,
    LoopSettings,
    Policy,
    VirtualExam,
    guide_for,
    run_loop,
    run_many,
)
from ui.exam_keeping import kept_lines, open_exam
from ui.recorder import Recorder
from ui.session import known_views

MANY_FPS = 10.0
"""Frame rate of runs that nobody watches."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """Options of ``sonoguide demo``, as typed. ``out`` is the folder of the MP4 and PNG; None records nothing."""

    target: str = View.A4C.value
    seed: int = 0
    seeds: int = 1
    policy: str = Policy.GUIDED.value
    out: Path | None = Path("out")
    exam: Path | None = None
    json: str | None = None
    model: Path | None = None
    runtime: str = "auto"
    max_moves: int = 60
    workers: int | None = None


def parse_policy(text: str) -> Policy:
    """The policy named ``text``.

    Raises:
        InputError: there is none.
    """
    try:
        return Policy(text.strip().lower())
    except ValueError:
        raise InputError(f"unknown policy '{text}': choose one of {', '.join(Policy)}") from None


def run_demo(options: DemoOptions) -> int:
    """Run the loop on ``seeds`` patients from ``seed`` on; returns how many reached the view.

    One patient: a summary, and an MP4 with a PNG beside it. Several: one line each, and ``reached k/n`` as the last
    line. Figures are those of virtual patients and say so.

    Raises:
        InputError, RuntimeFailure: what is wrong with the options, the model or the outputs.
    """
    target, policy = parse_view(options.target), parse_policy(options.policy)
    if options.seeds < 1:
        raise InputError("--seeds must be at least 1")
    if options.seeds > 1 and options.exam is not None:
        raise InputError("--exam keeps the exam of one patient: leave out --seeds")
    settings = LoopSettings(target=target, seed=options.seed, policy=policy, max_moves=options.max_moves)
    folder = options.model or default_model_folder()
    with Model.load(folder, runtime=options.runtime) as model:
        known_views((target,), model)
        if options.seeds == 1:
            return int(_one(options, settings, model).reached)
    return _many(options, settings, folder)


def _one(options: DemoOptions, settings: LoopSettings, model: Model) -> LoopResult:
    with ExitStack() as stack:
        outputs: list[Callable[[Guidance], object]] = []
        recorder: Recorder | None = None
        if options.out is not None:
            _make_folder(options.out)
            path = options.out / f"demo-{settings.target}-{settings.seed}.mp4"
            quality = model.manifest.hints.hold_quality
            recorder = stack.enter_context(Recorder(path, settings.fps, capture_quality=quality))
            outputs.append(recorder)
        if options.json is not None:
            place = options.json
            outputs.append(
                stack.enter_context(JsonLines(sys.stdout) if place == "-" else JsonLines.to_file(Path(place)))
            )
        print(
            f"virtual patient, seed {settings.seed}: {settings.policy} to {settings.target}",
            file=sys.stderr,
            flush=True,
        )
        exam = VirtualExam(settings)
        guide, latency = guide_for(exam, model)
        kept: ExamRecorder | None = None
        if options.exam is not None:
            kept = stack.enter_context(
                open_exam(
                    options.exam,
                    source=f"phantom:view={settings.target},seed={settings.seed}",
                    kind="phantom",
                    targets=(settings.target,),
                    manifest=model.manifest,
                    profile=lambda: exam.profile,
                    wait=True,
                    pose=lambda _: exam.drawn_pose,
                )
            )
            outputs.append(kept)
        result = _followed(exam, guide, outputs)
    stream = sys.stderr if options.json == "-" else sys.stdout
    print("\n".join(summary_lines(exam, result, latency)), file=stream)
    if kept is not None:
        print("\n".join(kept_lines(kept)), file=stream)
    if recorder is not None:
        print(f"recorded     {recorder.path}\nlast picture {recorder.still_path}", file=stream)
    return result


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file of this name is there" if folder.exists() else error.strerror
        raise InputError(f"{folder} cannot be made ({reason}): choose another folder with --out") from error


def _followed(exam: VirtualExam, guide: Guide, outputs: list[Callable[[Guidance], object]]) -> LoopResult:
    """Run to the end with a progress line on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[now]}"))
    last: LoopResult | None = None
    shown = sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not shown) as bar:
        task = bar.add_task("moves", total=exam.settings.max_moves, now="")
        for guidance, last in run_loop(exam, guide):
            for output in outputs:
                output(guidance)
            bar.update(task, completed=last.moves, now=_progress_line(guidance))
    assert last is not None
    return last


def _progress_line(guidance: Guidance) -> str:
    advice = guidance.advice
    said = advice.hint.text if advice.hint is not None else advice.message
    return f"{guidance.frame.t_stream_s:5.1f} s  {advice.state:<14} {said}"


def summary_lines(exam: VirtualExam, result: LoopResult, latency: LatencyLog | None) -> list[str]:
    """What a run amounted to, for people. Every figure is the virtual patient's."""
    start, final, seed = result.start, result.final, result.settings.seed
    outcome = (
        "reached: held with the picture right"
        if result.reached
        else ("not reached: held, but the picture was not right" if result.held else "not reached")
    )
    p = exam.patient
    rows = [
        ("patient", f"virtual, seed {seed}: {p.sex}, {p.age_years:.0f} y, BMI {p.bmi:.0f}, {p.condition}"),
        ("target", f"{result.settings.target}, {result.settings.policy}"),
        ("outcome", outcome),
        ("took", f"{result.seconds:.1f} s, {result.moves} moves"),
        (
            "start",
            f"{start.pose_mm:.0f} mm, {start.pose_deg:.0f} deg from the target pose; "
            f"plane off by {start.plane_mm:.0f} mm",
        ),
        (
            "final",
            f"{final.pose_mm:.0f} mm, {final.pose_deg:.0f} deg (strict 5/5: {'yes' if final.strict else 'no'}); "
            f"landmarks within {final.plane_mm:.1f} mm of the plane, {final.in_plane_deg:.0f} deg in it",
        ),
        ("quality", "none" if result.quality is None else f"{result.quality:.2f}"),
    ]  # fmt: skip
    total = latency.summary().get("total") if latency is not None else None
    if total is not None:
        rows.append(("latency, ms", "   ".join(f"{k} {total[k]:.1f}" for k in ("p50", "p90", "p99", "max"))))
    return [f"{name:<12} {value}" for name, value in rows]


def _many(options: DemoOptions, settings: LoopSettings, folder: Path) -> int:
    results: list[LoopResult] = []
    place = options.json
    stream = sys.stderr if place == "-" else sys.stdout
    with ExitStack() as stack:
        lines: TextIO | None = sys.stdout if place == "-" else None
        if place is not None and lines is None:
            lines = stack.enter_context(open_lines(Path(place)))
        seeds = range(options.seed, options.seed + options.seeds)
        runs = (replace(settings, seed=seed, fps=MANY_FPS) for seed in seeds)
        workers = min(options.workers or os.cpu_count() or 1, options.seeds)
        for last in run_many(runs, folder, options.runtime, workers):
            results.append(last)
            if lines is not None:
                print(json.dumps(_result_json(last)), file=lines, flush=True)
            print(_seed_line(last), file=stream, flush=True)
    reached = sum(r.reached for r in results)
    strict = sum(r.held and r.final.strict for r in results)
    held = sum(r.held for r in results)
    print(
        f"virtual patients, {settings.policy} to {settings.target}: held {held}/{len(results)}, "
        f"within 5 mm and 5 deg {strict}/{len(results)}",
        file=stream,
    )
    print(f"reached {reached}/{len(results)}", file=stream, flush=True)
    return reached


def _seed_line(r: LoopResult) -> str:
    verdict = "reached" if r.reached else "held, not right" if r.held else "not held"
    return (
        f"seed {r.settings.seed:<4} {verdict:<16} {r.seconds:5.1f} s  {r.moves:2d} moves  "
        f"plane {r.final.plane_mm:4.1f} mm  in plane {r.final.in_plane_deg:3.0f} deg  "
        f"pose {r.final.pose_mm:4.1f} mm {r.final.pose_deg:4.1f} deg"
    )


def _result_json(r: LoopResult) -> dict[str, Any]:
    return {
        "seed": r.settings.seed,
        "target": r.settings.target.value,
        "policy": r.settings.policy.value,
        "held": r.held,
        "reached": r.reached,
        "seconds": round(r.seconds, 2),
        "moves": r.moves,
        "start": asdict(r.start),
        "final": asdict(r.final),
    }
