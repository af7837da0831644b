"""The asynchronous client: everything that DasiBom does, over one gRPC channel to the gateway."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, Self, Unpack

from google.protobuf.json_format import MessageToJson

from dasibom.client.address import find_address
from dasibom.client.pictures import Picture
from dasibom.client.requests import CaseRequest, RunOptions, age_basis, list_request, missing_case, person_info, with_options
from dasibom.client.retry import RetryPolicy
from dasibom.client.saving import RESULT_NAME, distinct_names, whole_file
from dasibom.client.transfers import FileTransfers
from dasibom.client.transport import Transport
from dasibom.client.watching import watch
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as pb
from dasibom.orchestrator.v1.input_pb2 import PersonInfo
from dasibom.orchestrator.v1.job_pb2 import Job, JobEvent
from dasibom.orchestrator.v1.status_pb2 import ServiceModels

P = ParamSpec("P")


class AsyncClient(FileTransfers):
    """Talks to DasiBom.

        async with AsyncClient() as client:
            job = await client.run(client.case1, ["frame.jpg"], variants=2)
            await client.save(job, "results")

    Every method raises a `DasibomError` of the class that fits: `NotFound`, `InvalidRequest`, `Unavailable` and so on. A job that fails
    is no error of the call: look at `job.state`, and at `error_from_status(job.error)`.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        token: str | None = None,
        ca: str | Path | None = None,
        retry: RetryPolicy | None = None,
        timeout: float = 60.0,
    ) -> None:
        """Make a client; it connects with the first call, inside a running event loop.

        Args:
            url: `host:port`, `http://host:port` or `https://host[:port]` (TLS) of the gateway; else `DASIBOM_URL`, else port 8080 here.
            api_key: API key; else `DASIBOM_API_KEY`.
            token: JSON Web Token, sent as a bearer token; else `DASIBOM_TOKEN`.
            ca: PEM file of the authority that the gateway's certificate must come from; else `DASIBOM_CA`.
            retry: when calls are repeated.
            timeout: seconds for one try of a call; uploads and downloads have ten minutes, `watch` has no end.

        Raises:
            ValueError: the URL is none.
            OSError: the file of the authority cannot be read.
        """
        self.address = find_address(url, api_key=api_key, token=token, ca=ca)
        self._transport = Transport(self.address, retry or RetryPolicy(), timeout)

    async def __aenter__(self) -> Self:
        """Nothing is opened before it is needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self.close()

    async def close(self) -> None:
        """Close the connection; running calls end."""
        await self._transport.close()

    # --- cases

    async def analyze(
        self,
        images: Sequence[Picture] = (),
        *,
        images_prefix: str = "",
        person: PersonInfo | Mapping[str, str] | None = None,
        record: Mapping[str, Any] | None = None,
        age: str = "",
        known: Mapping[str, str] | None = None,
        dry_run: bool = False,
        **options: Unpack[RunOptions],
    ) -> Job:
        """Submit: look at what is given, decide the case, and run it.

        Args:
            images: pictures in any order, at most 32; at least one without `images_prefix`.
            images_prefix: a folder of the service's own storage (`inputs/…/`) or of `s3://`, whose pictures are taken too.
            person: what is known of the person's looks.
            record: a record of a missing person as Safe182 or the backend has it, unchanged.
            age: which age a full-body picture shows: `then`, also when empty, or `now`.
            known: what is known of the disappearance, by topic or in free words.
            dry_run: only plan.
            **options: how it is run.
        """
        request = pb.AnalyzeCaseRequest(
            images_prefix=images_prefix,
            person_info=person_info(person),
            missing_case=missing_case(record),
            age_basis=age_basis(age),
            known_info=known or {},
            dry_run=dry_run,
        )
        request.images.extend(await self._sources(images))
        return await self.submit(with_options(request, options))

    async def case1(
        self,
        frames: Sequence[Picture] = (),
        *,
        frames_prefix: str = "",
        enhance: bool | None = None,
        refine: bool | None = None,
        variants: int = 0,
        questions: Sequence[str] = (),
        notes: str = "",
        **options: Unpack[RunOptions],
    ) -> Job:
        """Submit case 1: CCTV frames → attributes → montage.

        Args:
            frames: frames that show the same person, at most 32; at least one without `frames_prefix`.
            frames_prefix: a folder of the service's own storage (`inputs/…/`) or of `s3://`, whose pictures are frames too.
            enhance: whether to enhance each frame for the eye; yes when None.
            refine: whether to crop and refine each montage's face; yes when None.
            variants: montages, 1..8; 0 means 3.
            questions: questions of your own, in Korean or English.
            notes: what else the montage should follow.
            **options: how it is run.
        """
        request = pb.SubmitCase1Request(frames_prefix=frames_prefix, enhance=enhance, refine=refine, variants=variants, notes=notes)
        request.frames.extend(await self._sources(frames))
        for text in questions:
            request.questions.add(text=text)
        return await self.submit(with_options(request, options))

    async def case2(
        self,
        person: PersonInfo | Mapping[str, str] | None = None,
        face: Picture | None = None,
        *,
        record: Mapping[str, Any] | None = None,
        age: str = "",
        neutral: bool = False,
        refine: bool | None = None,
        variants: int = 0,
        **options: Unpack[RunOptions],
    ) -> Job:
        """Submit case 2: person information + face photo → full-body picture.

        Args:
            person: what is known of the person's looks; what it says wins over the record. Needed without a record.
            face: photo of the face; the one that the record names when None.
            record: a record of a missing person as Safe182 or the backend has it, unchanged.
            age: which age the picture shows: `then`, also when empty, or `now`, for which the record has to state both ages.
            neutral: whether to bring the expression to neutral, where a model can.
            refine: whether to refine the final picture's face; yes when None.
            variants: pictures, 1..8; 0 means 1.
            **options: how it is run.
        """
        request = pb.SubmitCase2Request(
            person_info=person_info(person),
            missing_case=missing_case(record),
            age_basis=age_basis(age),
            neutral=neutral,
            refine=refine,
            variants=variants,
        )
        if face is not None:
            request.face.CopyFrom(await self._source(face))
        return await self.submit(with_options(request, options))

    async def case3(
        self,
        frames: Sequence[Picture] = (),
        *,
        frames_prefix: str = "",
        face: Picture | None = None,
        known: Mapping[str, str] | None = None,
        narrate: bool | None = None,
        **options: Unpack[RunOptions],
    ) -> Job:
        """Submit case 3: CCTV + face + known information → investigation report.

        Args:
            frames: CCTV frames, at most 32; at least one without `frames_prefix`.
            frames_prefix: a folder of the service's own storage (`inputs/…/`) or of `s3://`, whose pictures are frames too.
            face: photo of the face, if there is one.
            known: what is known, by topic or in free words.
            narrate: whether a language model sums the findings up, where one can; yes when None.
            **options: how it is run.
        """
        request = pb.SubmitCase3Request(frames_prefix=frames_prefix, known_info=known or {}, narrate=narrate)
        request.frames.extend(await self._sources(frames))
        if face is not None:
            request.face.CopyFrom(await self._source(face))
        return await self.submit(with_options(request, options))

    async def super_resolution(
        self, image: Picture, *, scale: int = 0, methods: Sequence[str] = (), enhance_faces: bool = False, **options: Unpack[RunOptions]
    ) -> Job:
        """Submit super-resolution: low-quality frame → enhanced frame and comparison.

        Args:
            image: the picture.
            scale: times wider and higher, 1..4; 0 means 2.
            methods: models to compare, and `bicubic` for plain enlargement; the service's default when empty.
            enhance_faces: give faces a pass of their own.
            **options: how it is run.
        """
        source = await self._source(image)
        request = pb.SubmitSuperResolutionRequest(image=source, scale=scale, methods=methods, enhance_faces=enhance_faces)
        return await self.submit(with_options(request, options))

    async def submit(self, request: CaseRequest) -> Job:
        """Submit a case that is a message already; give it a `request_id`, for it is repeated when the service cannot be reached."""
        match request:
            case pb.AnalyzeCaseRequest():
                return await self._transport.unary(self._stub.AnalyzeCase, request)
            case pb.SubmitCase1Request():
                return await self._transport.unary(self._stub.SubmitCase1, request)
            case pb.SubmitCase2Request():
                return await self._transport.unary(self._stub.SubmitCase2, request)
            case pb.SubmitCase3Request():
                return await self._transport.unary(self._stub.SubmitCase3, request)
            case pb.SubmitSuperResolutionRequest():
                return await self._transport.unary(self._stub.SubmitSuperResolution, request)

    async def run(self, case: Callable[P, Awaitable[Job]], *args: P.args, **kwargs: P.kwargs) -> Job:
        """Submit a case and wait for its end: `await client.run(client.case1, ["frame.jpg"])`.

        Args:
            case: the method that submits.
            *args: what it takes.
            **kwargs: what it takes by name.
        """
        return await self.wait(await case(*args, **kwargs))

    # --- jobs

    async def get(self, job: str | Job) -> Job:
        """One job, with everything it has made so far."""
        return await self._transport.unary(self._stub.GetJob, pb.GetJobRequest(job=job_id(job)))

    async def list(
        self,
        *,
        states: Iterable[str | int] = (),
        kinds: Iterable[str | int] = (),
        label: str = "",
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        page_size: int = 0,
    ) -> AsyncGenerator[Job, None]:
        """Jobs, newest first, without results and artifacts; pages are fetched as they are needed.

        Args:
            states: only these, such as `running`.
            kinds: only these, such as `case1`.
            label: only jobs with this label, `name=value`.
            created_after: only jobs submitted then or later.
            created_before: only jobs submitted earlier.
            page_size: jobs to fetch at once, 1..200; 0 means 50.
        """
        request = list_request(
            states=states, kinds=kinds, label=label, created_after=created_after, created_before=created_before, page_size=page_size
        )
        while True:
            page = await self._transport.unary(self._stub.ListJobs, request)
            for job in page.jobs:
                yield job
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def cancel(self, job: str | Job) -> Job:
        """Ask a job to stop; it is CANCELLED within about a second. One that has ended stays as it is."""
        return await self._transport.unary(self._stub.CancelJob, pb.CancelJobRequest(job=job_id(job)))

    async def retry(self, job: str | Job) -> Job:
        """Start a FAILED or CANCELLED job again; model calls that had finished are not made again."""
        return await self._transport.unary(self._stub.RetryJob, pb.RetryJobRequest(job=job_id(job)), repeat=False)

    async def publish(self, job: str | Job, *, case_id: str = "", artifact: str = "") -> pb.PublishJobResponse:
        """Put one picture of a SUCCEEDED job where the public can load it, in place of what was published under the same case id.

        Args:
            job: the job or its id.
            case_id: names the picture: letters, digits, `-` and `_`, never a person's name; the job's label `missing_case`, else its id,
                when empty.
            artifact: name of the picture; the job's best one when empty.

        Returns:
            Its address, fit for `aiImageUrl`, its place, and when the address stops working.
        """
        return await self._transport.unary(self._stub.PublishJob, pb.PublishJobRequest(job=job_id(job), case_id=case_id, artifact=artifact))

    async def delete(self, job: str | Job) -> None:
        """Erase a job with everything it has made; cancel it first while it runs."""
        await self._transport.unary(self._stub.DeleteJob, pb.DeleteJobRequest(job=job_id(job)), repeat=False)

    async def watch(self, job: str | Job, after: int = 0) -> AsyncGenerator[JobEvent, None]:
        """A job's events, up to the one that ends it. When the line is cut, it comes back and goes on without a gap or a double.

        Args:
            job: the job or its id.
            after: number of the last event already seen; 0 for all.

        Raises:
            NotFound: there is no such job.
            Unavailable: the service did not come back within the policy's `reconnect_seconds`.
        """
        async for event in watch(self._transport, job_id(job), after):
            yield event

    async def wait(self, job: str | Job, *, on_event: Callable[[JobEvent], None] | None = None) -> Job:
        """Wait for a job's end; how it ended, `state` tells.

        Args:
            job: the job or its id.
            on_event: called with every event as it comes.
        """
        async for event in self.watch(job):
            if on_event is not None:
                on_event(event)
        return await self.get(job)

    # --- files

    async def save(self, job: str | Job, folder: str | os.PathLike[str]) -> dict[str, Path]:
        """Save everything that a job has made, and the job itself as `result.json`.

        Args:
            job: the job or its id.
            folder: made when it is not there. Names are made safe: none leads out of it.

        Returns:
            Where each artifact is, by its name.
        """
        whole = await self.get(job)
        place = Path(folder)
        names = distinct_names(artifact.name for artifact in whole.artifacts)
        saved = {artifact.name: await self.download(artifact, place / name) for artifact, name in zip(whole.artifacts, names, strict=True)}
        with whole_file(place / RESULT_NAME) as result:
            result.write(f"{MessageToJson(whole, ensure_ascii=False)}\n".encode())
        return saved

    # --- the service

    async def models(self) -> Sequence[ServiceModels]:
        """Every model of every model service."""
        return (await self._transport.unary(self._stub.GetModelsStatus, pb.GetModelsStatusRequest())).services

    async def health(self) -> pb.GetHealthResponse:
        """How well each part works."""
        return await self._transport.unary(self._stub.GetHealth, pb.GetHealthRequest())


def job_id(job: str | Job) -> str:
    """Id of a job, given as either."""
    return job.id if isinstance(job, Job) else job
