"""Exams out to hospital systems: clips and a structured summary by DICOM C-STORE or DICOMweb STOW-RS, from a spool.

Example::

    spool = Spool(Path("spool"))
    with spool.alone():
        queued = queue_exam(spool, look_at(Path("exams/2026-11-26_10-15-00")), "dicom://PACS@10.0.0.5:104")
        for result in deliver(spool, queued.items, open_sender):
            print(result.item.name, result.said)
"""

from guidance.pacs.address import DicomPeer, WebPeer, parse_peer
from guidance.pacs.delivery import Backoff, Result, deliver, due, next_try
from guidance.pacs.outgoing import Queued, queue_exam, sent_before
from guidance.pacs.sender import Answer, Credentials, Sender, SenderSettings, Unreachable, open_sender
from guidance.pacs.spool import Spool, SpoolItem, default_spool
from guidance.pacs.summary import summary_dataset

__all__ = [
    "Answer",
    "Backoff",
    "Credentials",
    "DicomPeer",
    "Queued",
    "Result",
    "Sender",
    "SenderSettings",
    "Spool",
    "SpoolItem",
    "Unreachable",
    "WebPeer",
    "default_spool",
    "deliver",
    "due",
    "next_try",
    "open_sender",
    "parse_peer",
    "queue_exam",
    "sent_before",
    "summary_dataset",
]
