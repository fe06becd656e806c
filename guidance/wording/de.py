"""The German catalogue: same rules as the English one. The tail of the probe is its "Griff"."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from guidance.directions import PatientDirection
from guidance.hint import ReasonCode
from guidance.probe import Manoeuvre
from guidance.stall import Remedy
from guidance.views import START_CARDS, View
from guidance.wording import Amount, Catalogue, Message

_LEFT = "auf der linken Seite, linker Arm hoch"
_SUPINE = "auf dem Rücken, Knie angewinkelt"
_PARASTERNAL = "links am Brustbein, 3.-4. Rippenraum"
_APICAL = "am Herzspitzenstoß, 5. Rippenraum"
_SUBCOSTAL = "unter dem Brustbein, Schallkopf fast flach"

_CARDS: dict[View, tuple[str, str, str, str]] = {
    View.PLAX: ("Parasternale lange Achse", _LEFT, _PARASTERNAL, "gerade auf Mitral- und Aortenklappe"),
    View.PSAX_AV: (
        "Parasternale kurze Achse, Aortenklappe",
        _LEFT,
        _PARASTERNAL,
        "zum rechten Schulterblatt",
    ),
    View.PSAX_MV: (
        "Parasternale kurze Achse, Mitralklappe",
        _LEFT,
        _PARASTERNAL,
        "gerade auf die Mitralklappe",
    ),
    View.PSAX_PM: (
        "Parasternale kurze Achse, Papillarmuskeln",
        _LEFT,
        "links am Brustbein, 4. Rippenraum",
        "nach unten und zur linken Hüfte",
    ),
    View.A4C: ("Apikaler Vierkammerblick", _LEFT, _APICAL, "zur rechten Schulter"),
    View.A5C: ("Apikaler Fünfkammerblick", _LEFT, _APICAL, "zur rechten Schulter, etwas nach vorn"),
    View.A2C: ("Apikaler Zweikammerblick", _LEFT, _APICAL, "zur rechten Schulter"),
    View.A3C: ("Apikaler Dreikammerblick", _LEFT, _APICAL, "zur rechten Schulter"),
    View.SC4C: ("Subkostaler Vierkammerblick", _SUPINE, _SUBCOSTAL, "hinauf zur linken Schulter"),
    View.SC_IVC: (
        "Subkostal, untere Hohlvene",
        _SUPINE,
        _SUBCOSTAL,
        "rechts neben die Wirbelsäule, zum Kopf",
    ),
    View.PSAX_APEX: (
        "Parasternale kurze Achse, Herzspitze",
        _LEFT,
        "auf halbem Weg zur Herzspitze, 5. Rippenraum",
        "nach unten und zur linken Hüfte",
    ),
    View.SSN: (
        "Suprasternal",
        "auf dem Rücken, Kopf nach hinten",
        "in der Grube über dem Brustbein",
        "hinab hinter das Brustbein",
    ),
}

GERMAN = Catalogue(
    language="de",
    hints=MappingProxyType(
        {
            Manoeuvre.SLIDE: "Schiebe {amount} {place}",
            Manoeuvre.ROTATE: "Drehe {amount} {turn}",
            Manoeuvre.TILT: "Kippe Griff {amount} {place}",
            Manoeuvre.ROCK: "Neige Griff {amount} {place}",
            Manoeuvre.PRESS: "Drücke fester, mehr Gel",
        }
    ),
    places=MappingProxyType(
        {
            PatientDirection.HEAD: "zum Kopf",
            PatientDirection.LEFT_SHOULDER: "zur linken Schulter",
            PatientDirection.ARMPIT: "zur Achsel",
            PatientDirection.PATIENT_LEFT: "zur linken Patientenseite",
            PatientDirection.LEFT_HIP: "zur linken Hüfte",
            PatientDirection.FEET: "zu den Füßen",
            PatientDirection.RIGHT_HIP: "zur rechten Hüfte",
            PatientDirection.BREASTBONE: "zum Brustbein",
            PatientDirection.PATIENT_RIGHT: "zur rechten Patientenseite",
            PatientDirection.RIGHT_SHOULDER: "zur rechten Schulter",
        }
    ),
    direction="{place}",
    turns=MappingProxyType({1: "im Uhrzeigersinn", -1: "gegen den Uhrzeigersinn"}),
    amounts=MappingProxyType({Amount.SLIGHTLY: "etwas", Amount.PLAIN: "", Amount.LOT: "viel"}),
    far=MappingProxyType({Amount.SLIGHTLY: "etwas", Amount.PLAIN: "", Amount.LOT: "weit"}),
    turn_far=MappingProxyType({Amount.SLIGHTLY: "etwas", Amount.PLAIN: "", Amount.LOT: "weit"}),
    reasons=MappingProxyType(
        {
            ReasonCode.WRONG_VIEW: "Das ist {seen}; Ziel ist {target}",
            ReasonCode.MISSING_STRUCTURE: "Im Bild fehlt: {structure}",
            ReasonCode.FORESHORTENED: "Die Kammer ist verkürzt oder die Ebene liegt daneben",
            ReasonCode.OFF_AXIS: "Die Ebene von {target} ist etwa {size} entfernt",
            ReasonCode.POOR_WINDOW: "Das Schallfenster ist hier schlecht",
            ReasonCode.NO_CONTACT: "Kaum Schall dringt in die Brust ein",
            ReasonCode.GAIN_DEPTH: "Verstärkung oder Tiefe verbergen das Herz",
            ReasonCode.UNFAMILIAR: "Das Bild gleicht nichts, was gelernt wurde",
            ReasonCode.UNSURE: "Es ist unklar, welcher Schnitt das ist",
            ReasonCode.COLOUR: "Flussfarben liegen über dem Bild",
            ReasonCode.STRIP: "Das ist M-Mode oder ein Spektrum",
            ReasonCode.NOT_ADULT: "Laut Datei ein Kind oder ein Fetus",
            ReasonCode.SHALLOW: "Zu wenig Tiefe für das Herz Erwachsener",
            ReasonCode.NO_MOVEMENTS: "Dieses Modell gibt keine Bewegungen",
        }
    ),
    off_axis_slide="Das Fenster von {target} ist etwa {size} entfernt",
    nameless_structure="Eine Struktur von {target} fehlt im Bild",
    structures=MappingProxyType(
        {
            "lv": "linker Ventrikel",
            "rv": "rechter Ventrikel",
            "la": "linker Vorhof",
            "ra": "rechter Vorhof",
            "aorta": "Aorta",
            "ivc": "untere Hohlvene",
        }
    ),
    millimetres="{value} mm",
    degrees="{value}°",
    cards=MappingProxyType(
        {
            view: replace(START_CARDS[view], title=title, position=position, placement=placement, aim=aim)
            for view, (title, position, placement, aim) in _CARDS.items()
        }
    ),
    hour="{hour} Uhr",
    remedies=MappingProxyType(
        {
            Remedy.BREATHE_OUT: "ausatmen und die Luft anhalten lassen",
            Remedy.BREATHE_IN: "einatmen und die Luft anhalten lassen",
            Remedy.ROLL_LEFT: "den Patienten weiter auf die linke Seite drehen",
            Remedy.BEND_KNEES: "Knie anwinkeln, Bauch entspannen lassen",
            Remedy.TILT_HEAD: "Kissen unter die Schultern, Kopf nach hinten",
            Remedy.OTHER_WINDOW: "ein anderes Fenster suchen, eine Rippe höher oder tiefer",
            Remedy.GO_ON: "mit einem anderen Schnitt weitermachen",
        }
    ),
    messages=MappingProxyType(
        {
            Message.NO_SIGNAL: "Es kommt kein Bild: Kabel und Gerät prüfen",
            Message.FROZEN: "Das Bild ist eingefroren: am Gerät weiterlaufen lassen",
            Message.NO_CONTACT: "Kaum Schall dringt in die Brust: mehr Gel, etwas drücken",
            Message.STILL_NO_CONTACT: "Noch kein Kontakt: neu ansetzen {placement}, Marker auf {marker}",
            Message.UNFAMILIAR: "Unbekanntes Bild, kein Rat: ansetzen {placement}, Marker auf {marker}",
            Message.UNSURE: "Unsicher, kein Rat: ansetzen {placement}, Marker auf {marker}",
            Message.COLOUR: "Farbdoppler ist an: für Hinweise ausschalten",
            Message.STRIP: "M-Mode oder Dopplerstreifen: für Hinweise zurück zum bewegten Bild",
            Message.NOT_ADULT: "Laut Datei ein Kind oder Fetus: kein Rat, gelernt sind nur Herzen Erwachsener",
            Message.SHALLOW: "Zu flach für das Herz Erwachsener, kein Rat: mehr Tiefe; nicht für Kinder",
            Message.NO_VIEW: "Hier ist kein Standardschnitt. {target}: {placement}, Marker auf {marker}",
            Message.OTHER_VIEW: "Das ist {seen}. {target}: {placement}, Marker auf {marker}",
            Message.UNKNOWN_TARGET: "Dieses Modell kennt {target} nicht: ein anderes Ziel wählen",
            Message.GAIN_DEPTH: "Verstärkung und Tiefe so wählen, dass das Herz das Bild füllt",
            Message.POOR_WINDOW: "Schlechtes Fenster: mehr Gel, oder ausatmen und anhalten lassen",
            Message.NEARLY: "{target} ist nah: kleine, langsame Bewegungen",
            Message.WAIT: "{target} ist im Bild: weiter das beste Bild suchen",
            Message.NO_MOVEMENTS: "{target} ist im Bild; dieses Modell gibt keine Bewegungen: das beste Bild suchen",
            Message.BY_HAND: "{target} ist im Bild; dieses Modell führt nicht und benotet nicht: von Hand aufnehmen",
            Message.HOLD: "Still halten",
            Message.CAPTURED: "{target} aufgenommen",
            Message.MUTED: "Hinweise sind aus",
            Message.STALE: "Führung pausiert: kein frisches Ergebnis",
        }
    ),
)
"""German."""
