"""What every peer does with a picture: number, network input, network, overlay; and the clock at the end of it.

Runs in a peer's own environment: numpy, OpenCV and ONNX Runtime alone. The last line that it prints is the result.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from importlib.metadata import PackageNotFoundError, version

import cv2
import numpy as np

BITS, BLOCK, LEFT, UP = 16, 10, 8, 20  # of bench/peers/barcode.py
FLOOR_CALLS = 60
WARM_UP, WARM_UP_S = 10, 1.5  # at least so many pictures, and so long of a live stream, are not counted
LIBRARIES = ("numpy", "opencv-python-headless", "opencv-python", "onnxruntime")


def arguments():
    """What the peer is to do, as ``bench/peers/run.py`` says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True, help="after the first picture")
    parser.add_argument("--slow-ms", type=float, default=0.0)
    parser.add_argument("--model", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--mean", type=float, required=True)
    parser.add_argument("--std", type=float, required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--variant", default="")
    return parser.parse_args()


def number_of(grey):
    """The number in the pixels of a (H, W) picture; None where there is none: a decoder's grey frame, say."""
    row = grey[grey.shape[0] - UP + BLOCK // 2, LEFT + BLOCK // 2 : LEFT + BITS * BLOCK : BLOCK]
    if ((row > 64) & (row < 192)).any():
        return None
    return int(sum(1 << bit for bit in range(BITS) if row[bit] > 127))


def grey_of(pixels):
    """(H, W) of a grey or BGR picture."""
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)


def draw(pixels, view, share):
    """The overlay: a bar and a word."""
    cv2.rectangle(pixels, (10, 10), (10 + int(200 * share), 30), (0, 255, 0), -1)
    cv2.putText(
        pixels, f"view {view} {share:.2f}", (10, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2
    )


class Network:
    """ONNX Runtime on one thread that waits without spinning."""

    def __init__(self, given):
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = ort.InferenceSession(given.model, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._outputs = [o.name for o in self._session.get_outputs()]
        self._view = self._outputs.index(given.output)
        self.outputs = len(self._outputs)
        self.classes = self._session.get_outputs()[self._view].shape[-1]

    def __call__(self, tensor):
        """Logits of the view."""
        return self._session.run(self._outputs, {self._input: tensor})[self._view][0]


class Work:
    """Called with every picture; :meth:`finish` prints the result."""

    def __init__(self, given, network=None, floor=None):
        self._given = given
        self._floor = floor or Network(given)
        self._network = network or self._floor
        self._done, self._spread = [], []
        self._counted_from, self._cpu_s, self._first = None, None, None
        self._ended = False
        self._floor_ms = []
        self._measure_floor()

    @property
    def over(self):
        """Whether the time is up."""
        most_s = self._given.seconds + (WARM_UP_S if self._given.live else 0.0)
        return self._first is not None and time.monotonic() - self._first > most_s

    def tensor(self, grey):
        """Network input of a (H, W) picture."""
        given = self._given
        small = cv2.resize(grey, (given.size, given.size), interpolation=cv2.INTER_LINEAR)
        small = (small * np.float32(1.0 / (255.0 * given.std))) - np.float32(given.mean / given.std)
        return small.astype(np.float32, copy=False)[None, None]

    def __call__(self, pixels):
        """Everything for one picture, which is drawn on."""
        grey = grey_of(pixels)
        logits = self._network(self.tensor(grey))
        if self._given.slow_ms:
            time.sleep(self._given.slow_ms / 1e3)
        number = number_of(grey)
        draw(pixels, int(logits.argmax()), float(1.0 / np.exp(logits - logits.max()).sum()))
        self.note(number, float(logits.max()))

    def note(self, number, answer):
        """The picture ``number`` is painted now."""
        now_ns = time.monotonic_ns()
        if self._first is None:
            self._first = now_ns / 1e9
        self._done.append((number, now_ns))
        self._spread.append(answer)
        warm = not self._given.live or now_ns / 1e9 - self._first > WARM_UP_S
        if self._counted_from is None and warm and len(self._done) >= WARM_UP:
            self._counted_from, self._cpu_s = len(self._done), time.process_time()

    def finish(self, *packages):
        """Print the result, and leave at once: some libraries hang at the end."""
        cpu_s = 0.0 if self._cpu_s is None else time.process_time() - self._cpu_s
        self._measure_floor()
        done = [] if self._counted_from is None else self._done[self._counted_from :]
        result = {
            "done": done,
            "cpu_ms": 1e3 * cpu_s / max(1, len(done)),
            "floor_ms": self._floor_ms,
            "spread": float(np.ptp(self._spread)) if self._spread else 0.0,
            "versions": versions(packages),
        }
        print("RESULT " + json.dumps(result), flush=True)
        sys.stderr.flush()
        os._exit(0)

    def _measure_floor(self):
        """The bare call on a ready tensor, at the pace of the stream where it has one."""
        size = self._given.size
        tensor = np.random.default_rng(0).standard_normal((1, 1, size, size)).astype(np.float32)
        for _ in range(FLOOR_CALLS):
            if self._given.live:
                time.sleep(1.0 / self._given.rate)
            began = time.perf_counter()
            self._floor(tensor)
            self._floor_ms.append(1e3 * (time.perf_counter() - began))


def versions(packages=()):
    """Version of each library that is installed."""
    found = {"python": sys.version.split()[0]}
    for name in (*packages, *LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def loop(frames, given, work, *packages):
    """Work on every picture of ``frames`` until the time is up, and finish."""
    for pixels in frames:
        work(pixels)
        if work.over:
            break
    work.finish(*packages)
