"""What a call sends, how often it is made, and what it ends with."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict
from google.rpc.error_details_pb2 import BadRequest, RetryInfo
from orchestrator_double import Orchestrator, status

from dasibom.client import AsyncClient, FailedPrecondition, InvalidRequest, NotFound, ResourceExhausted, RetryPolicy, Unavailable
from dasibom.client.pictures import MOST_BYTES
from dasibom.orchestrator.v1.input_pb2 import AgeBasis

UNAVAILABLE = status(grpc.StatusCode.UNAVAILABLE, "going down", "DRAINING")


async def test_an_upload_arrives_in_pieces_with_size_and_hash(client: AsyncClient, orchestrator: Orchestrator, tmp_path: Path) -> None:
    data = os.urandom(600_000)
    path = tmp_path / "사진 1.png"
    path.write_bytes(data)
    file = await client.upload(path)
    assert orchestrator.uploads[file.id] == data
    assert (file.name, file.size) == ("사진 1.png", 600_000)
    assert orchestrator.pieces == [262_144, 262_144, 75_712]


async def test_bytes_and_open_files_are_uploaded_too(client: AsyncClient, orchestrator: Orchestrator, tmp_path: Path) -> None:
    assert orchestrator.uploads[(await client.upload(b"bytes", name="a.png")).id] == b"bytes"
    assert orchestrator.uploads[(await client.upload(io.BytesIO(b"stream"))).id] == b"stream"
    (tmp_path / "b.png").write_bytes(b"file")
    with (tmp_path / "b.png").open("rb") as opened:
        assert (await client.upload(opened)).name == "b.png"


@pytest.mark.parametrize(("picture", "said"), [(b"", "empty"), (bytes(MOST_BYTES + 1), "32 MiB"), (io.StringIO("text"), "'rb'")])
async def test_what_cannot_be_a_picture_is_refused_before_it_is_sent(
    client: AsyncClient, orchestrator: Orchestrator, picture: bytes, said: str
) -> None:
    with pytest.raises(InvalidRequest, match=said):
        await client.upload(picture)
    assert not orchestrator.calls


async def test_a_case_uploads_local_pictures_and_names_the_others(client: AsyncClient, orchestrator: Orchestrator, tmp_path: Path) -> None:
    (tmp_path / "frame.jpg").write_bytes(b"frame")
    uploaded = await client.upload(b"before")
    await client.case1([tmp_path / "frame.jpg", uploaded, uploaded.id, "s3://bucket/key", "https://example.kr/a.jpg", b"raw"], variants=2)
    frames = orchestrator.requests[-1].frames
    assert orchestrator.uploads[frames[0].file] == b"frame"
    assert frames[1].file == frames[2].file == uploaded.id
    assert (frames[3].uri, frames[4].uri) == ("s3://bucket/key", "https://example.kr/a.jpg")
    assert orchestrator.uploads[frames[5].file] == b"raw"


async def test_every_case_carries_its_arguments_and_options(client: AsyncClient, orchestrator: Orchestrator) -> None:
    await client.case1([b"f"], enhance=False, questions=["모자를 썼습니까?"], notes="검은 모자", seed=7, language="en", labels={"a": "b"})
    case1 = orchestrator.requests[-1]
    assert (case1.enhance, case1.questions[0].text, case1.notes) == (False, "모자를 썼습니까?", "검은 모자")
    assert (case1.options.seed, case1.options.language, dict(case1.options.labels)) == (7, "en", {"a": "b"})
    await client.case2({"gender": "여성"}, b"face", variants=3, models={"diffusion": "composite"})
    case2 = orchestrator.requests[-1]
    assert (case2.person_info.gender, case2.variants, case2.options.models["diffusion"]) == ("여성", 3, "composite")
    assert not case2.options.HasField("seed")
    await client.case3([b"f"], face=b"face", known={"time_of_day": "저녁"})
    assert orchestrator.requests[-1].known_info["time_of_day"] == "저녁"
    assert orchestrator.requests[-1].HasField("face")
    await client.super_resolution(b"f", scale=4, enhance_faces=True)
    assert (orchestrator.requests[-1].scale, orchestrator.requests[-1].enhance_faces) == (4, True)
    await client.analyze([b"f"], person={"age": "25"}, known={"a": "b"}, dry_run=True)
    assert orchestrator.requests[-1].dry_run


async def test_records_folders_and_ages_travel_as_they_were_given(client: AsyncClient, orchestrator: Orchestrator) -> None:
    record = {"age": 26, "ageNow": "66", "nm": None, "occurLat": 37.5, "tags": ["장기", {"a": True}]}
    await client.case2(record=record, age="now", neutral=True, refine=False)
    case2 = orchestrator.requests[-1]
    assert MessageToDict(case2.missing_case) == record
    assert (case2.age_basis, case2.neutral, case2.refine) == (AgeBasis.AGE_BASIS_NOW, True, False)
    assert not case2.HasField("face")
    assert not case2.HasField("person_info")
    await client.case1(frames_prefix="inputs/missing-person-7/", refine=False)
    assert (orchestrator.requests[-1].frames_prefix, orchestrator.requests[-1].refine) == ("inputs/missing-person-7/", False)
    await client.case3(frames_prefix="s3://bucket/a/", narrate=False)
    assert (orchestrator.requests[-1].frames_prefix, orchestrator.requests[-1].narrate) == ("s3://bucket/a/", False)
    await client.analyze(images_prefix="inputs/a/", record={"age": 7}, age="then")
    analyze = orchestrator.requests[-1]
    assert (analyze.images_prefix, analyze.missing_case["age"], analyze.age_basis) == ("inputs/a/", 7, AgeBasis.AGE_BASIS_THEN)


async def test_what_the_caller_leaves_open_stays_open(client: AsyncClient, orchestrator: Orchestrator) -> None:
    await client.case1([b"f"])
    assert not orchestrator.requests[-1].HasField("refine")
    await client.case2({"age": "25"}, b"face")
    assert not orchestrator.requests[-1].HasField("refine")
    assert not orchestrator.requests[-1].HasField("missing_case")
    assert not orchestrator.requests[-1].age_basis
    await client.case3([b"f"])
    assert not orchestrator.requests[-1].HasField("narrate")


async def test_a_record_that_is_no_json_and_an_unknown_age_are_refused(client: AsyncClient, orchestrator: Orchestrator) -> None:
    with pytest.raises(InvalidRequest, match="what JSON has"):
        await client.case2(record={"occrde": date(1986, 3, 14)}, face=b"face")
    with pytest.raises(InvalidRequest, match="'tomorrow' is none of then, now"):
        await client.case2({"age": "25"}, b"face", age="tomorrow")
    assert not orchestrator.calls


async def test_a_folder_is_uploaded_in_order_and_a_broken_picture_among_ten_is_told(
    client: AsyncClient, orchestrator: Orchestrator, tmp_path: Path
) -> None:
    folder = tmp_path / "역 앞 (3)"
    folder.mkdir()
    for number in range(10):
        (folder / f"화면 {number}.JPG").write_bytes(b"broken" if number == 4 else b"%d" % number)
    for other in ("메모.txt", ".hidden.jpg"):
        (folder / other).write_bytes(b"no picture")
    (folder / "sub.png").mkdir()
    uploaded = await client.upload_folder(folder)
    assert [file.name for file in uploaded.files] == [f"화면 {number}.JPG" for number in range(10) if number != 4]
    (refused,) = uploaded.left_out.items()
    assert refused[0] == folder / "화면 4.JPG"
    assert (refused[1].reason, refused[1].message) == ("IMAGE_TRUNCATED", "화면 4.JPG: file: the picture is cut")
    await client.case1(uploaded.files)
    assert len(orchestrator.requests[-1].frames) == 9


async def test_a_folder_without_a_picture_that_can_be_read_or_with_too_many_is_refused(client: AsyncClient, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="has 0 pictures; give 1 to 32"):
        await client.upload_folder(tmp_path)
    (tmp_path / "a.png").write_bytes(b"broken")
    with pytest.raises(InvalidRequest, match=r"none of the 1 pictures in .* can be read: a\.png: file: the picture is cut"):
        await client.upload_folder(tmp_path)
    for number in range(32):
        (tmp_path / f"{number}.png").write_bytes(b"x")
    with pytest.raises(InvalidRequest, match="has 33 pictures; give 1 to 32"):
        await client.upload_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        await client.upload_folder(tmp_path / "none")


async def test_publishing_names_the_case_and_answers_the_address(client: AsyncClient, orchestrator: Orchestrator) -> None:
    job = await client.case1([b"frame"])
    published = await client.publish(job, case_id="1024", artifact="montage_01.png")
    assert (orchestrator.requests[-1].case_id, orchestrator.requests[-1].artifact) == ("1024", "montage_01.png")
    assert (published.url, published.key) == ("https://pictures.example.kr/ai_image/1024.png", "ai_image/1024.png")
    with pytest.raises(NotFound):
        await client.publish("jb_x")


async def test_a_person_field_that_does_not_exist_is_refused_by_name(client: AsyncClient) -> None:
    with pytest.raises(InvalidRequest, match=r"no field colour; .*clothing"):
        await client.case2({"colour": "red"}, b"face")


async def test_one_path_instead_of_a_list_is_a_clear_mistake(client: AsyncClient) -> None:
    with pytest.raises(TypeError, match="list of pictures"):
        await client.case1("frame.jpg")


async def test_a_submit_whose_answer_was_lost_is_repeated_and_starts_one_job(client: AsyncClient, orchestrator: Orchestrator) -> None:
    orchestrator.failures["SubmitCase1Request after"] = [UNAVAILABLE, UNAVAILABLE]
    job = await client.case1([b"frame"])
    assert orchestrator.calls["SubmitCase1Request"] == 3
    assert list(orchestrator.jobs) == [job.id]
    assert len(job.request_id) == 36


async def test_only_unavailable_is_repeated(client: AsyncClient, orchestrator: Orchestrator) -> None:
    for code, kind in ((grpc.StatusCode.RESOURCE_EXHAUSTED, ResourceExhausted), (grpc.StatusCode.FAILED_PRECONDITION, FailedPrecondition)):
        orchestrator.calls.clear()
        orchestrator.failures["GetHealth"] = [status(code, "no", "NO")]
        with pytest.raises(kind):
            await client.health()
        assert orchestrator.calls["GetHealth"] == 1


async def test_repeating_ends_after_the_policys_attempts(url: str, orchestrator: Orchestrator) -> None:
    orchestrator.failures["GetHealth"] = [UNAVAILABLE] * 9
    async with AsyncClient(url, retry=RetryPolicy(attempts=3, initial_seconds=0.01)) as client:
        with pytest.raises(Unavailable, match="going down"):
            await client.health()
    assert orchestrator.calls["GetHealth"] == 3


async def test_retry_and_delete_are_never_repeated(client: AsyncClient, orchestrator: Orchestrator) -> None:
    job = await client.case1([b"frame"])
    for method, call in (("RetryJob", client.retry), ("DeleteJob", client.delete)):
        orchestrator.failures[method] = [UNAVAILABLE]
        with pytest.raises(Unavailable):
            await call(job)
        assert orchestrator.calls[method] == 1


def test_pauses_grow_up_to_the_longest_and_obey_the_service() -> None:
    policy = RetryPolicy(jitter=0)
    assert [policy.pause(attempt) for attempt in (1, 2, 3, 9)] == [0.2, 0.4, 0.8, 5.0]
    told = Unavailable("busy", status(grpc.StatusCode.UNAVAILABLE, "busy", "BUSY", RetryInfo(retry_delay=Duration(seconds=7))))
    assert policy.pause(1, told) == 7


async def test_an_error_carries_everything_that_the_service_told(client: AsyncClient, orchestrator: Orchestrator) -> None:
    bad = BadRequest(field_violations=[BadRequest.FieldViolation(field="variants", description="must be 8 or less")])
    orchestrator.failures["SubmitCase1Request"] = [
        status(grpc.StatusCode.INVALID_ARGUMENT, "variants is 9", "INVALID", bad, reference="r1")
    ]
    with pytest.raises(InvalidRequest) as caught:
        await client.case1([b"frame"])
    error = caught.value
    assert (error.message, error.reason, error.reference) == ("variants is 9", "INVALID", "r1")
    assert error.field_violations == [("variants", "must be 8 or less")]


async def test_an_unknown_job_is_not_found(client: AsyncClient) -> None:
    with pytest.raises(NotFound, match="there is no job jb_x") as caught:
        await client.get("jb_x")
    assert caught.value.metadata == {"job": "jb_x"}


async def test_nobody_listening_is_unavailable() -> None:
    async with AsyncClient("127.0.0.1:1", retry=RetryPolicy(attempts=2, initial_seconds=0.01)) as client:
        with pytest.raises(Unavailable):
            await client.health()


async def test_credentials_go_with_every_call(url: str, orchestrator: Orchestrator) -> None:
    async with AsyncClient(url, api_key="k" * 16, token="t") as client:
        await client.health()
    assert orchestrator.metadata["x-api-key"] == "k" * 16
    assert orchestrator.metadata["authorization"] == "Bearer t"


async def test_the_list_goes_over_all_pages(client: AsyncClient, orchestrator: Orchestrator) -> None:
    submitted = [(await client.case1([b"frame"])).id for _ in range(5)]
    assert [job.id async for job in client.list(states=["queued"], kinds=["super-resolution"])] == submitted
    assert orchestrator.calls["ListJobs"] == 3
    with pytest.raises(InvalidRequest, match="'done' is none of queued, running"):
        await anext(client.list(states=["done"]))
