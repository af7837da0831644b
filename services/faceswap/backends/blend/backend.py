"""The `blend` backend: finds faces with cascades and replaces them by alignment, colour matching and seamless cloning."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from services.common.backend import ModelSpec, Monitor, Unsupported
from services.common.picture import Picture
from services.faceswap.backend import (
    Comparison,
    Face,
    FaceSelector,
    RetargetOptions,
    RetargetResult,
    SwapResult,
)
from services.faceswap.backends.blend.alignment import align, face_mask, face_outline
from services.faceswap.backends.blend.brows import without_doubled_brows
from services.faceswap.backends.blend.color import match_color
from services.faceswap.backends.blend.detector import Detector
from services.faceswap.backends.blend.landmarks import LandmarkFinder, Landmarks
from services.faceswap.backends.blend.seam import blend
from services.faceswap.choice import choose
from services.faceswap.frame import cut_frame, sharpen, warp
from services.faceswap.quality import measure_quality
from services.faceswap.seam import measure_seam

EYES_EVIDENCE = 0.3
# In eye distances of the target's face.
WINDOW_MARGIN = 0.5
LIGHT_RADIUS = 0.4
FEATHER = 0.12
SEAM_REACH = 0.05


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A face as callers see it, with what only this backend needs."""

    face: Face
    landmarks: Landmarks


class BlendBackend:
    """Classical face detection and swapping. Knows no identity: it cannot embed or compare faces."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self._finders: tuple[Detector, LandmarkFinder] | None = None

    def load(self) -> None:
        """Read the cascades that ship with OpenCV.

        Raises:
            FileNotFoundError: OpenCV was installed without them.
            ValueError: OpenCV cannot read them.
        """
        self._finders = (Detector(), LandmarkFinder())

    def unload(self) -> None:
        """Let the cascades go."""
        self._finders = None

    def detect(self, picture: Picture, *, with_embedding: bool, monitor: Monitor) -> list[Face]:
        """Find all faces, largest first.

        Raises:
            Unsupported: embeddings were asked for; only `insightface` has them.
        """
        if with_embedding:
            raise Unsupported("blend has no identity embeddings: it has no identity model; ask the model of backend `insightface`")
        return [sighting.face for sighting in self._sight(picture.pixels, "detect", monitor)]

    def swap(
        self, source: Picture, target: Picture, *, source_face: FaceSelector, target_face: FaceSelector, monitor: Monitor
    ) -> SwapResult:
        """Put the source's face onto the target's; pixels beyond the face stay exactly as they are.

        Raises:
            NoFaceFound: one of the pictures shows none.
            NoSuchFace: a selector's index is beyond the faces that were found.
        """
        ours = _chosen(self._sight(source.pixels, "detect_source", monitor), source_face, source, "source")
        theirs = _chosen(self._sight(target.pixels, "detect_target", monitor), target_face, target, "target")
        monitor.report("align", 0, 1)
        transform = align(ours.landmarks, theirs.landmarks)
        rows, columns = window_around(theirs.landmarks, target)
        area = target.pixels[rows, columns]
        origin = np.array([columns.start, rows.start])
        local = np.column_stack([transform[:, :2], transform[:, 2] - origin])
        landmarks = theirs.landmarks.moved(-origin)
        height, width = area.shape[:2]
        face = sharpen(warp(source.pixels, local, width, height), local)
        area = without_doubled_brows(area, landmarks, face, ours.landmarks.mapped(local))
        mask = face_mask(ours.landmarks, landmarks, local, (source.width, source.height), (width, height))
        monitor.report("align", 1, 1)
        distance = landmarks.eye_distance
        monitor.report("match_color", 0, 1)
        face = match_color(face, area, mask, LIGHT_RADIUS * distance)
        monitor.report("match_color", 1, 1)
        monitor.report("blend", 0, 1)
        joined = blend(face, area, mask, FEATHER * distance)
        pixels = target.pixels.copy()
        pixels[rows, columns] = joined
        monitor.report("blend", 1, 1)
        return SwapResult(
            pixels=pixels,
            source_face=ours.face,
            target_face=theirs.face,
            transform=transform,
            seam_error=measure_seam(joined, area, mask, SEAM_REACH * distance),
            similarity=None,
        )

    def retarget(self, picture: Picture, options: RetargetOptions, *, face: FaceSelector, monitor: Monitor) -> RetargetResult:
        """Refuse: moving a face's parts takes a model that has learned how faces move.

        Raises:
            Unsupported: always; `liveportrait` can.
        """
        raise Unsupported("blend cannot change expression or head pose: it moves whole faces only; ask the model of backend `liveportrait`")

    def compare(self, a: Picture, b: Picture, *, monitor: Monitor) -> Comparison:
        """Refuse: likeness of pixels is not likeness of persons.

        Raises:
            Unsupported: always; `insightface` can.
        """
        raise Unsupported("blend cannot compare persons: it has no identity model; ask the model of backend `insightface`")

    def _sight(self, pixels: np.ndarray, stage: str, monitor: Monitor) -> list[Sighting]:
        if self._finders is None:
            raise RuntimeError("load() has to be called before blend works")
        detector, landmark_finder = self._finders
        sightings = []
        for detection in detector.find(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), stage, monitor):
            frame = cut_frame(pixels, detection.box, detection.roll)
            landmarks = landmark_finder.find(frame)
            # Eyes where eyes belong are one more witness beside the cascades.
            score = 1 - (1 - detection.score) * (1 - EYES_EVIDENCE * landmarks.eyes_measured)
            face = Face(
                box=detection.box,
                landmarks=tuple((float(x), float(y)) for x, y in landmarks.points),
                score=score,
                quality=measure_quality(frame, landmarks.eye_distance),
            )
            sightings.append(Sighting(face=face, landmarks=landmarks))
        return sightings


def _chosen(sightings: list[Sighting], selector: FaceSelector, picture: Picture, role: str) -> Sighting:
    return sightings[choose([sighting.face for sighting in sightings], selector, picture, role)]


def window_around(landmarks: Landmarks, picture: Picture) -> tuple[slice, slice]:
    """Rows and columns of a picture that hold a face and some of what is around it."""
    outline = face_outline(landmarks)
    margin = WINDOW_MARGIN * landmarks.eye_distance
    left, top = np.maximum(np.floor(outline.min(axis=0) - margin), 0).astype(int)
    right, bottom = np.ceil(outline.max(axis=0) + margin).astype(int)
    return slice(int(top), min(int(bottom), picture.height)), slice(int(left), min(int(right), picture.width))
