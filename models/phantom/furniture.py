"""Whole scanner screens with exact geometry: a virtual patient's picture amid text, ruler, logo, ECG, bars and boxes.

What :mod:`models.phantom.screen` draws spoils the picture; here is what lies around it, to find the picture among.
Phased, convex and linear probes; one picture or two side by side; dark and grey screens; 640x480 to 1920x1080.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from guidance.device import CANONICAL_ASPECT, DeviceProfile, MarkerSide, Sector
from guidance.preprocess import picture_mask
from guidance.views import STANDARD_VIEWS
from models.phantom.patient import sample_patient
from models.phantom.scan_convert import ScanConverter
from models.phantom.scanner import VirtualScanner
from models.phantom.style import Machines, MachineStyle, sample_style

Pixels = NDArray[np.uint8]

SIZES = ((640, 480), (800, 600), (1024, 768), (1280, 720), (1280, 960), (1920, 1080))
_LETTERS = "ABCDEFGHIKLMNOPRSTUVXYZ0123456789.:-/ "


@dataclass(frozen=True, slots=True)
class Screen:
    """Pictures (H, W, 3) uint8 BGR of one stream, and what is true of them.

    Attributes:
        pictures: in time order, 0.2 s apart.
        profile: where the picture lies, the marker's side (of the logo, where ``logo``), mm per pixel.
        logo: a logo or dot stands beside the picture's top.
        ruler: None, "side" or "edge"; marks are ``mark_mm`` apart.
        dual: there is a second picture beside it.
    """

    pictures: tuple[Pixels, ...]
    profile: DeviceProfile
    logo: bool
    ruler: str | None
    mark_mm: float
    dual: bool


def furnished_screen(
    seed: int, *, count: int = 3, depth_mm: float | None = None, machines: Machines = Machines.KNOWN
) -> Screen:
    """The screen number ``seed``, as ``count`` pictures.

    ``depth_mm`` sets another depth on the same machine with the same furniture.
    """
    rng = np.random.default_rng([41, seed])
    kind = str(rng.choice(["phased", "phased", "phased", "convex", "linear"]))
    size = SIZES[int(rng.integers(len(SIZES)))]
    style = _style(kind, rng, machines)
    if depth_mm is not None:
        style = replace(style, depth_mm=depth_mm)
    patient = sample_patient(rng)
    scanner = VirtualScanner(patient, style=style, seed=seed, size=size)
    view = STANDARD_VIEWS[int(rng.integers(len(STANDARD_VIEWS)))]
    pose = scanner.start_pose(view, rng, mm=8.0, deg=10.0)  # on the heart, as one calibrates
    polar = [scanner.polar(pose, 0.2 * i).grey for i in range(count)]

    width, height = size
    dual = bool(rng.random() < 0.1) and width >= 800
    area = (0.17 * width, 0.08 * height, 0.83 * width, 0.9 * height)
    if dual:
        area = (0.04 * width, area[1], 0.49 * width, area[3])
    profile = _placed(kind, style, size, area, rng)
    assert profile.mm_per_px is not None
    converter = None if profile.sector is None else ScanConverter(scanner.beamformer, size, profile.sector)
    screen = int(rng.choice([0, 0, 0, 8, 16, 32, 48]))
    inside = picture_mask(profile)
    flat = _furniture(size, screen, rng)
    colour_box = kind != "linear" and rng.random() < 0.15
    ecg = rng.random() < 0.45
    logo = bool(rng.random() < 0.8)
    marker = MarkerSide.LEFT if rng.random() < 0.4 else MarkerSide.RIGHT
    ruler = str(rng.choice(["side", "side", "edge", "none"])) if kind != "linear" else "side"
    mark_mm = 10.0 if kind != "linear" else 5.0
    profile = replace(profile, marker=marker if logo else MarkerSide.RIGHT)
    bright = int(rng.integers(130, 250))
    fresh = np.random.default_rng([43, seed])  # what changes from picture to picture
    pictures = []
    for index, grey in enumerate(polar):
        picture = flat.copy()
        tissue = _on_screen(grey, profile, converter)
        if seed % 4:  # most machines draw a picture's black in the grey of the screen
            tissue = _lifted(tissue, screen)
        picture[inside] = tissue[inside, None]
        if dual:
            second = _on_screen(polar[0], profile, converter)
            _second(picture, profile, _lifted(second, screen) if seed % 4 else second)
        if colour_box:
            _colour_box(picture, profile, np.random.default_rng([42, seed]), fresh)
        if logo:
            _logo(picture, profile, marker, np.random.default_rng([44, seed]))
        if ruler != "none":
            _ruler(picture, profile, ruler, mark_mm, bright)
        if ecg:
            _ecg(picture, index, np.random.default_rng([45, seed]))
        _clock(picture, index, bright)
        pictures.append(_through(picture, np.random.default_rng([46, seed, index]), seed))
    return Screen(tuple(pictures), profile, logo, None if ruler == "none" else ruler, mark_mm, dual)


def _lifted(tissue: Pixels, screen: int) -> Pixels:
    """``tissue`` on a screen of that grey: its black is the screen's."""
    return np.asarray(screen + tissue * ((255.0 - screen) / 255.0), dtype=np.uint8)


