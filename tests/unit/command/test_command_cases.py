"""Cases from the command line: what is sent, shown, saved, and answered to scripts."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest
from command_process import Command, unquoted
from google.protobuf.json_format import MessageToDict
from google.rpc.error_details_pb2 import BadRequest
from orchestrator_double import Orchestrator, status

from dasibom.orchestrator.v1.input_pb2 import AgeBasis
from dasibom.orchestrator.v1.job_pb2 import JOB_STATE_CANCELLED, JOB_STATE_FAILED


async def test_case1_shows_progress_saves_files_and_says_where(
    command: Command, folder: Path, url: str, orchestrator: Orchestrator
) -> None:
    ended = await command("case1", "frame.jpg", "--variants", "2", "--seed", "7", "--label", "case=1024", "--url", url)
    assert ended.status == 0, ended.err
    job = next(iter(orchestrator.jobs))
    assert "사진을 살펴보는 중" in ended.err
    assert "montage_01.png" in ended.out
    assert f"완료 · 0.0초 → outputs/{job}/" in ended.out
    assert (folder / "outputs" / job / "montage_01.png").read_bytes() == b"picture"
    assert json.loads((folder / "outputs" / job / "result.json").read_text())["id"] == job
    request = orchestrator.requests[-1]
    assert (request.variants, request.options.seed, request.options.language) == (2, 7, "ko")
    assert dict(request.options.labels) == {"case": "1024"}


async def test_json_is_one_document_and_nothing_else(command: Command, url: str) -> None:
    ended = await command("case1", "frame.jpg", "--json", "--output", "here", DASIBOM_URL=url)
    assert ended.status == 0
    document = json.loads(ended.out)
    assert document["job"]["state"] == "JOB_STATE_SUCCEEDED"
    assert document["files"] == {"montage_01.png": "here/montage_01.png", "report.md": "here/report.md", "result.json": "here/result.json"}
    assert ended.err == ""


async def test_a_failed_job_is_1_and_says_why(command: Command, url: str, orchestrator: Orchestrator) -> None:
    orchestrator.end_state = JOB_STATE_FAILED
    ended = await command("super-resolution", "frame.jpg", "--url", url)
    assert ended.status == 1
    assert "얼굴을 찾지 못했습니다" in ended.err


async def test_a_cancelled_job_is_4(command: Command, url: str, orchestrator: Orchestrator) -> None:
    orchestrator.end_state = JOB_STATE_CANCELLED
    assert (await command("case1", "frame.jpg", "--url", url)).status == 4


async def test_a_refusal_is_2_and_names_the_field(command: Command, url: str, orchestrator: Orchestrator) -> None:
    bad = BadRequest(field_violations=[BadRequest.FieldViolation(field="notes", description="too long")])
    refusal = status(grpc.StatusCode.INVALID_ARGUMENT, "the request is not valid", "INVALID", bad)
    orchestrator.failures["SubmitCase1Request"] = [refusal, refusal]
    ended = await command("case1", "frame.jpg", "--url", url)
    assert ended.status == 2
    assert "notes: too long" in ended.err
    ended = await command("case1", "frame.jpg", "--url", url, "--json")
    assert json.loads(ended.out)["error"]["fieldViolations"] == [{"field": "notes", "description": "too long"}]


async def test_nobody_listening_is_3_and_says_what_to_type(command: Command) -> None:
    ended = await command("case1", "frame.jpg", "--url", "127.0.0.1:1")
    assert ended.status == 3
    assert "dasibom up" in unquoted(ended.err)
    assert json.loads((await command("health", "--json", "--url", "127.0.0.1:1")).out)["error"]["code"] == "UNREACHABLE"


async def test_detach_answers_the_id_at_once(command: Command, url: str, orchestrator: Orchestrator) -> None:
    ended = await command("case1", "frame.jpg", "--detach", "--url", url)
    assert (ended.status, ended.out.strip()) == (0, next(iter(orchestrator.jobs)))
    assert "dasibom watch jb_" in unquoted(ended.err)


async def test_case2_and_case3_read_their_files(command: Command, folder: Path, url: str, orchestrator: Orchestrator) -> None:
    (folder / "person.json").write_text('\ufeff{"gender": "여성", "age": 25}', "utf-8")
    (folder / "known.json").write_text('{"time_of_day": "저녁"}', "utf-8")
    assert (await command("case2", "--info", "person.json", "--face", "frame.jpg", "--url", url)).status == 0
    assert (orchestrator.requests[-1].person_info.gender, orchestrator.requests[-1].person_info.age) == ("여성", "25")
    ended = await command("case3", "frame.jpg", "--face", "frame.jpg", "--known", "known.json", "--url", url, "--lang", "en")
    assert ended.status == 0
    assert (orchestrator.requests[-1].known_info["time_of_day"], orchestrator.requests[-1].options.language) == ("저녁", "en")


async def test_a_folder_is_analyzed_with_what_lies_in_it(command: Command, folder: Path, url: str, orchestrator: Orchestrator) -> None:
    (folder / "case").mkdir()
    for name in ("b.PNG", "a.jpg", "notes.txt"):
        (folder / "case" / name).write_bytes(name.encode())
    (folder / "case" / "person_info.json").write_text('{"hair": "검은색"}', "utf-8")
    (folder / "case" / "missing_case.json").write_text('{"age": 7}', "utf-8")
    assert (await command("analyze", "case", "--dry-run", "--url", url)).status == 0
    request = orchestrator.requests[-1]
    assert [orchestrator.uploads[image.file] for image in request.images] == [b"a.jpg", b"b.PNG"]
    assert request.dry_run
    assert request.person_info.hair == "검은색"
    assert request.missing_case["age"] == 7


async def test_frames_may_be_files_and_folders_and_a_broken_picture_stops_no_other(
    command: Command, folder: Path, url: str, orchestrator: Orchestrator
) -> None:
    (folder / "역 앞").mkdir()
    for number in range(10):
        (folder / "역 앞" / f"화면 {number}.jpg").write_bytes(b"broken" if number == 4 else b"%d" % number)
    for case in ("case1", "case3", "analyze"):
        ended = await command(case, "frame.jpg", "역 앞", "--json", "--url", url)
        assert ended.status == 0, ended.err
        request = orchestrator.requests[-1]
        sent = request.images if case == "analyze" else request.frames
        assert [orchestrator.uploads[source.file] for source in sent] == [
            b"frame",
            *(b"%d" % number for number in range(10) if number != 4),
        ]
        assert ended.err.startswith("! 읽을 수 없어 뺐습니다: 역 앞/화면 4.jpg: 사진 파일의 뒷부분이 잘렸습니다")
        assert list(json.loads(ended.out)["leftOut"]) == ["역 앞/화면 4.jpg"]
    (folder / "못 씀").mkdir()
    (folder / "못 씀" / "a.jpg").write_bytes(b"broken")
    ended = await command("case1", "못 씀", "--url", url)
    assert ended.status == 2
    assert "a.jpg: file: the picture is cut" in ended.err


async def test_a_prefix_names_a_folder_that_the_service_reads(command: Command, url: str, orchestrator: Orchestrator) -> None:
    prefix = ["--prefix", "inputs/missing-person-7/", "--url", url]
    assert (await command("case1", *prefix, "--no-refine", "--no-enhance")).status == 0
    case1 = orchestrator.requests[-1]
    assert (case1.frames_prefix, len(case1.frames), case1.refine, case1.enhance) == ("inputs/missing-person-7/", 0, False, False)
    assert (await command("case3", "frame.jpg", *prefix, "--no-narrate")).status == 0
    case3 = orchestrator.requests[-1]
    assert (case3.frames_prefix, len(case3.frames), case3.narrate) == ("inputs/missing-person-7/", 1, False)
    assert (await command("analyze", *prefix)).status == 0
    assert orchestrator.requests[-1].images_prefix == "inputs/missing-person-7/"


async def test_case2_takes_a_record_as_it_is_and_an_age(command: Command, folder: Path, url: str, orchestrator: Orchestrator) -> None:
    record = {"id": 1024, "sexdstnDscd": "여자", "age": "26", "ageNow": 66, "alldressingDscd": "불상", "fileUrl": "https://example.kr/a"}
    (folder / "record.json").write_text(json.dumps(record), "utf-8")
    ended = await command("case2", "--record", "record.json", "--age", "now", "--neutral", "--no-refine", "--url", url)
    assert ended.status == 0, ended.err
    request = orchestrator.requests[-1]
    assert MessageToDict(request.missing_case) == record
    assert (request.age_basis, request.neutral, request.refine) == (AgeBasis.AGE_BASIS_NOW, True, False)
    assert not request.HasField("face")
    # As the backend answers it; with a photo and words of its own.
    (folder / "answer.json").write_text(json.dumps({"success": True, "data": {"age": 7}}), "utf-8")
    (folder / "person.json").write_text('{"hair": "검은색"}', "utf-8")
    ended = await command("case2", "--record", "answer.json", "--info", "person.json", "--face", "frame.jpg", "--url", url)
    assert ended.status == 0, ended.err
    request = orchestrator.requests[-1]
    assert MessageToDict(request.missing_case) == {"age": 7}
    assert (request.person_info.hair, request.age_basis) == ("검은색", AgeBasis.AGE_BASIS_THEN)
    assert request.HasField("face")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n "age": "25",\n "hair" "x"\n}', "person.json 3번째 줄 9번째 글자: 올바른 JSON이 아닙니다"),
        ('{\n "age": "25",\n "hare": "x"\n}', "person.json 3번째 줄: 'hare' 항목은 없습니다. 쓸 수 있는 항목: gender"),
        ('{\n "age": ["25"]\n}', "person.json 2번째 줄: 'age'의 값은 글이어야 합니다"),
        ("[1]", "person.json: 항목과 값을 쓰십시오"),
        ("[" * 100_000, "person.json: 항목과 값을 쓰십시오"),
    ],
)
async def test_a_wrong_person_file_is_2_and_names_the_line(command: Command, folder: Path, text: str, said: str) -> None:
    (folder / "person.json").write_text(text, "utf-8")
    ended = await command("case2", "--info", "person.json", "--face", "frame.jpg")
    assert ended.status == 2
    assert said in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["case1", "missing.jpg"], "missing.jpg 파일이 없습니다"),
        (["case1", "nested"], "nested 폴더에 사진(.jpg, .jpeg, .png, .webp, .bmp)이 없습니다"),
        (["case1", *["frame.jpg"] * 33], "사진이 33장입니다. 한 번에 32장까지 됩니다"),
        (["super-resolution", "."], "폴더입니다"),
        (["case2", "--face", "frame.jpg"], "--info나 --record로 인상착의를 지정하십시오"),
        (["case2", "--record", "record.json"], "--face로 얼굴 사진을 지정하거나"),
        (["case2", "--record", "other.json"], "other.json: 실종자 기록 하나가 든 JSON이어야 합니다"),
        (["case2", "--record", "record.json", "--age", "later"], "'then', 'now' 가운데 하나여야 합니다"),
        (["analyze", "one", "two"], "one/person_info.json, two/person_info.json"),
        (["case1", "frame.jpg", "--variants", "9"], "'--variants'의 값이 올바르지 않습니다: 8 이하여야 합니다"),
        (["case1", "frame.jpg", "--model", "composite"], "'이름=값' 모양으로"),
        (["case1"], "FRAME... 인자가 빠졌습니다"),
        (["nothing"], "nothing 명령은 없습니다"),
        (["health", "--url", "ftp://x"], "write host:port"),
        (["case1", "frame.jpg", "--bogus"], "--bogus 옵션은 없습니다"),
        (["case1", "empty.jpg"], "empty.jpg 파일이 비어 있습니다"),
        (["jobs", "--label", "x"], "'이름=값' 모양으로"),
        (["case2", "--info", "missing.json", "--face", "frame.jpg"], "missing.json: 파일이나 폴더가 없습니다"),
        (["analyze", "frame.jpg", "home", "--url", "x"], "home 파일이 없습니다"),
    ],
)
async def test_bad_input_is_2_and_says_what_is_wrong(command: Command, folder: Path, arguments: list[str], said: str) -> None:
    (folder / "nested").mkdir()
    (folder / "record.json").write_text('{"age": 26, "fileUrl": null}', "utf-8")
    (folder / "other.json").write_text('[{"age": 26}]', "utf-8")
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "a.jpg").write_bytes(b"frame")
        (folder / name / "person_info.json").write_text("{}", "utf-8")
    ended = await command(*arguments)
    assert ended.status == 2
    assert said in ended.err


async def test_what_a_terminal_would_obey_is_not_printed(command: Command, url: str, orchestrator: Orchestrator) -> None:
    orchestrator.artifacts = [("a\x1b]0;x\x07.png", b"1")]
    ended = await command("case1", "frame.jpg", "--url", url)
    assert ended.status == 0
    assert "\x1b" not in ended.out
    assert "\x07" not in ended.out
