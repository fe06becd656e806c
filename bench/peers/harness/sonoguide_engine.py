"""Sonoguide's engine: grabber thread, sector crop, network, decoding of all answers, coach; then the same overlay.

A recording goes through it picture by picture, as ``sonoguide run --fast`` does.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from work import UP, Work, arguments, draw, grey_of, number_of

from guidance.coach import Coach
from guidance.engine import Engine
from guidance.model import Model
from guidance.pauses import real_time
from guidance.slot import Delivery
from guidance.sources import open_source
from guidance.views import View


class Slow:
    """The runtime, slower: as the other peers are slowed."""

    def __init__(self, runtime, slow_ms):
        self._runtime, self._slow_s = runtime, slow_ms / 1e3

    def __getattr__(self, name):
        return getattr(self._runtime, name)

    def run(self, tensor):
        """The answer, later."""
        answer = self._runtime.run(tensor)
        time.sleep(self._slow_s)
        return answer


given = arguments()
with Model.load(given.folder, runtime="cpu") as model:
    work = Work(given, floor=model.runtime.run)
    shown = model.on(Slow(model.runtime, given.slow_ms)) if given.slow_ms else model
    delivery = Delivery.FRESH if given.variant == "fresh" else Delivery.NEWEST
    engine = Engine(shown, Coach(View.A4C, model.manifest.hints), delivery=delivery)
    with real_time():
        for guidance in engine.run(open_source(given.source, fast=not given.live), fast=not given.live):
            if guidance.prediction is None:
                continue
            pixels = guidance.frame.pixels.copy()  # nobody writes to a frame
            advice = guidance.advice
            draw(pixels, advice.view and advice.view.value, advice.view_probability)
            # The engine made the picture grey already: of this copy only the rows with the number are needed so.
            work.note(number_of(grey_of(pixels[-UP:])), float(guidance.prediction.view_probabilities.max()))
            if work.over:
                break
    work.finish("sonoguide")
