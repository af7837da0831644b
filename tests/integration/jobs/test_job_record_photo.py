from __future__ import annotations

import contextlib

from google.protobuf import json_format

from dasibom.orchestrator.v1.orchestrator_service_pb2 import AnalyzeCaseRequest
from services.orchestrator.jobs.models import ModelDirectory
from services.orchestrator.jobs.pictures import PictureIntake
from services.orchestrator.jobs.submit import Submitter
from services.orchestrator.storage import FetchPolicy, ForeignObjects, GuardedFetcher
from services.orchestrator.storage.s3 import make_client
from tests.integration.jobs.conftest import Orchestrator
from tests.integration.jobs.toy_models import picture


async def test_a_records_photo_is_the_last_of_all_pictures_even_behind_those_of_a_folder(orchestrator: Orchestrator, s3_url: str) -> None:
    with contextlib.closing(make_client(endpoint_url=s3_url)) as client:
        client.create_bucket(Bucket="records")
        client.put_object(Bucket="records", Key="photos/7.png", Body=picture(7))
    await orchestrator.storage.put("inputs/missing-person-7/z.png", picture(1), media_type="image/png")
    foreign = ForeignObjects(["records"], max_bytes=10_000_000, endpoint_url=s3_url)
    submitter = Submitter(
        history=orchestrator.history,
        intake=PictureIntake(orchestrator.history, orchestrator.storage, GuardedFetcher(FetchPolicy()), foreign),
        models=ModelDirectory(orchestrator.mesh),
        events=orchestrator.events,
        wakeups=orchestrator.wakeups,
    )
    asked = {"imagesPrefix": "inputs/missing-person-7/", "missingCase": {"age": 26, "fileUrl": "s3://records/photos/7.png"}}
    job, _ = await submitter.submit(json_format.ParseDict(asked, AnalyzeCaseRequest()))
    stored = AnalyzeCaseRequest.FromString(job.request)
    files = [await orchestrator.history.files.get(image.file) for image in stored.images]
    assert [file.name for file in files] == ["z.png", "7.png"]
    await foreign.close()
