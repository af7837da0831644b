"""Facial hair: stubble, mustache, goatee, beard."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.curves import Points, mirrored, points, polygons, sample
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.palette import Rgb, mix
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.svg import Definitions, group, path
from services.diffusion.backends.composite.traits import stream


def draw(face: Face, kind: str, hair: Rgb, seed: int, definitions: Definitions) -> str:
    """Facial hair on a face."""
    rng = stream(seed, "beard")
    color = mix(hair, (60, 44, 38), 0.2)
    m, half = face.mouth, face.mouth_half
    lip = points(
        [
            (-half * 0.9, m - 2),
            (-half * 0.5, m - face.upper_lip * 0.8),
            (0, m - face.upper_lip),
            (half * 0.5, m - face.upper_lip * 0.8),
            (half * 0.9, m - 2),
            (half * 0.6, m + face.lower_lip * 0.9),
            (0, m + face.lower_lip + 4),
            (-half * 0.6, m + face.lower_lip * 0.9),
        ]
    )
    areas, length, density, shade = {
        "stubble": ([_jaw(face), _mustache(face, 1.0)], 3.2, 0.85, 0.24),
        "mustache": ([_mustache(face, 0.96)], 10.0, 3.4, 0.6),
        "goatee": ([_mustache(face, 0.95), _chin(face)], 13.0, 2.4, 0.45),
        "beard": ([_jaw(face), _mustache(face, 1.05)], 17.0, 2.3, 0.62),
    }[kind]
    drawn = "".join(_patch(face, area, lip, color, length, density, shade, rng, definitions) for area in areas)
    return group("facial-hair", kind.capitalize(), drawn)


def _mustache(face: Face, size: float) -> Points:
    m, half, n = face.mouth, face.mouth_half * 0.98 * size, face.nose
    return points(
        [
            (0, n + 9),
            (half * 0.4, n + 10),
            (half * 0.85, (n + m) / 2 + 6),
            (half + 7, m + 7),
            (half * 0.86, m + 4),
            (half * 0.4, m - face.upper_lip * 0.75),
            (0, m - face.upper_lip * 0.8),
            (-half * 0.4, m - face.upper_lip * 0.75),
            (-half * 0.86, m + 4),
            (-half - 7, m + 7),
            (-half * 0.85, (n + m) / 2 + 6),
            (-half * 0.4, n + 10),
        ]
    )


def _chin(face: Face) -> Points:
    m = face.mouth + face.lower_lip
    right = points([(0, m + 6), (20, m + 8), (44, m + 16), (50, face.chin - 26), (32, face.chin - 2), (0, face.chin + 8)])
    return np.vstack([right, mirrored(right)[1:-1]])


def _jaw(face: Face) -> Points:
    def edge(y: float, inset: float) -> tuple[float, float]:
        return face.half_width(y) - inset, y

    m = face.mouth
    right = points(
        [
            edge(6, 2),
            edge(60, 1),
            edge(m, 0),
            edge(m + 40, -2),
            (face.half_width(face.chin - 20) + 2, face.chin - 18),
            (30, face.chin + 6),
            (0, face.chin + 9),
        ]
    )
    inner = points(
        [
            (0, m + face.lower_lip + 6),
            (34, m + face.lower_lip + 6),
            (face.mouth_half + 18, m + 2),
            (face.mouth_half + 42, m - 30),
            (face.half_width(50) - 22, 62),
            (face.half_width(6) - 15, 6),
        ]
    )
    right = np.vstack([right[::-1][::-1]])
    half = np.vstack([inner, right])
    return np.vstack([half, mirrored(half)])


def _patch(
    face: Face,
    area: Points,
    lip: Points,
    color: Rgb,
    length: float,
    density: float,
    shade: float,
    rng: np.random.Generator,
    definitions: Definitions,
) -> str:
    outline = sample(area, 8, closed=True)
    left, top = outline.min(axis=0) - 6
    right, bottom = outline.max(axis=0) + 6
    field = Relief(float(left), float(top), float(right), float(bottom), 2.0)
    inside = field.area(outline) * (1 - field.area(sample(lip, 8, closed=True)))
    soft = field.silhouette(inside)
    rows, columns = np.nonzero(inside > 0.5)
    count = min(int(len(rows) * field.step**2 / 26 * density / (length / 8) ** 0.5), 1300)
    chosen = rng.integers(0, len(rows), count)
    root = np.stack([columns[chosen], rows[chosen]], axis=1) * field.step + field.origin + rng.uniform(-1, 1, (count, 2))
    lean = np.arctan2(np.ones(count), root[:, 0] / 120) + rng.normal(0, 0.22, count)
    reach = length * rng.uniform(0.55, 1.1, count)
    way = np.stack([np.cos(lean), np.sin(lean)], axis=1)
    across = np.stack([-way[:, 1], way[:, 0]], axis=1)
    middle = root + way * (reach * 0.5)[:, None] + across * rng.normal(0, 0.08, count)[:, None] * length
    tip = root + way * reach[:, None]
    wide = np.clip(length / 12, 0.7, 1.5)
    hairs = np.stack(
        [root - across * 0.4 * wide, middle - across * 0.5 * wide, tip, middle + across * 0.5 * wide, root + across * 0.4 * wide], axis=1
    )
    light = rng.random(count) < 0.3
    return (
        path(soft, color, shade, f'fill-rule="evenodd" filter="{definitions.blur(4.5)}"')
        + path(polygons(hairs[~light]), color, 0.75)
        + path(polygons(hairs[light]), mix(color, (170, 160, 150), 0.35), 0.7)
    )
