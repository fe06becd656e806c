"""What ``sonoguide evaluate`` does: measures a model, then tells, tabulates and draws what came out."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from guidance.errors import InputError
from guidance.manifest import read_manifest
from guidance.model import Model
from models.clips import measure_clips, read_labels
from models.dataset import TEST_SEED
from models.evaluate import VirtualFigures, check_comparable, evaluate_shards
from models.figures.groups import Worst
from models.not_heart import look_at_clips
from models.real.measure import measure_import
from models.real.parts import Split
from models.scenes import TEST
from models.walk_figures import WalkFigures, lead_walks, walk_figures
from models.walks import check_leads
from ui.evaluation_figures import draw_evaluation
from ui.progress import progress
from ui.virtual_frames import make_frames


@dataclass(frozen=True, slots=True)
class VirtualOptions:
    """Options of ``sonoguide evaluate`` on virtual patients.

    Attributes:
        model, data: folders. frames: how many, drawn where they are missing. workers: processes.
        not_heart: folder of real clips without a heart. figures: folder for tables and pictures.
        walks: how many walks the model is to lead as well.
    """

    model: Path
    data: Path
    frames: int
    workers: int
    not_heart: Path | None = None
    figures: Path | None = None
    walks: int = 0


def evaluate_walks(options: VirtualOptions) -> WalkFigures:
    """Where the model leads the probe on the locked test patients."""
    with progress("walks", options.walks) as advance:
        walks = lead_walks(options.model, options.walks, options.workers, advance)
    return walk_figures(walks, read_manifest(options.model).hints.hold_quality)


def evaluate_virtual(options: VirtualOptions) -> VirtualFigures:
    """Figures on the locked test patients, tabulated and drawn where asked.

    Raises:
        InputError: the model cannot be compared with virtual patients (or not lead, for walks), ``data`` holds other
            frames, ``not_heart`` nothing that can be read, or the folder of figures cannot be written.
        RuntimeFailure: Qt cannot start, to draw.
    """
    manifest = read_manifest(options.model)
    check_comparable(manifest)
    if options.walks:
        check_leads(manifest, options.model)
    Model.load(options.model).close()  # says what is wrong with it before any work
    if options.figures is not None:
        _make_folder(options.figures)
    not_hearts = None
    if options.not_heart is not None:
        with progress("clips of no heart") as advance:
            not_hearts = look_at_clips(
                options.model,
                options.not_heart,
                options.workers,
                lambda done, total: advance(done, total=total),
            )
    make_frames(options.data, options.frames, TEST_SEED, options.workers, TEST)
    with progress("asking the model", options.frames) as advance:
        figures = evaluate_shards(
            options.model, options.data, options.frames, options.workers, not_hearts, advance
        )
    if options.figures is not None:
        write_tables(figures, options.figures)
        draw_evaluation(figures, options.figures)
    return figures


def evaluate_clips(folder: Path, clips: Path, labels: Path | None) -> dict[str, Any]:
    """Figures on recorded clips, see :func:`models.clips.measure_clips`; ``labels`` is a CSV file.

    Raises:
        InputError: there is nothing to evaluate, or the labels cannot be read.
    """
    known = read_labels(labels) if labels is not None else {}
    with Model.load(folder) as model, progress("asking the model") as advance:
        return measure_clips(model, clips, known, lambda done, total: advance(done, total=total))


def evaluate_import(folder: Path, data: Path, split: Split) -> dict[str, Any]:
    """Figures on imported pictures, see :func:`models.real.measure.measure_import`.

    Raises:
        InputError: there is nothing to evaluate.
    """
    with Model.load(folder) as model, progress("asking the model") as advance:
        return measure_import(model, data, split, lambda done, total: advance(done, total=total))


def write_tables(figures: VirtualFigures, folder: Path) -> None:
    """``by_view.csv``, ``by_group.csv``, ``trade_off_*.csv``: one row a view, group or threshold, headings first.

    Raises:
        InputError: one cannot be written.
    """
    _write_table(folder / "by_view.csv", [asdict(row) for row in figures.by_view])
    _write_table(folder / "trade_off_hints.csv", [asdict(point) for point in figures.trade_off.hints])
    _write_table(folder / "trade_off_holds.csv", [asdict(point) for point in figures.trade_off.holds])
    groups = [
        {"of": kind, "group": name, **asdict(g)}
        for kind, of in figures.by_group.items()
        for name, g in of.items()
    ]
    for row in groups:
        row["view_accuracy_low"], row["view_accuracy_high"] = row.pop("view_accuracy_ci95") or (None, None)
    _write_table(folder / "by_group.csv", groups)


def _write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    part = path.with_suffix(".part")
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(rows[0]) if rows else [])
            table.writeheader()
            table.writerows({k: _cell(v) for k, v in row.items()} for row in rows)
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another folder") from error


def _cell(value: Any) -> Any:
    """A number as people read it; empty where there was nothing to count."""
    if isinstance(value, float):
        return "" if math.isnan(value) else round(value, 4)
    return "" if value is None else value


def report_lines(f: VirtualFigures) -> list[str]:
    """The figures for people."""
    d, a, s = f.direction, f.adjustment, f.structures
    fs = f.foreshortening
    rows = [
        ("measured on", f"{f.frames} frames of {f.patients} unseen virtual patients"),
        ("view right", f"{_percent(f.view_accuracy)} of {f.clear_frames} clear frames{_interval(f.naming.ci95)}; "
                       f"A4C/A5C confused {f.a4c_a5c_confused}"),
        ("calibration", f"ECE of the view {_plain(f.reliability.ece)}, on clear frames "
                        f"{_plain(f.reliability.ece_clear)}"),
        ("quality", f"AUC {_plain(f.quality.auc)}, ICC(2,1) {_plain(f.quality.icc)}"),
        ("error", f"{_plain(a.pooled)} mm and degrees averaged over views (always zero: {_plain(a.zero_pooled)}), "
                  f"{a.pairs} pairs"),
        ("by axis", f"{_series(f.error)} (always zero: {_series(f.zero_error)})"),
        ("direction", f"{_percent(d.hinted.share)} right of {d.hinted.errors} errors >= 5 mm or 4 degrees with a hint"
                      f"{_interval(d.hinted.ci95)}; with or without: {_percent(d.all.share)} of {d.all.errors}"),
        ("  by size", "; ".join(f"{b.size}: {_percent(b.all.share)}, hinted {_percent(b.hinted.share)}"
                                for b in d.by_size)),
        ("90 % interval", f"covers {_percent(f.coverage.overall)}; by axis {_shares(f.coverage90)}"),
    ]  # fmt: skip
    rows += [
        ("no heart", f"AUROC {_plain(n.novelty_auroc)}, withheld from {_percent(n.withheld)} of {n.strangers}: {n.on}")
        for n in f.strangeness.values()
    ]  # fmt: skip
    if s is not None:
        rows.append(("structures", f"Dice {_plain(s.mean)}: {_named(s.by_structure)}"))
    rows.append(
        ("foreshortened", f"AUC {_plain(fs.auc)} (by landmarks {_plain(fs.auc_landmarks)}, by the axis "
                          f"{_plain(fs.auc_off_axis)}); {fs.foreshortened} of {fs.frames} apical frames lost 10 %")
    )  # fmt: skip
    rows += [
        (f"held from {p.quality:g}", f"{_percent(p.found)} of the right pictures; of {p.held} held {_percent(p.wrong)} "
                                     f"are not right, {_percent(p.nearly)} by more than 1.2 tolerances")
        for p in f.trade_off.holds if p.quality in (0.6, 0.8)
    ]  # fmt: skip
    rows += [(f"worst {name}", _worst(w)) for name, w in f.worst_group.items() if w is not None]
    rows += [
        (v.view, f"{_percent(v.accuracy)} of {v.clear_frames} named; error {_plain(v.pooled_error)} "
                 f"(zero: {_plain(v.zero_error)}) in {v.pairs}")
        for v in f.by_view
    ]  # fmt: skip
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value}" for name, value in rows]


def walk_lines(f: WalkFigures) -> list[str]:
    """The figures of walks for people."""
    in_use = _percent(f.right) + _interval(f.right_ci95)
    rows = [
        ("walks", f"{f.walks} to a view; right at the start {_percent(f.began_right)}, after {f.stops} stops "
                  f"{_percent(f.ended_right)}"),
        ("held right", f"{in_use} of the walks, from quality {f.hold_quality:g} on"),
    ]  # fmt: skip
    rows += [
        (f"from {p.quality:g}", f"{_percent(p.held)} held, {_percent(p.right)} held right; of the held "
                                f"{_percent(p.wrong)} are not right, {_percent(p.nearly)} by more than 1.2 tolerances")
        for p in f.holds if p.quality in (0.6, 0.7, 0.8)
    ]  # fmt: skip
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value}" for name, value in rows]


def _worst(w: Worst) -> str:
    return f"{w.group} ({w.of}): {_plain(w.value)}, {w.patients} patients"


def _plain(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f} %"


def _interval(pair: tuple[float, float] | None) -> str:
    return "" if pair is None else f" (95 %: {100 * pair[0]:.1f} to {100 * pair[1]:.1f})"


def _series(values: Iterable[float]) -> str:
    return " ".join(_plain(v) for v in values)


def _shares(values: Iterable[float]) -> str:
    return " ".join(_percent(v) for v in values)


def _named(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {_plain(v)}" for name, v in values.items())


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "a file of this name is there" if folder.exists() else error.strerror
        raise InputError(f"{folder} cannot be made ({reason}): choose another with --figures") from error
