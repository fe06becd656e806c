"""What ``calibrate int8`` does: quantise a model, compare it with the original, and write it if it lost little."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.int8 import Quantised, check_tools, quantised
from calibration.int8_loss import Int8Loss, Limits, compare, network_input, too_much
from guidance.errors import InputError, RuntimeFailure
from guidance.manifest import Manifest
from guidance.model import Model
from guidance.weights import read_weights
from models.dataset import VALIDATION_SEED, Shards
from models.frames import SIZE
from models.manifest_file import write_manifest
from models.real.parts import Split
from models.real.shards import RealFrames
from models.scenes import EVEN
from ui.progress import progress
from ui.virtual_frames import make_frames

SUFFIX = "-int8"
LEAST_REAL = 50
"""Real pictures to measure ranges on, and to compare on: fewer do not show what a network may meet."""


@dataclass(frozen=True, slots=True)
class Int8Options:
    """``model``: the FP32 folder; ``out``: the folder to write; ``data`` and ``frames``: the virtual frames.

    ``imports``: folders of imported real pictures that come in place of the virtual frames, at most ``frames`` of them.
    ``force``: write it whatever it lost.
    """

    model: Path
    out: Path
    data: Path
    frames: int
    workers: int
    force: bool = False
    limits: Limits = field(default_factory=Limits)
    imports: tuple[Path, ...] = ()


def quantise_model(options: Int8Options) -> dict[str, Any]:
    """Write an INT8 model folder; returns what it lost, on patients that its ranges were not measured on.

    Raises:
        InputError: the model cannot be quantised, ``out`` is taken, ``data`` holds other frames, or the package onnx
            is missing.
        RuntimeFailure: it lost more than the limits; nothing is written then. Or it cannot be quantised.
    """
    check_tools()
    with Model.load(options.model, runtime="cpu") as original, _new_folder(options.out) as part:
        manifest = original.manifest
        if manifest.adapter is not None:
            raise InputError(
                f"model '{manifest.name}' was made elsewhere (adapter in model.json): quantise it with the tools that "
                "made it"
            )
        if manifest.input.size != SIZE:
            raise InputError(
                f"model '{manifest.name}' takes {manifest.input.size} x {manifest.input.size} pixels: the virtual "
                f"frames that networks are quantised on have {SIZE} x {SIZE}"
            )
        measured, held_out = _frames(options)
        data = (options.model / manifest.weights).read_bytes()
        result = _quantise(data, manifest, measured)
        made_from = hashlib.sha256(data).hexdigest()
        pictures = "real pictures" if options.imports else "rendered frames of virtual patients"
        _write(part, manifest, result, made_from, f"{len(measured)} {pictures} kept from training")
        if manifest.memory is not None:  # too small to gain by 8 bits
            file, digest = manifest.memory.weights, manifest.memory.sha256
            _write_file(part / file, read_weights(options.model, file, digest))
        with _load(part) as smaller, progress("comparing", len(held_out)) as advance:
            loss = compare(original, smaller, held_out, advance)
        _judge(loss, options)
        part.rename(options.out)
    return {
        "written": str(options.out),
        "frames_quantised_on": len(measured),
        "frames_compared_on": loss.frames,
        "bytes": {"fp32": len(data), "int8": len(result.weights)},
        "kept_fp32": list(result.kept),
        "made_from_sha256": made_from,
        "loss": {name: value for name, value in asdict(loss).items() if name != "frames"},
        "too_much": too_much(loss, options.limits),
    }


def report_lines(found: dict[str, Any]) -> list[str]:
    """What :func:`quantise_model` returned, for people; figures that the model does not give are left out."""
    loss = found["loss"]
    size = found["bytes"]
    rows = {
        "same view named": f"{loss['view_agreement']:.1%} of {found['frames_compared_on']} frames; "
        f"{loss['sure_agreement']:.1%} of the {loss['sure_frames']} where FP32 is sure enough for a hint",
        "off: quality": _number(loss["quality"], ".4f"),
        "off: facets": _number(loss["facets"], ".4f"),
        "off: novelty": _number(loss["novelty"], ".4f"),
        "off: foreshortened": _number(loss["foreshortening"], ".4f"),
        "off: adjustment": _axes(loss["adjustment"]),
        "   99th percentile": _axes(loss["adjustment99"]),
        "off: half width": _number(loss["half_width"], ".1%"),
        "off: landmarks": _number(loss["landmarks"], ".2f", " mm"),
        "outlines overlap": _number(loss["structures"], ".4f", " (Dice)"),
        "layers kept FP32": str(len(found["kept_fp32"])),
        "size": f"{size['fp32'] / 1e6:.2f} MB before, {size['int8'] / 1e6:.2f} MB now",
        "written to": found["written"],
    }
    lines = [f"{name:<20} {value}" for name, value in rows.items() if value is not None]
    return lines + [f"more lost than allowed: {clause}" for clause in found["too_much"]]


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` under a temporary name, removed unless it was renamed.

    Raises:
        InputError: there is something at ``out`` already, or nothing can be written there.
    """
    if out.exists() or out.is_symlink():
        raise InputError(f"{out} exists already: choose another folder for --out, or delete it")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}): choose another folder") from error
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _frames(options: Int8Options) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures to measure ranges on, and others, of other patients, to compare on."""
    if options.imports:
        half = options.frames // 2
        return _real(options.imports, Split.VALIDATION, half), _real(options.imports, Split.TEST, half)
    make_frames(options.data, options.frames, VALIDATION_SEED, options.workers, EVEN)
    records = Shards.open(options.data).take(np.arange(options.frames))
    first = records["patient"] % 2 == 0
    if first.all() or not first.any():
        raise InputError(f"{options.frames} frames are of one patient only: ask for more with --frames")
    return records["image"][first], records["image"][~first]


def _real(imports: tuple[Path, ...], part: Split, most: int) -> NDArray[np.uint8]:
    """At most ``most`` pictures of one part of ``imports``, from all over it."""
    frames = RealFrames.open(imports, part)
    if len(frames) < LEAST_REAL:
        raise InputError(
            f"the {part} parts have {len(frames)} pictures, {LEAST_REAL} are the least: import more, or set the column "
            "'split' of the labels"
        )
    chosen = np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(np.int64)
    return np.asarray(frames.take(chosen)["image"], dtype=np.uint8)


def _quantise(data: bytes, manifest: Manifest, images: NDArray[np.uint8]) -> Quantised:
    spec = manifest.input
    with progress("measuring ranges", len(images)) as advance:

        def tensors() -> Iterator[NDArray[np.float32]]:
            for n, image in enumerate(images, 1):
                yield network_input(image, spec.mean, spec.std)
                advance(n)

        return quantised(data, spec.name, tensors())


def _write(folder: Path, manifest: Manifest, result: Quantised, made_from: str, pictures: str) -> None:
    _write_file(folder / manifest.weights, result.weights)
    note = (
        f"Quantised to INT8 (static, per channel) from the network of sha256 {made_from}, its ranges measured on "
        f"{pictures}; confidences as fitted to that network."
    )
    update = {
        "name": manifest.name + SUFFIX,
        "sha256": hashlib.sha256(result.weights).hexdigest(),
        "training": f"{manifest.training} {note}",
    }
    write_manifest(manifest.model_copy(update=update), folder)


def _write_file(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _load(folder: Path) -> Model:
    try:
        return Model.load(folder, runtime="cpu")
    except InputError as error:  # not what was given is at fault, but what we made of it
        raise RuntimeFailure(f"the INT8 network does not work ({error}): nothing was written") from error


def _judge(loss: Int8Loss, options: Int8Options) -> None:
    broken = too_much(loss, options.limits)
    if broken and not options.force:
        raise RuntimeFailure(
            f"the INT8 network loses too much: {'; '.join(broken)}. Nothing was written: --force writes it nevertheless"
        )


def _number(value: float | None, form: str, unit: str = "") -> str | None:
    return None if value is None else f"{value:{form}}{unit}"


def _axes(values: tuple[float, ...] | None) -> str | None:
    if values is None:
        return None
    return "  ".join(f"{v:.2f}" for v in values) + "  (mm, mm, degrees x 3)"
