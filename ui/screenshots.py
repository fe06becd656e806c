"""Writes a PNG of every state at three sizes, of every choice of the operator, and of the window:
``python -m ui.screenshots FOLDER [--picture FILE] [--docs FOLDER]``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.directions import PatientDirection
from guidance.frame import Frame
from guidance.hint import Advice, Guidance, Hint, ReasonCode, State
from guidance.prediction import Facets
from guidance.probe import Manoeuvre
from guidance.reasons import Reason
from guidance.stall import Remedy, Stall
from guidance.views import View
from guidance.wording import Amount
from ui.contact_sheet import contact_sheet
from ui.layout import Mode
from ui.painter import Wanted
from ui.palette import DARK, LIGHT, Palette
from ui.qt import offscreen_application, painting_application
from ui.reference_pictures import MOMENT_S
from ui.screenshots_window import write_window
from ui.still import render_still
from ui.wording import Word, Words, words_in
from ui.wording.en import ENGLISH

SIZES = ((640, 480), (1280, 720), (1920, 1080))
GOOD, POOR, NONE = Facets(0.9, 0.8, 0.9, 0.85), Facets(0.8, 0.2, 0.9, 0.7), Facets(0.1, 0.1, 0.05, 0.4)
A4C, OTHER = View.A4C, View.OTHER
SHORT = "The ventricle is foreshortened or off plane"
MIDDLE_OF_MOVE_NS = 750_000_000


DOCUMENTED = {
    "window_protocol": "window",
    "searching_1280x720": "window_start",
    "hold_1280x720": "window_hold",
}
"""Pictures that the documentation shows, and their names there."""


def example_hints() -> Iterator[tuple[str, Hint]]:
    """A name and a hint for each manoeuvre."""
    off, missing = ReasonCode.OFF_AXIS, ReasonCode.MISSING_STRUCTURE
    yield "slide_head", Hint(
        Manoeuvre.SLIDE, "towards the head", "slightly", "Slide slightly towards the head", SHORT,
        ReasonCode.FORESHORTENED, "slide_y", 1, PatientDirection.HEAD,
    )  # fmt: skip
    yield "slide_armpit", Hint(
        Manoeuvre.SLIDE, "towards the armpit", "a lot", "Slide far towards the armpit",
        "The A4C window is about 25 mm away", off, "slide_x", 1, PatientDirection.ARMPIT,
    )  # fmt: skip
    yield "rotate", Hint(
        Manoeuvre.ROTATE, "anticlockwise", "", "Rotate anticlockwise", "This is A5C; A4C is the target",
        ReasonCode.WRONG_VIEW, "rotate", -1,
    )  # fmt: skip
    yield "tilt", Hint(
        Manoeuvre.TILT, "towards the feet", "slightly", "Tilt tail slightly towards the feet",
        "The right atrium is not in the picture", missing, "tilt", 1, PatientDirection.FEET,
    )  # fmt: skip
    yield "rock", Hint(
        Manoeuvre.ROCK, "towards right shoulder", "", "Rock tail towards right shoulder",
        "The A4C plane is about 15° away", off, "rock", 1, PatientDirection.RIGHT_SHOULDER,
    )  # fmt: skip
    yield (
        "press",
        Hint(
            Manoeuvre.PRESS,
            "",
            "",
            "Press more, add gel",
            "The acoustic window is poor here",
            ReasonCode.POOR_WINDOW,
        ),
    )


def tilt_hint(words: Words) -> Hint:
    """The same hint in any language."""
    reason = Reason(ReasonCode.MISSING_STRUCTURE, structure="ra", axis="tilt")
    return words.hints.movement("tilt", 1, PatientDirection.FEET, Amount.SLIGHTLY, reason, A4C)


def example_states() -> Iterator[tuple[str, Advice]]:
    """A name and an advice for each state, and one ADJUSTING for each manoeuvre."""
    yield (
        "no_signal",
        Advice(
            State.NO_SIGNAL, A4C, OTHER, 0.0, message="No picture arrives: check the cable and the scanner"
        ),
    )
    yield (
        "frozen",
        Advice(
            State.FROZEN,
            A4C,
            A4C,
            0.9,
            0.5,
            GOOD,
            message="The picture is frozen: unfreeze the scanner to go on",
        ),
    )
    yield "no_contact", Advice(
        State.NO_CONTACT, A4C, OTHER, 0.2, 0.0, NONE,
        message="Hardly any sound gets into the chest: more gel, press a little",
    )  # fmt: skip
    yield "not_recognised", Advice(
        State.NOT_RECOGNISED, A4C, OTHER, 0.3, novelty=0.9,
        message="Unlike anything learnt, no advice: start at the apex beat, 5th space, marker at 2 o'clock",
    )  # fmt: skip
    yield "colour_doppler", Advice(
        State.NOT_RECOGNISED, A4C, OTHER, 0.0,
        message="Colour Doppler is on: switch it off for hints", reason_code=ReasonCode.COLOUR,
    )  # fmt: skip
    yield "searching", Advice(State.SEARCHING, A4C, OTHER, 0.4, 0.1, Facets(0.3, 0.3, 0.7, 0.6))
    for name, hint in example_hints():
        yield f"adjusting_{name}", Advice(State.ADJUSTING, A4C, View.A5C, 0.8, 0.42, POOR, 0.1, hint)
    yield "hold", Advice(State.HOLD, A4C, A4C, 0.97, 0.78, GOOD, message="Hold still", hold_progress=0.65)
    yield (
        "captured",
        Advice(State.CAPTURED, A4C, A4C, 0.97, 0.84, GOOD, message="A4C captured", hold_progress=1.0),
    )
    yield "paused", Advice(State.PAUSED, View.PSAX_PM, A4C, 0.9, message="Hints are muted")


def example_choices() -> dict[str, tuple[Wanted, Palette]]:
    """What the operator may choose, by name."""
    note = f"{ENGLISH.stalled(Stall(25.0, Remedy.ROLL_LEFT))} {ENGLISH(Word.STALLED_SKIP)}"
    return {
        "light": (Wanted(), LIGHT),
        "large": (Wanted(text_scale=1.5), DARK),
        "german": (Wanted(words=words_in("de")), DARK),
        "facets": (Wanted(facets=True), DARK),
        "advice": (Wanted(note=note), DARK),
    }


def write_all(folder: Path, picture: NDArray[np.uint8], source: str = "phantom:demo") -> list[Path]:
    """Write every state at every size of :data:`SIZES`, stale and no guidance, and the overlay alone."""
    painting_application()
    folder.mkdir(parents=True, exist_ok=True)
    now = MIDDLE_OF_MOVE_NS
    frame = Frame(picture, 0, now, 0.0, source)
    shots: dict[str, tuple[Guidance | None, int]] = {
        name: (Guidance(frame, advice), now) for name, advice in example_states()
    }
    shots["stale"] = (shots["adjusting_tilt"][0], now + 400_000_000)
    shots["waiting"] = (None, now)
    written = []
    for size in SIZES:
        for name, (guidance, at) in shots.items():
            path = folder / f"{name}_{size[0]}x{size[1]}.png"
            cv2.imwrite(str(path), render_still(guidance, size, now_ns=at))
            written.append(path)
    for name, (wanted, palette) in example_choices().items():
        for shot in ("adjusting_tilt", "searching"):
            path = folder / f"{name}_{shot}.png"
            guidance = shots[shot][0]
            if guidance is not None and guidance.advice.hint is not None:
                advice = replace(guidance.advice, hint=tilt_hint(wanted.words))
                guidance = replace(guidance, advice=advice)
            still = render_still(guidance, SIZES[1], now_ns=now, wanted=wanted, palette=palette)
            cv2.imwrite(str(path), still)
            written.append(path)
    height, width = picture.shape[:2]
    for name in ("adjusting_tilt", "hold", "stale"):
        path = folder / f"over_{name}.png"
        guidance, at = shots[name]
        live = None if guidance is None else replace(guidance, frame=replace(frame, source="host"))
        over = render_still(live, (width, height), now_ns=at, mode=Mode.OVER, under=picture)
        cv2.imwrite(str(path), over)
        written.append(path)
    return written


def virtual_picture() -> NDArray[np.uint8]:
    """(480, 640) uint8: the mean virtual patient's A4C."""
    from models.phantom.patient import Patient
    from models.phantom.scanner import VirtualScanner
    from models.phantom.style import MachineStyle

    scanner = VirtualScanner(Patient.mean(), style=MachineStyle(persistence=0.0))
    return scanner.render(scanner.targets[A4C].pose, MOMENT_S)


