"""What a workflow can do. `services.orchestrator.jobs` implements it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, overload

import numpy as np
from google.protobuf.message import Message

from dasibom.common.v1.image_pb2 import Image
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.diffusion.v1.diffusion_service_pb2 import GenerateRequest, GenerateResult
from dasibom.faceswap.v1 import face_swap_service_pb2 as faceswap
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest, UpscaleResult
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest, AnswerResult

Language = Literal["ko", "en"]
Service = Literal["vqa", "diffusion", "faceswap", "superres"]


class ModelRefused(Exception):
    """A model service refused a request for a reason that lies in the request or the model: asking again would change nothing.

    `reason` is the service's own key, such as `NO_FACE_FOUND` or `NOT_SUPPORTED_BY_MODEL`; the text is for people.
    """

    def __init__(self, message: str, *, reason: str, code: str, service: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.code = code  # name of the gRPC status code
        self.service = service


@dataclass(frozen=True, kw_only=True)
class InputImage:
    """One of the job's input pictures, untouched."""

    data: bytes  # the file as it was given
    media_type: str
    sha256: str
    name: str  # the uploader's file name, or the id; for people
    width: int  # pixels, upright
    height: int

    @property
    def image(self) -> Image:
        """As requests to models carry it."""
        return Image(data=self.data, media_type=self.media_type)


@dataclass(frozen=True, kw_only=True)
class Making:
    """How a file was made, for its record. Empty for a file that was not made by a model."""

    origins: Sequence[tuple[str, str]] = ()  # name and SHA-256 of the files that it was made from
    models: Sequence[ModelUse] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None


class Context(Protocol):
    """The world of one running job."""

    @property
    def job(self) -> str:
        """The job's id."""
        ...

    @property
    def language(self) -> Language:
        """Language of everything that people will read."""
        ...

    @property
    def seed(self) -> int:
        """Seed of everything that is drawn by chance."""
        ...

    @property
    def submitted(self) -> datetime:
        """When the job was submitted: the only time that a workflow knows."""
        ...

    def model(self, service: Service) -> str:
        """Name of the model to ask of a service, fixed when the job was submitted."""
        ...

    def plan(self, steps: Sequence[str]) -> None:
        """Say which steps will follow, by key, so that progress has a whole to be a part of. Called first."""
        ...

    async def begin(self, step: str, message: str) -> None:
        """Begin the next planned step.

        Args:
            step: its key.
            message: what is being done, for people, in the job's language.
        """
        ...

    async def open(self, source: ImageSource) -> InputImage:
        """Read one of the job's input pictures."""
        ...

    @overload
    async def ask(self, request: AnswerRequest) -> AnswerResult: ...
    @overload
    async def ask(self, request: GenerateRequest) -> GenerateResult: ...
    @overload
    async def ask(self, request: UpscaleRequest) -> UpscaleResult: ...
    @overload
    async def ask(self, request: faceswap.DetectFacesRequest) -> faceswap.DetectFacesResult: ...
    @overload
    async def ask(self, request: faceswap.SwapRequest) -> faceswap.SwapResult: ...
    @overload
    async def ask(self, request: faceswap.RetargetRequest) -> faceswap.RetargetResult: ...
    @overload
    async def ask(self, request: faceswap.CompareRequest) -> faceswap.CompareResult: ...
    async def ask(self, request: Message) -> Message:
        """Ask a model: the one way to reach any. Which service is meant follows from the request.

        Raises:
            ModelRefused: the service refused; the workflow may do without when the step is optional.
        """
        ...

    async def save(self, name: str, data: bytes, *, kind: str, title: str, media_type: str, making: Making | None = None) -> Artifact:
        """Save a file that no model made: an original, a report.

        Args:
            name: file name, unique in the job; saving it again replaces it.
            data: the bytes.
            kind: one of the kinds that `Artifact` lists.
            title: for people, in the job's language.
            media_type: of the bytes.
            making: how it was made.
        """
        ...

    async def save_synthetic(self, name: str, data: bytes, *, kind: str, title: str, media_type: str, making: Making) -> Artifact:
        """Save a file that a model made or altered. Pictures get the visible label of synthetic content."""
        ...

    async def notify(self, reason: str, message: str) -> None:
        """Tell watchers something that they should know.

        Args:
            reason: key for programs, UPPER_SNAKE.
            message: for people, in the job's language.
        """
        ...

    async def pixels(self, image: Image) -> np.ndarray:
        """Decode a model's picture: H×W×3, uint8, RGB."""
        ...
