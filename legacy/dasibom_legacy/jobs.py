"""Running a case, and getting at what it made."""

from __future__ import annotations

import sys
from functools import cached_property

from google.protobuf.json_format import MessageToJson
from PIL import Image

from dasibom.client import Client, DasibomError, error_from_status
from dasibom.client.requests import CaseRequest, with_options
from dasibom.command.exits import describe
from dasibom.language import say
from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_SUCCEEDED, Job, JobEvent
from dasibom.orchestrator.v1.result_pb2 import JobResult
from dasibom_legacy import settings
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.pictures import open_picture


class FinishedJob:
    """A case that succeeded, with access to its files."""

    def __init__(self, client: Client, job: Job) -> None:
        """Take a job that has succeeded."""
        self._client = client
        self.job = job
        self._data: dict[str, bytes] = {}

    @property
    def result(self) -> JobResult:
        """What was found and made."""
        return self.job.result

    @cached_property
    def artifacts(self) -> dict[str, Artifact]:
        """Every file by its name."""
        return {artifact.name: artifact for artifact in self.job.artifacts}

    def data(self, name: str) -> bytes:
        """The bytes of a file, fetched once.

        Raises:
            LegacyError: the service has made no such file, or does not give it.
        """
        if name not in self._data:
            if name not in self.artifacts:
                raise LegacyError(say("서비스가 필요한 결과를 만들지 않았습니다.", "The service has not made a result that is needed."))
            try:
                self._data[name] = self._client.download(self.artifacts[name])
            except DasibomError as error:
                raise LegacyError(unreachable(self._client, error)) from None
        return self._data[name]

    def image(self, name: str) -> Image.Image:
        """A picture of the result."""
        return open_picture(self.data(name))

    @cached_property
    def document(self) -> str:
        """Everything about the job as JSON text."""
        return MessageToJson(self.job, ensure_ascii=False)

    def models(self, service: str = "") -> list[str]:
        """Names of the models that worked on the files, of one service or of all, in order of appearance."""
        used = (use for artifact in self.job.artifacts for use in artifact.provenance.models)
        return list(dict.fromkeys(use.model for use in used if not service or use.service == service))

    @property
    def eyes(self) -> str:
        """Name of the model that looked at the pictures, for headings."""
        return ", ".join(self.models("vqa")) or self.job.models.get("vqa") or self._default_model("vqa")

    def _default_model(self, service: str) -> str:
        for found in self._client.models():
            if found.service == service:
                return next((model.name for model in found.models if model.is_default), service)
        return service


def run(client: Client, request: CaseRequest, *, name: str = "", seed: int | None = None) -> FinishedJob:
    """Submit a case and wait for its end; progress goes to stderr, what the result lacks to stdout.

    Args:
        client: of the service.
        request: the case.
        name: shown in lists of jobs.
        seed: of everything drawn by chance.

    Raises:
        LegacyError: the service cannot be reached, refuses the request, or the job failed.
    """
    options = {"language": settings.language(), "display_name": name, "seed": seed}
    try:
        job = client.wait(client.submit(with_options(request, options)), on_event=_Progress())  # type: ignore[arg-type]
    except DasibomError as error:
        raise LegacyError(unreachable(client, error)) from None
    if job.state != JOB_STATE_SUCCEEDED:
        reason = describe(error_from_status(job.error), of_job=True) if job.HasField("error") else say("취소되었습니다", "cancelled")
        raise LegacyError(say(f"작업이 실패했습니다: {reason}", f"The job failed: {reason}"))
    for warning in job.result.warnings:
        print(f"⚠️  {warning}")
    return FinishedJob(client, job)


def unreachable(client: Client, error: DasibomError) -> str:
    """An error of the service, for people; says where it was looked for."""
    return f"{describe(error)} ({client.address.url})"


class _Progress:
    def __init__(self) -> None:
        self._said = ""

    def __call__(self, event: JobEvent) -> None:
        message = event.progress.message or event.notice.message
        if message and message != self._said:
            self._said = message
            sys.stderr.write(f"  {message}\n")
            sys.stderr.flush()
