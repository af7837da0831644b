"""Where the command writes: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console

_CONTROL = {number: "\N{REPLACEMENT CHARACTER}" for number in (*range(32), *range(127, 160)) if number not in {9, 10}}

# Texts come from services and files, so none of them is taken for markup.
out = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def plain(text: str) -> str:
    """A text from elsewhere, without what a terminal would obey."""
    return text.translate(_CONTROL)


def as_data(message: Message) -> dict[str, Any]:
    """A message as the REST interface writes it."""
    return MessageToDict(message)


def write_json(document: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()
