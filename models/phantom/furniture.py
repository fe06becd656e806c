"""Whole scanner screens with exact geometry: a virtual patient's picture amid text, ruler, logo, ECG, bars and boxes.

What :mod:`models.phantom.screen` draws spoils the picture; here is what lies around it, to find the picture among.
Phased, convex and linear probes; one picture or two side by side; dark and grey screens; 640x480 to 1920x1080.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from guidance.device import DeviceProfile, MarkerSide, Sector
from guidance.preprocess import picture_mask
from guidance.views import STANDARD_VIEWS
from models.phantom.furniture_drawing import (
    Pixels,
    draw_clock,
    draw_colour_box,
    draw_ecg,
    draw_logo,
    draw_ruler,
    furniture,
)
from models.phantom.patient import sample_patient
from models.phantom.scan_convert import ScanConverter
from models.phantom.scanner import VirtualScanner
from models.phantom.style import Machines, MachineStyle, sample_style

SIZES = ((640, 480), (800, 600), (1024, 768), (1280, 720), (1280, 960), (1920, 1080))


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
    flat = furniture(size, screen, rng)
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
            draw_colour_box(picture, profile, np.random.default_rng([42, seed]), fresh)
        if logo:
            draw_logo(picture, profile, marker, np.random.default_rng([44, seed]))
        if ruler != "none":
            draw_ruler(picture, profile, ruler, mark_mm, bright)
        if ecg:
            draw_ecg(picture, index, np.random.default_rng([45, seed]))
        draw_clock(picture, index, bright)
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
        return DeviceProfile.from_window(size, window, mm_per_px=style.depth_mm / tall)
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
