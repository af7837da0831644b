"""How errors look in the OpenAPI document: `google.rpc.Status` (AIP-193), and which HTTP statuses carry it."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}


def _of(detail: str, meaning: str, schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"description": f"Of `{detail}`: {meaning}."}


SCHEMAS: dict[str, dict[str, Any]] = {
    "Status": {
        "type": "object",
        "description": "An error, as every method answers it.",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "integer", "format": "int32", "description": "Number of the gRPC status code, such as 5 for NOT_FOUND."},
            "message": _TEXT | {"description": "What was wrong, and what would be right. For people; programs look at `reason`."},
            "details": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/ErrorDetail"},
                "description": "Always one `ErrorInfo`; others where they apply.",
            },
        },
    },
    "ErrorDetail": {
        "type": "object",
        "description": (
            "One fact about an error. `@type` says which, and so which of the other properties are set: "
            "`ErrorInfo` (reason, domain, metadata), `BadRequest` (fieldViolations), `RetryInfo` (retryDelay), "
            "`LocalizedMessage` (locale, message), `RequestInfo` (requestId). Pass over a type that you do not know."
        ),
        "required": ["@type"],
        "properties": {
            "@type": _TEXT | {"examples": ["type.googleapis.com/google.rpc.ErrorInfo"], "description": "The kind of fact."},
            "reason": _of("ErrorInfo", "why, stable and in UPPER_SNAKE_CASE: branch on this", _TEXT),
            "domain": _of("ErrorInfo", "whose reason it is, `dasibom.kr`", _TEXT),
            "metadata": _of("ErrorInfo", "facts for programs", {"type": "object", "additionalProperties": _TEXT}),
            "fieldViolations": _of(
                "BadRequest", "each field that breaks a rule", {"type": "array", "items": {"$ref": "#/components/schemas/FieldViolation"}}
            ),
            "retryDelay": _of("RetryInfo", "when another try makes sense, such as `1s`", _TEXT),
            "locale": _of("LocalizedMessage", "language of `message`, `ko-KR`", _TEXT),
            "message": _of("LocalizedMessage", "the error in that language", _TEXT),
            "requestId": _of("RequestInfo", "what to quote when asking for help; the same as the header `x-request-id`", _TEXT),
        },
    },
    "FieldViolation": {
        "type": "object",
        "description": "A field that breaks a rule.",
        "properties": {
            "field": _TEXT | {"description": 'Its path, names as in the protos: `frames[0].file`, `options.labels["x"]`.'},
            "description": _TEXT | {"description": "What is wrong with it."},
        },
    },
}

_MEANINGS = {
    400: "The request breaks a rule (INVALID_ARGUMENT, 3), or cannot be done in the present state (FAILED_PRECONDITION, 9).",
    401: "Keys or tokens are required here, and the request has no valid one (UNAUTHENTICATED, 16).",
    403: "The caller may not do this, the page that calls is of a foreign origin, or a bucket is not allowed (PERMISSION_DENIED, 7).",
    404: "There is no such job, file, object or path (NOT_FOUND, 5).",
    409: "The `requestId` belongs to another submission (ALREADY_EXISTS, 6).",
    413: "The body is too large (INVALID_ARGUMENT, 3).",
    429: "Too many requests from this caller (RESOURCE_EXHAUSTED, 8).",
    500: "Something broke on our side; `metadata.reference` is what to report (INTERNAL, 13).",
    503: "Cannot be reached now; try again (UNAVAILABLE, 14).",
    504: "No answer in time (DEADLINE_EXCEEDED, 4).",
}
_RETRY_AFTER = {"retry-after": {"description": "Seconds to wait before another try.", "schema": {"type": "integer"}}}


def _response(description: str, headers: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}
    return {"description": description, "content": content} | ({"headers": headers} if headers else {})


RESPONSES: dict[str, dict[str, Any]] = {
    **{f"Error{status}": _response(meaning, _RETRY_AFTER if status in (429, 503) else {}) for status, meaning in _MEANINGS.items()},
    "Error": _response("Any other error.", {}),
}


def error_responses(*, of_one: bool, submits: bool, has_body: bool, streams: bool) -> dict[str, dict[str, str]]:
    """The errors of an operation.

    Args:
        of_one: it names a job or a file.
        submits: it starts a job.
        has_body: it takes a body that may be large.
        streams: it may take any time.
    """
    left_out = {404: not (of_one or submits), 409: not submits, 413: not has_body, 504: streams}
    found = {str(status): {"$ref": f"#/components/responses/Error{status}"} for status in _MEANINGS if not left_out.get(status)}
    return found | {"default": {"$ref": "#/components/responses/Error"}}
