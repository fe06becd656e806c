"""A clip as a DICOM Ultrasound Multi-frame Image (PS3.3 A.7), RLE compressed: nothing is lost."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, UltrasoundMultiFrameImageStorage

from guidance.capture import Clip
from guidance.exam.pixels import Pictures
from guidance.exam.records import NOTICE, ClipRecord, ExamHead
from guidance.exam.view_codes import HEART, VIEW_CODES, Code

PRIVATE_GROUP = 0x0075
PRIVATE_CREATOR = "SONOGUIDE 1"
"""Elements: 01 mean quality (FD), 02 quality of each frame (FL, -1: not judged), 03 reason (CS), 04 state (CS),
05 target (CS), 06 view on screen (CS)."""


def clip_dataset(
    clip: Clip, pictures: Pictures, record: ClipRecord, head: ExamHead, *, lossy: bool
) -> Dataset:
    """The data set of one clip, ready to be saved in the file format.

    The view's code is given only where the coach saw the target in most frames (View Name belongs to stress
    protocols: it would need their stages); the comment always says what was aimed at and seen. Burned In Annotation
    is NO only where all but the sector is black, and absent (it may or may not) elsewhere.

    Args:
        clip: frames and qualities.
        pictures: their pixels.
        record: what the exam says of it.
        head: the exam.
        lossy: the stream came to us through a lossy compression.
    """
    kept = datetime.fromisoformat(record.kept_at)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = UltrasoundMultiFrameImageStorage
    ds.SOPInstanceUID = record.sop_instance_uid
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    study_of(ds, head)
    ds.Modality = "US"
    ds.SeriesInstanceUID = head.series_uid
    ds.SeriesNumber = 1
    ds.SeriesDescription = f"sonoguide, model {head.model}"[:64]
    ds.InstanceNumber = record.number
    ds.ContentDate, ds.ContentTime = _date(kept), _time(kept)
    ds.AcquisitionDateTime = kept.strftime("%Y%m%d%H%M%S.%f%z")
    ds.PatientOrientation = ""
    ds.ImageType = ["DERIVED", "PRIMARY", "TTE", "0001"]
    ds.DerivationDescription = "All but the ultrasound sector removed" if pictures.sector_only else "Cropped"
    if pictures.sector_only:
        ds.BurnedInAnnotation = "NO"
    ds.LossyImageCompression = "01" if lossy else "00"
    ds.ImageComments = _comment(record, head)
    ds.AnatomicRegionSequence = Sequence([_code(HEART)])
    if record.on_screen is record.target and record.target in VIEW_CODES:
        ds.ViewCodeSequence = Sequence([_code(VIEW_CODES[record.target])])
    _cine(ds, clip)
    if record.mm_per_px is not None:
        ds.SequenceOfUltrasoundRegions = Sequence([_region(pictures.size, record.mm_per_px)])
    _private(ds, clip, record)
    _pixels(ds, pictures)
    return ds


def study_of(ds: Dataset, head: ExamHead) -> None:
    """Put into ``ds`` what all documents of the exam have in common: patient, study, equipment."""
    created = datetime.fromisoformat(head.created)
    ds.PatientName, ds.PatientID = "", head.name[:64]  # nobody is named; the exam tells patients apart
    ds.PatientBirthDate = ds.PatientSex = ds.ReferringPhysicianName = ds.AccessionNumber = ""
    ds.StudyInstanceUID = head.study_uid
    ds.StudyDate, ds.StudyTime = _date(created), _time(created)
    ds.StudyID = created.strftime("%Y%m%d%H%M%S")
    ds.StudyDescription = "Virtual patient, nobody was scanned" if head.virtual else "Echocardiography"
    ds.Manufacturer = ds.ManufacturerModelName = "sonoguide"
    ds.SoftwareVersions = written_by()


def _cine(ds: Dataset, clip: Clip) -> None:
    times = [frame.t_stream_s for frame in clip.frames]
    steps = [0.0, *(1000.0 * (b - a) for a, b in pairwise(times))]
    ds.NumberOfFrames = len(times)
    ds.FrameIncrementPointer = 0x00181065
    ds.FrameTimeVector = [f"{step:.3f}" for step in steps]
    rate = frame_rate(clip)
    if rate is not None:
        ds.CineRate = ds.RecommendedDisplayFrameRate = max(1, round(rate))
    ds.EffectiveDuration = f"{clip.duration_s:.3f}"


def frame_rate(clip: Clip) -> float | None:
    """Frames a second; None for a single frame."""
    return (len(clip.frames) - 1) / clip.duration_s if clip.duration_s > 0.0 else None


def _region(size: tuple[int, int], mm_per_px: tuple[float, float]) -> Dataset:
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0  # 2-D, tissue
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = size[0] - 1, size[1] - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # cm
    region.PhysicalDeltaX, region.PhysicalDeltaY = mm_per_px[0] / 10.0, mm_per_px[1] / 10.0
    return region


def _private(ds: Dataset, clip: Clip, record: ClipRecord) -> None:
    block = ds.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
    if record.quality is not None:
        block.add_new(0x01, "FD", record.quality)
    block.add_new(0x02, "FL", [-1.0 if quality is None else quality for quality in clip.qualities])
    block.add_new(0x03, "CS", record.reason.value.upper())
    block.add_new(0x04, "CS", record.state.value)
    block.add_new(0x05, "CS", record.target.value)
    if record.on_screen is not None:
        block.add_new(0x06, "CS", record.on_screen.value)


def _pixels(ds: Dataset, pictures: Pictures) -> None:
    ds.Columns, ds.Rows = pictures.size
    ds.SamplesPerPixel = 1 if pictures.grey else 3
    ds.PhotometricInterpretation = "MONOCHROME2" if pictures.grey else "RGB"
    if not pictures.grey:
        ds.PlanarConfiguration = 0
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit = 7
    ds.PixelRepresentation = 0
    pixels = pictures.pixels if len(pictures.pixels) > 1 else pictures.pixels[0]
    ds.compress(RLELossless, pixels, generate_instance_uid=False)
    if not pictures.grey:
        ds.PlanarConfiguration = 1  # RLE keeps one plane a colour


def _comment(record: ClipRecord, head: ExamHead) -> str:
    aim = f"Target {record.target}" + ("; the picture was not recognised" if record.abstained else "")
    seen = "" if record.on_screen is None else f"; seen mostly: {record.on_screen}"
    quality = "not judged" if record.quality is None else f"{record.quality:.2f}"
    patient = " Virtual patient." if head.virtual else ""
    return f"{aim}{seen}. Kept: {record.reason}. Quality {quality}.{patient} {NOTICE}"


def _code(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def _date(moment: datetime) -> str:
    return moment.strftime("%Y%m%d")


def _time(moment: datetime) -> str:
    return moment.strftime("%H%M%S.%f")


def written_by() -> str:
    """The version of this software."""
    try:
        return version("sonoguide")
    except PackageNotFoundError:  # run from a folder that was not installed
        return "unknown"
