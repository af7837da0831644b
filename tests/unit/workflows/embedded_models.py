"""The embedded backends themselves, called in process: what a job of the embedded profile gets, without servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from google.protobuf.message import Message

from dasibom.common.v1.image_pb2 import Image, Point
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.diffusion.v1.diffusion_service_pb2 import SUBJECT_FULL_BODY, GeneratedImage, GenerateRequest, GenerateResult
from dasibom.faceswap.v1 import face_swap_service_pb2 as faceswap
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest, UpscaleResult
from dasibom.vqa.v1.vqa_service_pb2 import Answer, AnswerRequest, AnswerResult
from services.common import imaging
from services.common.backend import Unsupported
from services.common.manifest import Service
from services.common.messages import box_of
from services.common.weights import weight_hash
from services.faceswap.backend import Face, FaceSelector, NoFaceFound, RetargetOptions
from services.orchestrator.workflows.context import Language, ModelRefused
from services.superres.backend import UpscaleTask
from services.vqa.backend import AnswerTask, Question
from tests.default_models import default_spec, make


class Patience:
    """A monitor that lets everything go on."""

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        pass


def _image(pixels: np.ndarray) -> Image:
    return Image(data=imaging.encode(pixels), media_type=imaging.PNG)


def _face(face: Face) -> faceswap.Face:
    points = [Point(x=x, y=y) for x, y in face.landmarks]
    return faceswap.Face(box=box_of(face.box), landmarks=points, score=face.score, quality=face.quality)


class EmbeddedModels:
    """Answers every request by the default model of its service."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __call__(self, request: Message) -> Message:
        try:
            return _ANSWERS[type(request)](self, request)
        except Unsupported as error:
            service = request.DESCRIPTOR.full_name.split(".")[1]
            raise ModelRefused(str(error), reason="NOT_SUPPORTED_BY_MODEL", code="UNIMPLEMENTED", service=service) from None
        except NoFaceFound as error:
            raise ModelRefused(str(error), reason="NO_FACE_FOUND", code="FAILED_PRECONDITION", service="faceswap") from None

    def _backend(self, service: Service) -> tuple[Any, ModelUse]:
        spec = default_spec(service)
        if service not in self._loaded:
            backend = make(service)
            backend.load()
            self._loaded[service] = backend
        use = ModelUse(service=service, model=spec.name, backend=spec.backend, revision=spec.revision, licence=spec.licence, device="cpu")
        use.weight_sha256 = weight_hash(spec)
        return self._loaded[service], use

    def _answer(self, request: AnswerRequest) -> AnswerResult:
        backend, use = self._backend("vqa")
        questions = tuple(Question(topic=question.topic, text=question.text) for question in request.questions)
        if request.prompt:
            questions += (Question(topic="prompt", text=request.prompt),)
        language: Language = "en" if request.language == "en" else "ko"
        (image,) = request.images
        task = AnswerTask(picture=imaging.decode(image.data), questions=questions, language=language, monitor=Patience())
        answers = [
            Answer(
                topic=question.topic,
                question=question.text,
                text=answer.text,
                value=answer.value,
                known=answer.known,
                confidence=answer.confidence,
                method=answer.method,
            )
            for question, answer in zip(questions, backend.answer([task])[0], strict=True)
        ]
        return AnswerResult(answers=answers, model=use)

    def _generate(self, request: GenerateRequest) -> GenerateResult:
        from services.diffusion.backend import GenerateTask, Subject

        backend, use = self._backend("diffusion")
        task = GenerateTask(
            prompt=request.prompt,
            negative_prompt=request.negative_prompt,
            subject=Subject.FULL_BODY if request.subject == SUBJECT_FULL_BODY else Subject.PORTRAIT,
            attributes=dict(request.attributes),
            num_images=request.num_images or 1,
            seed=request.seed,
            init_image=imaging.decode(request.init_image.data) if request.HasField("init_image") else None,
            monitor=Patience(),
        )
        images = [
            GeneratedImage(image=_image(made.pixels), seed=made.seed, source_svg=made.source_svg, description=made.description)
            for made in backend.generate([task])[0]
        ]
        return GenerateResult(images=images, model=use)

    def _upscale(self, request: UpscaleRequest) -> UpscaleResult:
        backend, use = self._backend("superres")
        task = UpscaleTask(
            picture=imaging.decode(request.image.data),
            scale=request.scale or 2,
            enhance_faces=request.enhance_faces,
            monitor=Patience(),
        )
        (made,) = backend.upscale([task])
        height, width = made.pixels.shape[:2]
        return UpscaleResult(image=_image(made.pixels), width=width, height=height, tiles=made.tiles, model=use)

    def _detect(self, request: faceswap.DetectFacesRequest) -> faceswap.DetectFacesResult:
        backend, use = self._backend("faceswap")
        shown = imaging.decode(request.image.data)
        faces = backend.detect(shown, with_embedding=request.with_embedding, monitor=Patience())
        return faceswap.DetectFacesResult(faces=map(_face, faces), image_width=shown.width, image_height=shown.height, model=use)

    def _swap(self, request: faceswap.SwapRequest) -> faceswap.SwapResult:
        backend, use = self._backend("faceswap")
        swapped = backend.swap(
            imaging.decode(request.source.data),
            imaging.decode(request.target.data),
            source_face=FaceSelector(),
            target_face=FaceSelector(),
            monitor=Patience(),
        )
        return faceswap.SwapResult(image=_image(swapped.pixels), seam_error=swapped.seam_error, similarity=swapped.similarity, model=use)

    def _retarget(self, request: faceswap.RetargetRequest) -> faceswap.RetargetResult:
        backend, use = self._backend("faceswap")
        options = RetargetOptions(neutral=request.neutral)
        made = backend.retarget(imaging.decode(request.image.data), options, face=FaceSelector(), monitor=Patience())
        return faceswap.RetargetResult(image=_image(made.pixels), model=use)

    def _compare(self, request: faceswap.CompareRequest) -> faceswap.CompareResult:
        backend, use = self._backend("faceswap")
        compared = backend.compare(imaging.decode(request.image_a.data), imaging.decode(request.image_b.data), monitor=Patience())
        return faceswap.CompareResult(similarity=compared.similarity, model=use)


_ANSWERS: dict[type[Message], Callable[[EmbeddedModels, Any], Message]] = {
    AnswerRequest: EmbeddedModels._answer,
    GenerateRequest: EmbeddedModels._generate,
    UpscaleRequest: EmbeddedModels._upscale,
    faceswap.DetectFacesRequest: EmbeddedModels._detect,
    faceswap.SwapRequest: EmbeddedModels._swap,
    faceswap.RetargetRequest: EmbeddedModels._retarget,
    faceswap.CompareRequest: EmbeddedModels._compare,
}
