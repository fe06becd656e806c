"""The window in German."""

from __future__ import annotations

from types import MappingProxyType

from guidance.directions import PatientDirection
from guidance.hint import ReasonCode, State
from guidance.wording import de
from ui.wording import Deed, Word, Words

GERMAN = Words(
    hints=de.GERMAN,
    name="Deutsch",
    states=MappingProxyType(
        {
            State.NO_SIGNAL: ("Kein Bild", "Kabel und Gerät prüfen."),
            State.FROZEN: ("Bild eingefroren", "Am Gerät weiterlaufen lassen."),
            State.NO_CONTACT: ("Kein Kontakt", "Gel dazu und sanft drücken."),
            State.NOT_RECOGNISED: ("Nicht sicher", "Dieses Bild ist nicht erkannt, darum kein Hinweis."),
            State.SEARCHING: ("Schnitt suchen", "Langsam um den Startpunkt bewegen."),
            State.ADJUSTING: ("Fast da", "Schallkopf lassen, wo er ist."),
            State.HOLD: ("Still halten", "Das ist das Bild."),
            State.CAPTURED: ("Aufgenommen", "Dieser Schnitt ist fertig."),
            State.PAUSED: ("Hinweise sind aus", "Das Bild läuft weiter."),
        }
    ),
    silences=MappingProxyType(
        {
            ReasonCode.UNFAMILIAR: ("Kein Herz erkannt", "Zu solchem Bild gibt es keinen Hinweis."),
            ReasonCode.COLOUR: ("Farbdoppler", "Hinweise gelten dem grauen Bild."),
            ReasonCode.STRIP: ("Kein bewegtes Bild", "Hinweise gelten dem bewegten Bild."),
            ReasonCode.NOT_ADULT: ("Kind oder Fetus", "Hinweise gelten nur für Erwachsene."),
            ReasonCode.SHALLOW: ("Zu flach", "In diese Tiefe passt kein Herz Erwachsener."),
        }
    ),
    places=MappingProxyType(
        {
            PatientDirection.HEAD: "Kopf",
            PatientDirection.LEFT_SHOULDER: "linke Schulter",
            PatientDirection.ARMPIT: "Achsel",
            PatientDirection.PATIENT_LEFT: "linke Seite",
            PatientDirection.LEFT_HIP: "linke Hüfte",
            PatientDirection.FEET: "Füße",
            PatientDirection.RIGHT_HIP: "rechte Hüfte",
            PatientDirection.BREASTBONE: "Brustbein",
            PatientDirection.PATIENT_RIGHT: "rechte Seite",
            PatientDirection.RIGHT_SHOULDER: "rechte Schulter",
        }
    ),
    deeds=MappingProxyType(
        {
            Deed.CAPTURE: "Jetzt aufnehmen",
            Deed.MUTE: "Hinweise aus, an",
            Deed.DISMISS: "Dieser Hinweis ist falsch",
            Deed.NEXT: "Nächster Schnitt",
            Deed.PREVIOUS: "Schnitt davor",
            Deed.CHOOSE: "Schnitt wählen",
            Deed.SKIP: "Überspringen, Bestes behalten",
            Deed.REDO: "Diesen Schnitt noch einmal",
            Deed.STRUCTURES: "Strukturen umranden",
            Deed.FACETS: "Warum diese Güte",
            Deed.CARD: "Startkarte",
            Deed.VOICE: "Hinweise sprechen",
            Deed.LIGHT: "Hell, dunkel",
            Deed.LARGER: "Größere Schrift",
            Deed.SMALLER: "Kleinere Schrift",
            Deed.USUAL: "Übliche Schrift",
            Deed.AGAIN: "Noch einmal, nach dem Ende",
            Deed.FULL: "Ganzer Bildschirm",
            Deed.LEAVE: "Hilfe, Vollbild verlassen",
            Deed.HELP: "Diese Hilfe",
            Deed.ENGINEER: "Technikfenster",
            Deed.CLOSE: "Schließen",
        }
    ),
    texts=MappingProxyType(
        {
            Word.TARGET: "Ziel",
            Word.ON_SCREEN: "Im Bild",
            Word.NO_VIEW: "Kein Standardschnitt",
            Word.QUALITY: "Güte",
            Word.CAPTURE_LINE: "Aufnahme",
            Word.STRUCTURES: "Strukturen",
            Word.ANGLE: "Winkel",
            Word.CONTACT: "Kontakt",
            Word.GAIN_DEPTH: "Gain, Tiefe",
            Word.EXAMPLE: "Virtuelles Beispiel",
            Word.VIRTUAL: "Virtueller Patient",
            Word.RESEARCH_USE: "Nur für Forschung. Kein Medizinprodukt.",
            Word.START_AT: "Ansetzen {placement}; Marker auf {marker}.",
            Word.PATIENT: "Patient",
            Word.PROBE: "Schallkopf",
            Word.MARKER: "Marker",
            Word.AIM: "Richtung",
            Word.SECONDS: "{seconds} s",
            Word.STALE_TITLE: "Führung pausiert",
            Word.STALE_LINE: "Wartet auf ein frisches Ergebnis.",
            Word.WAITING_TITLE: "Es geht los",
            Word.WAITING_LINE: "Wartet auf das erste Bild.",
            Word.LOST_TITLE: "Bildquelle verloren",
            Word.LOST_LINE: "{error}. R versucht es noch einmal.",
            Word.ENDED_TITLE: "Bildquelle beendet",
            Word.ENDED_LINE: "R öffnet sie noch einmal.",
            Word.OVER_TITLE: "Ende der Aufzeichnung",
            Word.OVER_LINE: "R spielt sie noch einmal.",
            Word.STALLED: "Seit {seconds} s kein besseres Bild: {remedy}.",
            Word.STALLED_SKIP: "K geht weiter, das Beste bleibt.",
            Word.HINTS_ON: "Hinweise an",
            Word.HINTS_OFF: "Hinweise aus",
            Word.HELP_BUTTON: "Hilfe  ?",
            Word.PICTURES_S: "{rate} Bilder/s",
            Word.DROPPED: "{count} ausgelassen",
            Word.GRABBER: "{ms} ms Grabber",
            Word.KEPT: "behalten",
            Word.BEST: "bisher Bestes",
            Word.SKIPPED: "übersprungen",
            Word.TO_DO: "offen",
            Word.DONE: "fertig",
            Word.PROTOCOL_DONE: "Jeder Schnitt ist fertig oder übersprungen",
            Word.DISK: "Clips warten auf den Datenträger: {problem}",
            Word.VOICE_ON: "Hinweise werden gesprochen",
            Word.VOICE_OFF: "Hinweise werden nicht gesprochen",
            Word.NO_VOICE: "Dieser Rechner hat keine Stimme für {language}",
            Word.CAPTURED_BY_HAND: "{view} von Hand aufgenommen",
            Word.SKIPPED_NOTE: "{view} übersprungen, das Beste bleibt",
            Word.REDO_NOTE: "{view} noch einmal, Behaltenes bleibt",
            Word.HELP_TITLE: "Tasten",
            Word.FIRST_TITLE: "So geht es",
            Word.FIRST_1: "Mit der Startkarte beginnen",
            Word.FIRST_1_WHY: "Sie sagt, wie der Patient liegt, wo der Schallkopf ansetzt und wohin der Marker zeigt.",
            Word.FIRST_2: "Die eine gezeigte Bewegung machen",
            Word.FIRST_2_WHY: "Langsam. Die Zeile darunter sagt, warum. Richtungen sind die des Patienten; beim "
            "Kippen und Neigen bewegt sich der Griff.",
            Word.FIRST_3: "Über der Linie still halten",
            Word.FIRST_3_WHY: "Bleibt der Balken über der Linie, schließt sich der Ring, und der Clip wird von "
            "selbst aufgenommen.",
            Word.FIRST_4: "Sie entscheiden",
            Word.FIRST_4_WHY: "Es kann irren, und sagt, wenn es unsicher ist. Leertaste nimmt auf, D verwirft einen "
            "Hinweis, M schaltet stumm.",
            Word.ANY_KEY: "Jede Taste geht weiter.",
            Word.MORE_KEYS: "? zeigt alle Tasten.",
            Word.ENGINEER: "Technik",
            Word.RATES: "je Sekunde",
            Word.GUIDED: "geführt",
            Word.PAINTED: "gemalt",
            Word.NOT_PAINTED: "nicht gemalt",
            Word.STAGES: "Verzögerung, ms",
            Word.GUI_LATE: "Fenster verspätet, ms: p50 {p50}, p99 {p99}, max {most}, {over} % über {budget}",
            Word.FIRST_PICTURE: "erstes Bild nach {seconds} s",
        }
    ),
)
"""German."""
