"""GStreamer with an appsink; ``drop``: it keeps one buffer only, the newest, in place of a queue."""

import gi

gi.require_version("Gst", "1.0")

import numpy as np
from gi.repository import Gst
from work import Work, arguments, loop


def frames(source, live, drop):
    """Every picture that the sink gives, copied: its buffer goes back to the pool."""
    Gst.init(None)
    if live:
        head = f"souphttpsrc location={source} is-live=true do-timestamp=true ! multipartdemux"
    else:
        head = f"filesrc location={source} ! avidemux"
    limit = "max-buffers=1 drop=true" if drop else "" if live else "max-buffers=4"
    pipeline = Gst.parse_launch(
        f"{head} ! jpegdec ! videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink sync=false {limit}"
    )
    sink = pipeline.get_by_name("sink")
    pipeline.set_state(Gst.State.PLAYING)
    while (sample := sink.emit("try-pull-sample", 5 * Gst.SECOND)) is not None:
        shape = sample.get_caps().get_structure(0)
        width, height = shape.get_value("width"), shape.get_value("height")
        buffer = sample.get_buffer()
        _, mapped = buffer.map(Gst.MapFlags.READ)
        stride = mapped.size // height
        pixels = np.frombuffer(mapped.data, np.uint8).reshape(height, stride)[:, :width].copy()
        buffer.unmap(mapped)
        yield pixels


given = arguments()
loop(frames(given.source, given.live, given.variant == "drop"), given, Work(given))
