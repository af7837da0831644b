"""Faces, found with OpenCV's Haar cascades (Viola and Jones, CVPR 2001): frontal ones, and profiles to either side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import cv2.data
import numpy as np

from services.common.picture import Box
from services.vqa.backends.vision.boxes import area, center, contains, overlap, part, scaled

_SMALLEST = 22  # pixels; below this the cascades see no more than their own window
_PROFILE_SIDE = 480  # pixels; profiles are sought in a smaller picture because that cascade is slow
_PRINTED = 0.45  # height of a face on clothes as a share of the wearer's, at most
_CLEAR = 0.5  # confidence of a face; the folds of a coat reach 0.4
_NEIGHBORS_FRONTAL = 4
_NEIGHBORS_PROFILE = 7  # the profile cascade is wrong more often


@dataclass(frozen=True, kw_only=True)
class FaceHit:
    """A face in the working picture."""

    box: Box  # forehead to chin
    confidence: float  # 0..1, from how many overlapping windows agreed
    profile: bool


class FaceDetector:
    """The loaded cascades. Not for two threads at once."""

    def __init__(self) -> None:
        self._frontal = _cascade("haarcascade_frontalface_alt2.xml")
        self._profile = _cascade("haarcascade_profileface.xml")

    def frontal(self, grey: np.ndarray) -> list[FaceHit]:
        """Find frontal faces in an H×W uint8 picture, largest first."""
        return sorted(_detect(self._frontal, grey, _NEIGHBORS_FRONTAL, profile=False), key=lambda hit: -area(hit.box))

    def profiles(self, grey: np.ndarray, frontal: list[FaceHit]) -> list[FaceHit]:
        """Find faces in profile, both ways, that are none of the `frontal` ones; largest first."""
        shrink = min(1.0, _PROFILE_SIDE / max(grey.shape))
        small = grey if shrink == 1 else cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        found: list[FaceHit] = []
        for mirrored in (False, True):
            for hit in _detect(self._profile, small[:, ::-1].copy() if mirrored else small, _NEIGHBORS_PROFILE, profile=True):
                left = small.shape[1] - hit.box.x - hit.box.width if mirrored else hit.box.x
                box = scaled(Box(x=left, y=hit.box.y, width=hit.box.width, height=hit.box.height), 1 / shrink)
                if all(overlap(box, other.box) < 0.3 for other in [*frontal, *found]):
                    found.append(FaceHit(box=box, confidence=hit.confidence * 0.7, profile=True))
        return sorted(found, key=lambda hit: -area(hit.box))


def without_patterns(faces: Sequence[FaceHit]) -> list[FaceHit]:
    """Leave out what looks like a face on the body right below a larger one: badges, prints and lapels are no heads.

    A child in somebody's arms has a head more than half as large, and is seen as clearly.
    """
    return [face for face in faces if not any(_is_worn(face, other) for other in faces)]


def _is_worn(face: FaceHit, wearer: FaceHit) -> bool:
    chest = part(wearer.box, -0.5, 1.0, 1.5, 4.5)
    if face.box.height >= wearer.box.height or not contains(chest, center(face.box)):
        return False
    return face.box.height < _PRINTED * wearer.box.height or face.confidence < _CLEAR


def _cascade(name: str) -> cv2.CascadeClassifier:
    path = Path(cv2.data.haarcascades) / name
    if not path.is_file():
        raise FileNotFoundError(f"OpenCV's cascade {name} is missing; opencv-python-headless 4.x ships it")
    return cv2.CascadeClassifier(str(path))


def _detect(cascade: cv2.CascadeClassifier, grey: np.ndarray, neighbors: int, *, profile: bool) -> list[FaceHit]:
    if min(grey.shape) < _SMALLEST:
        return []
    boxes, agreeing = cascade.detectMultiScale2(grey, scaleFactor=1.1, minNeighbors=neighbors, minSize=(_SMALLEST, _SMALLEST))
    return [
        FaceHit(
            box=Box(x=float(x), y=float(y), width=float(width), height=float(height)),
            confidence=count / (count + 2.0 * neighbors) if (count := int(windows)) else 0.0,
            profile=profile,
        )
        for (x, y, width, height), windows in zip(boxes, agreeing, strict=True)
    ]
