"""The report as a PDF file, typeset by Typst from data: no text of a report is ever read as markup."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import typst

from services.common import imaging
from services.orchestrator.reports.page import Page


class PdfFailed(Exception):
    """The report could not be typeset; the text says why, for the log."""


async def render_pdf(page: Page) -> bytes:
    """Typeset a report; the same page gives the same bytes.

    Raises:
        PdfFailed: Typst could not do it.
    """
    return await asyncio.to_thread(_render, page)


def _render(page: Page) -> bytes:
    with TemporaryDirectory(prefix="dasibom-report-") as name:
        folder = Path(name)
        template = resources.files("services.orchestrator.reports").joinpath("report.typ").read_text(encoding="utf-8")
        (folder / "report.typ").write_text(template, encoding="utf-8")
        (folder / "page.json").write_text(json.dumps(page, default=_plain, ensure_ascii=False), encoding="utf-8")
        for picture in page.pictures:
            (folder / picture.file).write_bytes(picture.data)
        try:
            compiler = typst.Compiler(str(folder / "report.typ"), root=name, font_paths=_fonts())
            made = compiler.compile(format="pdf", timestamp=page.submitted_at.replace(microsecond=0))
        except BaseException as error:  # a panic of its Rust code is no `Exception`
            raise PdfFailed(str(error)) from error
    if not isinstance(made, bytes):
        raise PdfFailed("Typst gave no single file")
    return made


@cache
def _fonts() -> typst.Fonts:
    """NanumGothic and Typst's own fonts, never those of the machine: the same page looks the same everywhere."""
    return typst.Fonts(include_system_fonts=False, font_paths=[imaging.korean_font_file().parent])


def _plain(value: object) -> object:
    """What JSON has no word for."""
    if isinstance(value, bytes):
        return None  # pictures lie beside the data
    if isinstance(value, datetime):
        return [value.year, value.month, value.day]
    return vars(value)
