"""The review as one HTML page for printing: pictures and charts embedded, nothing fetched, no script."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QBuffer, QByteArray, QIODevice
from qtpy.QtGui import QColor, QImage, QPainter

from guidance.errors import InputError
from guidance.exam.clip_pictures import ClipPictures, load_pictures
from guidance.exam.exporting import check_free, write_out
from guidance.exam.records import NOTICE, ClipRecord
from guidance.exam.review import ExamReview
from guidance.exam.review_records import Verdict
from guidance.exam.timeline import Timeline
from guidance.views import START_CARDS
from guidance.whole_file import write_whole
from ui.canvas import Canvas
from ui.layout import Box
from ui.palette import Palette
from ui.review_chart import paint_strip
from ui.review_path import NO_PATH, paint_path
from ui.review_strip import strip_of_clip, strip_of_way
from ui.review_text import VERDICTS, clip_facts, clip_title, exam_facts, when, why

PAPER = Palette(
    background="#ffffff", panel="#f6f8fa", track="#dfe5ea", line="#c3ccd4", text="#14202b", text_soft="#3c4a57",
    text_faint="#5c6b78", calm="#5c6b78", guide="#1769aa", good="#0b7a4f", caution="#9a6200", alert="#b4391a",
)  # fmt: skip
"""For paper: what is light on the screen is dark here."""

STRIP_PICTURES = 5
"""Pictures of a clip that stand side by side, from its beginning to its end."""

SHARPNESS = 2
"""Pixels of a chart for each of its units, so that a printer has some to draw."""

_STYLE = """
  @page { margin: 14mm; }
  * { box-sizing: border-box; }
  body { font: 14px/1.45 "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif; color: #14202b;
         max-width: 960px; margin: 24px auto; padding: 0 16px; }
  h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 0 0 2px; }
  p { margin: 4px 0; } .soft { color: #5c6b78; }
  .problem { border: 1px solid #9a6200; border-radius: 6px; padding: 8px 12px; margin: 10px 0; }
  section { border-top: 1px solid #c3ccd4; padding-top: 16px; margin-top: 22px; break-inside: avoid; }
  img { max-width: 100%; display: block; } .film { display: flex; gap: 6px; margin: 10px 0; }
  .film figure { margin: 0; flex: 1; } .film img { width: 100%; background: #000; }
  figcaption { font-size: 12px; color: #5c6b78; } .film .best figcaption { color: #0b7a4f; font-weight: 600; }
  .verdict { font-weight: 600; } .accepted { color: #0b7a4f; } .rejected { color: #b4391a; }
  .note { white-space: pre-wrap; border-left: 3px solid #c3ccd4; padding-left: 10px; margin: 8px 0; }
  table { border-collapse: collapse; width: 100%; margin: 8px 0; } .chart { margin: 8px 0; }
  td, th { text-align: left; vertical-align: top; padding: 3px 10px 3px 0; border-bottom: 1px solid #dfe5ea; }
"""


def write_page(review: ExamReview, place: Path) -> list[str]:
    """Write the page to ``place``; returns one line for each thing that is wrong with the exam.

    Raises:
        InputError: ``place`` is there already, lies in the exam, or cannot be written.
        RuntimeFailure: the disk is full, or Qt cannot start.
    """
    check_free(place, review.exam.path)
    problems = dict.fromkeys(review.exam.problems)
    parts = []
    for clip in review.record.clips:
        pictures: ClipPictures | None = None
        problem: str | None = None
        try:
            pictures = load_pictures(review.exam.path, clip)
            problem = pictures.problem
        except InputError as error:
            problem = str(error)
        if problem is not None and not any(problem in known or known in problem for known in problems):
            problems[problem] = None
        parts.append("\n".join(_clip(review, clip, pictures, problem)))
    page = "\n".join(_page(review, list(problems), parts))
    write_out(place, lambda: write_whole(place, page.encode()))
    return list(problems)


def _page(review: ExamReview, problems: list[str], parts: list[str]) -> Iterator[str]:
    record, said = review.record, review.review
    verdicts = [said.of(clip.number).verdict for clip in record.clips]
    counts = ", ".join(f"{verdicts.count(one)} {VERDICTS[one].lower()}" for one in Verdict if one in verdicts)
    title = escape(f"Review of {record.exam.name}")
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{title}</h1>"
    yield f'<p class="soft">{escape(exam_facts(record))}</p>'
    yield f"<p>Created {escape(record.exam.created)}. {len(record.clips)} clips: {escape(counts or 'none')}.</p>"
    yield f"<p><strong>{escape(NOTICE)}</strong></p>"
    for problem in problems:
        yield f'<p class="problem">{escape(problem)}</p>'
    yield from parts
    yield "</body>\n</html>\n"


def _clip(
    review: ExamReview, clip: ClipRecord, pictures: ClipPictures | None, problem: str | None
) -> Iterator[str]:
    said, timeline = review.review.of(clip.number), review.timeline(clip.number)
    card = START_CARDS.get(clip.target)
    yield "<section>"
    yield f"<h2>Clip {clip.number}: {escape(clip_title(clip))}</h2>"
    yield f'<p class="soft">{escape("" if card is None else card.title + ", ")}{escape(clip_facts(clip))}</p>'
    yield f'<p class="verdict {said.verdict.value}">{VERDICTS[said.verdict]}</p>'
    if said.note:
        yield f'<div class="note">{escape(said.note)}</div>'
    if problem is not None:
        yield f'<p class="problem">{escape(problem)}</p>'
    if pictures is not None:
        yield from _film(clip, pictures)
    yield _chart(
        "Quality of this clip",
        960,
        152,
        lambda c, box: paint_strip(c, box, strip_of_clip(timeline, pictures)),
    )
    way = strip_of_way(timeline)
    if way is not None:
        yield _chart("Quality on the way to it", 960, 130, lambda c, box: paint_strip(c, box, way))
    yield from _hints(review, clip, timeline)
    if timeline.path:
        yield _chart(
            "The probe's path", 560, 280, lambda c, box: paint_path(c, box, timeline, now_s=timeline.end_s)
        )
    else:
        yield f'<p class="soft">{escape(NO_PATH)}.</p>'
    yield "</section>"


def _film(clip: ClipRecord, pictures: ClipPictures) -> Iterator[str]:
    """Some pictures side by side; the one with the best quality always among them."""
    count = min(STRIP_PICTURES, len(pictures))
    even = [round(k * (len(pictures) - 1) / max(1, count - 1)) for k in range(count)]
    nearest = min(range(count), key=lambda k: abs(even[k] - pictures.best))
    even[nearest] = pictures.best
    yield '<div class="film">'
    for index in sorted(set(even)):
        quality = pictures.qualities[index]
        words = f"{pictures.times_s[index] - clip.t_start_s:.2f} s"
        words += "" if quality is None else f", quality {quality:.2f}"
        best = index == pictures.best and quality is not None
        kind = ' class="best"' if best else ""
        yield (
            f'<figure{kind}><img alt="picture {index + 1}" src="{_jpeg(pictures.pixels[index])}">'
            f"<figcaption>{words}{', best' if best else ''}</figcaption></figure>"
        )
    yield "</div>"


def _hints(review: ExamReview, clip: ClipRecord, timeline: Timeline) -> Iterator[str]:
    if not timeline.hints:
        yield '<p class="soft">No hint was given on the way to this clip.</p>'
        return
    yield "<table><tr><th></th><th>when</th><th>hint</th><th>reason</th><th></th></tr>"
    for number, one in enumerate(timeline.hints, 1):
        wrong = "called wrong" if review.review.wrong(clip.number, one.t_s) is not None else ""
        cells = (str(number), when(one, timeline), one.hint or "", why(one), wrong)
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    yield "</table>"


def _jpeg(pixels: NDArray[np.uint8], width: int = 480) -> str:
    height = max(1, round(pixels.shape[0] * width / pixels.shape[1]))
    if pixels.shape[1] > width:
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"


def _chart(name: str, width: int, height: int, paint: Callable[[Canvas, Box], None]) -> str:
    image = QImage(width * SHARPNESS, height * SHARPNESS, QImage.Format.Format_RGB32)
    image.fill(QColor(PAPER.background))
    image.setDevicePixelRatio(SHARPNESS)
    painter = QPainter(image)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint(Canvas(painter, PAPER, 1.0), Box(0, 0, width, height))
    finally:
        painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    buffer.close()
    data: Any = content.data()
    encoded = base64.b64encode(bytes(data)).decode()
    return f'<img class="chart" width="{width}" alt="{escape(name)}" src="data:image/png;base64,{encoded}">'
