"""The language in which the command speaks to people: Korean, or English on request."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Literal

Language = Literal["ko", "en"]


def choose_language(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """`--lang`, else `DASIBOM_LANG`, else English where the locale is an English one, else Korean."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return "en" if argument.removeprefix("--lang=").lower().startswith("en") else "ko"
        if argument == "--lang":
            return "en" if "".join(arguments[position + 1 : position + 2]).lower().startswith("en") else "ko"
    locale = next((value for name in ("DASIBOM_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return "en" if locale.lower().startswith("en") else "ko"


# Help texts are made while commands are declared, so the language is fixed once, for the whole process.
LANGUAGE: Language = choose_language(sys.argv[1:], os.environ)


def say(korean: str, english: str) -> str:
    """The one of both that people shall read."""
    return english if LANGUAGE == "en" else korean
