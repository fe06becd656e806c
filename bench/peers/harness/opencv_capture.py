"""OpenCV's ``VideoCapture``: read, network, overlay in one loop; ``thread``: a grabber that keeps the newest picture;
``dnn``: OpenCV's own engine runs the network.
"""

import threading

import cv2
from work import Work, arguments, loop


def plain(source):
    """Every picture, one after the other."""
    capture = cv2.VideoCapture(source)
    while True:
        ok, pixels = capture.read()
        if not ok:
            return
        yield pixels


def newest(source):
    """The newest picture whenever one is wanted."""
    changed, newest, ended = threading.Condition(), [], []

    def grab():
        for pixels in plain(source):
            with changed:
                newest[:] = [pixels]
                changed.notify()
        with changed:
            ended.append(True)
            changed.notify()

    threading.Thread(target=grab, daemon=True).start()
    while True:
        with changed:
            while not newest and not ended:
                changed.wait()
            if not newest:
                return
            pixels = newest.pop()
        yield pixels


class Dnn:
    """The network in ``cv2.dnn``."""

    def __init__(self, given):
        self._net = cv2.dnn.readNetFromONNX(given.model)
        self._output = given.output

    def __call__(self, tensor):
        """Logits of the view; the whole network runs, as elsewhere."""
        self._net.setInput(tensor)
        names = self._net.getUnconnectedOutLayersNames()
        answers = dict(zip(names, self._net.forward(names), strict=True))
        return answers[self._output].reshape(-1)


given = arguments()
reader = newest if given.variant == "thread" else plain
work = Work(given, network=Dnn(given) if given.variant == "dnn" else None)
loop(reader(given.source), given, work)
