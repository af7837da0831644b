"""The marks of years in the form of a face: folds, wrinkles, bags under the eyes."""

from __future__ import annotations

import numpy as np

from services.diffusion.backends.composite.curves import points
from services.diffusion.backends.composite.face import Face
from services.diffusion.backends.composite.relief import Relief
from services.diffusion.backends.composite.traits import stream


def carve(relief: Relief, face: Face, seed: int) -> None:
    """Cut the folds that a face of this age has."""
    rng = stream(seed, "aging")
    wear = face.traits.wear
    _cheek_folds(relief, face, wear)
    _eye_folds(relief, face, wear, rng)
    if wear > 0.12:
        _forehead(relief, face, wear, rng)
    if wear > 0.45:
        _sagging(relief, face, wear)


def _cheek_folds(relief: Relief, face: Face, wear: float) -> None:
    depth = 0.7 + 5.0 * wear - 0.5 * face.traits.childhood
    for side in (1, -1):
        fold = points(
            [
                (face.nose_half + 3, face.nose - 16),
                (face.nose_half + 15, face.nose + 8),
                (face.mouth_half + 11, face.mouth - 14),
                (face.mouth_half + 15 + 3 * wear, face.mouth + 14 * wear),
            ]
        )
        relief.groove(fold * (side, 1), 6 + 2 * wear, depth * 0.62)
        if wear > 0.3:
            line = points(
                [(face.mouth_half + 3, face.mouth + 8), (face.mouth_half + 8, face.mouth + 26), (face.mouth_half + 4, face.mouth + 46)]
            )
            relief.groove(line * (side, 1), 6, 3.4 * (wear - 0.2))


def _eye_folds(relief: Relief, face: Face, wear: float, rng: np.random.Generator) -> None:
    for side in (1, -1):
        x, w = face.eye_x, face.eye_width / 2
        low = face.eye_height * 0.5 + 9
        bag = points([(x - w + 2, low - 3), (x - w * 0.3, low + 5), (x + w * 0.5, low + 4), (x + w * 0.95, low - 4)])
        relief.groove(bag * (side, 1), 5, 0.8 + 2.4 * wear)
        if wear > 0.2:
            deep = points([(x - w + 4, low + 8), (x - w * 0.1, low + 17), (x + w * 0.8, low + 12)])
            relief.groove(deep * (side, 1), 5, 2.0 * wear)
            for ray in (-0.5, -0.12, 0.24, 0.6)[: 2 + int(3 * wear)]:
                angle = ray + rng.normal(0, 0.06)
                start = np.array([x + w + 8, 2.0 + 14 * angle])
                reach = rng.uniform(20, 30) * (0.6 + 0.4 * wear)
                way = np.array([np.cos(angle), np.sin(angle)])
                feet = np.vstack([start, start + way * reach * 0.5 + (0, 1.5), start + way * reach])
                relief.groove(feet * (side, 1), 3, 1.7 * wear)


def _forehead(relief: Relief, face: Face, wear: float, rng: np.random.Generator) -> None:
    room = face.brow - 20 - (face.hairline + 16)
    for row in range(2 + int(2.4 * wear)):
        y = face.brow - 26 - row * room / 4.2
        reach = 86 * rng.uniform(0.7, 1.0)
        shift = rng.uniform(-10, 10)
        wave = rng.normal(0, 2.0, 5) + np.array([3, -2, 1.5, -2, 3])
        crease = points(list(zip(np.linspace(-reach, reach, 5) + shift, y + wave, strict=True)))
        relief.groove(crease, 4.5, 2.4 * wear * rng.uniform(0.75, 1.1))
    for side in (1, -1):
        frown = points([(9, face.brow + 10), (11, face.brow - 6), (8, face.brow - 20)])
        relief.groove(frown * (side, 1), 4, 2.0 * wear * rng.uniform(0.6, 1.1))


def _sagging(relief: Relief, face: Face, wear: float) -> None:
    sag = (wear - 0.35) * 1.4
    for side in (1, -1):
        jowl = points(
            [(face.mouth_half + 12, face.mouth + 40), (face.mouth_half + 26, face.chin - 36), (face.mouth_half + 14, face.chin - 18)]
        )
        relief.groove(jowl * (side, 1), 9, 2.6 * sag)
        hollow = points([(112, 66), (106, 108), (90, 140)])
        relief.groove(hollow * (side, 1), 22, 5.0 * sag)
        relief.bump(side * 40, face.mouth + 2, 5, 24, -1.2 * sag)
