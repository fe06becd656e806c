"""Writes a PNG of every state at three sizes: ``python -m ui.screenshots FOLDER [--picture FILE]``."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.frame import Frame
from guidance.hint import Advice, Guidance, Hint, ReasonCode, State
from guidance.prediction import Facets
from guidance.probe import Manoeuvre
from guidance.views import View
from ui.qt import painting_application

SIZES = ((640, 480), (1280, 720), (1920, 1080))


def example_states() -> Iterator[tuple[str, Advice]]:
    """A name and an advice for each state, and one ADJUSTING for each manoeuvre."""
    good, poor = Facets(0.9, 0.8, 0.9, 0.85), Facets(0.8, 0.2, 0.9, 0.7)
    adjusting = Advice(State.ADJUSTING, View.A4C, View.A5C, 0.8, 0.42, poor, 0.1)
    hints = (
        Hint(Manoeuvre.SLIDE, "towards the head", "slightly", "Slide slightly towards the head", "The apex is cut off: the heart looks short.", ReasonCode.FORESHORTENED),
        Hint(Manoeuvre.SLIDE, "towards the armpit", "a lot", "Slide far towards the armpit", "The heart's tip is not in the picture.", ReasonCode.MISSING_STRUCTURE),
        Hint(Manoeuvre.ROTATE, "anticlockwise", "", "Rotate anticlockwise", "The aorta is in the picture: this is the five chamber view.", ReasonCode.WRONG_VIEW),
        Hint(Manoeuvre.TILT, "towards the feet", "slightly", "Tilt tail slightly towards the feet", "The right heart is missing.", ReasonCode.MISSING_STRUCTURE),
        Hint(Manoeuvre.ROCK, "towards right shoulder", "", "Rock tail towards right shoulder", "The heart lies at the edge of the picture.", ReasonCode.OFF_AXIS),
        Hint(Manoeuvre.PRESS, "", "", "Press more, add gel", "Air gets between probe and skin.", ReasonCode.POOR_WINDOW),
    )  # fmt: skip
    yield (
        "no_signal",
        Advice(
            State.NO_SIGNAL, View.A4C, View.OTHER, 0.0, message="The cable or the source stopped sending."
        ),
    )
    yield (
        "frozen",
        Advice(
            State.FROZEN,
            View.A4C,
            View.A4C,
            0.9,
            0.5,
            good,
            message="The same picture for two seconds. Unfreeze to go on.",
        ),
    )
    yield (
        "no_contact",
        Advice(
            State.NO_CONTACT,
            View.A4C,
            View.OTHER,
            0.2,
            0.0,
            Facets(0.1, 0.1, 0.05, 0.4),
            message="Add gel and press gently.",
        ),
    )
    yield (
        "not_recognised",
        Advice(
            State.NOT_RECOGNISED,
            View.A4C,
            View.OTHER,
            0.3,
            None,
            None,
            0.9,
            message="This picture is not like any heart view learned. No hint is given.",
        ),
    )
    yield "searching", Advice(State.SEARCHING, View.A4C, View.OTHER, 0.4, 0.1, Facets(0.3, 0.3, 0.7, 0.6))
    for hint in hints:
        yield (
            f"adjusting_{hint.move.value}_{(hint.direction or 'more').split()[-1]}",
            replace(adjusting, hint=hint),
        )
    yield (
        "hold",
        Advice(
            State.HOLD,
            View.A4C,
            View.A4C,
            0.97,
            0.78,
            good,
            hold_progress=0.65,
            message="Good picture. Recording.",
        ),
    )
    yield (
        "captured",
        Advice(
            State.CAPTURED,
            View.A4C,
            View.A4C,
            0.97,
            0.84,
            good,
            hold_progress=1.0,
            message="The clip is kept. Next: subcostal four chamber.",
        ),
    )
    yield "paused", Advice(State.PAUSED, View.PSAX_PM, View.A4C, 0.9, message="You turned hints off. Press M to turn them on.")  # fmt: skip


def write_all(folder: Path, picture: NDArray[np.uint8], source: str = "phantom:demo") -> list[Path]:
    """Write every state at every size of :data:`SIZES` into ``folder``; also no guidance yet, and stale guidance."""
    from ui.still import render_still

    folder.mkdir(parents=True, exist_ok=True)
    painting_application()
    now = 750_000_000
    frame = Frame(picture, 0, now, 0.0, source)
    shots: list[tuple[str, Guidance | None, int]] = [
        (name, Guidance(frame, advice), now) for name, advice in example_states()
    ]
    shots.append(("stale", replace(shots[5][1], frame=frame) if shots[5][1] else None, now + 400_000_000))
    shots.append(("waiting", None, now))
    written = []
    for width, height in SIZES:
        for name, guidance, at in shots:
            path = folder / f"{name}_{width}x{height}.png"
            image = render_still(guidance, (width, height), now_ns=at)
            cv2.imwrite(str(path), image)
            written.append(path)
    return written


def main() -> None:
    """Command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--picture", type=Path, help="a picture to show; default: a grey test sector")
    options = parser.parse_args()
    picture = (
        _test_sector() if options.picture is None else cv2.imread(str(options.picture), cv2.IMREAD_GRAYSCALE)
    )
    if picture is None:
        parser.error(f"{options.picture} is not a picture that can be read")
    started = time.perf_counter()
    written = write_all(options.folder, np.asarray(picture, dtype=np.uint8))
    print(f"{len(written)} pictures in {options.folder} ({time.perf_counter() - started:.1f} s)")


def _test_sector() -> NDArray[np.uint8]:
    """A plain sector with a soft texture, 640x480 grey: for looking at the display without a clip."""
    y, x = np.mgrid[0:480, 0:640].astype(np.float64)
    r, angle = np.hypot(x - 320, y - 10), np.degrees(np.arctan2(x - 320, y - 10))
    texture = 60 + 40 * np.sin(r / 9) * np.cos(angle / 7) + 25 * np.sin(x / 23 + y / 17)
    return np.where((r < 450) & (np.abs(angle) < 42), np.clip(texture, 0, 255), 0).astype(np.uint8)


if __name__ == "__main__":
    main()
