"""The English catalogue: patient directions, which end moves, verb first, at most six words on line one."""

from __future__ import annotations

from types import MappingProxyType

from guidance.directions import PatientDirection
from guidance.hint import ReasonCode
from guidance.probe import Manoeuvre
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
            ReasonCode.TRYING: "To see whether the picture gets better",
            ReasonCode.IMPROVING: "The picture is getting better",
            ReasonCode.PASSED_BEST: "Half way back: it was better there",
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
    messages=MappingProxyType(
        {
            Message.NO_SIGNAL: "No picture arrives: check the cable and the scanner",
            Message.FROZEN: "The picture is frozen: unfreeze the scanner to go on",
            Message.NO_CONTACT: "Hardly any sound gets into the chest: more gel, press a little",
            Message.STILL_NO_CONTACT: "Still no contact: start again {placement}, marker at {marker}",
            Message.UNFAMILIAR: "Unlike anything learnt, no advice: start {placement}, marker at {marker}",
            Message.UNSURE: "Unsure what this is, no advice: start {placement}, marker at {marker}",
            Message.NO_VIEW: "No standard view here. {target}: {placement}, marker at {marker}",
            Message.OTHER_VIEW: "This is {seen}. {target}: {placement}, marker at {marker}",
            Message.UNKNOWN_TARGET: "This model does not know {target}: choose another target",
            Message.GAIN_DEPTH: "Set gain and depth so that the heart fills the picture",
            Message.POOR_WINDOW: "Poor window: more gel, or ask the patient to breathe out and hold",
            Message.NEARLY: "{target} is near: small, slow movements",
            Message.WAIT: "{target} is on screen: keep looking for the best picture",
            Message.HOLD: "Hold still",
            Message.CAPTURED: "{target} captured",
            Message.MUTED: "Hints are muted",
            Message.STALE: "Guidance is paused: no fresh prediction",
        }
    ),
)
"""English."""
