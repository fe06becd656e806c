"""Roboflow's ``InferencePipeline`` with the network as custom logic."""

import os
import time

for name in ("SAM", "SAM2", "SAM3", "GAZE", "YOLO_WORLD", "CLIP", "DOCTR", "GROUNDINGDINO", "COGVLM"):
    os.environ.setdefault(f"CORE_MODEL_{name}_ENABLED", "False")
os.environ.setdefault("TELEMETRY_OPT_OUT", "True")
os.environ.setdefault("METRICS_ENABLED", "False")

from inference import InferencePipeline
from work import Work, arguments

given = arguments()
work = Work(given)
seen = []


def on_video_frame(frames):
    """Network and overlay for a batch, which has one picture."""
    for frame in frames:
        work(frame.image)
    seen.append(time.monotonic())
    return [None] * len(frames)


pipeline = InferencePipeline.init_with_custom_logic(
    video_reference=given.source, on_video_frame=on_video_frame, on_prediction=lambda *_: None
)
pipeline.start(use_main_thread=False)
began = time.monotonic()
while not work.over and time.monotonic() - (seen[-1] if seen else began + 10.0) < 5.0:
    time.sleep(0.05)
work.finish("inference")
