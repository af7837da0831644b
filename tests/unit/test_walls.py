"""Walls that an import checker cannot see: which functions are called where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IMAGING = ROOT / "services" / "common" / "imaging"
CODECS = {"imdecode", "imencode", "imread", "imwrite", "imdecodemulti"}
LIBRARIES = {"PIL", "simplejpeg", "imageio"}


def sources() -> Iterator[Path]:
    """Every hand-written source file of the services."""
    for path in (ROOT / "services").rglob("*.py"):
        if IMAGING not in path.parents:
            yield path


def decoders(path: Path) -> Iterator[str]:
    """Where a file decodes or encodes pictures."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in CODECS:
            yield f"{path.relative_to(ROOT)}:{node.lineno} calls {node.attr}"
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name.partition(".")[0] in LIBRARIES:
                yield f"{path.relative_to(ROOT)}:{node.lineno} imports {name}"


def test_only_imaging_decodes_and_encodes_pictures() -> None:
    assert [found for path in sources() for found in decoders(path)] == []


def test_the_check_for_decoders_finds_them() -> None:
    assert [found for path in IMAGING.rglob("*.py") for found in decoders(path)] != []


def imported(path: Path) -> Iterator[str]:
    """Top-level packages that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name.partition(".")[0] for name in names)


def test_the_former_scripts_import_no_service() -> None:
    # They run on the caller's side, where they may use Pillow: their callers expect its pictures back.
    scripts = list((ROOT / "legacy").rglob("*.py"))
    assert scripts
    assert [path.name for path in scripts if "services" in imported(path)] == []


def test_no_file_names_a_path_of_the_machine_it_was_made_on() -> None:
    marks = ("/" + "work/", "../" + "shared", "/" + "root/")
    folders = ("dasibom", "services", "gateway", "scripts", "protos", "tests", "docs", "samples", "k8s", "legacy")
    texts = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".proto", ".j2", ".json", ".yaml"}
    ]
    assert [str(path.relative_to(ROOT)) for path in texts if any(mark in path.read_text(errors="replace") for mark in marks)] == []
