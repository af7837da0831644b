"""One picture of a job, put where the public may load it: `ai_image/<case id>.png`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dasibom.orchestrator.v1.file_pb2 import Artifact
from dasibom.orchestrator.v1.result_pb2 import JobResult
from services.common import imaging
from services.common.errors import FailedPrecondition, InvalidRequest, NotFound
from services.orchestrator.history import History, JobRecord, JobState
from services.orchestrator.jobs.views import artifact_message
from services.orchestrator.storage import Storage

FOLDER = "ai_image"
_LABEL = "missing_case"


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A published picture."""

    url: str  # that a browser can load
    key: str  # where it lies in the storage
    expires: datetime | None  # when the address stops working; None when it does not


class Publisher:
    """Publishes pictures."""

    def __init__(
        self, history: History, storage: Storage, *, base_url: str = "", gateway_url: str = "", link_seconds: int = 604_800
    ) -> None:
        """Make a publisher.

        Args:
            history: where jobs are.
            storage: where pictures go.
            base_url: address that the storage's top can be loaded from; empty when the public cannot.
            gateway_url: address of the gateway, whose downloads serve where the storage has no address of its own.
            link_seconds: how long a signed address works.
        """
        self._history = history
        self._storage = storage
        self._base_url = base_url.rstrip("/")
        self._gateway_url = gateway_url.rstrip("/")
        self._link_seconds = link_seconds

    async def publish(self, job: str, *, case_id: str, artifact: str) -> Publication:
        """Publish a picture, in place of what was published under the same case id.

        Args:
            job: the job's id.
            case_id: names the picture; when empty, the job's label `missing_case`, else the job's id.
            artifact: name of the picture; empty for the job's best one.

        Raises:
            JobNotFound: there is no such job.
            NotFound: it has no such artifact.
            FailedPrecondition: it has not succeeded, has no picture to publish, or there is no address to publish at.
            InvalidRequest: the artifact is no picture, or the label is no name for one.
        """
        record = await self._history.jobs.get(job)
        if record.state is not JobState.SUCCEEDED:
            raise FailedPrecondition(f"job {job} has not succeeded; only a finished picture is published", reason="JOB_NOT_SUCCEEDED")
        chosen = await self._chosen(record, artifact)
        key = f"{FOLDER}/{_name(record, case_id)}.png"
        file = await self._history.files.get(chosen.file)
        data = await self._storage.read(file.storage_key)
        if chosen.media_type != imaging.PNG:
            data = await imaging.encode_async((await imaging.decode_async(data)).pixels, imaging.PNG)
        expires = datetime.now(UTC) + timedelta(seconds=self._link_seconds)
        url, lasts = await self._address(key, chosen)
        # Noted first: what is noted and not there costs nothing, what is there and not noted would never be erased.
        await self._history.publications.put(job, key)
        await self._storage.put(key, data, media_type=imaging.PNG)
        return Publication(url=url, key=key, expires=None if lasts else expires)

    async def _chosen(self, job: JobRecord, artifact: str) -> Artifact:
        made = {each.name: artifact_message(each) for each in await self._history.artifacts.list(job.id)}
        name = artifact or best_picture(JobResult.FromString(job.result or b""))
        if not name:
            raise FailedPrecondition(f"job {job.id} has made no picture of the person; name the artifact", reason="NO_PICTURE")
        if name not in made:
            raise NotFound(f"job {job.id} has no artifact {name!r}; it has: {', '.join(made)}", reason="ARTIFACT_NOT_FOUND")
        if made[name].media_type not in imaging.MEDIA_TYPES:
            message = f"{name!r} is no picture"
            raise InvalidRequest(f"artifact: {message}", reason="NOT_A_PICTURE", field_violations=[("artifact", message)])
        return made[name]

    async def _address(self, key: str, artifact: Artifact) -> tuple[str, bool]:
        """The address, and whether it works for good."""
        if self._base_url:
            return f"{self._base_url}/{key}", True
        if link := await self._storage.link(key, self._link_seconds):
            return link, False
        if self._gateway_url:
            return f"{self._gateway_url}/api/v1/files/{artifact.file}", True
        message = "this storage has no public address: set DASIBOM_PUBLISHED_URL, or DASIBOM_PUBLIC_URL to the gateway's own"
        raise FailedPrecondition(message, reason="NO_PUBLIC_ADDRESS")


def best_picture(result: JobResult) -> str:
    """Artifact name of the picture that shows the person best; empty when there is none."""
    match result.WhichOneof("result"):
        case "case1":
            first = result.case1.montages[0] if result.case1.montages else None
            return first.image if first else ""
        case "case2":
            return result.case2.final
        case "super_resolution":
            return result.super_resolution.final
        case "analysis":
            return best_picture(result.analysis.case_result)
        case _:
            return ""


def _name(job: JobRecord, case_id: str) -> str:
    name = case_id or str(job.labels.get(_LABEL, "")) or job.id
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii() or len(name) > 64:
        message = f"the job's label {_LABEL} is no name for a file; give a case_id of letters, digits, - and _"
        raise InvalidRequest(f"case_id: {message}", reason="BAD_CASE_ID", field_violations=[("case_id", message)])
    return name
