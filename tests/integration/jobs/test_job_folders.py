from __future__ import annotations

import contextlib

import pytest
from google.protobuf import json_format

from dasibom.orchestrator.v1.orchestrator_service_pb2 import AnalyzeCaseRequest, SubmitCase1Request, SubmitCase2Request, SubmitCase3Request
from services.common.errors import InvalidRequest, PermissionDenied
from services.orchestrator.jobs.folders import FolderIntake
from services.orchestrator.jobs.pictures import PictureIntake
from services.orchestrator.storage import FetchPolicy, ForeignObjects, GuardedFetcher
from services.orchestrator.storage.s3 import make_client
from tests.integration.jobs.conftest import Orchestrator
from tests.integration.jobs.toy_models import picture


async def fill(orchestrator: Orchestrator, folder: str, **files: bytes) -> None:
    for name, data in files.items():
        await orchestrator.storage.put(f"{folder}/{name}", data, media_type="image/png")


async def test_every_picture_of_a_folder_becomes_a_frame_in_the_order_of_names(orchestrator: Orchestrator) -> None:
    names = {"나 (2).png": picture(2), "가 1.PNG": picture(1), "메모.txt": b"not a picture"}
    await fill(orchestrator, "inputs/missing-person-7", **names)
    job, _ = await orchestrator.submitter.submit(SubmitCase1Request(frames_prefix="inputs/missing-person-7/"))
    stored = SubmitCase1Request.FromString(job.request)
    files = [await orchestrator.history.files.get(frame.file) for frame in stored.frames]
    assert [file.name for file in files] == ["가 1.PNG", "나 (2).png"]
    assert not stored.left_out


async def test_a_broken_picture_is_left_out_and_named_and_the_rest_goes_on(orchestrator: Orchestrator) -> None:
    good = {f"{number:02}.png": picture(number) for number in range(9)}
    await fill(orchestrator, "inputs/p", **good, **{"broken.png": picture(99)[:-40]})
    job, _ = await orchestrator.submitter.submit(SubmitCase3Request(frames_prefix="inputs/p", left_out=["forged"]))
    stored = SubmitCase3Request.FromString(job.request)
    assert len(stored.frames) == 9
    (left_out,) = stored.left_out
    assert left_out.startswith("broken.png: ")


async def test_a_folder_of_another_bucket_is_read_when_the_operator_allows_it(orchestrator: Orchestrator, s3_url: str) -> None:
    with contextlib.closing(make_client(endpoint_url=s3_url)) as client:
        client.create_bucket(Bucket="evidence")
        client.put_object(Bucket="evidence", Key="inputs/missing-person-1/low face (3).png", Body=picture(3))
        client.put_object(Bucket="evidence", Key="inputs/missing-person-10/other.png", Body=picture(4))
    foreign = ForeignObjects(["evidence"], max_bytes=10_000_000, endpoint_url=s3_url)
    intake = PictureIntake(orchestrator.history, orchestrator.storage, GuardedFetcher(FetchPolicy()), foreign)
    request = AnalyzeCaseRequest(images_prefix="s3://evidence/inputs/missing-person-1")
    (file,) = await FolderIntake(intake).open(request)
    assert (await orchestrator.history.files.get(file)).name == "low face (3).png"
    assert [image.file for image in request.images] == [file]
    with pytest.raises(PermissionDenied, match="DASIBOM_S3_SOURCE_BUCKETS") as refused:
        await FolderIntake(intake).open(AnalyzeCaseRequest(images_prefix="s3://others/x"))
    assert [field for field, _ in refused.value.field_violations] == ["images_prefix"]
    await foreign.close()


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("inputs/empty", "there is no picture in inputs/empty"),
        ("jobs/jb_1/artifacts", "or begin with inputs/"),
        ("inputs/../jobs", "or begin with inputs/"),
        ("inputs/broken", "none of the 1 pictures in inputs/broken can be read"),
        ("inputs/many", "has 33 pictures; there is room for 32"),
    ],
)
async def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(orchestrator: Orchestrator, folder: str, reason: str) -> None:
    await fill(orchestrator, "inputs/broken", **{"a.png": b"\x89PNG"})
    if folder == "inputs/many":
        await fill(orchestrator, folder, **{f"{number}.png": b"x" for number in range(33)})
    with pytest.raises(InvalidRequest, match="frames_prefix: ") as refused:
        await orchestrator.submitter.submit(SubmitCase1Request(frames_prefix=folder))
    assert reason in refused.value.message


async def test_a_record_without_a_photo_is_refused_where_no_face_is_given(orchestrator: Orchestrator) -> None:
    request = json_format.ParseDict({"missingCase": {"age": 26, "fileUrl": None}}, SubmitCase2Request())
    with pytest.raises(InvalidRequest, match=r"missing_case\.fileUrl: must be an address of a picture"):
        await orchestrator.submitter.submit(request)
