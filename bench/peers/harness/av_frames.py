"""PyAV: FFmpeg's demuxer and decoder, grey pictures without a detour over BGR."""

import av
import numpy as np
from work import Work, arguments, loop


def frames(source):
    """Every picture."""
    with av.open(source) as container:
        for frame in container.decode(video=0):
            yield np.ascontiguousarray(frame.to_ndarray(format="gray"))


given = arguments()
loop(frames(given.source), given, Work(given), "av")
