"""The English catalogue: patient directions, which end moves, verb first, at most six words on line one."""

from __future__ import annotations

from types import MappingProxyType

from guidance.directions import PatientDirection
from guidance.hint import ReasonCode
from guidance.probe import Manoeuvre
from guidance.stall import Remedy
from guidance.views import START_CARDS
from guidance.wording import Amount, Catalogue, Message

ENGLISH = Catalogue(
    language="en",
    hints=MappingProxyType(
        {
            Manoeuvre.SLIDE: "Slide {amount} towards {place}",
            Manoeuvre.ROTATE: "Rotate {turn} {amount}",
            Manoeuvre.TILT: "Tilt tail {amount} towards {place}",
            Manoeuvre.ROCK: "Rock tail {amount} towards {place}",
            Manoeuvre.PRESS: "Press more, add gel",
        }
    ),
    places=MappingProxyType(
        {
            PatientDirection.HEAD: "the head",
            PatientDirection.LEFT_SHOULDER: "left shoulder",
            PatientDirection.ARMPIT: "the armpit",
            PatientDirection.PATIENT_LEFT: "patient's left",
            PatientDirection.LEFT_HIP: "left hip",
            PatientDirection.FEET: "the feet",
            PatientDirection.RIGHT_HIP: "right hip",
            PatientDirection.BREASTBONE: "the breastbone",
            PatientDirection.PATIENT_RIGHT: "patient's right",
            PatientDirection.RIGHT_SHOULDER: "right shoulder",
        }
    ),
    direction="towards {place}",
    turns=MappingProxyType({1: "clockwise", -1: "anticlockwise"}),
    amounts=MappingProxyType({Amount.SLIGHTLY: "slightly", Amount.PLAIN: "", Amount.LOT: "a lot"}),
    far=MappingProxyType({Amount.SLIGHTLY: "slightly", Amount.PLAIN: "", Amount.LOT: "far"}),
    turn_far=MappingProxyType({Amount.SLIGHTLY: "slightly", Amount.PLAIN: "", Amount.LOT: "a lot"}),
    reasons=MappingProxyType(
        {
            ReasonCode.WRONG_VIEW: "This is {seen}; {target} is the target",
            ReasonCode.MISSING_STRUCTURE: "The {structure} is not in the picture",
            ReasonCode.FORESHORTENED: "The ventricle is foreshortened or off plane",
            ReasonCode.OFF_AXIS: "The {target} plane is about {size} away",
            ReasonCode.POOR_WINDOW: "The acoustic window is poor here",
            ReasonCode.NO_CONTACT: "Hardly any sound gets into the chest",
            ReasonCode.GAIN_DEPTH: "Gain or depth hides the heart",
            ReasonCode.UNFAMILIAR: "The picture is unlike anything learnt",
            ReasonCode.UNSURE: "It is not clear which view this is",
            ReasonCode.COLOUR: "Flow colours lie over the picture",
            ReasonCode.STRIP: "This is M-mode or a spectrum",
            ReasonCode.NOT_ADULT: "The file says that this is a child or a fetus",
            ReasonCode.SHALLOW: "Too little depth for an adult's heart",
            ReasonCode.NO_MOVEMENTS: "This model gives no movements",
        }
    ),
    off_axis_slide="The {target} window is about {size} away",
    nameless_structure="A structure of {target} is not in the picture",
    structures=MappingProxyType(
        {
            "lv": "left ventricle",
            "rv": "right ventricle",
            "la": "left atrium",
            "ra": "right atrium",
            "aorta": "aorta",
            "ivc": "inferior vena cava",
        }
    ),
    millimetres="{value} mm",
    degrees="{value}°",
    cards=START_CARDS,
    hour="{hour} o'clock",
    remedies=MappingProxyType(
        {
            Remedy.BREATHE_OUT: "ask the patient to breathe out and hold",
            Remedy.BREATHE_IN: "ask the patient to breathe in and hold",
            Remedy.ROLL_LEFT: "roll the patient further to the left",
            Remedy.BEND_KNEES: "bend the patient's knees, relax the belly",
            Remedy.TILT_HEAD: "put a pillow under the shoulders, head back",
            Remedy.OTHER_WINDOW: "look for another window, one space up or down",
            Remedy.GO_ON: "go on with another view",
        }
    ),
    messages=MappingProxyType(
        {
            Message.NO_SIGNAL: "No picture arrives: check the cable and the scanner",
            Message.FROZEN: "The picture is frozen: unfreeze the scanner to go on",
            Message.NO_CONTACT: "Hardly any sound gets into the chest: more gel, press a little",
            Message.STILL_NO_CONTACT: "Still no contact: start again {placement}, marker at {marker}",
            Message.UNFAMILIAR: "Unlike anything learnt, no advice: start {placement}, marker at {marker}",
            Message.UNSURE: "Unsure what this is, no advice: start {placement}, marker at {marker}",
            Message.COLOUR: "Colour Doppler is on: switch it off for hints",
            Message.STRIP: "M-mode or Doppler strip: go back to the moving picture for hints",
            Message.NOT_ADULT: "A child or a fetus, by the file: no advice, only adults' hearts were learnt",
            Message.SHALLOW: "Too shallow for an adult's heart, no advice: more depth; not for children",
            Message.NO_VIEW: "No standard view here. {target}: {placement}, marker at {marker}",
            Message.OTHER_VIEW: "This is {seen}. {target}: {placement}, marker at {marker}",
            Message.UNKNOWN_TARGET: "This model does not know {target}: choose another target",
            Message.GAIN_DEPTH: "Set gain and depth so that the heart fills the picture",
            Message.POOR_WINDOW: "Poor window: more gel, or ask the patient to breathe out and hold",
            Message.NEARLY: "{target} is near: small, slow movements",
            Message.WAIT: "{target} is on screen: keep looking for the best picture",
            Message.NO_MOVEMENTS: "{target} is on screen; this model gives no movements: look for the best picture",
            Message.BY_HAND: "{target} is on screen; this model neither moves nor grades: capture it by hand",
            Message.HOLD: "Hold still",
            Message.CAPTURED: "{target} captured",
            Message.MUTED: "Hints are muted",
            Message.STALE: "Guidance is paused: no fresh prediction",
        }
    ),
)
"""English."""
