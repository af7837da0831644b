"""The rules that the protos state, enforced the same way in every service (protovalidate)."""

from __future__ import annotations

import protovalidate
from google.protobuf.message import Message

from services.common.errors import InvalidRequest


def _path(violation: protovalidate.Violation) -> str:
    """The field in the way it is written in JSON paths: `frames[2].uri`, `options.labels["x"]`."""
    text = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        text += f".{element.field_name}" if text else element.field_name
        if element.subscript is not None:
            key = element.subscript.value
            text += f'["{key}"]' if isinstance(key, str) else f"[{key}]"
    return text


def validate(request: Message) -> None:
    """Check a request against the rules of its proto.

    Raises:
        InvalidRequest: a field breaks its rule; names each such field.
    """
    try:
        protovalidate.validate(request)
    except protovalidate.ValidationError as error:
        violations = [(_path(violation), violation.proto.message) for violation in error.violations]
        field, description = violations[0]
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        raise InvalidRequest(f"{field}: {description}{more}" if field else description + more, field_violations=violations) from None