def main() -> None:
    """Command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--picture", type=Path, help="a picture to show; default: a virtual patient's")
    parser.add_argument("--docs", type=Path, help="a folder for those that the documentation shows, as JPEG")
    options = parser.parse_args()
    picture = virtual_picture() if options.picture is None else cv2.imread(str(options.picture))
    if picture is None:
        parser.error(f"{options.picture} is not a picture that can be read")
    source = "phantom:view=A4C" if options.picture is None else str(options.picture)
    pixels = np.asarray(picture, dtype=np.uint8)
    offscreen_application()  # the window needs one with widgets, and the first stays
    written = write_all(options.folder, pixels, source)
    written += write_window(options.folder, pixels, source)
    shown = [path for path in written if "_640x480" not in path.name and "_1920x1080" not in path.name]
    sheet = contact_sheet(shown)
    cv2.imwrite(str(options.folder / "states.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])
    if options.docs is not None:
        cv2.imwrite(str(options.docs / "states.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])
        for shot, name in DOCUMENTED.items():
            still = np.asarray(cv2.imread(str(options.folder / f"{shot}.png")), dtype=np.uint8)
            cv2.imwrite(str(options.docs / f"{name}.jpg"), still, [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(f"{len(written)} pictures in {options.folder}, and states.jpg with the most of them")


if __name__ == "__main__":
    main()
