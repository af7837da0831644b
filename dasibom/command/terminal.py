"""Where the command writes: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console

_CONTROL = {number: "\N{REPLACEMENT CHARACTER}" for number in (*range(32), *range(127, 160)) if number not in {9, 10}}

# Texts come from services and files, so none of them is taken for markup.
out = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _typed() -> str:
    """How this command is typed here: by its name where the shell finds it, else by its path."""
    own = Path(sys.executable).with_name("dasibom")
    found = shutil.which("dasibom")
    if not own.exists() or (found and Path(found).resolve() == own.resolve()):
        return "dasibom"
    here = Path.cwd()
    return shlex.quote(str(own.relative_to(here) if own.is_relative_to(here) else own))


COMMAND = _typed()  # for what people are told to type


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
