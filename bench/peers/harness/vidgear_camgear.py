"""VidGear's threaded ``CamGear`` and its queue."""

from vidgear.gears import CamGear
from work import Work, arguments, loop


def frames(source):
    """Every picture that it gives."""
    stream = CamGear(source=source, logging=False).start()
    while (pixels := stream.read()) is not None:
        yield pixels


given = arguments()
loop(frames(given.source), given, Work(given), "vidgear")
