"""What a face backend promises to its servicer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np

from services.common.backend import Backend, Monitor
from services.common.picture import Box, Picture


class NoFaceFound(Exception):
    """A picture holds no face that the detector can find; the message says which picture and what would help."""


class NoSuchFace(ValueError):
    """The face asked for by index is beyond those that a picture shows; the message says how many there are."""


class FaceChoice(Enum):
    """Which face of several is meant."""

    LARGEST = "largest"
    MOST_CENTRAL = "most_central"
    INDEX = "index"  # by position in the list that detection gives


@dataclass(frozen=True, kw_only=True)
class Face:
    """One face found in a picture."""

    box: Box
    landmarks: tuple[tuple[float, float], ...]  # 5 points (x, y), pixels: left eye, right eye, nose, mouth left, mouth right, as seen
    score: float  # detector's confidence, 0..1
    quality: float  # fitness for identification, 0..1, from size, sharpness and light
    embedding: np.ndarray | None = None  # 512 float32, unit length; None when the backend has no identity model


@dataclass(frozen=True, kw_only=True)
class FaceSelector:
    """Picks one face of a picture."""

    choice: FaceChoice = FaceChoice.LARGEST
    index: int = 0


@dataclass(frozen=True, kw_only=True)
class SwapResult:
    """A picture with its face replaced."""

    pixels: np.ndarray  # H×W×3, uint8, RGB, size of the target
    source_face: Face
    target_face: Face
    transform: np.ndarray  # 2×3, float64: source pixels to target pixels
    seam_error: float  # mean step of colour across the seam, grey levels 0..255; the target's own mean step is 0
    similarity: float | None  # cosine similarity of identity, result to source, -1..1; None without an identity model


@dataclass(frozen=True, kw_only=True)
class RetargetResult:
    """A picture with its expression or head pose changed."""

    pixels: np.ndarray  # H×W×3, uint8, RGB


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How alike two faces are."""

    similarity: float  # cosine similarity, -1..1
    face_a: Face
    face_b: Face


@dataclass(frozen=True, kw_only=True)
class RetargetOptions:
    """What to change; absent keys stay as they are. Keys are the field names of the contract, such as `smile` or `pitch`."""

    values: Mapping[str, float] = field(default_factory=dict)
    neutral: bool = False  # bring the expression to neutral


class FaceSwapBackend(Backend, Protocol):
    """Finds, compares, replaces and re-poses faces. Every method raises `Cancelled` when the caller has left."""

    def detect(self, picture: Picture, *, with_embedding: bool, monitor: Monitor) -> list[Face]:
        """Find all faces, largest first.

        Raises:
            Unsupported: embeddings were asked for and this backend has none.
        """
        ...

    def swap(
        self, source: Picture, target: Picture, *, source_face: FaceSelector, target_face: FaceSelector, monitor: Monitor
    ) -> SwapResult:
        """Put the source's face onto the target's.

        Raises:
            NoFaceFound: one of the pictures shows none.
        """
        ...

    def retarget(self, picture: Picture, options: RetargetOptions, *, face: FaceSelector, monitor: Monitor) -> RetargetResult:
        """Change expression or head pose.

        Raises:
            Unsupported: this backend cannot; the message names the one that can.
        """
        ...

    def compare(self, a: Picture, b: Picture, *, monitor: Monitor) -> Comparison:
        """Compare the identity of the largest face of each.

        Raises:
            Unsupported: this backend has no identity model; the message names the one that has.
        """
        ...
