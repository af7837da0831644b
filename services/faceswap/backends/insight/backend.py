"""The `insightface` backend: finds, compares and swaps faces with the networks of an InsightFace pack, by ONNX Runtime."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from insightface.app.common import Face as LibraryFace
from insightface.utils.face_align import norm_crop

from services.common.backend import ModelSpec, Monitor, Unsupported
from services.common.picture import Box, Picture
from services.common.weights import verify
from services.faceswap.backend import Comparison, Face, FaceSelector, NoFaceFound, RetargetOptions, RetargetResult, SwapResult
from services.faceswap.backends.insight.pack import Pack, Search, load_pack
from services.faceswap.backends.insight.paste import paste_region, source_to_target, window_around
from services.faceswap.backends.insight.runtime import memory_guard, runtime_of
from services.faceswap.choice import choose
from services.faceswap.frame import cut_frame
from services.faceswap.quality import measure_quality
from services.faceswap.seam import measure_seam

LARGEST = FaceSelector()
EMBED_BATCH = 16  # faces in one run: bounds the memory that a crowd takes
SEAM_REACH = 0.05  # eye distances of the target's face, as in `blend`
SMALLER = "ask for a smaller picture"
DEFAULTS = {"det_size": 0, "det_threshold": 0.5, "threads": 4}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A picture as the library takes it, and the faces in it."""

    pixels: np.ndarray  # H×W×3, uint8, BGR; its own copy
    faces: list[Face]  # largest first


