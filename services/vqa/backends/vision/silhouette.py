"""Which pixels of a person's box are the person: GrabCut (Rother et al., SIGGRAPH 2004), started from the body's proportions."""

from __future__ import annotations

import cv2
import numpy as np

from services.common.picture import Box
from services.vqa.backends.vision.boxes import clipped, part
from services.vqa.backends.vision.people import Person

_LONGEST_SIDE = 160  # pixels; enough to tell clothes from wall, and quick
_ITERATIONS = 3


def silhouette(rgb: np.ndarray, person: Person) -> np.ndarray:
    """Separate a person from a busy background.

    Args:
        rgb: H×W×3, uint8, the working picture.
        person: whom to separate.

    Returns:
        H×W bool; False outside the person's surroundings.
    """
    height, width = rgb.shape[:2]
    frame = clipped(part(person.box, -0.4, -0.03, 1.4, 1.03), width, height)
    left, top, right, bottom = (round(v) for v in (frame.x, frame.y, frame.x + frame.width, frame.y + frame.height))
    mask = np.zeros((height, width), bool)
    if right - left < 8 or bottom - top < 8:
        return mask
    surroundings = rgb[top:bottom, left:right]
    shrink = min(1.0, _LONGEST_SIDE / max(surroundings.shape))
    small = cv2.resize(surroundings, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    guess = np.full(small.shape[:2], cv2.GC_PR_BGD, np.uint8)

    def mark(region: Box, label: int) -> None:
        inside = clipped(
            Box(x=(region.x - left) * shrink, y=(region.y - top) * shrink, width=region.width * shrink, height=region.height * shrink),
            small.shape[1],
            small.shape[0],
        )
        guess[round(inside.y) : round(inside.y + inside.height), round(inside.x) : round(inside.x + inside.width)] = label

    body = person.box
    mark(Box(x=left, y=top, width=body.x - left, height=bottom - top), cv2.GC_BGD)
    mark(Box(x=body.x + body.width, y=top, width=right - body.x - body.width, height=bottom - top), cv2.GC_BGD)
    mark(part(body, 0.1, 0.15, 0.9, 0.97), cv2.GC_PR_FGD)
    mark(part(person.hair, 0.0, 0.3, 1.0, 1.0), cv2.GC_PR_FGD)
    mark(part(person.torso, 0.2, 0.0, 0.8, 1.0), cv2.GC_FGD)
    mark(person.head, cv2.GC_FGD)
    labels = np.unique(guess)
    if not {cv2.GC_BGD, cv2.GC_PR_BGD} & set(labels.tolist()) or not {cv2.GC_FGD, cv2.GC_PR_FGD} & set(labels.tolist()):
        return mask
    cv2.setRNGSeed(0)  # the color models are started at random; the same picture gets the same answer
    cv2.grabCut(small, guess, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), _ITERATIONS, cv2.GC_INIT_WITH_MASK)
    person_pixels = ((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD)).astype(np.uint8)
    mask[top:bottom, left:right] = cv2.resize(person_pixels, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST) > 0
    return mask
