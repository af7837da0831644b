"""What every model backend promises, whatever its model family.

A backend holds the model code of one family (PaliGemma, SDXL, ...). It knows no gRPC, no storage and no queue: a servicer
decodes the request, the model pool loads the backend, the batcher hands it tasks, and the backend returns results.
Its methods block; the caller runs them in a worker thread and learns of progress through each task's `Monitor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


class Cancelled(Exception):
    """The caller has left or its deadline has passed: stop the work now."""


class Unsupported(Exception):
    """The backend cannot do what was asked; the message says why, and which backend can."""


class OutOfMemory(Exception):
    """The device has no room for this request; the message says what would need less."""


class Monitor(Protocol):
    """The line from running work back to the one who asked for it."""

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        """Tell that `step` of `total` of `stage` is done.

        Call it at least once a step (a denoising step, a tile, a question): this is where cancellation takes effect.

        Args:
            stage: a short key in snake_case, such as `detect` or `denoise`.
            step: steps finished, from 0 to `total`.
            total: steps in this stage.
            preview: optional small picture of the state so far, H×W×3, uint8, RGB.

        Raises:
            Cancelled: the caller has left; let it pass through.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class WeightFile:
    """One file that a model is loaded from."""

    path: str  # relative to the model's own folder, or to the package for weights that ship with it
    sha256: str = ""  # hex digest; empty when the publisher states none
    size: int = 0  # bytes; 0 when unknown
    origin: str = ""  # its path at the source, or within the archive that it comes in
    member_of: str = ""  # the archive at the source that it comes in; empty when it comes by itself


@dataclass(frozen=True, kw_only=True)
class WeightSource:
    """One place that files of a model come from."""

    kind: str  # hub: a Hugging Face repository; github: a release; url; manual: an operator has to fetch it; package: this project
    repository: str = ""  # owner/name; for url and manual the address
    revision: str = ""  # commit of the hub, or the release's tag
    files: tuple[WeightFile, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """One entry of the manifest: what an operator has to know about a model."""

    name: str  # unique in its service, as requests name it: "compact"
    backend: str  # the backend class's key: "compact"
    revision: str  # pinned revision of the weights, or the version of the algorithm
    licence: str  # SPDX identifier, or the publisher's own name for it
    licence_url: str = ""  # where the licence can be read
    commercial_use: bool  # whether the licence allows commercial use
    external: bool = False  # whether an outside server does the work, so that data leaves the cluster
    memory_bytes: int  # device memory needed when loaded, bytes
    sources: tuple[WeightSource, ...] = ()  # where its files come from; none when it has none
    defaults: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    description: str = ""

    @property
    def weights(self) -> tuple[WeightFile, ...]:
        """The files that it is loaded from, of all sources."""
        return tuple(file for source in self.sources for file in source.files)


class Backend(Protocol):
    """The part of a backend that the model pool works with."""

    spec: ModelSpec

    def load(self) -> None:
        """Bring the model into memory. Called once before any work, never twice at once.

        Raises:
            FileNotFoundError: a weight file is missing; the message names it.
            ValueError: a weight file is not what the spec says.
        """
        ...

    def unload(self) -> None:
        """Give the model's memory back. Called when no work is running."""
        ...
