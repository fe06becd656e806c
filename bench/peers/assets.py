"""What every peer gets: one recording, one live stream and one network, all made here from the virtual patient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.peers.barcode import BITS, stamp
from guidance.manifest import read_manifest
from guidance.model import default_model_folder
from guidance.views import View
from models.phantom import Patient, VirtualScanner

BEAT = 20
"""Different pictures, one beat; repeated with their own numbers."""

SPARE_S = 12.0
"""So much longer than a run the live stream lasts: peers take their time to open it."""

JPEG = [cv2.IMWRITE_JPEG_QUALITY, 90]


@dataclass(frozen=True, slots=True)
class Assets:
    """The same for every peer.

    Attributes:
        recording: AVI of JPEG pictures, each with its number.
        pictures: the live stream's pictures as JPEG, each with its number.
        model: ONNX network; its input is (1, 1, size, size) float32, ``(grey / 255 - mean) / std``.
        output: name of the output of which peers read the best class.
    """

    recording: Path
    pictures: tuple[bytes, ...]
    model: Path
    folder: Path
    size: int
    mean: float
    std: float
    output: str


def make_assets(folder: Path, *, rate: float, seconds: float, frames: int) -> Assets:
    """Render, number and encode a recording of ``frames`` pictures and a stream of ``seconds``, and some to spare."""
    beat = _beat()
    model = default_model_folder()
    manifest = read_manifest(model)
    recording = folder / "recording.avi"
    _write_recording(recording, beat, frames, rate)
    count = min(1 << BITS, round(rate * (seconds + SPARE_S)))
    pictures = tuple(_jpeg(_numbered(beat, index)) for index in range(count))
    spec = manifest.input
    network = _network(model / manifest.weights, folder / "network.onnx")
    return Assets(
        recording, pictures, network, model, spec.size, spec.mean, spec.std, manifest.outputs.view
    )  # fmt: skip


def _network(weights: Path, place: Path) -> Path:
    """The network for all but the engine: FAST takes no output of one axis, so those get a second one."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    network = onnx.load(str(weights))
    graph = network.graph
    flat = [output for output in graph.output if len(output.type.tensor_type.shape.dim) == 1]
    graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), "second_axis"))
    for output in flat:
        name = f"{output.name}_column"
        graph.node.append(helper.make_node("Unsqueeze", [output.name, "second_axis"], [name]))
        graph.output.remove(output)
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 1]))
    onnx.save(network, str(place))
    return place


def _beat() -> list[NDArray[np.uint8]]:
    """(480, 640) uint8 each: apical four chamber, the probe moving a little, so that answers vary."""
    scanner = VirtualScanner(Patient.mean())
    poses = [scanner.targets[view].pose for view in (View.A4C, View.A2C)]
    return [scanner.render(poses[number * 2 // BEAT], number / BEAT) for number in range(BEAT)]


def _numbered(beat: list[NDArray[np.uint8]], index: int) -> NDArray[np.uint8]:
    pixels = beat[index % len(beat)].copy()
    stamp(pixels, index)
    return pixels


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels, JPEG)[1].tobytes())


def _write_recording(path: Path, beat: list[NDArray[np.uint8]], frames: int, rate: float) -> None:
    height, width = beat[0].shape
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (width, height))
    for index in range(frames):
        writer.write(cv2.cvtColor(_numbered(beat, index), cv2.COLOR_GRAY2BGR))
    writer.release()