def _style(kind: str, rng: np.random.Generator, machines: Machines) -> MachineStyle:
    style = sample_style(rng, machines)
    if kind == "phased":
        return style
    if kind == "convex":
        return replace(
            style,
            curve_mm=float(rng.uniform(40, 62)),
            half_angle_deg=float(rng.uniform(25, 36)),
            depth_mm=float(rng.uniform(120, 220)),
        )
    return replace(style, curve_mm=0.0, half_angle_deg=30.0, depth_mm=float(rng.uniform(60, 100)))


def _placed(
    kind: str,
    style: MachineStyle,
    size: tuple[int, int],
    area: tuple[float, float, float, float],
    rng: np.random.Generator,
) -> DeviceProfile:
    """The picture somewhere in ``area``, nearly as large as fits."""
    x0, y0, x1, y1 = area
    use = float(rng.uniform(0.85, 1.0))
    if kind == "linear":
        tall_px = use * (y1 - y0)
        wide_px = min(tall_px * float(rng.uniform(0.5, 0.95)), x1 - x0)
        left, top = (x0 + x1 - wide_px) / 2, y0 + float(rng.uniform(0, 1)) * (y1 - y0 - tall_px)
        window = (round(left), round(top), round(left + wide_px) - 1, round(top + tall_px) - 1)
        tall = window[3] - window[1] + 1
        box = (
            (window[0] + window[2] + 1 - CANONICAL_ASPECT * tall) / 2,
            float(window[1]),
            CANONICAL_ASPECT * tall,
            float(tall),
        )
        return DeviceProfile(*size, box, None, mm_per_px=style.depth_mm / tall, window=window)
    half = math.radians(style.half_angle_deg)
    outer, top_mm = style.curve_mm + style.depth_mm, style.curve_mm * math.cos(half)
    scale = use * min((y1 - y0) / (outer - top_mm), (x1 - x0) / (2 * outer * math.sin(half)))
    high = (outer - top_mm) * scale
    wide = 2 * outer * math.sin(half) * scale
    apex_x = (x0 + x1) / 2 + float(rng.uniform(-0.5, 0.5)) * (x1 - x0 - wide)
    top = y0 + float(rng.uniform(0, 1)) * (y1 - y0 - high)
    degrees = style.half_angle_deg
    sector = Sector(apex_x, top - top_mm * scale, -degrees, degrees, style.curve_mm * scale, outer * scale)
    return DeviceProfile.from_sector(size, sector, mm_per_px=1.0 / scale)


def _on_screen(grey: Pixels, profile: DeviceProfile, converter: ScanConverter | None) -> Pixels:
    if converter is not None:
        return converter.picture(grey)
    assert profile.window is not None
    x0, y0, x1, y1 = profile.window
    out = np.zeros((profile.height, profile.width), np.uint8)
    out[y0 : y1 + 1, x0 : x1 + 1] = cv2.resize(
        grey.T, (x1 - x0 + 1, y1 - y0 + 1), interpolation=cv2.INTER_LINEAR
    )
    return out


