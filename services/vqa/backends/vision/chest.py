"""The chest of a body that is known by its face alone, told from what is beside it.

Such a body may be cut off by the picture or stand behind a counter, a desk or a car: proportions alone would measure those. What a
color's share on the chest has to exceed, for the color to be the body's, is its share beside the body at the same height.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.common.picture import Box
from services.vqa.backends.vision.boxes import center, clipped, crop, part
from services.vqa.backends.vision.people import Person

_BANDS = 6  # of rows, compared each with what is beside it
_BESIDE = (0.24, 0.36)  # from the body's middle, in shares of its height: beyond the elbows
_REACH = 12.0  # CIELAB distance that still is the same color
_MOST, _SAMPLES = 2000, 400  # pixels of a band that are looked at, and that each of them is compared with
_FEWEST = 20  # pixels beside the body; fewer tell nothing
_EXPLAINED = 0.5  # a color this often beside the body as on it is the background's
_OWN_SHARE = 0.35  # of the chest, that has to differ: less is a collar on a coat in the wall's color
_STANDS_OUT = 0.5  # how sure colors of its own below a face make that there is a body
_LOST = 0.6  # of the certainty is left when there are none
_SMOOTHING = 0.04  # of the face's height: takes noise away, leaves clothes


@dataclass(frozen=True, kw_only=True)
class Chest:
    """What is seen of the upper body."""

    pixels: np.ndarray  # N×3, CIELAB, smoothed
    box: Box  # in which they are, working pixels
    differs: bool | None  # whether it has colors of its own; None with nothing beside it in the picture

    def certainty(self, confidence: float) -> float:
        """How sure it is that this is somebody's chest, 0..1, where a person was found with some confidence."""
        if self.differs is None:
            return confidence
        return 1 - (1 - confidence) * (1 - _STANDS_OUT) if self.differs else _LOST * confidence


def find_chest(lab: np.ndarray, person: Person) -> Chest:
    """Find the chest of a person in an H×W×3 CIELAB picture: the rows of `person.torso` that show colors not seen beside it."""
    height = person.box.height if person.face is None else person.face.box.height
    smooth = cv2.GaussianBlur(lab, (0, 0), max(_SMOOTHING * height, 0.5))
    region = clipped(person.torso, lab.shape[1], lab.shape[0])
    bands = [part(region, 0, index / _BANDS, 1, (index + 1) / _BANDS) for index in range(_BANDS)]
    everything = [_spread(crop(smooth, band).reshape(-1, 3), _MOST) for band in bands]
    beside = [_beside(smooth, person, band) for band in bands]
    total = sum(map(len, everything))
    if total == 0 or all(len(colors) < _FEWEST for colors in beside):
        return Chest(pixels=np.concatenate(everything), box=region, differs=None)
    own = [pixels[~_explained(pixels, colors)] for pixels, colors in zip(everything, beside, strict=True)]
    if sum(map(len, own)) < _OWN_SHARE * total:
        return Chest(pixels=np.concatenate(everything), box=region, differs=False)
    seen = [index for index in range(_BANDS) if len(own[index]) > _OWN_SHARE * len(everything[index])]
    return Chest(pixels=np.concatenate(own), box=part(region, 0, seen[0] / _BANDS, 1, (seen[-1] + 1) / _BANDS), differs=True)


def _beside(lab: np.ndarray, person: Person, band: Box) -> np.ndarray:
    """Pixels to the left and right of the body in a band's rows."""
    near, far = (share * person.box.height for share in _BESIDE)
    middle = center(band if person.face is None else person.face.box)[0]
    sides = (Box(x=middle + x, y=band.y, width=far - near, height=band.height) for x in (-far, near))
    return np.concatenate([crop(lab, side).reshape(-1, 3) for side in sides])


def _explained(pixels: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """Which of N×3 pixels have colors that are about as frequent beside the body as on it."""
    if len(pixels) == 0 or len(beside) < _FEWEST:
        return np.zeros(len(pixels), bool)
    return _frequency(pixels, beside) > _EXPLAINED * _frequency(pixels, pixels)


def _frequency(pixels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each of N×3 pixels, the share of other pixels that have its color."""
    sample = _spread(others, _SAMPLES)
    squared = (pixels**2).sum(axis=1)[:, None] + (sample**2).sum(axis=1)[None, :] - 2 * pixels @ sample.T
    return np.asarray((squared < _REACH**2).mean(axis=1))


def _spread(pixels: np.ndarray, most: int) -> np.ndarray:
    """At most so many of N×3 pixels, evenly taken."""
    return pixels[np.linspace(0, len(pixels) - 1, min(len(pixels), most)).astype(np.int64)]
