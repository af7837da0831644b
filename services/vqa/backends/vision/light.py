"""How much light there is and how it falls, measured on CIELAB lightness (0 black, 100 white)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.common.picture import Box
from services.vqa.backends.vision.boxes import crop

_GRID = 8  # cells a side, for the unevenness of light
_NEUTRAL_SPREAD = 6.0  # CIELAB units around the picture's tint that still count as without color
_NORMAL_LIGHTNESS = 50.0  # mean, of a well exposed picture
_BRIGHTEST = 85.0  # the lightest twentieth of a picture that needs no more exposure
_COLORED_SHARE = 0.002  # of the pixels, that a picture without color may have outside


@dataclass(frozen=True, kw_only=True)
class Light:
    """The light of a picture."""

    lightness: float  # mean, 0..100
    spread: float  # standard deviation of the mean lightness of an 8×8 grid's cells
    dark_share: float  # of the pixels, darker than 10
    blown_share: float  # of the pixels, lighter than 98
    highlight: float  # lightness that a twentieth of the pixels exceeds
    colorless: bool  # grey, infrared or of one tint throughout

    @property
    def missing_exposure(self) -> float:
        """What L*+16 has to be multiplied by so that a dim picture is normally exposed; 1 when something in it is bright."""
        factor = min((_NORMAL_LIGHTNESS + 16) / (self.lightness + 16), (_BRIGHTEST + 16) / (self.highlight + 16))
        return float(np.clip(factor, 1.0, 1.6))

    def color_trust(self, lightness: float = 0.0) -> float:
        """How far a color of some lightness can be believed in this light, 0.2..1: in the dark all cats are grey."""
        return float(np.clip((max(self.lightness, lightness) - 8) / 27, 0.2, 1.0))


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
        highlight=float(np.percentile(lightness, 95)),
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