def _furniture(size: tuple[int, int], screen: int, rng: np.random.Generator) -> Pixels:
    """What stays: the screen's grey, text at the left and right, bars, a grey wedge, buttons."""
    width, height = size
    out = np.full((height, width, 3), screen, np.uint8)
    font = height / 960
    bright = int(rng.integers(130, 255))
    if rng.random() < 0.4:
        cv2.rectangle(
            out, (0, 0), (width, round(0.04 * height)), [int(v) for v in rng.integers(60, 190, 3)], -1
        )
    if rng.random() < 0.3:
        top = round(0.94 * height)
        cv2.rectangle(out, (0, top), (width, height), (96, 84, 72), -1)
        for i in range(6):
            place = (round((0.05 + 0.155 * i) * width), height - round(0.02 * height))
            cv2.putText(out, _words(rng, 4), place, 0, 0.7 * font, (190, 180, 170), 1, cv2.LINE_AA)
    for i in range(int(rng.integers(2, 9))):
        place = (round(0.01 * width), round((0.1 + 0.045 * i) * height))
        cv2.putText(
            out, _words(rng, int(rng.integers(3, 8))), place, 0, 0.8 * font, (bright,) * 3, 1, cv2.LINE_AA
        )
    for i in range(int(rng.integers(0, 4))):
        place = (round(0.88 * width), round((0.55 + 0.045 * i) * height))
        cv2.putText(out, _words(rng, 6), place, 0, 0.8 * font, (bright,) * 3, 1, cv2.LINE_AA)
    if rng.random() < 0.7:
        x, y0, y1 = round(0.955 * width), round(0.12 * height), round(rng.uniform(0.3, 0.45) * height)
        out[y0:y1, x : x + round(0.015 * width)] = np.linspace(255, screen, y1 - y0)[:, None, None]
    if rng.random() < 0.15:
        x, y0, y1 = round(0.93 * width), round(0.12 * height), round(0.35 * height)
        for row in range(y0, y1):
            out[row, x : x + round(0.015 * width)] = (
                (0, (row * 7) % 160, 220) if row < (y0 + y1) // 2 else (220, 90, 0)
            )
    return out


def _words(rng: np.random.Generator, count: int) -> str:
    return "".join(_LETTERS[int(i)] for i in rng.integers(len(_LETTERS), size=count))


def _top_corner(profile: DeviceProfile, side: float) -> tuple[float, float]:
    """Upper corner of the picture at ``side`` (-1 left, 1 right)."""
    s = profile.sector
    if s is None:
        assert profile.window is not None
        x0, y0, x1, _ = profile.window
        return (float(x0) if side < 0 else float(x1)), float(y0)
    angle = math.radians(s.angle_right if side > 0 else s.angle_left)
    return s.apex_x + s.r_min * math.sin(angle), s.apex_y + s.r_min * math.cos(angle)


