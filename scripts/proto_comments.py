"""The comments of the protos, by the full name of what they stand at."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTORS = ROOT / "build" / "descriptors.binpb"
_PACKAGE = "dasibom."  # comments of other people's protos are theirs
_LONG = 80  # characters


def read_comments(path: Path = DESCRIPTORS) -> dict[str, str]:
    """Comments as Markdown, by full name: `package.Message`, `package.Message.field`, `package.Enum.VALUE`, `package.Service.Method`.

    Field names inside are written as JSON writes them (`request_id` → `requestId`); instructions to buf are left out.

    Raises:
        FileNotFoundError: the protos are not compiled.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there; make it with `make protos`")
    files = [file for file in FileDescriptorSet.FromString(path.read_bytes()).file if file.package.startswith(_PACKAGE)]
    json_names = {field.name: field.json_name for file in files for message in file.message_type for field in message.field}
    # Values of fields may read like names of fields; only those of alternatives do here (`super_resolution`, a kind of case).
    for file in files:
        for message in file.message_type:
            for field in message.field:
                if field.HasField("oneof_index") and not field.proto3_optional:
                    json_names.pop(field.name, None)
    return {name: _markdown(comment, json_names) for file in files for name, comment in _comments(file)}


def _comments(file: FileDescriptorProto) -> list[tuple[str, str]]:
    found = []
    for location in file.source_code_info.location:
        # A path is pairs of field number and index; comments at syntax, package and options have odd paths, those at imports name nothing.
        if not location.leading_comments or len(location.path) % 2 or location.path[0] == FileDescriptorProto.DEPENDENCY_FIELD_NUMBER:
            continue
        node: Any = file
        name = file.package
        for number, index in zip(location.path[::2], location.path[1::2], strict=True):
            node = getattr(node, node.DESCRIPTOR.fields_by_number[number].name)[index]
            name += f".{node.name}"
        found.append((name, location.leading_comments))
    return found


def _markdown(comment: str, json_names: dict[str, str]) -> str:
    lines = [line.strip() for line in comment.splitlines() if not line.strip().startswith("buf:lint:ignore")]
    paragraphs = re.split(r"\n\n+", "\n".join(lines).strip())
    text = "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)
    # After `label` and before an arrow stands a key, which only reads like a field.
    return re.sub(r"(?<!label )`(\w+)`(?! →)", lambda match: f"`{json_names.get(match[1], match[1])}`", text)


def summary_of(comment: str) -> str:
    """The first sentence without its full stop, or its first part when it is long."""
    sentence = re.split(r"\.(?:\s|$)", comment, maxsplit=1)[0]
    return sentence if len(sentence) <= _LONG else re.split(r"[:;]\s", sentence, maxsplit=1)[0]
