"""Evidence of the open air: a blue sky at the top, plants, and points of light in the dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.common.picture import Box
from services.vqa.backends.vision.boxes import crop


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What was measured around the people."""

    sky_share: float  # of the picture: smooth, bright blue that reaches the upper border and not the lower third
    plant_share: float  # of the picture: textured green outside the people
    lamp_share: float  # of the picture: small spots much lighter than what is around them


def measure_surroundings(lab: np.ndarray, people: Sequence[Box], *, studio: bool) -> Surroundings:
    """Look for the open air in an H×W×3 CIELAB picture; a `studio` shows none."""
    if studio or min(lab.shape[:2]) < 32:
        return Surroundings(sky_share=0.0, plant_share=0.0, lamp_share=0.0)
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    mean = cv2.blur(lightness, (7, 7))
    texture = np.sqrt(np.maximum(cv2.blur(lightness * lightness, (7, 7)) - mean * mean, 0))

    green = ((a < -6) & (b > 6) & (lightness > 12) & (lightness < 85) & (texture > 2.5)).astype(np.uint8)
    for box in people:
        crop(green, box)[:] = 0
    lamps = (lightness > 85) & (lightness - cv2.blur(lightness, (41, 41)) > 45)
    return Surroundings(
        sky_share=_sky((b < -7) & (a < 14) & (lightness > 55) & (texture < 4)),
        plant_share=float(green.mean()),
        lamp_share=float(lamps.mean()),
    )


def _sky(blue: np.ndarray) -> float:
    height = len(blue)
    if blue[2 * height // 3 :].mean() > 0.1:
        return 0.0  # blue down to the floor is a wall, a floor or a tint
    count, labels, stats, _ = cv2.connectedComponentsWithStats(blue.astype(np.uint8), connectivity=4)
    at_top = set(np.unique(labels[: max(2, height // 50)]).tolist()) - {0}
    return float(sum(stats[index, cv2.CC_STAT_AREA] for index in range(1, count) if index in at_top) / blue.size)
