"""The summary of an exam as a DICOM Comprehensive SR (PS3.3 A.35.3), in the study of its clips.

It says how the clips were acquired, nothing about the patient: view, quality, facets, what the coach said and why, what
the operator said, and which software and model. The same exam gives the same document with the same UID, byte for byte;
a verdict that changed gives another. No address of a stream stands in it: one may hold a password.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

from guidance.exam.dicom_clip import study_of, written_by
from guidance.exam.log import read_log
from guidance.exam.reading import ExamOnDisk
from guidance.exam.records import LOG_FILE, NOTICE, ClipRecord, ExamRecord
from guidance.exam.review_records import ClipReview, Verdict
from guidance.exam.timeline import Said, Timeline, timeline_of
from guidance.exam.view_codes import VIEW_CODES, Code
from guidance.pacs.content import (
    FRAMES,
    NO_UNITS,
    SCHEME,
    SECONDS,
    code,
    coded,
    container,
    image,
    number,
    own,
    reference,
    text,
)
from guidance.prediction import Facets
from guidance.views import View

MOST_HINTS = 200
"""Of one clip; the last ones before it was taken."""

FACETS = {
    "structures": own("Structures seen"),
    "on_axis": own("On axis"),
    "window": own("Window, contact"),
    "gain_depth": own("Gain and depth"),
}
TITLE = own("Guided acquisition")
LANGUAGE: Code = ("121049", "DCM", "Language of Content Item and Descendants")
ENGLISH: Code = ("en", "RFC5646", "English")
OBSERVER: Code = ("121005", "DCM", "Observer Type")
DEVICE: Code = ("121007", "DCM", "Device")
OBSERVER_NAME: Code = ("121013", "DCM", "Device Observer Name")
OBSERVER_MODEL: Code = ("121015", "DCM", "Device Observer Model Name")
IMAGE_VIEW: Code = ("111031", "DCM", "Image View")
COMMENT: Code = ("121106", "DCM", "Comment")


def summary_dataset(exam: ExamOnDisk, clips: Sequence[ClipRecord]) -> Dataset:
    """The document about ``clips`` of ``exam``, ready to be saved in the file format.

    Args:
        exam: one whose record can be read.
        clips: those to report, all with a DICOM file.
    """
    assert exam.record is not None
    record = exam.record
    events = tuple(read_log(exam.path / LOG_FILE))
    sections = []
    for clip in clips:
        said = ClipReview(number=clip.number) if exam.review is None else exam.review.of(clip.number)
        sections.append(container(own("Clip"), list(_clip(clip, said, timeline_of(clip, events)))))
    moment = _moment(exam, clips)
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = ComprehensiveSRStorage
    study_of(ds, record.exam)
    ds.Modality = "SR"
    ds.SeriesNumber = 2
    ds.SeriesDescription = "sonoguide, summary of the acquisition"
    ds.ReferencedPerformedProcedureStepSequence = DicomSequence([])
    ds.InstanceNumber = 1
    ds.ContentDate, ds.ContentTime = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S.%f")
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    ds.PerformedProcedureCodeSequence = DicomSequence([])
    ds.CurrentRequestedProcedureEvidenceSequence = DicomSequence([_evidence(record, clips)])
    _root(ds, [*_head(record), *sections])
    _identify(ds, record)
    return ds


def _root(ds: Dataset, children: list[Dataset]) -> None:
    ds.ValueType = "CONTAINER"
    ds.ConceptNameCodeSequence = DicomSequence([coded(TITLE)])
    ds.ContinuityOfContent = "SEPARATE"
    scheme = Dataset()
    scheme.CodingSchemeDesignator = SCHEME
    scheme.CodingSchemeName = "sonoguide"
    ds.CodingSchemeIdentificationSequence = DicomSequence([scheme])
    ds.ContentSequence = DicomSequence(children)


def _identify(ds: Dataset, record: ExamRecord) -> None:
    """UIDs that follow from what the document says: sent twice, it is the same document."""
    content = hashlib.sha256(ds.to_json().encode()).hexdigest()
    ds.SOPInstanceUID = _uid(f"{record.exam.study_uid} summary {content}")
    ds.SeriesInstanceUID = _uid(f"{record.exam.study_uid} summaries")
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID


def _uid(name: str) -> str:
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"


def _evidence(record: ExamRecord, clips: Sequence[ClipRecord]) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = record.exam.series_uid
    series.ReferencedSOPSequence = DicomSequence(
        [reference(UltrasoundMultiFrameImageStorage, clip.sop_instance_uid) for clip in clips]
    )
    study = Dataset()
    study.StudyInstanceUID = record.exam.study_uid
    study.ReferencedSeriesSequence = DicomSequence([series])
    return study


def _moment(exam: ExamOnDisk, clips: Sequence[ClipRecord]) -> datetime:
    """When the newest thing in the document was said: not now, or sending it again would make another one."""
    assert exam.record is not None
    times = [exam.record.exam.created, *(clip.kept_at for clip in clips)]
    if exam.review is not None:
        times += [exam.review.of(clip.number).at for clip in clips]
    known = []
    for time in times:
        try:
            known.append(datetime.fromisoformat(time))
        except ValueError:
            continue
    return max(known, key=datetime.timestamp)


def _head(record: ExamRecord) -> Iterator[Dataset]:
    context = "HAS OBS CONTEXT"
    yield code(LANGUAGE, ENGLISH, "HAS CONCEPT MOD")
    yield code(OBSERVER, DEVICE, context)
    yield text(OBSERVER_NAME, "sonoguide", context)
    yield text(OBSERVER_MODEL, record.exam.model or "unknown", context)
    yield text(own("Software version"), written_by(), context)
    yield text(own("Notice"), NOTICE)
    if record.exam.virtual:
        yield text(own("Virtual patient"), "Virtual patient, nobody was scanned")


def _clip(clip: ClipRecord, said: ClipReview, line: Timeline) -> Iterator[Dataset]:
    yield image(UltrasoundMultiFrameImageStorage, clip.sop_instance_uid)
    yield code(own("Target view"), _view(clip.target))
    if clip.on_screen is not None:
        yield code(IMAGE_VIEW, _view(clip.on_screen))
    yield code(own("Reason kept"), own(clip.reason.value))
    yield code(own("Coach state"), own(clip.state.value))
    if clip.quality is not None:
        yield number(own("Quality"), clip.quality, NO_UNITS)
    yield number(own("Frames"), clip.frames, FRAMES)
    yield number(own("Frames judged"), clip.judged, FRAMES)
    yield number(own("Duration"), clip.t_end_s - clip.t_start_s, SECONDS)
    if line.capture_quality is not None:
        yield number(own("Quality to hold"), line.capture_quality, NO_UNITS)
    yield from _facets(line)
    if said.verdict is not Verdict.UNDECIDED:
        yield code(own("Operator verdict"), own(said.verdict.value))
    if said.note.strip():
        yield text(COMMENT, said.note.strip())
    for one in line.said[-MOST_HINTS:]:
        yield container(own("Guidance"), list(_guidance(one, line)))


def _facets(line: Timeline) -> Iterator[Dataset]:
    """The means over the clip itself, where the log has them."""
    during: list[Facets] = [
        one.facets
        for one in line.samples
        if one.facets is not None and line.clip_start_s <= one.t_s <= line.end_s
    ]
    for name, concept in FACETS.items():
        if during:
            yield number(concept, sum(getattr(one, name) for one in during) / len(during), NO_UNITS)


def _guidance(one: Said, line: Timeline) -> Iterator[Dataset]:
    """What was said in one stretch; times count from the clip's beginning, negative before it."""
    seconds: Callable[[Code, float], Dataset] = partial(number, units=SECONDS)
    yield seconds(own("Begin"), one.t_s - line.clip_start_s)
    yield seconds(own("End"), one.until_s - line.clip_start_s)
    yield code(own("Coach state"), own(one.state.value))
    yield code(IMAGE_VIEW, _view(one.view))
    if one.quality is not None:
        yield number(own("Quality"), one.quality, NO_UNITS)
    if one.hint:
        yield text(own("Hint"), one.hint)
    if one.reason:
        yield text(own("Reason"), one.reason)
    if one.reason_code:
        yield code(own("Reason code"), own(one.reason_code))


def _view(view: View) -> Code:
    return VIEW_CODES.get(view, own(view.value))