def _logo(picture: Pixels, profile: DeviceProfile, marker: MarkerSide, rng: np.random.Generator) -> None:
    side = 1.0 if marker is MarkerSide.RIGHT else -1.0
    x, y = _top_corner(profile, side)
    size = max(4, round(0.0115 * profile.height * rng.uniform(0.8, 1.4)))
    # Beside the corner, or above the edge of a linear picture; never on the picture.
    gap = size + rng.uniform(0.012, 0.05) * profile.width
    centre = (round(x + side * gap), round(y + rng.uniform(-0.01, 0.01) * profile.height))
    if profile.sector is None:
        centre = (round(x - side * gap), round(y - 2.0 * size))
    colour = [int(v) for v in (rng.choice([60, 160, 230]), rng.integers(150, 255), rng.choice([40, 230]))]
    if rng.random() < 0.6:
        cv2.circle(picture, centre, size, colour, -1, cv2.LINE_AA)
    else:
        origin = (centre[0] - size, centre[1] + size)
        cv2.putText(picture, "V", origin, 0, 2.0 * size / 22, colour, max(2, size // 4), cv2.LINE_AA)


def _ruler(picture: Pixels, profile: DeviceProfile, kind: str, mark_mm: float, bright: int) -> None:
    assert profile.mm_per_px is not None
    step = mark_mm / profile.mm_per_px
    s = profile.sector
    small = max(1, round(profile.height / 480))
    if kind == "side" or s is None:
        top = profile.box[1] if s is None else s.apex_y + s.r_min
        bottom = profile.box[1] + profile.box[3]
        x = round(0.86 * profile.width)
        large = 5 if s is not None else 2
        for k in range(int((bottom - top) / step + 1e-6) + 1):
            y = round(top + k * step)
            length = (6 if k % large == 0 else 3) * small
            picture[y : y + small, x : x + length] = bright
        return
    angle = math.radians(s.angle_right)
    for k in range(int((s.r_max - s.r_min) / step + 1e-6) + 1):
        r = s.r_min + k * step
        off = 3.0 * small
        at_x = s.apex_x + r * math.sin(angle) + off * math.cos(angle)
        at_y = s.apex_y + r * math.cos(angle) - off * math.sin(angle)
        cv2.circle(
            picture, (round(at_x), round(at_y)), small if k % 5 else 2 * small, (bright, bright, 120), -1
        )


def _ecg(picture: Pixels, index: int, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    x = np.arange(round(0.1 * width), round(0.8 * width))
    beat = rng.uniform(0.15, 0.3) * width
    spike = np.exp(-(((x + 0.3 * beat * index) % beat - beat / 2) ** 2) / 12.0)
    y = 0.925 * height - spike * height * 0.05
    cv2.polylines(picture, [np.stack([x, y], 1).astype(np.int32)], False, (90, 230, 120), 1, cv2.LINE_AA)


def _clock(picture: Pixels, index: int, bright: int) -> None:
    height, width = picture.shape[:2]
    place = (round(0.8 * width), round(0.035 * height))
    cv2.putText(picture, f"12:30:{15 + index}", place, 0, 0.8 * height / 960, (bright,) * 3, 1, cv2.LINE_AA)


def _colour_box(
    picture: Pixels, profile: DeviceProfile, rng: np.random.Generator, fresh: np.random.Generator
) -> None:
    s = profile.sector
    assert s is not None
    span = s.r_max - s.r_min
    r0, r1 = s.r_min + rng.uniform(0.25, 0.45) * span, s.r_min + rng.uniform(0.6, 0.85) * span
    a0, a1 = rng.uniform(0.0, 0.3), rng.uniform(0.6, 0.9)
    angle = np.radians(s.angle_left + (s.angle_right - s.angle_left) * np.linspace(a0, a1, 40))
    outer = np.stack([s.apex_x + r1 * np.sin(angle), s.apex_y + r1 * np.cos(angle)], 1)
    inner = np.stack([s.apex_x + r0 * np.sin(angle[::-1]), s.apex_y + r0 * np.cos(angle[::-1])], 1)
    outline = np.concatenate([outer, inner]).round().astype(np.int32)
    flow = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(flow, [outline], 255)
    blobs = cv2.GaussianBlur(fresh.normal(size=flow.shape).astype(np.float32), (0, 0), 0.02 * profile.height)
    moving = (flow > 0) & (blobs > blobs.std())
    picture[moving] = np.stack(
        [
            40 * np.ones(moving.sum()),
            fresh.integers(20, 120, moving.sum()),
            fresh.integers(120, 255, moving.sum()),
        ],
        1,
    )
    cv2.polylines(picture, [outline], True, (220, 220, 220), 1, cv2.LINE_AA)


def _second(picture: Pixels, profile: DeviceProfile, tissue: Pixels) -> None:
    """The older picture of a dual screen, in the right half: it stays as it is."""
    shift = profile.width // 2
    inside = np.roll(picture_mask(profile), shift, axis=1)
    inside[:, :shift] = False
    picture[inside] = np.roll(tissue, shift, axis=1)[inside, None]


def _through(picture: Pixels, rng: np.random.Generator, seed: int) -> Pixels:
    """The video chain: none, JPEG, or converter noise."""
    kind = seed % 3
    if kind == 1:
        ok, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75 + seed % 20])
        if ok:
            return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)
    if kind == 2:
        noise = rng.normal(0.0, 1.0, picture.shape[:2])[:, :, None]
        return np.clip(picture + noise, 0, 255).astype(np.uint8)
    return picture
