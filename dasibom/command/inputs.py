"""Reading what the user names: pictures, folders of pictures, JSON files about a person."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dasibom.client.pictures import MOST_PICTURES, PICTURE_SUFFIXES, file_id, pictures_in, url
from dasibom.command.exits import CommandError, describe_os_error
from dasibom.language import say
from dasibom.orchestrator.v1.input_pb2 import PersonInfo

PERSON_NAME, KNOWN_NAME, RECORD_NAME = "person_info.json", "known_info.json", "missing_case.json"
_PERSON_FIELDS = tuple(field.name for field in PersonInfo.DESCRIPTOR.fields)
# By one of these a record of a missing person is known from other JSON.
_RECORD_FIELDS = ("sexdstnDscd", "age", "ageNow", "height", "alldressingDscd", "haircolrDscd", "etcSpfeatr", "occrde", "fileUrl")


def is_folder(given: str) -> bool:
    """Whether this names a folder of this machine."""
    return not file_id(given) and not url(given) and Path(given).is_dir()


def check_pictures(pictures: Sequence[str]) -> None:
    """Look for pictures before anything is sent.

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


def check_inputs(inputs: Sequence[str], *, prefix: str, metavar: str) -> None:
    """Look for pictures and folders of pictures before anything is sent.

    Args:
        inputs: files, file ids, URLs or folders.
        prefix: folder that the service reads itself; empty when there is none.
        metavar: how the help calls the inputs.

    Raises:
        CommandError: there is none, one of them is none, a folder is empty, or there are too many.
    """
    if not inputs and not prefix:
        raise CommandError(
            say(
                f"{metavar} 인자가 빠졌습니다. 사진이나 폴더를 지정하거나 --prefix를 쓰십시오.",
                f"Missing argument {metavar}: name pictures or a folder, or use --prefix.",
            )
        )
    folders = [given for given in inputs if is_folder(given)]
    check_pictures([given for given in inputs if given not in folders])
    count = len(inputs) - len(folders)
    for folder in folders:
        found = len(pictures_in(folder))
        if not found:
            suffixes = ", ".join(PICTURE_SUFFIXES)
            raise CommandError(say(f"{folder} 폴더에 사진({suffixes})이 없습니다.", f"There is no picture ({suffixes}) in {folder}."))
        count += found
    if count > MOST_PICTURES:
        raise CommandError(
            say(
                f"사진이 {count}장입니다. 한 번에 {MOST_PICTURES}장까지 됩니다.",
                f"There are {count} pictures; a case takes {MOST_PICTURES} at most.",
            )
        )


def beside(inputs: Sequence[str], name: str) -> Path | None:
    """The file of this name in the given folders; None when there is none.

    Raises:
        CommandError: there are several.
    """
    found = [Path(given) / name for given in inputs if is_folder(given) and (Path(given) / name).is_file()]
    if len(found) > 1:
        both = ", ".join(map(str, found))
        raise CommandError(say(f"{name} 파일이 여럿입니다: {both}. 옵션으로 하나를 지정하십시오.", f"{both}: name one by its option."))
    return found[0] if found else None


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


def read_record(path: Path) -> dict[str, Any]:
    """A record of a missing person as Safe182 or the backend has it; what the backend wraps it in is taken off.

    Raises:
        CommandError: it cannot be used; says what is wrong.
    """
    values = _read_json(path)
    if isinstance(values, dict) and isinstance(values.get("data"), dict):
        values = values["data"]
    if not isinstance(values, dict) or not values.keys() & set(_RECORD_FIELDS):
        fields = ", ".join(_RECORD_FIELDS)
        raise CommandError(
            say(
                f"{path}: 실종자 기록 하나가 든 JSON이어야 합니다. 이런 항목이 있어야 합니다: {fields}",
                f"{path}: write one record of a missing person, with fields such as {fields}",
            )
        )
    return values


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        where = say(f"{path} {error.lineno}번째 줄 {error.colno}번째 글자", f"{path}, line {error.lineno}, column {error.colno}")
        raise CommandError(
            f"{where}: {say('올바른 JSON이 아닙니다. 쉼표·따옴표·괄호를 확인하십시오', 'this is not valid JSON')} ({error.msg})"
        ) from None
    except UnicodeDecodeError:
        raise CommandError(say(f"{path}: UTF-8로 저장하십시오.", f"{path}: save it as UTF-8.")) from None
    except RecursionError:
        return None
    except OSError as error:
        raise CommandError(describe_os_error(error)) from None


def _read_texts(path: Path) -> dict[str, str]:
    example = '{"hair": "검은색 짧은 머리"}'
    values = _read_json(path)
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
