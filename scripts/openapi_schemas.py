"""JSON Schemas (2020-12, as OpenAPI 3.1 has them) of messages, as proto3 JSON writes them."""

from __future__ import annotations

import math
import re
from typing import Any, TypeAlias

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, OneofDescriptor
from proto_comments import DESCRIPTORS, read_comments

from buf.validate import validate_pb2

Schema: TypeAlias = dict[str, Any]

_INT32 = {"type": "integer", "format": "int32"}
_INT64 = {"type": "string", "format": "int64", "pattern": "^-?[0-9]{1,19}$"}
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_INT32: _INT32,
    # Generators have no unsigned type; int64 holds every value.
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**32 - 1},
    FieldDescriptor.TYPE_INT64: _INT64,
    # `format: byte` for generators that do not know contentEncoding yet.
    FieldDescriptor.TYPE_BYTES: {"type": "string", "format": "byte", "contentEncoding": "base64"},
}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$", "examples": ["1.500s"]},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.rpc.Status": {"$ref": "#/components/schemas/Status"},
}
# Rules of buf.validate that have a word of JSON Schema.
_KEYWORDS = {
    "min_len": "minLength",
    "max_len": "maxLength",
    "pattern": "pattern",
    "gt": "exclusiveMinimum",
    "gte": "minimum",
    "lt": "exclusiveMaximum",
    "lte": "maximum",
    "min_items": "minItems",
    "max_items": "maxItems",
    "unique": "uniqueItems",
    "min_pairs": "minProperties",
    "max_pairs": "maxProperties",
}
_OF_PARTS = {"items": "items", "keys": "propertyNames", "values": "additionalProperties"}
# How comments of request fields begin that no caller sets.
_OF_THE_SERVER = "Set by the server alone"
# Generated clients have a type `File` of their own, for bodies of bytes (the browser's in TypeScript), and would take one for the other.
_TAKEN_NAMES = {"File": "UploadedFile"}


def schema_name(name: str) -> str:
    """Under which name the message or enum of this name stands in the document."""
    return _TAKEN_NAMES.get(name, name)


class Schemas:
    """The schemas of all messages that were asked for, and of those that they hold."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self.comments = read_comments(DESCRIPTORS)
        self._names: dict[str, str] = {}

    def reference(self, described: Descriptor | EnumDescriptor) -> Schema:
        """A `$ref` to the schema of a message or enum, which is made when it is asked for first.

        Raises:
            ValueError: another type has the same short name.
        """
        name = schema_name(described.name)
        if self._names.setdefault(name, described.full_name) != described.full_name:
            raise ValueError(f"{described.full_name} and {self._names[name]} would share the schema name {name}")
        if name not in self.components:
            self.components[name] = {}  # a message may hold itself
            self.components[name] = self._enum(described) if isinstance(described, EnumDescriptor) else self._message(described)
        return {"$ref": f"#/components/schemas/{name}"}

    def field(self, field: FieldDescriptor) -> Schema:
        """The schema of a field, with its comment and its rules."""
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            schema: Schema = {"type": "object", "additionalProperties": self._value(kind.fields_by_name["value"])}
        elif field.is_repeated:
            schema = {"type": "array", "items": self._value(field)}
        else:
            schema = self._value(field)
        schema = _merged(schema, _constraints(rules_of(field)))
        if field.type == FieldDescriptor.TYPE_BYTES:
            _count_base64(schema)
        elif field.type == FieldDescriptor.TYPE_INT64:
            _write_bounds_as_pattern(schema)
        comment = self.comments[field.full_name]
        if comment.startswith(_OF_THE_SERVER):
            schema["readOnly"] = True
        if field.GetOptions().deprecated:
            schema["deprecated"] = True
        return schema | {"description": comment}

    def _value(self, field: FieldDescriptor) -> Schema:
        if field.enum_type is not None:
            return self.reference(field.enum_type)
        if field.message_type is not None:
            return dict(_WELL_KNOWN.get(field.message_type.full_name) or self.reference(field.message_type))
        return dict(_SCALARS[field.type])

    def _enum(self, enum: EnumDescriptor) -> Schema:
        # Zero means "not said": who does not say it, leaves the field out.
        values = [value for value in enum.values if value.number]
        meanings = [f"- `{value.name}`: {self.comments[f'{enum.full_name}.{value.name}']}" for value in values]
        return {
            "type": "string",
            "enum": [value.name for value in values],
            "description": "\n".join([self.comments[enum.full_name], "", *meanings]),
        }

    def _message(self, message: Descriptor) -> Schema:
        # Fields without presence are left out of answers when they are zero, so nothing in an answer is required.
        schema: Schema = {
            "type": "object",
            "description": self._message_description(message),
            "properties": {field.json_name: self.field(field) for field in message.fields},
        }
        if required := [field.json_name for field in message.fields if is_required(field)]:
            schema["required"] = required
        alternatives = choices(message)
        # Exactly one of all fields there are; generators make a plain class of it, which they do not of `oneOf`.
        if len(alternatives) == 1 and len(alternatives[0].fields) == len(message.fields) and _one_is_required(alternatives[0]):
            schema |= {"minProperties": 1, "maxProperties": 1}
        return schema

    def _message_description(self, message: Descriptor) -> str:
        parts = [self.comments[message.full_name]]
        for choice in choices(message):
            names = ", ".join(f"`{field.json_name}`" for field in choice.fields)
            parts.append(f"{'Exactly' if _one_is_required(choice) else 'At most'} one of {names} is set.")
        rules = message.GetOptions().Extensions[validate_pb2.message]
        parts.extend(f"Rule: {_in_json(rule.message, message)}." for rule in rules.cel)
        return "\n\n".join(parts)


def _in_json(text: str, message: Descriptor) -> str:
    """A rule's words with the names of fields as JSON writes them."""
    return re.sub(r"\w+", lambda word: getattr(message.fields_by_name.get(word[0]), "json_name", word[0]), text)


