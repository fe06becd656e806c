"""What a DICOM header says about who was scanned: an adult or not, and nothing else of them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from pydicom.dataset import Dataset

ADULT_YEARS = 18.0
_FETAL = frozenset({"FETAL HEART", "OBSTETRICAL"})
_YOUNG = frozenset({"PEDIATRIC", "NEONATAL HEAD"})
"""What the third value of an ultrasound's ImageType may be, PS3.3 C.8.5.6.1.1."""
_MADE_UP = frozenset({"19000101", "20000101"})
"""Dates of birth that anonymised files have."""
_DAYS = {"D": 1.0, "W": 7.0, "M": 30.44, "Y": 365.25}


def says_not_adult(header: Dataset) -> bool:
    """The header says that this is a child or a fetus: by the patient's age, or by the examination.

    A scanner's preset for children is used on small adults, too: an age of 18 years or more overrules it, but not an
    examination of a fetus, whose header has the mother's age. What is missing or made up says nothing.
    """
    kind = header.get("ImageType")
    words = [kind] if isinstance(kind, str) else list(kind or ())
    examined = str(words[2]).strip().upper().replace("_", " ") if len(words) > 2 else ""
    if examined in _FETAL:
        return True
    years = _age_years(header)
    return examined in _YOUNG if years is None else years < ADULT_YEARS


def _age_years(header: Dataset) -> float | None:
    """By PatientAge (nnnD, W, M or Y), else by the dates of birth and study; None where neither is to be believed."""
    stated = re.fullmatch(r"(\d{1,3})([DWMY])", str(header.get("PatientAge") or "").strip().upper())
    if stated is not None and int(stated[1]) > 0:  # 000Y stands in anonymised files
        return int(stated[1]) * _DAYS[stated[2]] / _DAYS["Y"]
    if str(header.get("PatientBirthDate") or "").strip() in _MADE_UP:
        return None
    born, studied = _date(header.get("PatientBirthDate")), _date(header.get("StudyDate"))
    if born is None or studied is None or studied <= born:
        return None
    return (studied - born).days / _DAYS["Y"]


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value or "").strip().replace(".", "-"))
    except ValueError:
        return None
