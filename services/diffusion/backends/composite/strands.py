"""Hair as a painter does it: tapered strokes along the flow of the hair, each as light as the lamp makes a strand there.

The flow is interpolated between a style's guide curves. How light a strand is follows J. T. Kajiya and T. L. Kay, "Rendering fur
with three dimensional textures" (SIGGRAPH 1989): a cylinder shines where its tangent is across the half vector. That is what
draws the bands of sheen that a real head of hair has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.diffusion.backends.composite.curves import Points, polygons, sample
from services.diffusion.backends.composite.palette import Rgb, lighter, luminance, mix
from services.diffusion.backends.composite.relief import LAMP, Relief
from services.diffusion.backends.composite.svg import path

TONES = 7


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the strands of a mass are painted."""

    length: float = 90.0  # of a stroke, drawing units
    width: float = 3.4  # of a stroke, drawing units
    density: float = 1.0  # strokes, 1 is full cover
    wave: float = 0.0  # how far strands swing, radians
    wave_length: float = 90.0  # drawing units
    sheen: float = 1.0  # strength of the highlight
    base: bool = True  # whether a solid ground lies below the strokes
    flyaway: float = 0.12  # how much of a stroke's rest is drawn once it has left the mass, 0..1
    shade: float = 0.0  # darkening of the whole: hair that lies behind


@dataclass(frozen=True, kw_only=True)
class Mass:
    """One connected body of hair."""

    outline: Points  # closed polygon, dense
    opening: Points | None = None  # closed polygon cut out of it: the face
    guides: Sequence[Points]  # knots of curves from the root to the tip
    look: Look


def paint(mass: Mass, color: Rgb, rng: np.random.Generator, detail: float = 1.0) -> str:
    """The hair as SVG paths: a dark base, then strokes from dark to light.

    Args:
        mass: where the hair is and how it flows.
        color: of the hair.
        rng: decides every strand.
        detail: 1 for a portrait, less for a small figure: fewer and thicker strokes.
    """
    left, top = mass.outline.min(axis=0) - 12
    right, bottom = mass.outline.max(axis=0) + 12
    field = Relief(float(left), float(top), float(right), float(bottom), 4.0)
    inside = field.area(mass.outline)
    ground = inside
    if mass.opening is not None:
        window = field.area(mass.opening)
        inside = np.minimum(inside, 1 - window)
        # The ground thins out before it reaches the face: there the strokes alone make the hairline, which is soft.
        ground = np.minimum(ground, 1 - cv2.GaussianBlur(cv2.dilate(window, np.ones((5, 5), np.uint8)), (0, 0), 2.2))
    angle = _flow(field, mass, rng)
    tone = _light(field, mass, angle, rng)
    strokes, levels = _strokes(field, mass, inside, angle, tone, rng, detail)
    scale = _scale(color, mass)
    veils = ((0.25, 0.2), (0.4, 0.25), (0.55, 0.35), (0.7, 0.5), (0.85, 1.0)) if detail > 0.6 else ((0.5, 1.0),)
    drawn = [path(field.silhouette(ground, level), scale[1], opacity, 'fill-rule="evenodd"') for level, opacity in veils if mass.look.base]
    drawn += [path(polygons(strokes[levels == level]), scale[level], 0.9) for level in (1, 2, 0, 3, 4, 5, 6)]
    return "".join(drawn)


def _scale(color: Rgb, mass: Mass) -> list[Rgb]:
    """The tones of a hair color, from the deepest to the sheen."""
    bright = luminance(color)
    deep = mix(color, (8, 5, 6), 0.62 if bright < 0.5 else 0.5)
    shine = mix(color, (255, 250, 242), (0.34 + 0.22 * bright) * mass.look.sheen)
    tones = [mix(deep, color, step / 3) for step in range(4)] + [mix(color, shine, step / 3) for step in (1, 2, 3)]
    if bright > 0.5:
        tones = [mix(tone, lighter(color, 0.3), 0.12) for tone in tones]
    return [mix(tone, (10, 7, 8), mass.look.shade) for tone in tones]


def _flow(field: Relief, mass: Mass, rng: np.random.Generator) -> np.ndarray:
    """Direction of the hair at every sample, radians."""
    coarse = 4
    x, y = field.x[None, ::coarse], field.y[::coarse, None]
    along = np.zeros((y.shape[0], x.shape[1], 2), np.float32)
    for guide in mass.guides:
        curve = sample(guide, 5)
        steps = np.gradient(curve, axis=0)
        steps /= np.linalg.norm(steps, axis=1, keepdims=True) + 1e-9
        for (px, py), step in zip(curve, steps.astype(np.float32), strict=True):
            weight = ((x - px) ** 2 + (y - py) ** 2 + 60).astype(np.float32) ** -1.6
            along += weight[:, :, None] * (step * 1e4)
    along /= np.linalg.norm(along, axis=2, keepdims=True) + 1e-12
    rows, columns = field.height.shape
    full = cv2.resize(along, (columns, rows), interpolation=cv2.INTER_LINEAR)
    angle = np.arctan2(full[:, :, 1], full[:, :, 0])
    y = field.y[:, None]
    if mass.look.wave:
        phase = np.asarray(cv2.GaussianBlur(rng.standard_normal(angle.shape).astype(np.float32), (0, 0), 5))
        angle = angle + mass.look.wave * np.sin(2 * np.pi * y / mass.look.wave_length + phase * 2.2 / (phase.std() + 1e-6))
    return np.asarray(angle, np.float32)


