"""A whole world for one workflow, in memory, and models that give stated answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
from google.protobuf.message import Message

from dasibom.common.v1.image_pb2 import Box, Image
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.diffusion.v1.diffusion_service_pb2 import GeneratedImage, GenerateRequest, GenerateResult
from dasibom.faceswap.v1 import face_swap_service_pb2 as faceswap
from dasibom.orchestrator.v1.file_pb2 import Artifact, Origin, Provenance
from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest, UpscaleResult
from dasibom.vqa.v1.vqa_service_pb2 import Answer, AnswerRequest, AnswerResult
from services.common import imaging
from services.orchestrator.workflows.context import InputImage, Language, Making, ModelRefused, Service


def picture(seed: int = 0, width: int = 96, height: int = 72) -> bytes:
    """A PNG of smooth colored noise."""
    rng = np.random.default_rng(seed)
    small = rng.integers(30, 225, (height // 8, width // 8, 3), np.uint8)
    return imaging.encode(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


class World:
    """Implements `workflows.context.Context`, and remembers everything that went through it."""

    def __init__(self, models: Callable[[Message], Message], *, language: Language = "ko", seed: int = 7) -> None:
        self._models = models
        self._language: Language = language
        self._seed = seed
        self.inputs: dict[str, bytes] = {}
        self.steps: list[str] = []
        self.begun: list[str] = []
        self.asked: list[Message] = []
        self.artifacts: dict[str, Artifact] = {}
        self.files: dict[str, bytes] = {}
        self.notices: list[tuple[str, str]] = []

    def give(self, name: str, data: bytes) -> ImageSource:
        """Have a picture among the job's inputs."""
        self.inputs[name] = data
        return ImageSource(file=name)

    @property
    def job(self) -> str:
        return "jb_test"

    @property
    def language(self) -> Language:
        return self._language

    @property
    def seed(self) -> int:
        return self._seed

    @property
    def submitted(self) -> datetime:
        return datetime(2026, 3, 14, 11, 0, 0, tzinfo=UTC)

    def model(self, service: Service) -> str:
        return f"default-{service}"

    def plan(self, steps: Sequence[str]) -> None:
        self.steps = [*self.steps[: len(self.begun)], *steps]

    async def begin(self, step: str, message: str) -> None:
        assert message
        assert self.steps[len(self.begun)] == step, f"{step} is not the next planned step of {self.steps}"
        self.begun.append(step)

    async def open(self, source: ImageSource) -> InputImage:
        data = self.inputs[source.file]
        header = imaging.probe(data)
        sha256 = hashlib.sha256(data).hexdigest()
        return InputImage(
            data=data, media_type=header.media_type, sha256=sha256, name=source.file, width=header.width, height=header.height
        )

    async def ask(self, request: Message) -> Any:
        kept = type(request)()
        kept.CopyFrom(request)
        self.asked.append(kept)
        return self._models(request)

    async def save(self, name: str, data: bytes, *, kind: str, title: str, media_type: str, making: Making | None = None) -> Artifact:
        return self._save(name, data, kind, title, media_type, making or Making(), synthetic=False)

    async def save_synthetic(self, name: str, data: bytes, *, kind: str, title: str, media_type: str, making: Making) -> Artifact:
        if media_type in imaging.MEDIA_TYPES:
            data = imaging.encode(imaging.label(imaging.decode(data).pixels), media_type)
        return self._save(name, data, kind, title, media_type, making, synthetic=True)

    async def notify(self, reason: str, message: str) -> None:
        self.notices.append((reason, message))

    async def pixels(self, image: Image) -> np.ndarray:
        return imaging.decode(image.data).pixels

    def _save(self, name: str, data: bytes, kind: str, title: str, media_type: str, making: Making, *, synthetic: bool) -> Artifact:
        assert name not in self.artifacts, f"{name} was saved twice"
        artifact = Artifact(
            file=f"fl_{len(self.artifacts)}",
            name=name,
            kind=kind,
            title=title,
            media_type=media_type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            synthetic=synthetic,
            provenance=Provenance(
                origins=[Origin(name=origin, sha256=sha256) for origin, sha256 in making.origins],
                models=making.models,
                parameters=making.parameters,
                seed=making.seed,
                software_version="1",
            ),
        )
        self.artifacts[name] = artifact
        self.files[name] = data
        return artifact

    def of_kind(self, kind: str) -> list[str]:
        """Names of the artifacts of one kind, in the order of saving."""
        return [name for name, artifact in self.artifacts.items() if artifact.kind == kind]


Seen = tuple[str, str, float | None]
"""Canonical value, text for people, confidence."""


