"""The commands that run cases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Optional

import typer

from dasibom.client import Client
from dasibom.command.inputs import check_pictures, expand_folder, read_known, read_person
from dasibom.command.options import ApiKey, Detach, Json, Labels, Models, Name, Output, Seed, Url, connect, run_options
from dasibom.command.waiting import follow, submitted
from dasibom.language import say
from dasibom.orchestrator.v1.job_pb2 import Job

PANEL = say("케이스 실행", "Cases")
_FRAMES = say("CCTV 화면: 파일, 파일 번호(fl_…) 또는 URL", "CCTV frames: files, file ids (fl_…) or URLs")
Frames = Annotated[list[str], typer.Argument(metavar="FRAME...", help=_FRAMES, show_default=False)]
Face = Annotated[Optional[str], typer.Option("--face", help=say("얼굴 사진", "Photo of the face"), show_default=False)]  # noqa: UP045
Info = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--info", help=say("인상착의 JSON 파일", "JSON file about the person's looks"), show_default=False),
]
Known = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--known", help=say("이미 알려진 정보 JSON 파일", "JSON file of what is known already"), show_default=False),
]


def _run(url: str | None, api_key: str | None, submit: Callable[[Client], Job], *, output: Path | None, as_json: bool, detach: bool) -> int:
    with connect(url, api_key) as client:
        job = submit(client)
        return submitted(job, as_json=as_json, client=client) if detach else follow(client, job, output=output, as_json=as_json)


def case1(
    frames: Frames,
    variants: Annotated[int, typer.Option(min=1, max=8, help=say("몽타주 수", "Montages"))] = 3,
    notes: Annotated[str, typer.Option(help=say("목격자 진술 등 덧붙일 말", "What else to follow, such as a witness's words"))] = "",
    ask: Annotated[list[str], typer.Option("--ask", help=say("더 물어볼 질문", "A question of your own"), show_default=False)] = [],  # noqa: B006
    enhance: Annotated[bool, typer.Option(help=say("화질 개선본도 만들기", "Also enhance each frame for the eye"))] = True,
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
    check_pictures(frames)
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client) -> Job:
        return client.case1(list(frames), enhance=enhance, variants=variants, questions=ask, notes=notes, **options)

    return _run(url, api_key, submit, output=output, as_json=as_json, detach=detach)


def case2(
    info: Annotated[Path, typer.Option("--info", help=say("인상착의 JSON 파일", "JSON file about the person's looks"), show_default=False)],
    face: Annotated[str, typer.Option("--face", help=say("얼굴 사진", "Photo of the face"), show_default=False)],
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
    check_pictures([face])
    person = read_person(info)
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client) -> Job:
        return client.case2(person, face, variants=variants, **options)

    return _run(url, api_key, submit, output=output, as_json=as_json, detach=detach)


def case3(
    frames: Frames,
    face: Face = None,
    known: Known = None,
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
    check_pictures([*frames, *([face] if face else [])])
    known_info = read_known(known) if known else {}
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client) -> Job:
        return client.case3(list(frames), face=face, known=known_info, **options)

    return _run(url, api_key, submit, output=output, as_json=as_json, detach=detach)


def analyze(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...|FOLDER",
            help=say(
                "사진들, 또는 사진과 person_info.json·known_info.json이 든 폴더",
                "Pictures, or a folder of pictures with person_info.json and known_info.json",
            ),
            show_default=False,
        ),
    ],
    info: Info = None,
    known: Known = None,
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
    pictures, found_info, found_known = expand_folder(inputs)
    person = read_person(path) if (path := info or found_info) else None
    known_info = read_known(path) if (path := known or found_known) else {}
    options = run_options(seed=seed, models=model, name=name, labels=label)

    def submit(client: Client) -> Job:
        return client.analyze(list(pictures), person=person, known=known_info, dry_run=dry_run, **options)

    return _run(url, api_key, submit, output=output, as_json=as_json, detach=detach)


def super_resolution(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help=say("사진: 파일, 파일 번호 또는 URL", "Picture: file, file id or URL"))],
    scale: Annotated[int, typer.Option(min=1, max=4, help=say("확대 배율", "Times wider and higher"))] = 2,
    method: Annotated[list[str], typer.Option("--method", help=say("비교할 모델", "A model to compare"), show_default=False)] = [],  # noqa: B006
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

    def submit(client: Client) -> Job:
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
        ),
    )(case1)
    add(
        "case2",
        rich_help_panel=PANEL,
        help=_help(
            "케이스 2: 인상착의 + 얼굴 사진 → 전신 그림.",
            "Case 2: person information + face photo → full-body picture.",
            "dasibom case2 --info person_info.json --face face.jpg",
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
