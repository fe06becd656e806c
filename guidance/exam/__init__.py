"""An exam and what it keeps: clips as DICOM in a folder that outlasts a crash, its log, and its export.

Example::

    folder = ExamFolder(Path("exams"), ExamInfo("camera:0", (View.A4C,), "echo 1"))
    buffer = ClipBuffer()
    engine = Engine(model, coach, clips=buffer)
    with ExamRecorder(folder, View.A4C, lambda: engine.profile, buffer=buffer) as recorder:
        recorder.watch(coach)
        for guidance in engine.run(source):
            recorder(guidance)
"""

from guidance.exam.clip_pictures import ClipPictures, load_pictures
from guidance.exam.exporting import export_csv, export_dicom, export_zip
from guidance.exam.folder import ExamFolder, ExamInfo, Kept
from guidance.exam.log import ExamLog, read_log
from guidance.exam.reading import ExamOnDisk, exams_in, look_at
from guidance.exam.recorder import ExamRecorder, RecorderSettings
from guidance.exam.records import ClipRecord, ExamRecord, FileRecord
from guidance.exam.review import ExamReview
from guidance.exam.review_records import ClipReview, Review, Verdict, WrongHint
from guidance.exam.timeline import Said, Sample, Timeline, timeline_of
from guidance.exam.writer import ClipWriter

__all__ = [
    "ClipPictures",
    "ClipRecord",
    "ClipReview",
    "ClipWriter",
    "ExamFolder",
    "ExamInfo",
    "ExamLog",
    "ExamOnDisk",
    "ExamRecord",
    "ExamRecorder",
    "ExamReview",
    "FileRecord",
    "Kept",
    "RecorderSettings",
    "Review",
    "Said",
    "Sample",
    "Timeline",
    "Verdict",
    "WrongHint",
    "exams_in",
    "export_csv",
    "export_dicom",
    "export_zip",
    "load_pictures",
    "look_at",
    "read_log",
    "timeline_of",
]
