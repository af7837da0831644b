"""Write docs/openapi.json: the REST API as OpenAPI 3.1, from the protos alone (`--check` only looks whether it is fresh).

Paths come from the protos' google.api.http rules, texts from their comments, bounds from their buf.validate rules. What a stream
carries, and how the gateway treats every call alike (errors, keys), is said here.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from typing import Any

from generated_file import ROOT, GeneratedFile
from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from openapi_errors import RESPONSES, SCHEMAS, error_responses
from openapi_examples import EVENT_STREAM, EXAMPLES
from openapi_schemas import Schema, Schemas, is_required
from proto_comments import summary_of

from dasibom.orchestrator.v1 import job_pb2
from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api

_SERVICE = api.DESCRIPTOR.services_by_name["OrchestratorService"]
_CAUTION = (
    "**Every picture that DasiBom makes is a lead, never evidence.** What a model made or altered is marked `synthetic`. "
    "**다시봄이 만든 사진은 모두 수색의 단서일 뿐 증거가 아닙니다.**"
)
_TAGS = {
    "Cases": "Submitting a case: answers a queued job at once.",
    "Jobs": "Watching, listing, cancelling, retrying and erasing jobs.",
    "Files": "Pictures in; pictures, drawings and reports out.",
    "System": "Models and health.",
}
_TAG_OF_FOLDER = {"cases": "Cases", "super-resolution": "Cases", "jobs": "Jobs", "upload": "Files", "files": "Files"}
_BYTES = {"type": "string", "format": "binary"}  # the word that client generators know, besides OpenAPI 3.1's empty schema
_UPLOAD_BODY = {
    "required": True,
    "description": "The file's bytes, or a form with one file. Bytes may come as any other content type too, such as `image/jpeg`.",
    "content": {
        "application/octet-stream": {"schema": _BYTES},
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["file"], "properties": {"file": _BYTES | {"description": "The one file."}}}
        },
    },
}
_DOWNLOAD = {
    "description": "The file, of the media type that it was stored with.",
    "headers": {
        "etag": {"description": "SHA-256 of the bytes, in quotes.", "schema": {"type": "string"}},
        "content-disposition": {"description": "The file's name (RFC 6266).", "schema": {"type": "string"}},
    },
    "content": {
        # First and never sent: by it, generators that know no pictures learn that the answer is bytes, not text.
        "application/octet-stream": {"schema": _BYTES},
        **{media_type: {"schema": _BYTES} for media_type in ("image/png", "image/jpeg", "image/webp", "image/svg+xml")},
        **{media_type: {"schema": _BYTES} for media_type in ("text/html", "text/plain", "application/pdf")},
        "application/json": {"schema": {"description": "Data of a report."}},
    },
}
_EVENT_SCHEMA = {
    "type": "string",
    "contentMediaType": "text/event-stream",
    "x-event-data": {"$ref": "#/components/schemas/JobEvent"},  # OpenAPI 3.1 has no word for it
}
_EVENTS = {
    "description": "Server-Sent Events (WHATWG HTML, section 9.2); each `data:` line is a `JobEvent`.",
    "content": {"text/event-stream": {"schema": _EVENT_SCHEMA, "examples": {"stream": {"value": EVENT_STREAM}}}},
}
_LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "Number of the last event already seen, as browsers send it when they reconnect. Wins over `after`.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
# What answers with google.api.HttpBody, which says nothing of its content.
_RAW_ANSWERS = {"StreamJobEvents": _EVENTS, "Download": _DOWNLOAD}


def make_document() -> dict[str, Any]:
    """The whole document."""
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for method in _SERVICE.methods:
        rule: http_pb2.HttpRule = method.GetOptions().Extensions[annotations_pb2.http]
        if verb := rule.WhichOneof("pattern"):
            path = re.sub(r"\{(\w+)\}", lambda field: f"{{{_camel(field[1])}}}", getattr(rule, verb))
            paths.setdefault(path, {})[verb] = _operation(schemas, method, rule, path)
    schemas.reference(job_pb2.JobEvent.DESCRIPTOR)
    for name, example in EXAMPLES.items():
        if name in schemas.components:
            schemas.components[name]["examples"] = [example]
    errors = {name: schema | ({"examples": [EXAMPLES[name]]} if name in EXAMPLES else {}) for name, schema in SCHEMAS.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DasiBom AI",
            "version": tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
            "summary": "Helps to find missing people: CCTV frames, photos and notes in; montages, pictures and reports out.",
            "description": f"{_CAUTION}\n\n{schemas.comments[_SERVICE.full_name]}",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "http://localhost:8080", "description": "This machine"}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        # The empty one: a server for this machine alone may ask for no key.
        "security": [{}, {"ApiKey": []}, {"Bearer": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted((schemas.components | errors).items())),
            "responses": RESPONSES,
            "securitySchemes": {
                "ApiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "ApiKeyInQuery": _in_query("api_key"),
                "TokenInQuery": _in_query("access_token"),
            },
        },
    }


def _in_query(name: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "query", "name": name, "description": "For a browser's EventSource, which sends no headers."}


def _operation(schemas: Schemas, method: MethodDescriptor, rule: http_pb2.HttpRule, path: str) -> dict[str, Any]:
    comment = schemas.comments[method.full_name]
    in_path = re.findall(r"\{(\w+)\}", path)
    request = method.input_type
    operation: dict[str, Any] = {
        "operationId": method.name[0].lower() + method.name[1:],
        "tags": [_TAG_OF_FOLDER.get(re.split("[/:]", path)[3], "System")],
        "summary": summary_of(comment),
        "description": comment,
    }
    fields = [field for field in request.fields if field.json_name not in in_path]
    if parameters := [*_path_parameters(schemas, request, in_path), *_query_parameters(schemas, fields, rule)]:
        operation["parameters"] = parameters
    if rule.body == "*" and fields:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas.reference(request)}}}
        for name in in_path:
            schemas.components[request.name]["properties"].pop(name, None)
    elif rule.body not in ("*", ""):
        operation["requestBody"] = _UPLOAD_BODY
    operation["responses"] = {
        "200": _RAW_ANSWERS[method.name] if method.output_type.name == "HttpBody" else _json_answer(schemas, method.output_type),
        **error_responses(
            of_one=bool(in_path),
            submits="request_id" in request.fields_by_name,
            has_body="requestBody" in operation,
            streams=method.server_streaming,
        ),
    }
    if method.name == "StreamJobEvents":
        operation["parameters"].append(_LAST_EVENT_ID)
        operation["security"] = [{}, {"ApiKey": []}, {"Bearer": []}, {"ApiKeyInQuery": []}, {"TokenInQuery": []}]
    return operation


def _json_answer(schemas: Schemas, message: Descriptor) -> dict[str, Any]:
    description = summary_of(schemas.comments[message.full_name]) + ". Fields that are zero, false or empty are left out."
    return {"description": description, "content": {"application/json": {"schema": schemas.reference(message)}}}


def _path_parameters(schemas: Schemas, request: Descriptor, in_path: list[str]) -> Iterator[dict[str, Any]]:
    for name in in_path:
        field = next(field for field in request.fields if field.json_name == name)
        yield {"name": name, "in": "path", "required": True, **_described(schemas.field(field))}


def _query_parameters(
    schemas: Schemas, fields: list[FieldDescriptor], rule: http_pb2.HttpRule, prefix: str = ""
) -> Iterator[dict[str, Any]]:
    """What is neither in the path nor in the body; fields of messages by dotted names."""
    if rule.body == "*":
        return
    for field in fields:
        if field.name == rule.body:
            continue
        name = prefix + field.json_name
        if field.message_type is not None and field.message_type.full_name != "google.protobuf.Timestamp":
            yield from _query_parameters(schemas, list(field.message_type.fields), rule, f"{name}.")
            continue
        parameter = {"name": name, "in": "query", **_described(schemas.field(field))}
        if is_required(field):
            parameter["required"] = True
        if field.is_repeated:
            parameter |= {"style": "form", "explode": True}
        yield parameter


def _described(schema: Schema) -> dict[str, Any]:
    return {"description": schema["description"], "schema": {key: value for key, value in schema.items() if key != "description"}}


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)


OPENAPI = GeneratedFile(
    path=ROOT / "docs" / "openapi.json",
    make=lambda: json.dumps(make_document(), ensure_ascii=False, indent=2) + "\n",
    command="python scripts/openapi.py",
)

if __name__ == "__main__":
    sys.exit(OPENAPI.main())
