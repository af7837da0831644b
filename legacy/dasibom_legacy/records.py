"""JSON files about a person."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from dasibom.command.exits import describe_os_error
from dasibom.language import say
from dasibom.orchestrator.v1.input_pb2 import PersonInfo
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitCase2Request
from dasibom_legacy.errors import LegacyError
from dasibom_legacy.inputs import missing

# By any of these a file is a record of the police's service or of the backend, and no form of our own.
_RECORD_KEYS = frozenset(
    "sexdstnDscd occrde ageNow wrtngTrgetDscd writngTrgetDscd occrAdres alldressingDscd bdwgh frmDscd faceshpeDscd hairshpeDscd "
    "haircolrDscd tknphotolength msspsnIdntfccd etcSpfeatr fileUrl nm".split()
)
_PERSON_FIELDS = tuple(item.name for item in PersonInfo.DESCRIPTOR.fields)


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        LegacyError: the file is not there, or holds none; says where.
    """
    file = Path(path)
    try:
        values = json.loads(file.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise missing(str(path), former_status=0) from None
    except OSError as error:
        raise LegacyError(describe_os_error(error), former_status=1) from None
    except UnicodeDecodeError:
        raise LegacyError(say(f"{path}: UTF-8로 저장하십시오.", f"{path}: save it as UTF-8."), former_status=1) from None
    except json.JSONDecodeError as error:
        where = say(f"{path} {error.lineno}번째 줄 {error.colno}번째 글자", f"{path}, line {error.lineno}, column {error.colno}")
        problem = say("올바른 JSON이 아닙니다", "this is not valid JSON")
        raise LegacyError(f"{where}: {problem} ({error.msg})", former_status=1) from None
    if not isinstance(values, dict):
        raise LegacyError(
            say(f"{path}: 항목과 값으로 된 JSON 객체여야 합니다.", f"{path}: a JSON object is needed."),
            former_status=1,
        )
    return values


def is_record(info: Mapping[str, Any]) -> bool:
    """Whether this is a record of a missing person, and not one of the forms that the former scripts read."""
    return bool(_RECORD_KEYS & info.keys())


def put_person(request: SubmitCase2Request, info: Mapping[str, Any]) -> None:
    """Put what is known of a person into a request: a form's fields, a record as it is. Other keys are passed over, as ever."""
    if is_record(info):
        request.missing_case.CopyFrom(ParseDict(dict(info), Struct()))
        return
    fields = {name: _text(info[name]) for name in _PERSON_FIELDS if info.get(name) not in (None, "")}
    request.person_info.CopyFrom(PersonInfo(**fields))


def known_texts(info: Mapping[str, Any]) -> dict[str, str]:
    """What is known of a disappearance as texts; lists of texts joined, what is no text as JSON writes it."""
    return {str(key)[:500]: _text(value) for key, value in info.items() if key and value not in (None, "", [])}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)
