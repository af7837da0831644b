"""docs/API.md taken apart: its endpoints, the examples of each, and the form of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, reduce
from pathlib import Path
from typing import Any, TypeAlias

from google.api import annotations_pb2

from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")

Shape: TypeAlias = "str | dict[str, Shape] | list[Shape]"
_MAPS = {"labels", "models", "parameters", "metadata"}
_BLOCK = re.compile(r"^```(\w*)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: `bash`, `json` with the message's name, `java`, `python`, or of no language."""

    language: str
    message: str
    text: str


def blocks(text: str = GUIDE) -> list[Block]:
    """The blocks of a text, in order."""
    return [Block(*found.groups(default="")) for found in _BLOCK.finditer(text)]


@dataclass(frozen=True)
class ErrorExample:
    """A row of a table of errors with a request that leads to it."""

    status: int
    reason: str
    verb: str
    path: str
    body: str


@dataclass(frozen=True)
class Endpoint:
    """What the guide says of one endpoint."""

    verb: str
    path: str
    text: str

    @cached_property
    def blocks(self) -> list[Block]:
        """Its blocks."""
        return blocks(self.text)

    @property
    def method(self) -> Any:
        """Descriptor of the method behind it."""
        for method in api.DESCRIPTOR.services_by_name["OrchestratorService"].methods:
            rule = method.GetOptions().Extensions[annotations_pb2.http]
            if getattr(rule, self.verb.lower()) == self.path:
                return method
        raise LookupError(f"no method answers {self.verb} {self.path}")

    def exchanges(self) -> Iterator[tuple[dict[str, Any], list[Block]]]:
        """Each documented request with the answers that follow it."""
        request = f"{self.method.input_type.name}"
        found: list[tuple[dict[str, Any], list[Block]]] = []
        for block in self.blocks:
            if block.message == request:
                found.append((json.loads(block.text), []))
            elif block.message and found:
                found[-1][1].append(block)
        yield from found

    def errors(self) -> list[ErrorExample]:
        """The errors with an example."""
        return list(error_examples(self.text, self.verb, self.path))


def error_examples(text: str, verb: str = "", path: str = "") -> Iterator[ErrorExample]:
    """The rows `status | reason | when | for example` of a text; an example without verb and path is a body for the given ones."""
    for status, reason, example in re.findall(r"^\| (\d{3}) \| `(\w+)`[^|]*\|[^|]*\| `(.*)` \|$", text, re.MULTILINE):
        named = re.fullmatch(r"(GET|POST|DELETE) (\S+)(?: (.*))?", example)
        yield ErrorExample(int(status), reason, *(named.groups(default="") if named else (verb, path, example)))


def endpoints() -> list[Endpoint]:
    """All endpoints, in the guide's order."""
    parts = re.split(r"^(?=##{1,2} )", GUIDE, flags=re.MULTILINE)
    found = []
    for part in parts:
        if heading := re.match(r"### (GET|POST|DELETE) (\S+)\n(.*)", part, re.DOTALL):
            found.append(Endpoint(*heading.groups()))
    return found


def section(heading: str) -> str:
    """The text below a heading of the second level, with all that is below it."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert found, f"the guide has no section {heading!r}"
    return found[1]


def shape(value: Any, key: str = "") -> Shape:
    """Keys and types of JSON; what a list holds is put together into one."""
    match value:
        case dict():
            if key in _MAPS and all(isinstance(item, str) for item in value.values()):
                return "map"
            return {name: shape(item, name) for name, item in value.items()}
        case list():
            return [reduce(both, (shape(item) for item in value))] if value else []
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
    raise TypeError(f"{key}: {value!r} is not what the API answers")


def both(one: Shape, other: Shape) -> Shape:
    """What has the keys of both. Raises TypeError where a key is of two types."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: both(one.get(key, other.get(key, "")), other.get(key, one.get(key, ""))) for key in one | other}
    if isinstance(one, list) and isinstance(other, list):
        items = [*one, *other]
        return [reduce(both, items)] if items else []
    if one != other:
        raise TypeError(f"{one} and {other} under the same key")
    return one


def documented(messages: Iterable[Block]) -> Shape:
    """The shape that all examples of a message have together."""
    return reduce(both, (shape(json.loads(block.text)) for block in messages))


def differences(real: Shape, told: Shape, where: str = "") -> list[str]:
    """What an answer has that the guide does not tell, or as another type; dotted paths."""
    if isinstance(real, dict) and isinstance(told, dict):
        found = [f"{where}.{key} is not told of" for key in real if key not in told]
        return found + [each for key in real if key in told for each in differences(real[key], told[key], f"{where}.{key}")]
    if isinstance(real, list) and isinstance(told, list):
        return differences(real[0], told[0], f"{where}[]") if real and told else [] if not real else [f"{where}[] is not told of"]
    return [] if real == told else [f"{where} is {real}, not {told}"]
