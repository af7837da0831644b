"""The commands that run cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from dasibom.client import Client
from dasibom.client.pictures import Picture
from dasibom.command.exits import CommandError
from dasibom.command.inputs import (
    KNOWN_NAME,
    PERSON_NAME,
    RECORD_NAME,
    beside,
    check_inputs,
    check_pictures,
    is_folder,
    read_known,
    read_person,
    read_record,
)
from dasibom.command.korean import explain
from dasibom.command.options import ApiKey, Detach, Json, Labels, Models, Name, Output, Seed, Url, connect, run_options
from dasibom.command.terminal import err, plain
from dasibom.command.waiting import follow, submitted
from dasibom.language import LANGUAGE, say
from dasibom.orchestrator.v1.job_pb2 import Job

PANEL = say("케이스 실행", "Cases")
_FRAMES = say("CCTV 화면: 파일, 폴더, 파일 번호(fl_…) 또는 URL", "CCTV frames: files, folders, file ids (fl_…) or URLs")
Age = StrEnum("Age", ["then", "now"])
Frames = Annotated[Optional[list[str]], typer.Argument(metavar="FRAME...", help=_FRAMES, show_default=False)]  # noqa: UP045 - what typer reads
Prefix = Annotated[
    str,
    typer.Option(
        "--prefix",
        metavar="PREFIX",
        help=say(
            "서비스 저장소의 사진 폴더, 예: inputs/missing-person-7/ 또는 s3://버킷/폴더/",
            "Folder of pictures in the service's storage, such as inputs/missing-person-7/ or s3://bucket/folder/",
        ),
        show_default=False,
    ),
]
Face = Annotated[Optional[str], typer.Option("--face", help=say("얼굴 사진", "Photo of the face"), show_default=False)]  # noqa: UP045
Info = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--info", help=say("인상착의 JSON 파일", "JSON file about the person's looks"), show_default=False),
]
Known = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--known", help=say("이미 알려진 정보 JSON 파일", "JSON file of what is known already"), show_default=False),
]
Record = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--record",
        metavar="FILE",
        help=say("안전Dream·백엔드의 실종자 기록 JSON 파일", "JSON file: a record of Safe182 or the backend, unchanged"),
        show_default=False,
    ),
]
AgeShown = Annotated[
    Age, typer.Option("--age", help=say("그림의 나이: 실종 당시(then) 또는 현재(now)", "Age that is drawn: of then, or of today (now)"))
]
Methods = Annotated[
    list[str],
    typer.Option(
        "--method", help=say("비교할 모델, 또는 bicubic(단순 확대)", "A model to compare, or bicubic (plain)"), show_default=False
    ),
]
LeftOut = dict[str, str]  # name of a picture that cannot be read → why


def _run(
    url: str | None,
    api_key: str | None,
    submit: Callable[[Client, Sequence[Picture]], Job],
    *,
    pictures: Sequence[str] = (),
    output: Path | None,
    as_json: bool,
    detach: bool,
) -> int:
    with connect(url, api_key) as client:
        taken, left_out = _take(client, pictures)
        job = submit(client, taken)
        if detach:
            return submitted(job, as_json=as_json, client=client, left_out=left_out)
        return follow(client, job, output=output, as_json=as_json, left_out=left_out)


def _take(client: Client, inputs: Sequence[str]) -> tuple[list[Picture], LeftOut]:
    """What is given, folders uploaded picture by picture; those that cannot be read are told and left out."""
    taken: list[Picture] = []
    left_out: LeftOut = {}
    for given in inputs:
        if not is_folder(given):
            taken.append(given)
            continue
        uploaded = client.upload_folder(given)
        taken += uploaded.files
        for path, error in uploaded.left_out.items():
            reason = plain((explain(error) if LANGUAGE == "ko" else "") or error.message)
            left_out[str(path)] = reason
            err.print(f"! {say('읽을 수 없어 뺐습니다', 'Left out, cannot be read')}: {plain(str(path))}: {reason}")
    return taken, left_out


def case1(
    frames: Frames = None,
    prefix: Prefix = "",
    variants: Annotated[int, typer.Option(min=1, max=8, help=say("몽타주 수", "Montages"))] = 3,
    notes: Annotated[str, typer.Option(help=say("목격자 진술 등 덧붙일 말", "What else to follow, such as a witness's words"))] = "",
    ask: Annotated[list[str], typer.Option("--ask", help=say("더 물어볼 질문", "A question of your own"), show_default=False)] = [],  # noqa: B006
    enhance: Annotated[bool, typer.Option(help=say("화질 개선본도 만들기", "Also enhance each frame for the eye"))] = True,
    refine: Annotated[bool, typer.Option(help=say("몽타주 얼굴 다듬기", "Crop and refine each montage's face"))] = True,
    seed: Seed = None,
    model: Models = [],  # noqa: B006
    name: Name = "",
    label: Labels = [],  # noqa: B006
    output: Output = None,
    detach: Detach = False,
    as_json: Json = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> int:
    """Run case 1."""
    inputs = frames or []
    check_inputs(inputs, prefix=prefix, metavar="FRAME...")
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client, pictures: Sequence[Picture]) -> Job:
        return client.case1(
            pictures, frames_prefix=prefix, enhance=enhance, refine=refine, variants=variants, questions=ask, notes=notes, **options
        )

    return _run(url, api_key, submit, pictures=inputs, output=output, as_json=as_json, detach=detach)


def case2(
    info: Info = None,
    face: Face = None,
    record: Record = None,
    age: AgeShown = Age.then,
    neutral: Annotated[bool, typer.Option("--neutral", help=say("표정을 무표정으로", "Bring the expression to neutral"))] = False,
    refine: Annotated[bool, typer.Option(help=say("얼굴 다듬기", "Refine the final picture's face"))] = True,
    variants: Annotated[int, typer.Option(min=1, max=8, help=say("그림 수", "Pictures"))] = 1,
    seed: Seed = None,
    model: Models = [],  # noqa: B006
    name: Name = "",
    label: Labels = [],  # noqa: B006
    output: Output = None,
    detach: Detach = False,
    as_json: Json = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> int:
    """Run case 2."""
    check_pictures([face] if face else [])
    person, known_record = _person_of_case2(info, record, face)
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client, _: Sequence[Picture]) -> Job:
        return client.case2(person, face, record=known_record, age=age, neutral=neutral, refine=refine, variants=variants, **options)

    return _run(url, api_key, submit, output=output, as_json=as_json, detach=detach)


def _person_of_case2(info: Path | None, record: Path | None, face: str | None) -> tuple[dict[str, str] | None, dict[str, Any] | None]:
    """What is known of the person: the form, the record.

    Raises:
        CommandError: there is neither, or no photo of the face.
    """
    if info is None and record is None:
        raise CommandError(
            say("--info나 --record로 인상착의를 지정하십시오.", "Say by --info or --record what is known of the person's looks.")
        )
    person, known_record = read_person(info) if info else None, read_record(record) if record else None
    if face is None and not (known_record and known_record.get("fileUrl")):
        raise CommandError(
            say(
                "--face로 얼굴 사진을 지정하거나, fileUrl이 있는 기록을 --record로 지정하십시오.",
                "Name a photo of the face by --face, or by --record a record with a fileUrl.",
            )
        )
    return person, known_record


def case3(
    frames: Frames = None,
    prefix: Prefix = "",
    face: Face = None,
    known: Known = None,
    narrate: Annotated[
        bool, typer.Option(help=say("언어 모델의 요약 덧붙이기 (되는 모델만)", "Add a language model's summary, where one can"))
    ] = True,
    seed: Seed = None,
    model: Models = [],  # noqa: B006
    name: Name = "",
    label: Labels = [],  # noqa: B006
    output: Output = None,
    detach: Detach = False,
    as_json: Json = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> int:
    """Run case 3."""
    inputs = frames or []
    check_inputs(inputs, prefix=prefix, metavar="FRAME...")
    check_pictures([face] if face else [])
    known_info = read_known(known) if known else {}
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client, pictures: Sequence[Picture]) -> Job:
        return client.case3(pictures, frames_prefix=prefix, face=face, known=known_info, narrate=narrate, **options)

    return _run(url, api_key, submit, pictures=inputs, output=output, as_json=as_json, detach=detach)


def analyze(
    inputs: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="FILE...|FOLDER",
            help=say(
                "사진들, 또는 사진과 person_info.json·known_info.json·missing_case.json이 든 폴더",
                "Pictures, or a folder of pictures with person_info.json, known_info.json and missing_case.json",
            ),
            show_default=False,
        ),
    ] = None,
    prefix: Prefix = "",
    info: Info = None,
    known: Known = None,
    record: Record = None,
    age: AgeShown = Age.then,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("계획만 세우고 실행하지 않음", "Only plan; run nothing"))] = False,
    seed: Seed = None,
    model: Models = [],  # noqa: B006
    name: Name = "",
    label: Labels = [],  # noqa: B006
    output: Output = None,
    detach: Detach = False,
    as_json: Json = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> int:
    """Look at what is given, decide the case, run it."""
    given = inputs or []
    check_inputs(given, prefix=prefix, metavar="FILE...|FOLDER")
    person = read_person(path) if (path := info or beside(given, PERSON_NAME)) else None
    known_info = read_known(path) if (path := known or beside(given, KNOWN_NAME)) else {}
    known_record = read_record(path) if (path := record or beside(given, RECORD_NAME)) else None
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client, pictures: Sequence[Picture]) -> Job:
        return client.analyze(
            pictures,
            images_prefix=prefix,
            person=person,
            record=known_record,
            age=age,
            known=known_info,
            dry_run=dry_run,
            **options,
        )

    return _run(url, api_key, submit, pictures=given, output=output, as_json=as_json, detach=detach)


def super_resolution(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help=say("사진: 파일, 파일 번호 또는 URL", "Picture: file, file id or URL"))],
    scale: Annotated[int, typer.Option(min=1, max=4, help=say("확대 배율", "Times wider and higher"))] = 2,
    method: Methods = [],  # noqa: B006
    faces: Annotated[bool, typer.Option("--faces", help=say("얼굴을 따로 개선", "Give faces a pass of their own"))] = False,
    seed: Seed = None,
    model: Models = [],  # noqa: B006
    name: Name = "",
    label: Labels = [],  # noqa: B006
    output: Output = None,
    detach: Detach = False,
    as_json: Json = False,
    url: Url = None,
    api_key: ApiKey = None,
) -> int:
    """Enhance a picture."""
    check_pictures([image])
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client, _: Sequence[Picture]) -> Job:
        return client.super_resolution(image, scale=scale, methods=method, enhance_faces=faces, **options)

    return _run(url, api_key, submit, output=output, as_json=as_json, detach=detach)


def _help(korean: str, english: str, *examples: str) -> str:
    return say(korean, english) + "\n\n" + say("예:", "Examples:") + "".join(f"\n\n  $ {example}" for example in examples)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    add = app.command
    add(
        "case1",
        rich_help_panel=PANEL,
        help=_help(
            "케이스 1: CCTV 화면 → 인상착의 → 몽타주.",
            "Case 1: CCTV frames → attributes → montage.",
            "dasibom case1 frame.jpg",
            "dasibom case1 frame1.jpg frame2.jpg --variants 5 --output 결과",
            "dasibom case1 cctv/",
            "dasibom case1 --prefix inputs/missing-person-7/",
        ),
    )(case1)
    add(
        "case2",
        rich_help_panel=PANEL,
        help=_help(
            "케이스 2: 인상착의 + 얼굴 사진 → 전신 그림.",
            "Case 2: person information + face photo → full-body picture.",
            "dasibom case2 --info person_info.json --face face.jpg",
            "dasibom case2 --record missing_case.json --age now --neutral",
        ),
    )(case2)
    add(
        "case3",
        rich_help_panel=PANEL,
        help=_help(
            "케이스 3: CCTV + 얼굴 + 알려진 정보 → 수사 보고서.",
            "Case 3: CCTV + face + known information → investigation report.",
            "dasibom case3 frame.jpg --face face.jpg --known known_info.json",
        ),
    )(case3)
    add(
        "analyze",
        rich_help_panel=PANEL,
        help=_help(
            "자료를 살펴보고 알맞은 케이스를 골라 실행합니다.",
            "Looks at what is given, decides the case, says why, and runs it.",
            "dasibom analyze samples",
            "dasibom analyze frame.jpg face.jpg --dry-run",
            "dasibom analyze --prefix inputs/missing-person-7/ --record missing_case.json",
        ),
    )(analyze)
    add(
        "super-resolution",
        rich_help_panel=PANEL,
        help=_help(
            "저화질 사진 → 개선본과 비교 그림.",
            "Low-quality frame → enhanced frame and comparison.",
            "dasibom super-resolution frame.jpg --scale 4",
        ),
    )(super_resolution)