class InsightFaceBackend:
    """Learned face detection, identity and swapping. Threads may share it: the networks keep nothing of a call."""

    def __init__(self, spec: ModelSpec, folder: Path, device: str) -> None:
        """Set what to load.

        Args:
            spec: the manifest's entry. Its defaults may give `det_size` (side of the square, a multiple of 32 pixels, that pictures
                are fitted into for the search; 0 for the library's way, 128 and 640 both), `det_threshold` (least score of a face,
                0..1) and `threads` (of one run on the CPU).
            folder: where the entry's files lie.
            device: `cpu`, `cuda` or `cuda:N`; empty for the best there is.
        """
        self.spec = spec
        self.device = ""
        self._folder = folder
        self._wanted_device = device
        self._pack: Pack | None = None

    def load(self) -> None:
        """Check the files, then load them. Nothing is ever downloaded.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: a file is not the one that the manifest names or no network of a face pack, a default is wrong, or there is no
                such device.
            OutOfMemory: the device has no room.
        """
        settings = {**DEFAULTS, **self.spec.defaults}
        search = Search(size=int(settings["det_size"]), threshold=float(settings["det_threshold"]))
        runtime = runtime_of(self._wanted_device, int(settings["threads"]))
        paths = verify(self.spec, self._folder)
        # The library aligns faces by a call that scikit-image will drop in the version that our dependencies stop before.
        warnings.filterwarnings("ignore", "`estimate` is deprecated", FutureWarning, r"insightface\.utils\.face_align")
        self._prepare(load_pack(self.spec, paths, runtime, search))

    def unload(self) -> None:
        """Give the networks' memory back."""
        self._pack = None

    def detect(self, picture: Picture, *, with_embedding: bool, monitor: Monitor) -> list[Face]:
        """Find all faces, largest first.

        Raises:
            OutOfMemory: the device has no room for this picture.
        """
        sight = self._see(picture, "detect", monitor)
        if not with_embedding:
            return sight.faces
        features = self._features(sight.pixels, sight.faces, "embed", monitor)
        return [replace(face, embedding=_unit(feature)) for face, feature in zip(sight.faces, features, strict=True)]

    def swap(
        self, source: Picture, target: Picture, *, source_face: FaceSelector, target_face: FaceSelector, monitor: Monitor
    ) -> SwapResult:
        """Put the source's face onto the target's; pixels beyond the face stay exactly as they are.

        The result's similarity is measured where the target's face was found, so that it hangs on no second search.

        Raises:
            NoFaceFound: one of the pictures shows none, or the target's is too small to be replaced.
            NoSuchFace: a selector's index is beyond the faces that were found.
            OutOfMemory: the device has no room.
        """
        seen = self._see(source, "detect_source", monitor)
        ours = seen.faces[choose(seen.faces, source_face, source, "source")]
        (identity,) = self._features(seen.pixels, [ours], "embed", monitor)
        seen = self._see(target, "detect_target", monitor)
        theirs = seen.faces[choose(seen.faces, target_face, target, "target")]

        landmarks = _landmarks_of(theirs)
        rows, columns = window_around(landmarks, target.width, target.height)
        before = seen.pixels[rows, columns].copy()
        local = landmarks - np.array([columns.start, rows.start], np.float32)
        region = paste_region(local, before.shape[1], before.shape[0])
        if not region.any():
            raise NoFaceFound("the target picture's face is too small to be replaced; enlarge the picture first")
        monitor.report("swap", 0, 1)
        with memory_guard(SMALLER):
            after = self._loaded().swapper.get(before, LibraryFace(kps=local), LibraryFace(embedding=identity), paste_back=True)
        if target.was_grey:
            after = cv2.cvtColor(cv2.cvtColor(after, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        seen.pixels[rows, columns] = after
        monitor.report("swap", 1, 1)
        (achieved,) = self._features(seen.pixels, [theirs], "compare", monitor)
        return SwapResult(
            pixels=np.asarray(cv2.cvtColor(seen.pixels, cv2.COLOR_BGR2RGB)),
            source_face=ours,
            target_face=theirs,
            transform=source_to_target(_landmarks_of(ours), landmarks),
            seam_error=measure_seam(after, before, region, SEAM_REACH * _eye_distance(landmarks)),
            similarity=_cosine(achieved, identity),
        )

    def retarget(self, picture: Picture, options: RetargetOptions, *, face: FaceSelector, monitor: Monitor) -> RetargetResult:
        """Refuse: these networks know who a face is, not how it moves.

        Raises:
            Unsupported: always; `liveportrait` can.
        """
        raise Unsupported("insightface cannot change expression or head pose: it swaps faces only; ask the model of backend `liveportrait`")

    def compare(self, a: Picture, b: Picture, *, monitor: Monitor) -> Comparison:
        """Compare the identity of the largest face of each, by the cosine of their embeddings.

        Raises:
            NoFaceFound: one of the pictures shows none.
            OutOfMemory: the device has no room.
        """
        faces, features = [], []
        for picture, role in ((a, "first"), (b, "second")):
            seen = self._see(picture, f"detect_{role}", monitor)
            faces.append(seen.faces[choose(seen.faces, LARGEST, picture, role)])
            features += self._features(seen.pixels, faces[-1:], f"embed_{role}", monitor)
        return Comparison(similarity=_cosine(*features), face_a=faces[0], face_b=faces[1])

    def _prepare(self, pack: Pack) -> None:
        """Work with these networks from now on."""
        self._pack = pack
        self.device = pack.device

    def _loaded(self) -> Pack:
        if self._pack is None:
            raise RuntimeError(f"load() has to be called before {self.spec.name} works")
        return self._pack

    def _see(self, picture: Picture, stage: str, monitor: Monitor) -> Sight:
        pack = self._loaded()
        monitor.report(stage, 0, 1)
        pixels = np.asarray(cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR))
        faces: list[Face] = []
        if min(pixels.shape[:2]) * pack.search_side >= max(pixels.shape[:2]):  # of a thinner strip the search keeps no pixel
            with memory_guard(SMALLER):
                boxes, landmarks = pack.detector.detect(pixels)
            faces = [_face_of(picture, box, points) for box, points in zip(boxes, landmarks, strict=True)]
        monitor.report(stage, 1, 1)
        return Sight(pixels=pixels, faces=sorted(faces, key=lambda face: -face.box.width * face.box.height))

    def _features(self, pixels: np.ndarray, faces: Sequence[Face], stage: str, monitor: Monitor) -> list[np.ndarray]:
        """What the recognizer makes of each face: 512 float32, of any length."""
        pack = self._loaded()
        batch = min(pack.embeds_at_once or EMBED_BATCH, EMBED_BATCH)
        features: list[np.ndarray] = []
        for start in range(0, len(faces), batch):
            monitor.report(stage, start, len(faces))
            side = pack.recognizer.input_size[0]
            crops = [norm_crop(pixels, _landmarks_of(face), side) for face in faces[start : start + batch]]
            with memory_guard(SMALLER):
                features.extend(pack.recognizer.get_feat(crops))
        monitor.report(stage, len(faces), len(faces))
        return features


def _face_of(picture: Picture, box: np.ndarray, landmarks: np.ndarray) -> Face:
    """A face as callers see it.

    Args:
        picture: where it was found.
        box: left, top, right, bottom, score; float32.
        landmarks: 5×2, float32.
    """
    left, top, right, bottom, score = (float(value) for value in box)
    side = max((right - left + bottom - top) / 2, 1.0)
    square = Box(x=(left + right - side) / 2, y=(top + bottom - side) / 2, width=side, height=side)
    across, down = landmarks[1] - landmarks[0]
    frame = cut_frame(picture.pixels, square, float(np.degrees(np.arctan2(down, across))))
    return Face(
        box=Box(x=left, y=top, width=right - left, height=bottom - top),
        landmarks=tuple((float(x), float(y)) for x, y in landmarks),
        score=score,
        quality=measure_quality(frame, _eye_distance(landmarks)),
    )


def _landmarks_of(face: Face) -> np.ndarray:
    return np.array(face.landmarks, np.float32)


def _eye_distance(landmarks: np.ndarray) -> float:
    return float(np.linalg.norm(landmarks[1] - landmarks[0]))


def _unit(feature: np.ndarray) -> np.ndarray:
    return np.asarray(feature / np.linalg.norm(feature))


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.clip(_unit(a) @ _unit(b), -1, 1))
