"""Records of missing persons as others keep them: Safe182's lists and the DasiBom backend's `MissingCase`, unchanged.

Both use the same field names. Numbers come as numbers or as strings; `불상` (unknown) and empty fields say nothing; fields that tell
neither of looks nor of the case are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from dasibom.orchestrator.v1.input_pb2 import PersonInfo

_UNKNOWN = re.compile(r"^(불상|미상|모름|알 ?수 ?없음|없음|unknown|null|-)?$", re.IGNORECASE)
_TARGETS = ("wrtngTrgetDscd", "writngTrgetDscd")  # the backend's spelling, and Safe182's own
_OLDEST = 120  # years; what is beyond is a typing error
_TALLEST = 260  # cm
_HEAVIEST = 350  # kg


@dataclass(frozen=True, kw_only=True)
class MissingRecord:
    """What a record says of one person."""

    info: PersonInfo = field(default_factory=PersonInfo)  # the looks, without the age
    name: str = ""
    case_id: str = ""  # the backend's id of the case
    age_then: int | None = None  # years, when the person went missing
    age_now: int | None = None  # years, as the record states it
    occurred: date | None = None  # when the person went missing
    place: str = ""  # where
    target: str = ""  # code of the kind of case: `070`
    photo: str = ""  # address of the face photo

    def years_now(self, today: date) -> int | None:
        """The person's age today: stated, or the age of then and the years since; None when neither is known."""
        if self.age_now is not None:
            return self.age_now
        if self.age_then is None or self.occurred is None or self.occurred > today:
            return None
        before_the_day = (today.month, today.day) < (self.occurred.month, self.occurred.day)
        return self.age_then + today.year - self.occurred.year - before_the_day


def read_record(record: Struct) -> MissingRecord:
    """What a record says.

    Args:
        record: the record as JSON; what is not understood is passed over.
    """
    fields: Mapping[str, Any] = MessageToDict(record)
    height, weight = _number(fields, "height", _TALLEST), _number(fields, "bdwgh", _HEAVIEST)
    return MissingRecord(
        info=PersonInfo(
            gender=_text(fields, "sexdstnDscd"),
            height=f"{height}cm" if height else "",
            build=_joined(_text(fields, "frmDscd"), f"{weight}kg" if weight else ""),
            hair=" ".join(filter(None, (_text(fields, "haircolrDscd"), _text(fields, "hairshpeDscd")))),
            clothing=_text(fields, "alldressingDscd"),
            additional_info=_joined(_text(fields, "etcSpfeatr"), _face_shape(_text(fields, "faceshpeDscd"))),
        ),
        name=_text(fields, "nm"),
        case_id=_text(fields, "id"),
        age_then=_number(fields, "age", _OLDEST),
        age_now=_number(fields, "ageNow", _OLDEST),
        occurred=_day(_text(fields, "occrde")),
        place=_text(fields, "occrAdres"),
        target=next(filter(None, (_text(fields, name) for name in _TARGETS)), ""),
        photo=photo_of(record),
    )


def photo_of(record: Struct) -> str:
    """Address of the record's face photo: `https://…` or `s3://…`; empty when it names none."""
    address = _text(MessageToDict(record), "fileUrl")
    return address if urlsplit(address).scheme in {"https", "http", "s3"} else ""


def told_by(info: PersonInfo, record: MissingRecord) -> PersonInfo:
    """The form, filled up by the record where it is empty."""
    both = PersonInfo()
    both.CopyFrom(record.info)
    for name in (told.name for told in PersonInfo.DESCRIPTOR.fields):
        if value := getattr(info, name).strip():
            setattr(both, name, value)
    return both


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, float) and value.is_integer():  # JSON knows no other numbers
        value = int(value)
    text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    return "" if _UNKNOWN.match(text) else text


def _number(fields: Mapping[str, Any], name: str, largest: int) -> int | None:
    """A positive whole number; None when the record states none that can be true."""
    stated = re.match(r"\d+", _text(fields, name))
    value = int(stated.group()) if stated else 0
    # A newborn is 0 years old; nobody is 0 cm tall.
    return value if (0 if name.startswith("age") and stated else 1) <= value <= largest else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(re.sub(r"\D", "", text)[:8], "%Y%m%d").date()
    except ValueError:
        return None


def _face_shape(shape: str) -> str:
    return f"얼굴형 {shape}" if shape and "얼굴" not in shape else shape


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
