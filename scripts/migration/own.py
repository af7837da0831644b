"""Results that are DasiBom's own: the scripts in `legacy/` write under the former names, and their jobs need no migration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from dasibom.layouts import CONTEXT_QUESTIONS, DETAIL_QUESTIONS, MONTAGE_QUESTIONS

from .answers import answered
from .runs import run_folder, without_stamp
from .source import Source, SourceFile

_MANIFEST = "manifest.json"
_OUR_NAMES = ("다시봄", "DasiBom")
_OUR_QUESTIONS = {question.text for question in (*MONTAGE_QUESTIONS, *CONTEXT_QUESTIONS, *DETAIL_QUESTIONS)}
_HEADING_LETTERS = 300


def own_addresses(source: Source, files: Iterable[SourceFile]) -> set[str]:
    """Addresses of files that a manifest beside them lists, and of the manifests. Raises SourceUnavailable as `read` does."""
    listed = list(files)
    found: set[str] = set()
    for manifest in (file for file in listed if without_stamp(file.name) == _MANIFEST):
        names = set(_names(source.read(manifest)))
        if names:
            place = run_folder(manifest)
            found.add(manifest.address)
            found.update(file.address for file in listed if file.name in names and run_folder(file) == place)
    return found


def is_own(texts: Mapping[str, str]) -> bool:
    """Whether texts say that DasiBom wrote them: by its name in a heading, or by its own wording of the questions."""
    asked = {found.question for text in texts.values() for found in answered(text)}
    named = any(name in text[:_HEADING_LETTERS] for text in texts.values() for name in _OUR_NAMES)
    return named or bool(asked and asked <= _OUR_QUESTIONS)


def _names(data: bytes) -> Iterator[str]:
    """Names of the files that a manifest lists; none when it is another program's."""
    try:
        document = json.loads(data)
    except ValueError:
        return
    if isinstance(document, dict) and "job" in document and isinstance(document.get("files"), dict):
        yield from (str(place).replace("\\", "/").rpartition("/")[2] for place in document["files"].values())
