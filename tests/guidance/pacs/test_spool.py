"""The spool and delivery from it.

Promises:
- all is queued before anything is sent; what an archive took leaves the spool and stands in the exam's log with its
  answer; the log is told before the item goes, and one that cannot be told yet is not sent twice;
- what fails waits twice as long each time, up to an hour, with its reason; it is due then, and not before;
- an unreachable archive is tried once, not once a file; others go on;
- a damaged clip is left out, a damaged item is said and kept; a full disk queues nothing by half;
- one process at a time; what a killed one left half is cleared, what it queued is there.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archives import dicom_archive, web_archive
from exam_clips import kept, new_exam, no_room
from reviewed_exam import keep_exam

from guidance.errors import InputError, RuntimeFailure
from guidance.exam import ExamLog, ExamReview, Verdict, look_at, read_log
from guidance.pacs import (
    Answer,
    Backoff,
    Result,
    Sender,
    Spool,
    Unreachable,
    deliver,
    due,
    open_sender,
    queue_exam,
    sent_before,
)

pytest.importorskip("pynetdicom", reason="the extra pacs is not installed")

START = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
PEER = "dicom://ARCHIVE@localhost:1"
CLIPS = ["clips/0001-A4C-hold.dcm", "clips/0002-PLAX-hold.dcm"]


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


class Scripted:
    """A sender that answers what it is told: for policy alone, the wire is tested beside this."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.tried: list[Path] = []

    def send(self, path: Path) -> Answer:
        self.tried.append(path)
        answer = self.answers.pop(0) if self.answers else Answer(True, "0x0000 Success")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def opened(self, peer: str, classes: Collection[str]) -> AbstractContextManager[Sender]:
        return nullcontext(self)


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return keep_exam(tmp_path / "exams")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "data" / "spool")


def queued(spool: Spool, exam: Path, peer: str = PEER, **how: bool) -> list[str]:
    with spool.alone():
        return [item.name for item in queue_exam(spool, look_at(exam), peer, now=lambda: START, **how).items]


def delivered(spool: Spool, sender: Scripted, clock: Clock) -> list[Result]:
    with spool.alone():
        return list(deliver(spool, due(spool.items()[0], clock()), sender.opened, now=clock))


def test_an_exam_goes_out_to_a_real_archive(exam: Path, spool: Spool) -> None:
    with dicom_archive() as archive, web_archive() as web:
        peers = [f"dicom://ARCHIVE@localhost:{archive.port}", f"http://localhost:{web.port}/dicom-web"]
        for peer in peers:
            assert queued(spool, exam, peer) == [*CLIPS, "summary"]
        with spool.alone():
            results = list(deliver(spool, spool.items()[0], open_sender))
    assert all(result.delivered for result in results)
    assert len(results) == 6
    assert len(spool) == 0
    assert set(archive.instances) == set(web.instances)
    record = look_at(exam).record
    assert record is not None
    assert {ds.StudyInstanceUID for ds in archive.received} == {record.exam.study_uid}
    for peer in peers:
        assert {answer for _, answer in sent_before(exam, peer).values()} <= {"0x0000 Success", "HTTP 200 OK"}
        assert set(sent_before(exam, peer)) == set(archive.instances)


def test_what_was_sent_is_not_sent_twice_in_silence(exam: Path, spool: Spool) -> None:
    queued(spool, exam)
    assert all(result.delivered for result in delivered(spool, Scripted(), Clock()))
    with spool.alone():
        again = queue_exam(spool, look_at(exam), PEER)
    assert again.items == ()
    assert [name for name, _, _ in again.before] == [*CLIPS, "summary"]
    assert queued(spool, exam, again=True) == [*CLIPS, "summary"]
    ExamReview(exam).judge(1, Verdict.ACCEPTED)
    assert queued(Spool(spool.folder / "other"), exam) == ["summary"]  # it says something new


def test_a_picture_that_may_show_a_name_stays_here(tmp_path: Path, spool: Spool) -> None:
    folder = new_exam(tmp_path / "exams")
    folder.keep(kept())
    folder.keep(kept(profile=None))
    folder.close()
    exam = folder.path
    with spool.alone():
        alone = queue_exam(spool, look_at(exam), PEER)
    assert len(alone.items) == 2  # the clip of the sector, and the summary
    assert "--whole-picture" in alone.problems[0]
    assert len(queued(Spool(spool.folder / "other"), exam, whole_picture=True)) == 3


def test_accepted_clips_alone(exam: Path, spool: Spool) -> None:
    with spool.alone(), pytest.raises(InputError, match="no accepted clip"):
        queue_exam(spool, look_at(exam), PEER, accepted_only=True)
    ExamReview(exam).judge(2, Verdict.ACCEPTED)
    assert queued(spool, exam, accepted_only=True) == [CLIPS[1], "summary"]


