"""Reading what the user names: pictures, folders of pictures, JSON files about a person."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dasibom.client.pictures import file_id, url
from dasibom.command.exits import CommandError, describe_os_error
from dasibom.language import say
from dasibom.orchestrator.v1.input_pb2 import PersonInfo

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
PERSON_NAME, KNOWN_NAME = "person_info.json", "known_info.json"
_PERSON_FIELDS = tuple(field.name for field in PersonInfo.DESCRIPTOR.fields)


def check_pictures(pictures: Sequence[str]) -> list[str]:
    """The pictures as given; files are looked for before anything is sent.

    Raises:
        CommandError: one that is neither a file, nor a file id, nor a URL.
    """
    for picture in pictures:
        if file_id(picture) or url(picture):
            continue
        path = Path(picture)
        if path.is_dir():
            raise CommandError(say(f"{picture}은(는) 폴더입니다. 사진 파일을 지정하십시오.", f"{picture} is a folder; name a picture."))
        if not path.is_file():
            raise CommandError(say(f"{picture} 파일이 없습니다.", f"There is no file {picture}."))
        if path.stat().st_size == 0:
            raise CommandError(say(f"{picture} 파일이 비어 있습니다.", f"{picture} is empty."))
    return list(pictures)


def expand_folder(inputs: Sequence[str]) -> tuple[list[str], Path | None, Path | None]:
    """Pictures, person info and known info: the files that are given, or what a given folder holds.

    Raises:
        CommandError: a folder without pictures, or a folder beside other inputs.
    """
    if not any(Path(given).is_dir() for given in inputs):
        return check_pictures(inputs), None, None
    if len(inputs) > 1:
        raise CommandError(say("폴더 하나만, 또는 파일만 지정하십시오.", "Name one folder, or files only."))
    folder = Path(inputs[0])
    pictures = sorted(str(path) for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())
    if not pictures:
        suffixes = ", ".join(PICTURE_SUFFIXES)
        raise CommandError(say(f"{folder} 폴더에 사진({suffixes})이 없습니다.", f"There is no picture ({suffixes}) in {folder}."))
    person, known = folder / PERSON_NAME, folder / KNOWN_NAME
    return pictures, person if person.is_file() else None, known if known.is_file() else None


def read_person(path: Path) -> dict[str, str]:
    """What is known of a person's looks, from a JSON file.

    Raises:
        CommandError: it cannot be used; names the line.
    """
    values = _read_texts(path)
    for key in values:
        if key not in _PERSON_FIELDS:
            fields = ", ".join(_PERSON_FIELDS)
            raise _at(
                path, key, say(f"{key!r} 항목은 없습니다. 쓸 수 있는 항목: {fields}", f"there is no field {key!r}; fields are {fields}")
            )
    return values


def read_known(path: Path) -> dict[str, str]:
    """What is known of a disappearance, by topic or in free words, from a JSON file.

    Raises:
        CommandError: it cannot be used; names the line.
    """
    return _read_texts(path)


def _read_texts(path: Path) -> dict[str, str]:
    example = '{"hair": "검은색 짧은 머리"}'
    try:
        values: Any = json.loads(path.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        where = say(f"{path} {error.lineno}번째 줄 {error.colno}번째 글자", f"{path}, line {error.lineno}, column {error.colno}")
        raise CommandError(
            f"{where}: {say('올바른 JSON이 아닙니다. 쉼표·따옴표·괄호를 확인하십시오', 'this is not valid JSON')} ({error.msg})"
        ) from None
    except UnicodeDecodeError:
        raise CommandError(say(f"{path}: UTF-8로 저장하십시오.", f"{path}: save it as UTF-8.")) from None
    except RecursionError:
        values = None
    except OSError as error:
        raise CommandError(describe_os_error(error)) from None
    if not isinstance(values, dict):
        raise CommandError(say(f"{path}: 항목과 값을 쓰십시오. 예: {example}", f"{path}: write fields and values, such as {example}"))
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _at(path, key, say(f"{key!r}의 값은 글이어야 합니다", f"the value of {key!r} must be text"))
    return {key: str(value) for key, value in values.items()}


def _at(path: Path, key: str, problem: str) -> CommandError:
    written = json.dumps(key, ensure_ascii=False)
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        if re.search(re.escape(written) + r"\s*(:|$)", line):
            return CommandError(say(f"{path} {number}번째 줄: {problem}", f"{path}, line {number}: {problem}"))
    return CommandError(f"{path}: {problem}")
