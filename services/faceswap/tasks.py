"""What can be asked of a face backend, one class an operation: each knows which method of the backend does it."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.backend import Monitor
from services.common.picture import Picture
from services.faceswap.backend import Comparison, Face, FaceSelector, FaceSwapBackend, RetargetOptions, RetargetResult, SwapResult


@dataclass(frozen=True, kw_only=True)
class DetectTask:
    """Find all faces."""

    picture: Picture
    with_embedding: bool
    monitor: Monitor

    def run(self, backend: FaceSwapBackend) -> list[Face]:
        """Call the backend."""
        return backend.detect(self.picture, with_embedding=self.with_embedding, monitor=self.monitor)


@dataclass(frozen=True, kw_only=True)
class SwapTask:
    """Replace a face."""

    source: Picture
    target: Picture
    source_face: FaceSelector
    target_face: FaceSelector
    monitor: Monitor

    def run(self, backend: FaceSwapBackend) -> SwapResult:
        """Call the backend."""
        return backend.swap(self.source, self.target, source_face=self.source_face, target_face=self.target_face, monitor=self.monitor)


@dataclass(frozen=True, kw_only=True)
class RetargetTask:
    """Change expression or pose."""

    picture: Picture
    options: RetargetOptions
    face: FaceSelector
    monitor: Monitor

    def run(self, backend: FaceSwapBackend) -> RetargetResult:
        """Call the backend."""
        return backend.retarget(self.picture, self.options, face=self.face, monitor=self.monitor)


@dataclass(frozen=True, kw_only=True)
class CompareTask:
    """Compare two faces."""

    a: Picture
    b: Picture
    monitor: Monitor

    def run(self, backend: FaceSwapBackend) -> Comparison:
        """Call the backend."""
        return backend.compare(self.a, self.b, monitor=self.monitor)


FaceTask = DetectTask | SwapTask | RetargetTask | CompareTask