def _light(field: Relief, mass: Mass, angle: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How light strands are at every sample: about 0 (deep shade) to 1 (sheen)."""
    x, y = field.x[None, :], field.y[:, None]
    half = max(float(np.abs(mass.outline[:, 0]).max()), 60.0) + 14
    above = np.minimum((y + 40) / 250, 0)
    height = 170 * np.sqrt(np.clip(1 - (x / half) ** 2 - above**2, 0.02, 1))
    slope_y, slope_x = np.gradient(height, field.step)
    dx, dy = np.cos(angle), np.sin(angle)
    dz = slope_x * dx + slope_y * dy
    norm = np.sqrt(1 + dz**2)
    lamp = np.array(LAMP) / np.linalg.norm(LAMP)
    half_vector = lamp + np.array([0, 0, 1])
    half_vector /= np.linalg.norm(half_vector)
    diffuse = np.sqrt(np.clip(1 - ((dx * lamp[0] + dy * lamp[1] + dz * lamp[2]) / norm) ** 2, 0, 1))
    shine = np.sqrt(np.clip(1 - ((dx * half_vector[0] + dy * half_vector[1] + dz * half_vector[2]) / norm) ** 2, 0, 1)) ** 26
    facing = 1 / np.sqrt(1 + slope_x**2 + slope_y**2)
    locks = _streaks(angle, rng)
    tone = (
        0.10
        + 0.24 * diffuse
        + 0.22 * facing
        - 0.06 * x / half
        + 0.36 * mass.look.sheen * shine * (0.3 + 0.7 * facing) * (0.6 + 0.5 * np.clip(locks, -1, 1))
        + 0.13 * locks
    )
    return np.asarray(tone, np.float32)


def _streaks(angle: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise drawn out along the flow: locks that lie higher or lower than their neighbors."""
    noise = np.asarray(cv2.GaussianBlur(rng.standard_normal(angle.shape).astype(np.float32), (0, 0), 1.3))
    rows, columns = angle.shape
    total = np.zeros_like(noise)
    for way in (1.0, -1.0):
        px: np.ndarray
        py: np.ndarray
        px, py = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
        for _ in range(10):
            here = cv2.remap(angle, px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            px, py = px + np.float32(way * 1.6) * np.cos(here), py + np.float32(way * 1.6) * np.sin(here)
            total += np.asarray(cv2.remap(noise, px, py, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
    return np.asarray(total / (total.std() + 1e-6))


def _strokes(
    field: Relief, mass: Mass, inside: np.ndarray, angle: np.ndarray, tone: np.ndarray, rng: np.random.Generator, detail: float
) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(inside > 0.5)
    width = mass.look.width / np.sqrt(detail)
    count = int(len(rows) * field.step**2 / (mass.look.length * width) * 2.6 * mass.look.density * (0.45 + 0.55 * detail))
    most = (880 if mass.look.wave else 2200) * (0.45 + 0.55 * detail) * (1 - mass.look.shade)
    chosen = rng.integers(0, len(rows), min(count, int(most)))
    at = np.stack([columns[chosen], rows[chosen]], axis=1) + rng.uniform(-0.5, 0.5, (len(chosen), 2))
    reach = mass.look.length * rng.uniform(0.55, 1.15, len(chosen)) / field.step
    knots = 7 if mass.look.wave else 5
    track = [at]
    for _ in range(knots - 1):
        here = _look_up(angle, track[-1])
        step = np.stack([np.cos(here), np.sin(here)], axis=1) * (reach / (knots - 1))[:, None]
        gone = _look_up(inside, track[-1] + step) < 0.4
        reach = np.where(gone, reach * mass.look.flyaway, reach)
        track.append(track[-1] + np.where(gone[:, None], step * mass.look.flyaway, step))
    center = np.stack(track, axis=1)  # strokes × knots × 2
    # What is cut off short at the rim would be a dot.
    whole = np.linalg.norm(np.diff(center, axis=1), axis=2).sum(axis=1) * field.step > 0.4 * mass.look.length
    if not mass.look.wave:  # hair that should lie does not turn back, as a track across a part would
        way = np.diff(center, axis=1)
        length = np.linalg.norm(way, axis=2) + 1e-6
        bends = np.sum(way[:, :-1] * way[:, 1:], axis=2) / (length[:, :-1] * length[:, 1:])
        whole &= bends.min(axis=1) > 0.5
    center = center[whole]
    step = np.gradient(center, axis=1)
    normal = np.stack([step[..., 1], -step[..., 0]], axis=2) / (np.linalg.norm(step, axis=2, keepdims=True) + 1e-6)
    taper = np.interp(np.linspace(0, 1, knots), [0, 0.25, 0.5, 0.75, 1], [0.12, 0.85, 1.0, 0.7, 0.0]) / 2 * (width / field.step)
    half = taper[None, :, None] * rng.uniform(0.45, 1.25, len(center))[:, None, None]
    both = np.concatenate([center + normal * half, (center - normal * half)[:, -2::-1]], axis=1)
    value = _look_up(tone, center[:, knots // 2]) + rng.normal(0, 0.085, len(center))
    levels = np.clip((value * TONES).astype(int), 0, TONES - 1)
    return both * field.step + field.origin, levels


def _look_up(grid: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values of a grid at fractional (column, row) positions."""
    where = at.astype(np.float32)
    return np.asarray(
        cv2.remap(
            grid.astype(np.float32),
            where[:, 0].reshape(-1, 1),
            where[:, 1].reshape(-1, 1),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    ).ravel()
