"""People, found by their faces, by their upright shape and, before a plain background, by their outline.

Upright people are found with OpenCV's histogram-of-gradients detector (Dalal and Triggs, CVPR 2005). Whatever found a person, the
result is one box from head to toe, which may reach out of the picture: the parts of the body are read off its height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np

from services.common.picture import Box
from services.vqa.backends.vision.boxes import area, center, contains, overlap, part
from services.vqa.backends.vision.faces import FaceHit
from services.vqa.backends.vision.figure import Figure

_WINDOW = (64, 128)  # pixels, of the detector
_SURE_MARGIN = 1.0  # of the classifier, without other evidence; textures and machines reach 0.9
_LARGEST_FACE = 0.25  # height of a face as a share of its body's
_SUPPORTED_MARGIN = 0.4  # when a face sits where the head should be


class Evidence(Enum):
    """What a person was found by."""

    SHAPE = "shape"  # the upright-person detector
    FACE = "face"  # a face; the body is where proportions put it
    OUTLINE = "outline"  # a figure before a plain background
    TORN_OUTLINE = "torn outline"  # such a figure, whose clothes partly have the background's own color


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person in the working picture."""

    box: Box  # head to toe, by proportions where unseen; may reach out of the picture
    confidence: float  # 0..1
    evidence: Evidence
    face: FaceHit | None = None

    @property
    def torso(self) -> Box:
        """Chest and belly without arms."""
        if self.evidence is Evidence.FACE:
            # Such a body is often cut off or behind something; shoulders and chest are what is surest to be seen.
            return self._band(0.17, 0.36, half_width=0.14)
        return self._band(0.22, 0.42)

    @property
    def thighs(self) -> Box:
        """From below the hips to the knees: where trousers, skirts and shorts alike are."""
        return self._band(0.54, 0.7)

    @property
    def shins(self) -> Box:
        """Below the hem of coats, above shoes."""
        return self._band(0.76, 0.88)

    @property
    def hair(self) -> Box:
        """From the top of the head to the forehead."""
        if self.face is not None and self.evidence in (Evidence.SHAPE, Evidence.FACE):
            return part(self.face.box, 0.2, -0.22, 0.8, 0.02)
        return self._band(0.0, 0.05, half_width=0.045)

    @property
    def head(self) -> Box:
        """The middle of the face."""
        if self.face is not None:
            return part(self.face.box, 0.25, 0.3, 0.75, 0.8)
        return self._band(0.05, 0.12, half_width=0.035)

    def _band(self, top: float, bottom: float, half_width: float = 0.08) -> Box:
        """A band of the body around its middle; all in shares of the body's height."""
        x = center(self.face.box if self.face is not None else self.box)[0]
        height = self.box.height
        return Box(x=x - half_width * height, y=self.box.y + top * height, width=2 * half_width * height, height=(bottom - top) * height)


class PersonDetector:
    """OpenCV's upright-person detector with its own coefficients."""

    def __init__(self) -> None:
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(np.array(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32))

    def find(self, grey: np.ndarray) -> list[tuple[Box, float]]:
        """Find upright people in an H×W uint8 picture: head-to-toe boxes with the classifier's margin, surest first."""
        if grey.shape[0] < _WINDOW[1] or grey.shape[1] < _WINDOW[0]:
            return []
        windows, margins = self._hog.detectMultiScale(grey, winStride=(8, 8), scale=1.06)
        found = sorted(zip(np.reshape(windows, (-1, 4)).tolist(), np.ravel(margins).tolist(), strict=True), key=lambda hit: -hit[1])
        kept: list[tuple[Box, float]] = []
        for (x, y, width, height), margin in found:
            # The detector was trained with a margin around each person.
            box = part(Box(x=x, y=y, width=width, height=height), 0.22, 0.1, 0.78, 0.87)
            if all(overlap(box, other) < 0.5 for other, _ in kept):
                kept.append((box, margin))
        return kept


def assemble(shapes: Sequence[tuple[Box, float]], faces: Sequence[FaceHit], figures: Sequence[Figure]) -> list[Person]:
    """Join what the detectors found so that each person is there once; the largest first."""
    free_faces = list(faces)
    people = [
        Person(
            box=figure.box,
            confidence=figure.confidence,
            evidence=Evidence.TORN_OUTLINE if figure.torn else Evidence.OUTLINE,
            face=_take_face(figure.box, free_faces),
        )
        for figure in figures
        if not _is_a_head(figure.box, faces)
    ]
    for box, margin in shapes:
        if any(overlap(box, person.box) > 0.4 for person in people):
            continue
        face = _take_face(box, free_faces)
        if margin >= (_SURE_MARGIN if face is None else _SUPPORTED_MARGIN):
            people.append(Person(box=box, confidence=margin / (margin + 0.8), evidence=Evidence.SHAPE, face=face))
        elif face is not None:
            free_faces.append(face)
    bodies = [Person(box=_body_below(face.box), confidence=face.confidence, evidence=Evidence.FACE, face=face) for face in free_faces]
    # A "face" on somebody's clothes is a pattern, and a faint shape on the body below a face is that body.
    bodies = [body for body in bodies if not any(contains(person.box, center(body.head)) for person in people)]
    people = [person for person in people if person.face is not None or not _is_part_of(person, bodies)]
    return sorted((_surer(person) for person in people + bodies), key=lambda person: -area(person.box))


def _is_a_head(figure: Box, faces: Sequence[FaceHit]) -> bool:
    """Whether what stands out is a head only, above clothes in the background's color."""
    return any(contains(figure, center(face.box)) and face.box.height > _LARGEST_FACE * figure.height for face in faces)


def _is_part_of(person: Person, bodies: Sequence[Person]) -> bool:
    return person.evidence is Evidence.SHAPE and any(overlap(person.box, body.box) > 0.5 for body in bodies)


def _surer(person: Person) -> Person:
    """Two kinds of evidence are better than one."""
    if person.face is None or person.evidence is Evidence.FACE:
        return person
    return replace(person, confidence=1 - (1 - person.confidence) * (1 - person.face.confidence))


def _take_face(body: Box, faces: list[FaceHit]) -> FaceHit | None:
    """Take the face that sits where the body's head should be out of `faces`."""
    head = part(body, 0.0, -0.06, 1.0, 0.24)
    for face in faces:
        if contains(head, center(face.box)) and 0.05 < face.box.height / body.height < _LARGEST_FACE:
            faces.remove(face)
            return face
    return None


def _body_below(face: Box) -> Box:
    """The body of a standing person, seven and a half heads high, whose face this is."""
    return part(face, -0.8, -0.25, 1.8, 8.75)
