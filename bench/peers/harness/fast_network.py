"""FAST runs the network (its own bundled engine); OpenCV reads and resizes, as FAST's streamers know no HTTP."""

import cv2
import fast
import numpy as np
from work import Work, arguments, loop


class Fast:
    """The network in FAST: an image in, tensors out."""

    def __init__(self, given):
        fast.Reporter.setGlobalReportMethod(fast.Reporter.NONE)
        self._net = fast.NeuralNetwork.create(given.model, inferenceEngine="OpenVINO")
        self._mean, self._std = given.mean, given.std

    def __call__(self, tensor):
        """Logits of the view: the first output that has as many values as there are views."""
        self._net.connect(fast.Image.createFromArray(np.ascontiguousarray(tensor[0, 0][:, :, None])))
        self._net.run()
        return np.asarray(self._net.getOutputData(0)).reshape(-1)


def frames(source):
    """Every picture."""
    capture = cv2.VideoCapture(source)
    while True:
        ok, pixels = capture.read()
        if not ok:
            return
        yield pixels


given = arguments()
loop(frames(given.source), given, Work(given, network=Fast(given)), "pyfast")
