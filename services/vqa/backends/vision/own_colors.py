"""The colors of a body that is known by its face alone, told from the colors beside it.

Such a body may be cut off by the picture or stand behind a counter, a desk or a car: proportions alone would measure those. A color
is the body's own when it is clearly rarer beside the body, at the same height, than on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.common.picture import Box
from services.vqa.backends.vision.boxes import center, clipped, crop, part
from services.vqa.backends.vision.people import Person

_CHEST_BANDS = 6  # of rows, compared each with what is beside it
_BESIDE_CHEST = (0.24, 0.36)  # from the body's middle, in shares of its height: beyond the elbows
_BESIDE_HAIR = (0.11, 0.17)  # beyond hair that is not very long
_REACH = 12.0  # CIELAB distance that still is the same color
_MOST, _SAMPLES = 2000, 400  # pixels of a band that are looked at, and that each of them is compared with
_FEWEST = 20  # pixels beside the body; fewer tell nothing
_EXPLAINED = 0.5  # a color this often beside the body as on it is the background's
_OWN_SHARE = 0.35  # of a region, that has to differ: less is a collar on a coat in the wall's color
_STANDS_OUT = 0.5  # how sure colors of their own around a face make that there is somebody
_LOST = 0.6  # of the certainty is left when there are none
_SMOOTHING = 0.04  # of the face's height: takes noise away, leaves clothes


@dataclass(frozen=True, kw_only=True)
class OwnColors:
    """What a part of the body shows that is not beside it."""

    pixels: np.ndarray  # N×3, CIELAB, smoothed
    box: Box  # in which they are, working pixels
    differs: bool | None  # whether there are colors of its own; None with nothing beside it in the picture

    def certainty(self, confidence: float) -> float:
        """How sure it is that this is part of somebody, 0..1, where a person was found with some confidence."""
        if self.differs is None:
            return confidence
        return 1 - (1 - confidence) * (1 - _STANDS_OUT) if self.differs else _LOST * confidence


def chest_colors(lab: np.ndarray, person: Person) -> OwnColors:
    """The colors of the chest in an H×W×3 CIELAB picture, from those of its rows that show any of their own."""
    return _own_colors(lab, person, person.torso, _BESIDE_CHEST, _CHEST_BANDS)


def hair_colors(lab: np.ndarray, person: Person) -> OwnColors:
    """The colors of hair and forehead in an H×W×3 CIELAB picture."""
    return _own_colors(lab, person, person.hair, _BESIDE_HAIR, 1)


def _own_colors(lab: np.ndarray, person: Person, region: Box, beside: tuple[float, float], count: int) -> OwnColors:
    height = person.box.height if person.face is None else person.face.box.height
    smooth = cv2.GaussianBlur(lab, (0, 0), max(_SMOOTHING * height, 0.5))
    region = clipped(region, lab.shape[1], lab.shape[0])
    bands = [part(region, 0, index / count, 1, (index + 1) / count) for index in range(count)]
    everything = [_spread(crop(smooth, band).reshape(-1, 3), _MOST) for band in bands]
    around = [_beside(smooth, person, band, beside) for band in bands]
    total = sum(map(len, everything))
    if total == 0 or all(len(colors) < _FEWEST for colors in around):
        return OwnColors(pixels=np.concatenate(everything), box=region, differs=None)
    own = [pixels[~_explained(pixels, colors)] for pixels, colors in zip(everything, around, strict=True)]
    if sum(map(len, own)) < _OWN_SHARE * total:
        return OwnColors(pixels=np.concatenate(everything), box=region, differs=False)
    seen = [index for index in range(count) if len(own[index]) >= _OWN_SHARE * len(everything[index])]
    return OwnColors(pixels=np.concatenate(own), box=part(region, 0, seen[0] / count, 1, (seen[-1] + 1) / count), differs=True)


def _beside(lab: np.ndarray, person: Person, band: Box, distances: tuple[float, float]) -> np.ndarray:
    """Pixels to the left and right of the body in a band's rows."""
    near, far = (share * person.box.height for share in distances)
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