def test_what_fails_waits_longer_each_time(exam: Path, spool: Spool) -> None:
    queued(spool, exam)
    clock = Clock()
    waits = []
    for _ in range(10):
        results = delivered(spool, Scripted(*[Answer(False, "0xA700 Failure")] * 3), clock)
        assert {result.said for result in results} == {"0xA700 Failure"}
        (moment,) = {datetime.fromisoformat(item.next_try or "") for item in spool.items()[0]}
        waits.append((moment - clock.time).total_seconds())
        clock.time = moment - timedelta(seconds=1)
        assert due(spool.items()[0], clock()) == []
        clock.time = moment
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert {item.attempts for item in Spool(spool.folder).items()[0]} == {10}
    assert all(result.delivered for result in delivered(spool, Scripted(), clock))
    assert Backoff().wait_s(10_000) == 3600.0


def test_an_unreachable_archive_is_tried_once_and_others_go_on(exam: Path, spool: Spool) -> None:
    other = "dicom://OTHER@localhost:1"
    queued(spool, exam)
    queued(spool, exam, other)
    gone, well = Scripted(Unreachable("nobody there")), Scripted()
    with spool.alone():
        items, _ = spool.items()
        results = list(deliver(spool, items, lambda peer, _: nullcontext(gone if peer == PEER else well)))
    assert len(gone.tried) == 1
    assert [result.delivered for result in results] == [False] * 3 + [True] * 3
    assert {item.reason for item in spool.items()[0]} == {"nobody there"}


def test_a_log_that_cannot_be_told_yet(exam: Path, spool: Spool) -> None:
    queued(spool, exam)
    clock = Clock()
    log = ExamLog(exam / "log.jsonl")  # somebody goes on with the exam
    results = delivered(spool, Scripted(), clock)
    assert not any(result.delivered for result in results)
    assert "could not be told yet" in results[0].said
    assert len(spool) == 3
    log.close()
    again = Scripted()
    assert delivered(spool, again, clock) == []  # not due
    clock.time += timedelta(seconds=30)
    assert all(result.delivered for result in delivered(spool, again, clock))
    assert again.tried == []
    assert len(sent_before(exam, PEER)) == 3


def test_an_exam_that_is_gone_holds_nothing_up(exam: Path, spool: Spool) -> None:
    queued(spool, exam)
    exam.rename(exam.with_name("elsewhere"))
    results = delivered(spool, Scripted(), Clock())
    assert all(result.delivered and "is gone" in result.said for result in results)


def test_an_exam_that_is_still_recorded_is_not_sent(exam: Path, spool: Spool) -> None:
    log = ExamLog(exam / "log.jsonl")
    with spool.alone(), pytest.raises(InputError, match="another sonoguide"):
        queue_exam(spool, look_at(exam), PEER)
    log.close()
    assert len(spool) == 0


def test_a_damaged_clip_is_left_out(exam: Path, spool: Spool) -> None:
    file = exam / CLIPS[0]
    content = bytearray(file.read_bytes())
    content[-20] ^= 0xFF
    file.write_bytes(content)
    (exam / CLIPS[1]).unlink()
    with spool.alone():
        one = queue_exam(spool, look_at(exam), PEER)
    assert one.items == ()
    assert [CLIPS[0] in one.problems[0], CLIPS[1] in one.problems[1]] == [True, True]


def test_a_damaged_item_is_said_and_kept(exam: Path, spool: Spool) -> None:
    queued(spool, exam)
    item = spool.items()[0][0]
    (spool.folder / item.key / "item.json").write_text("{")
    items, problems = spool.items()
    assert len(items) == 2
    assert "damaged" in problems[0]
    assert all(result.delivered for result in delivered(spool, Scripted(), Clock()))
    assert spool.path(item).exists()


def test_a_full_disk_queues_nothing_by_half(exam: Path, spool: Spool) -> None:
    with spool.alone(), no_room(), pytest.raises(RuntimeFailure, match="free some space"):
        queue_exam(spool, look_at(exam), PEER)
    assert spool.items() == ([], [])
    assert [path.name for path in spool.folder.iterdir()] == [".lock"]
    assert queued(spool, exam) == [*CLIPS, "summary"]


def test_one_process_at_a_time(spool: Spool) -> None:
    with (
        spool.alone(),
        pytest.raises(RuntimeFailure, match="another sonoguide is sending"),
        Spool(spool.folder).alone(),
    ):
        pass
    with spool.alone():
        pass
    assert spool.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("what", ["cannot be read", "is damaged"])
def test_a_copy_that_is_gone_or_altered_is_a_reason(what: str, exam: Path, spool: Spool) -> None:
    with web_archive() as web:
        queued(spool, exam, f"http://localhost:{web.port}/dicom-web")
        copy = spool.path(spool.items()[0][0])
        copy.unlink() if what == "cannot be read" else copy.write_bytes(copy.read_bytes()[:-2])
        with spool.alone():
            results = list(deliver(spool, spool.items()[0], open_sender))
    assert [result.delivered for result in results] == [False, True, True]
    assert what in results[0].said
    assert [event["name"] for event in read_log(exam / "log.jsonl") if event["event"] == "sent"] == [
        CLIPS[1],
        "summary",
    ]