@dataclass
class StatedModels:
    """Models that say what they were told to say, the same every time."""

    seen: dict[bytes, Mapping[str, Seen]] = field(default_factory=dict)  # by picture file; others give nothing
    faces: dict[bytes, list[faceswap.Face]] = field(default_factory=dict)  # by picture file
    refuse: dict[type[Message], str] = field(default_factory=dict)  # request type → reason
    refuse_models: set[str] = field(default_factory=set)  # models that refuse whatever is asked
    similarity: float | None = None
    says: str = ""  # to a free prompt; empty: it has no language
    seams: list[float] = field(default_factory=lambda: [1.0])  # seam error by swap, the last one repeated
    swaps: int = 0

    def __call__(self, request: Message) -> Message:
        reason = self.refuse.get(type(request))
        if reason or getattr(request, "model", "") in self.refuse_models:
            raise ModelRefused("it would not", reason=reason or "NOT_SUPPORTED_BY_MODEL", code="UNIMPLEMENTED", service="faceswap")
        return _ANSWERS[type(request)](self, request)

    def _answer(self, request: AnswerRequest) -> AnswerResult:
        answers = []
        for index, image in enumerate(request.images):
            seen = self.seen.get(image.data, {})
            for question in request.questions:
                said = seen.get(question.topic) or seen.get(question.text)
                answer = Answer(topic=question.topic, question=question.text, image_index=index, known=said is not None)
                if said is not None:
                    answer.value, answer.text = said[0], said[1]
                    if said[2] is not None:
                        answer.confidence = said[2]
                answers.append(answer)
            if request.prompt:
                text = self.says or "알 수 없음"
                answers.append(Answer(topic="prompt", question=request.prompt, image_index=index, known=bool(self.says), text=text))
        return AnswerResult(answers=answers, model=_use("vqa"))

    def _generate(self, request: GenerateRequest) -> GenerateResult:
        images = [
            GeneratedImage(
                image=Image(data=picture(request.seed + index, 64, 96), media_type="image/png"),
                seed=request.seed + index,
                source_svg="<svg/>",
                description="drawn",
            )
            for index in range(request.num_images)
        ]
        return GenerateResult(images=images, model=_use("diffusion"))

    def _upscale(self, request: UpscaleRequest) -> UpscaleResult:
        pixels = imaging.decode(request.image.data).pixels
        height, width = pixels.shape[:2]
        large = cv2.resize(pixels, (width * request.scale, height * request.scale), interpolation=cv2.INTER_LANCZOS4)
        data = imaging.encode(np.asarray(large))
        image = Image(data=data, media_type="image/png")
        return UpscaleResult(image=image, width=large.shape[1], height=large.shape[0], model=_use("superres", request.model))

    def _detect(self, request: faceswap.DetectFacesRequest) -> faceswap.DetectFacesResult:
        header = imaging.probe(request.image.data)
        faces = self.faces.get(request.image.data, [])
        return faceswap.DetectFacesResult(faces=faces, image_width=header.width, image_height=header.height, model=_use("faceswap"))

    def _swap(self, request: faceswap.SwapRequest) -> faceswap.SwapResult:
        seam = self.seams[min(self.swaps, len(self.seams) - 1)]
        self.swaps += 1
        return faceswap.SwapResult(image=request.target, seam_error=seam, similarity=self.similarity, model=_use("faceswap"))

    def _retarget(self, request: faceswap.RetargetRequest) -> faceswap.RetargetResult:
        return faceswap.RetargetResult(image=request.image, model=_use("faceswap"))

    def _compare(self, request: faceswap.CompareRequest) -> faceswap.CompareResult:
        if self.similarity is None:
            raise ModelRefused("no identity model", reason="NOT_SUPPORTED_BY_MODEL", code="UNIMPLEMENTED", service="faceswap")
        return faceswap.CompareResult(similarity=self.similarity, model=_use("faceswap"))


_ANSWERS: dict[type[Message], Callable[[StatedModels, Any], Message]] = {
    AnswerRequest: StatedModels._answer,
    GenerateRequest: StatedModels._generate,
    UpscaleRequest: StatedModels._upscale,
    faceswap.DetectFacesRequest: StatedModels._detect,
    faceswap.SwapRequest: StatedModels._swap,
    faceswap.RetargetRequest: StatedModels._retarget,
    faceswap.CompareRequest: StatedModels._compare,
}


def _use(service: str, model: str = "") -> ModelUse:
    return ModelUse(service=service, model=model or f"stated-{service}", backend="stated", revision="1", licence="MIT")


def face(x: float, y: float, side: float, quality: float = 0.8) -> faceswap.Face:
    """A found face."""
    return faceswap.Face(box=Box(x=x, y=y, width=side, height=side), score=0.9, quality=quality)
