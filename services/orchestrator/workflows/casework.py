"""One case at work: what it has made, and what it had to do without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from dasibom.common.v1.image_pb2 import Image
from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.common import imaging
from services.orchestrator.reports import Figure, GivenPicture, Report
from services.orchestrator.workflows.context import Context, InputImage, Language, Making, ModelRefused, Service
from services.orchestrator.workflows.reporting import HTML, TEXT, save_report
from services.orchestrator.workflows.texts import has, say, why


class Casework:
    """What every case does alike: tells its steps, keeps its pictures for the report, collects warnings."""

    def __init__(self, context: Context, kind: str, steps: Sequence[str]) -> None:
        """Take the case up.

        Args:
            context: the world.
            kind: `case1`, `case2`, `case3` or `super_resolution`.
            steps: keys of the steps that will follow.
        """
        context.plan(steps)
        self.context = context
        self.report = Report(kind=kind, language=context.language)
        self.warnings: list[str] = []

    @property
    def language(self) -> Language:
        """Language of everything that people will read."""
        return self.context.language

    def say(self, key: str, **values: object) -> str:
        """The text of `key` in the job's language."""
        return say(key, self.language, **values)

    def say_or(self, key: str, otherwise: str) -> str:
        """The text of `key`; `otherwise` where there is none."""
        return say(key, self.language) if has(key) else otherwise

    async def begin(self, step: str) -> None:
        """Begin the next planned step."""
        await self.context.begin(step, self.say(step))

    async def warn(self, key: str, *, refused: ModelRefused | None = None, model: str = "", **values: object) -> None:
        """Note what the result has to do without, once, and tell watchers.

        Args:
            key: of the text.
            refused: the refusal that is the reason, if one is.
            model: the model that refused; the job's own when empty.
            values: what the text is filled with.
        """
        if refused is not None:
            values["reason"] = why(refused, self.language, model or model_of(self.context, refused))
        message = self.say(key, **values)
        if message not in self.warnings:
            self.warnings.append(message)
            await self.context.notify(key.upper(), message)

    def note_model(self, model: ModelUse) -> None:
        """Have the report name a model that looked at pictures without making any."""
        if model not in self.report.models:
            self.report.models.append(model)

    async def keep_original(self, image: InputImage, number: int, title: str) -> Artifact:
        """Save an input picture, byte for byte, beside what is made of it."""
        name = f"original_{number:02}.{_EXTENSIONS.get(image.media_type, 'bin')}"
        saved = await self.context.save(name, image.data, kind="original", title=title, media_type=image.media_type)
        self.report.inputs.append(
            GivenPicture(artifact=saved.name, title=title, name=image.name, sha256=image.sha256, width=image.width, height=image.height)
        )
        self.report.figures.append(Figure(artifact=saved, data=image.data))
        return saved

    async def keep_measured(self, name: str, data: bytes, *, kind: str, title: str, making: Making) -> Artifact:
        """Save a PNG that was made of an original without a model's invention: a crop, a plain enlargement."""
        saved = await self.context.save(name, data, kind=kind, title=title, media_type=imaging.PNG, making=making)
        self.report.figures.append(Figure(artifact=saved, data=data))
        return saved

    async def keep_synthetic(self, stem: str, image: Image, *, kind: str, title: str, making: Making) -> Artifact:
        """Save a picture that a model made or altered."""
        name = f"{stem}.{_EXTENSIONS.get(image.media_type, 'bin')}"
        saved = await self.context.save_synthetic(name, image.data, kind=kind, title=title, media_type=image.media_type, making=making)
        self.report.figures.append(Figure(artifact=saved, data=image.data))
        return saved

    async def keep_drawing(self, name: str, svg: str, *, title: str, making: Making) -> str:
        """Save the editable drawing of a picture, if there is one; gives its artifact name."""
        if not svg:
            return ""
        saved = await self.context.save_synthetic(
            name, svg.encode(), kind="drawing", title=title, media_type="image/svg+xml", making=making
        )
        self.report.drawings.append(saved)
        return saved.name

    async def finish(self, result: JobResult) -> str:
        """Put the warnings and the report's names into the result, and write the report; gives its artifact name."""
        told = getattr(result, self.report.kind)
        told.report, told.text_report = HTML, TEXT
        result.warnings.extend(self.warnings)

        async def warn(key: str) -> None:
            await self.warn(key)
            result.warnings[:] = self.warnings

        await save_report(self.context, self.report, result, warn)
        return HTML


_EXTENSIONS = {imaging.PNG: "png", imaging.JPEG: "jpg", imaging.WEBP: "webp"}


def model_of(context: Context, refused: ModelRefused) -> str:
    """Name of the job's model of the service that refused."""
    service = next((service for service in get_args(Service) if service == refused.service), None)
    return (context.model(service) if service else "") or refused.service


def origin(*images: InputImage) -> list[tuple[str, str]]:
    """Input pictures as the origins of what is made of them."""
    return [(image.name, image.sha256) for image in images]
