"""The window in English."""

from __future__ import annotations

from types import MappingProxyType

from guidance.directions import PatientDirection
from guidance.hint import ReasonCode, State
from guidance.wording import en
from ui.wording import Deed, Word, Words

ENGLISH = Words(
    hints=en.ENGLISH,
    name="English",
    states=MappingProxyType(
        {
            State.NO_SIGNAL: ("No picture", "Check the cable and the source."),
            State.FROZEN: ("Picture frozen", "Unfreeze to go on."),
            State.NO_CONTACT: ("No contact", "Add gel and press gently."),
            State.NOT_RECOGNISED: ("Not sure", "This picture is not recognised, so there is no hint."),
            State.SEARCHING: ("Find the view", "Move slowly over the start point."),
            State.ADJUSTING: ("Nearly there", "Keep the probe where it is."),
            State.HOLD: ("Hold still", "This is the picture."),
            State.CAPTURED: ("Captured", "This view is done."),
            State.PAUSED: ("Hints are off", "The picture goes on."),
        }
    ),
    silences=MappingProxyType(
        {
            ReasonCode.UNFAMILIAR: ("Unlike a heart", "There is no hint for such a picture."),
            ReasonCode.COLOUR: ("Colour Doppler", "Hints are for the grey picture."),
            ReasonCode.STRIP: ("Not a moving picture", "Hints are for the moving picture."),
            ReasonCode.NOT_ADULT: ("Child or fetus", "Hints are for adults alone."),
            ReasonCode.SHALLOW: ("Too shallow", "No adult's heart fits in this depth."),
        }
    ),
    places=MappingProxyType(
        {
            PatientDirection.HEAD: "head",
            PatientDirection.LEFT_SHOULDER: "left shoulder",
            PatientDirection.ARMPIT: "armpit",
            PatientDirection.PATIENT_LEFT: "patient's left",
            PatientDirection.LEFT_HIP: "left hip",
            PatientDirection.FEET: "feet",
            PatientDirection.RIGHT_HIP: "right hip",
            PatientDirection.BREASTBONE: "breastbone",
            PatientDirection.PATIENT_RIGHT: "patient's right",
            PatientDirection.RIGHT_SHOULDER: "right shoulder",
        }
    ),
    deeds=MappingProxyType(
        {
            Deed.CAPTURE: "Capture now",
            Deed.MUTE: "Hints off, on",
            Deed.DISMISS: "This hint is wrong",
            Deed.NEXT: "Next view",
            Deed.PREVIOUS: "View before",
            Deed.CHOOSE: "Choose a view",
            Deed.SKIP: "Skip this view, keep its best",
            Deed.REDO: "Do this view again",
            Deed.STRUCTURES: "Outline structures",
            Deed.FACETS: "Why this quality",
            Deed.CARD: "Start card",
            Deed.VOICE: "Speak hints",
            Deed.LIGHT: "Light, dark",
            Deed.LARGER: "Larger text",
            Deed.SMALLER: "Smaller text",
            Deed.USUAL: "Usual text",
            Deed.AGAIN: "Play again, after the end",
            Deed.FULL: "Full screen",
            Deed.LEAVE: "Leave help, full screen",
            Deed.HELP: "This help",
            Deed.ENGINEER: "Engineer's panel",
            Deed.CLOSE: "Close",
        }
    ),
    texts=MappingProxyType(
        {
            Word.TARGET: "Target",
            Word.ON_SCREEN: "On screen",
            Word.NO_VIEW: "No standard view",
            Word.QUALITY: "Quality",
            Word.CAPTURE_LINE: "capture",
            Word.STRUCTURES: "Structures",
            Word.ANGLE: "Angle",
            Word.CONTACT: "Contact",
            Word.GAIN_DEPTH: "Gain, depth",
            Word.EXAMPLE: "Virtual example",
            Word.VIRTUAL: "Virtual patient",
            Word.RESEARCH_USE: "Research use only. Not a medical device.",
            Word.START_AT: "Start {placement}; marker at {marker}.",
            Word.PATIENT: "Patient",
            Word.PROBE: "Probe",
            Word.MARKER: "Marker",
            Word.AIM: "Aim",
            Word.SECONDS: "{seconds} s",
            Word.STALE_TITLE: "Guidance paused",
            Word.STALE_LINE: "Waiting for a fresh result.",
            Word.WAITING_TITLE: "Starting",
            Word.WAITING_LINE: "Waiting for the first picture.",
            Word.LOST_TITLE: "Stream lost",
            Word.LOST_LINE: "{error}. Press R to try again.",
            Word.ENDED_TITLE: "Stream ended",
            Word.ENDED_LINE: "Press R to open it again.",
            Word.OVER_TITLE: "End of recording",
            Word.OVER_LINE: "Press R to play it again.",
            Word.STALLED: "No better picture for {seconds} s: {remedy}.",
            Word.STALLED_SKIP: "K goes on, the best is kept.",
            Word.HINTS_ON: "Hints on",
            Word.HINTS_OFF: "Hints off",
            Word.HELP_BUTTON: "Help  ?",
            Word.PICTURES_S: "{rate} pictures/s",
            Word.DROPPED: "{count} dropped",
            Word.GRABBER: "{ms} ms grabber",
            Word.KEPT: "kept",
            Word.BEST: "best so far",
            Word.SKIPPED: "skipped",
            Word.TO_DO: "to do",
            Word.DONE: "done",
            Word.PROTOCOL_DONE: "Every view is done or skipped",
            Word.DISK: "Clips wait for the disk: {problem}",
            Word.VOICE_ON: "Hints are spoken",
            Word.VOICE_OFF: "Hints are not spoken",
            Word.NO_VOICE: "This computer has no voice for {language}",
            Word.CAPTURED_BY_HAND: "{view} captured by hand",
            Word.SKIPPED_NOTE: "{view} skipped, its best is kept",
            Word.REDO_NOTE: "{view} again, what was kept stays",
            Word.HELP_TITLE: "Keys",
            Word.FIRST_TITLE: "How it works",
            Word.FIRST_1: "Begin at the start card",
            Word.FIRST_1_WHY: "It says how the patient lies, where the probe goes and where its marker points.",
            Word.FIRST_2: "Make the one move shown",
            Word.FIRST_2_WHY: "Slowly. The line below says why. Directions are the patient's; for tilt and rock "
            "the tail moves.",
            Word.FIRST_3: "Hold still above the line",
            Word.FIRST_3_WHY: "When the bar stays above its line the ring closes, and the clip is taken by itself.",
            Word.FIRST_4: "You decide",
            Word.FIRST_4_WHY: "It may be wrong, and says when it is not sure. Space captures, D dismisses a hint, "
            "M mutes.",
            Word.ANY_KEY: "Any key goes on.",
            Word.MORE_KEYS: "? shows every key.",
            Word.ENGINEER: "Engineer",
            Word.RATES: "per second",
            Word.GUIDED: "guided",
            Word.PAINTED: "painted",
            Word.NOT_PAINTED: "not painted",
            Word.STAGES: "latency, ms",
            Word.GUI_LATE: "window late, ms: p50 {p50}, p99 {p99}, max {most}, {over} % over {budget}",
            Word.FIRST_PICTURE: "first picture after {seconds} s",
        }
    ),
)
"""English."""