def choices(message: Descriptor) -> list[OneofDescriptor]:
    """The oneofs of a message, without those that only stand for `optional`."""
    return [oneof for oneof in message.oneofs if not (len(oneof.fields) == 1 and oneof.name == f"_{oneof.fields[0].name}")]


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """The field's rules of buf.validate."""
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return rules


def is_required(field: FieldDescriptor) -> bool:
    """Whether a request without the field is refused."""
    rules = rules_of(field)
    return rules.required or rules.repeated.min_items > 0


def _one_is_required(oneof: OneofDescriptor) -> bool:
    return bool(oneof.GetOptions().Extensions[validate_pb2.oneof].required)


def _constraints(rules: validate_pb2.FieldRules) -> Schema:
    """Rules as JSON Schema.

    Raises:
        ValueError: a rule has no counterpart here yet.
    """
    kind = rules.WhichOneof("type")
    found: Schema = {}
    for rule, value in getattr(rules, kind).ListFields() if kind else ():
        if rule.name in _KEYWORDS:
            found[_KEYWORDS[rule.name]] = value
        elif rule.name in _OF_PARTS:
            found[_OF_PARTS[rule.name]] = _constraints(value)
        elif rule.name == "in":
            found["enum"] = [allowed for allowed in value if allowed != ""]  # whoever wants it empty leaves it out
        elif rule.name == "uuid":
            found["format"] = "uuid"
        elif rule.name != "defined_only":  # which the names of the enum's values say
            raise ValueError(f"the rule {kind}.{rule.name} has no place in scripts/openapi_schemas.py yet")
    return found


def _merged(schema: Schema, more: Schema) -> Schema:
    return schema | {key: _merged(schema.get(key, {}), value) if isinstance(value, dict) else value for key, value in more.items()}


def _count_base64(schema: Schema) -> None:
    """Turn lengths of bytes into lengths of base64, whose padding may be left out."""
    if "minLength" in schema:
        schema["minLength"] = math.ceil(schema["minLength"] * 4 / 3)
    if "maxLength" in schema:
        schema["maxLength"] = math.ceil(schema["maxLength"] / 3) * 4


def _write_bounds_as_pattern(schema: Schema) -> None:
    """Bounds of a 64-bit integer, which JSON carries as text. Only "not negative" can be said."""
    if schema.pop("minimum", None) == 0:
        schema["pattern"] = "^[0-9]{1,18}$"
    if bounds := {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} & schema.keys():
        raise ValueError(f"{', '.join(sorted(bounds))} of a 64-bit integer cannot be written as a pattern")
