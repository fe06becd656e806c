"""FAST runs the network (its own bundled engine); OpenCV reads and resizes, as FAST's streamers know no HTTP."""

import cv2
import fast
import numpy as np
from work import Network, Work, arguments, loop


class Fast:
    """The network in FAST: an image in, tensors out, in an order of FAST's own. ``like``: the same in ONNX Runtime."""

    def __init__(self, given, like):
        fast.Reporter.setGlobalReportMethod(fast.Reporter.NONE)
        self._net = fast.NeuralNetwork.create(given.model, inferenceEngine="OpenVINO")
        self._outputs, self._classes, self._view = like.outputs, like.classes, None

    def __call__(self, tensor):
        """Logits of the view: the output that has as many values as there are views."""
        self._net.connect(fast.Image.createFromArray(np.ascontiguousarray(tensor[0, 0][:, :, None])))
        self._net.run()
        if self._view is None:
            sizes = [np.asarray(self._net.getOutputData(n)).size for n in range(self._outputs)]
            self._view = sizes.index(self._classes)
        return np.asarray(self._net.getOutputData(self._view)).reshape(-1)


def frames(source):
    """Every picture."""
    capture = cv2.VideoCapture(source)
    while True:
        ok, pixels = capture.read()
        if not ok:
            return
        yield pixels


given = arguments()
floor = Network(given)
loop(frames(given.source), given, Work(given, network=Fast(given, floor), floor=floor), "pyfast")
