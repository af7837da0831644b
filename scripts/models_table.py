"""Write the tables of docs/MODELS.md from the manifest (`--check` only looks whether they are fresh); its text is written by hand."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from generated_file import ROOT, GeneratedFile

from services.common import manifest
from services.common.backend import ModelSpec
from services.common.settings import MIB

COMMAND = "python scripts/models_table.py"
DOCUMENT = ROOT / "docs" / "MODELS.md"

_BEGIN = f"<!-- Written by `{COMMAND}` from services/models.toml: begin -->\n"
_END = "<!-- end -->\n"
_HEADINGS = {
    "vqa": "Visual question answering (`vqa`)",
    "diffusion": "Image generation (`diffusion`)",
    "faceswap": "Faces (`faceswap`)",
    "superres": "Super-resolution (`superres`)",
}


def make_document() -> str:
    """The whole document: its text as it stands, its tables anew."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
    _, mark, after = rest.partition(_END)
    if not mark:
        raise ValueError(f"{DOCUMENT} has no place for the tables, between {_BEGIN.strip()} and {_END.strip()}")
    tables = [_table(_HEADINGS[service], specs) for service, specs in manifest.services().items()]
    return before + _BEGIN + "\n".join([*tables, _profiles(), ""]) + _END + after


def _table(heading: str, specs: Sequence[ModelSpec]) -> str:
    head = ["| model | family | what it does | licence | commercial use | memory | download |", "|---|---|---|---|---|---:|---:|"]
    return "\n".join([f"### {heading}", *head, *map(_row, specs), ""])


def _row(spec: ModelSpec) -> str:
    licence = f"[{spec.licence}]({spec.licence_url})" if spec.licence_url else spec.licence
    commercial = "yes" if spec.commercial_use else "**no**"
    memory = f"{spec.memory_bytes // MIB:,} MiB" if spec.memory_bytes else "none"
    cells = [f"`{spec.name}`", f"`{spec.backend}`", spec.description.replace("|", r"\|"), licence, commercial, memory, _download(spec)]
    return f"| {' | '.join(cells)} |"


def _download(spec: ModelSpec) -> str:
    files = [file for source in spec.sources if source.kind != "package" for file in source.files]
    if not files:
        return "none"
    weights = [file for file in files if not file.path.endswith((".json", ".txt", ".model", ".jinja"))]
    if not all(file.size for file in weights):
        return "not stated"
    size = sum(file.size for file in files)
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _profiles() -> str:
    rows = [f"| `{name}` | {', '.join(f'`{member}`' for member in members)} |" for name, members in manifest.profiles().items()]
    return "\n".join(["### Profiles", "| profile | models |", "|---|---|", *rows, ""])


MODELS = GeneratedFile(path=DOCUMENT, make=make_document, command=COMMAND)

if __name__ == "__main__":
    sys.exit(MODELS.main())
