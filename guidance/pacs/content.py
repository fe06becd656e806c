"""Content items of a DICOM structured report (PS3.3 C.17.3), as pydicom data sets."""

from __future__ import annotations

from collections.abc import Sequence as Items

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from guidance.exam.view_codes import Code

SCHEME = "99SONOGUIDE"
"""Our own codes, where the standard has none."""

NO_UNITS: Code = ("1", "UCUM", "no units")
SECONDS: Code = ("s", "UCUM", "second")
FRAMES: Code = ("{frames}", "UCUM", "frames")


def own(meaning: str) -> Code:
    """A code of ours: the meaning in capitals, at most 16 characters long."""
    return "".join(c if c.isalnum() else "_" for c in meaning.upper())[:16], SCHEME, meaning


def coded(code: Code) -> Dataset:
    """The item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def container(concept: Code, children: Items[Dataset], relation: str = "CONTAINS") -> Dataset:
    """A heading with what stands below it."""
    item = _item("CONTAINER", concept, relation)
    item.ContinuityOfContent = "SEPARATE"
    if children:
        item.ContentSequence = Sequence(children)
    return item


def text(concept: Code, value: str, relation: str = "CONTAINS") -> Dataset:
    """Words, which must not be empty."""
    item = _item("TEXT", concept, relation)
    item.TextValue = value
    return item


def code(concept: Code, value: Code, relation: str = "CONTAINS") -> Dataset:
    """One of a list."""
    item = _item("CODE", concept, relation)
    item.ConceptCodeSequence = Sequence([coded(value)])
    return item


def number(concept: Code, value: float, units: Code, relation: str = "CONTAINS") -> Dataset:
    """A measured value, with at most four decimals."""
    measured = Dataset()
    measured.MeasurementUnitsCodeSequence = Sequence([coded(units)])
    measured.NumericValue = f"{value:.4f}".rstrip("0").rstrip(".")
    item = _item("NUM", concept, relation)
    item.MeasuredValueSequence = Sequence([measured])
    return item


def image(sop_class: str, sop_instance: str, relation: str = "CONTAINS") -> Dataset:
    """A reference to an image."""
    item = Dataset()
    item.RelationshipType, item.ValueType = relation, "IMAGE"
    item.ReferencedSOPSequence = Sequence([reference(sop_class, sop_instance)])
    return item


def reference(sop_class: str, sop_instance: str) -> Dataset:
    """An item that names an instance."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, sop_instance
    return item


def _item(kind: str, concept: Code, relation: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = relation, kind
    item.ConceptNameCodeSequence = Sequence([coded(concept)])
    return item
