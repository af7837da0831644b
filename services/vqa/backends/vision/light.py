"""How much light there is and how it falls, measured on CIELAB lightness (0 black, 100 white)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.common.picture import Box
from services.vqa.backends.vision.boxes import crop

_GRID = 8  # cells a side, for the unevenness of light
_NEUTRAL_SPREAD = 6.0  # CIELAB units around the picture's tint that still count as without color
_COLORED_SHARE = 0.002  # of the pixels, that a picture without color may have outside


@dataclass(frozen=True, kw_only=True)
class Light:
    """The light of a picture."""

    lightness: float  # mean, 0..100
    spread: float  # standard deviation of the mean lightness of an 8×8 grid's cells
    dark_share: float  # of the pixels, darker than 10
    blown_share: float  # of the pixels, lighter than 98
    colorless: bool  # grey, infrared or of one tint throughout

    @property
    def color_trust(self) -> float:
        """How far colors can be believed in this light, 0.2..1: in the dark all cats are grey."""
        return float(np.clip((self.lightness - 8) / 27, 0.2, 1.0))


def measure_light(lab: np.ndarray, foreground: np.ndarray | None) -> Light:
    """Measure the light of an H×W×3 CIELAB picture.

    Light falls evenly or not on the background: dark trousers before a plain one (`foreground`, H×W bool) are no shadow.
    """
    lightness = lab[..., 0]
    seen = np.ones(lightness.shape, np.float32) if foreground is None else (~foreground).astype(np.float32)
    weights = cv2.resize(seen, (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    sums = cv2.resize(lightness * seen, (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    cells = sums[weights > 0.1] / weights[weights > 0.1]
    tint = np.median(lab[..., 1:].reshape(-1, 2), axis=0)
    colored = np.linalg.norm(lab[..., 1:] - tint, axis=2) > _NEUTRAL_SPREAD
    return Light(
        lightness=float(lightness.mean()),
        spread=float(cells.std()) if cells.size else 0.0,
        dark_share=float((lightness < 10).mean()),
        blown_share=float((lightness > 98).mean()),
        colorless=bool(colored.mean() < _COLORED_SHARE and np.linalg.norm(tint) < 40),
    )


def backlight(lab: np.ndarray, face: Box | None) -> float | None:
    """How much darker a face is than what surrounds it, in units of lightness; None without a face to compare."""
    if face is None:
        return None
    around = Box(x=face.x - face.width, y=face.y - face.height, width=3 * face.width, height=2 * face.height)
    inside, surroundings = crop(lab[..., 0], face), crop(lab[..., 0], around)
    if not inside.size or not surroundings.size:
        return None
    return float(np.percentile(surroundings, 75) - np.median(inside))
