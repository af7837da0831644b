"""Examples in the OpenAPI document, each checked against its message, so that they cannot stray from the contract."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from openapi_schemas import schema_name

from dasibom.orchestrator.v1 import file_pb2, job_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api

_FRAME = {"file": "fl_01kb2r6w9hd0x4n3t8y5m7q2ze"}
_FACE = {"file": "fl_01kb2r7k3mv8s5c1p6a9e4w0jd"}
_JOB = "jb_01kb2r8n5xq4z7f2g0h6t3y9bm"
_REQUEST_ID = "5f0c7a52-3d1e-4b8a-9c67-2e94d1b0a8f3"
_SHA256 = "2ee48dbc1ee4f3eee29bbe0103390466862b1c63b817e2c871fd7532a9fd67d3"


def _example(message: Message, /, **fields: Any) -> tuple[str, dict[str, Any]]:
    """A schema's name and its example, which is the JSON that the server would write.

    Raises:
        ParseError: the message has no such field, or not such a value.
        ValueError: the server would write it in another way.
    """
    name = schema_name(message.DESCRIPTOR.name)
    if MessageToDict(ParseDict(fields, message)) != fields:
        raise ValueError(f"the example of {name} is not written as JSON of protobuf: {MessageToDict(message)}")
    return name, fields


EXAMPLES: dict[str, dict[str, Any]] = dict(
    (
        _example(
            api.AnalyzeCaseRequest(),
            images=[_FRAME, _FACE],
            imagesPrefix="inputs/missing-person-7/",
            personInfo={"gender": "여성", "clothing": "주황색 상의"},
            requestId=_REQUEST_ID,
        ),
        _example(
            api.SubmitCase1Request(),
            frames=[_FRAME],
            framesPrefix="inputs/missing-person-7/",
            enhance=True,
            refine=True,
            variants=3,
            questions=[{"topic": "bag"}, {"text": "우산을 들고 있습니까?"}],
            notes="목격자: 주황색 옷, 짧은 갈색 머리",
            options={"language": "ko", "labels": {"missing_case": "1024"}},
            requestId=_REQUEST_ID,
        ),
        _example(
            api.SubmitCase2Request(),
            personInfo={
                "gender": "여성",
                "age": "30대 후반",
                "height": "170cm",
                "hair": "짧은 갈색 머리",
                "clothing": "주황색 상의와 바지",
            },
            face=_FACE,
            missingCase={
                "id": 1024,
                "sexdstnDscd": "여자",
                "age": 26,
                "ageNow": 66,
                "height": 165,
                "haircolrDscd": "흑색",
                "alldressingDscd": "불상",
                "caseStatus": "OPEN",
            },
            ageBasis="AGE_BASIS_NOW",
            neutral=True,
            refine=True,
            variants=1,
            options={"seed": 7},
            requestId=_REQUEST_ID,
        ),
        _example(
            api.SubmitCase3Request(),
            frames=[_FRAME],
            face=_FACE,
            knownInfo={"upper_color": "주황색", "time_of_day": "저녁"},
            narrate=True,
            requestId=_REQUEST_ID,
        ),
        _example(
            api.SubmitSuperResolutionRequest(),
            image=_FRAME,
            scale=2,
            methods=["compact", "bicubic"],
            enhanceFaces=True,
            requestId=_REQUEST_ID,
        ),
        _example(api.PublishJobRequest(), caseId="1024", artifact="montage_01.png"),
        _example(api.PublishJobResponse(), url="https://pictures.example.kr/ai_image/1024.png", key="ai_image/1024.png"),
        _example(
            job_pb2.Job(),
            id=_JOB,
            kind="JOB_KIND_CASE1",
            state="JOB_STATE_QUEUED",
            labels={"missing_case": "1024"},
            language="ko",
            seed=20261123,
            models={"vqa": "vision", "diffusion": "composite", "faceswap": "blend", "superres": "compact"},
            requestId=_REQUEST_ID,
            attempt=1,
            createTime="2026-11-23T03:40:12Z",
        ),
        _example(
            file_pb2.File(),
            id=_FRAME["file"],
            name="cctv_frame.jpg",
            mediaType="image/jpeg",
            size="12231",
            sha256=_SHA256,
            width=640,
            height=360,
            createTime="2026-11-23T03:40:11Z",
        ),
        _example(
            job_pb2.JobEvent(),
            number="4",
            job=_JOB,
            time="2026-11-23T03:40:13.250Z",
            progress={"step": "describe", "message": "사진에서 특징을 찾고 있습니다", "stepNumber": 1, "stepCount": 6, "fraction": 0.25},
        ),
        _example(
            status_pb2.Status(),
            code=code_pb2.NOT_FOUND,
            message=f"There is no job '{_JOB}'.",
            details=[
                {
                    "@type": f"type.googleapis.com/{error_details_pb2.ErrorInfo.DESCRIPTOR.full_name}",
                    "reason": "JOB_NOT_FOUND",
                    "domain": "dasibom.kr",
                    "metadata": {"job": _JOB},
                }
            ],
        ),
    )
)
"""An example by schema name."""
EVENT_STREAM = "retry: 1000\n\nid: 4\nevent: progress\ndata: {}\n\n: keep-alive\n\n".format(
    json.dumps(EXAMPLES["JobEvent"], ensure_ascii=False, separators=(",", ":"))
)
"""A piece of an event stream."""
