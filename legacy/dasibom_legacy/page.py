"""`final_report.html` of case 1, in the two forms that it had."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from dasibom_legacy.pictures import as_jpeg


@dataclass(frozen=True, kw_only=True)
class ReportFrame:
    """One frame of the report."""

    number: int
    original: Image.Image
    enhanced: Image.Image | None
    text: str


@dataclass(frozen=True, kw_only=True)
class LocalPicture:
    """A picture that lies beside the page."""

    title: str
    file: str
    synthetic: bool


def full_report(
    *,
    case_id: str,
    created: str,
    model: str,
    summary: str,
    montage: Image.Image | None,
    frames: Sequence[ReportFrame],
    techniques: Sequence[str],
) -> str:
    """The later form: everything in one file, pictures embedded as JPEG.

    Args:
        case_id: of the run.
        created: time in UTC, as it is shown.
        model: name of the model that looked at the frames.
        summary: of the findings.
        montage: left out when None.
        frames: with what was found in each.
        techniques: what was used, a line each.
    """
    return (
        templates()
        .get_template("final_report.html.j2")
        .render(case_id=case_id, created=created, model=model, summary=summary, montage=montage, frames=frames, techniques=techniques)
    )


def local_report(*, folder: str, model: str, analysis: str, pictures: Sequence[LocalPicture], techniques: Sequence[str]) -> str:
    """The first form, which lies in a folder beside its pictures and shows them from there.

    Args:
        folder: name of that folder.
        model: name of the model that looked at the frames.
        analysis: what was found.
        pictures: by file name.
        techniques: what was used, a line each.
    """
    return (
        templates()
        .get_template("final_report_local.html.j2")
        .render(folder=folder, model=model, analysis=analysis, pictures=pictures, techniques=techniques)
    )


@cache
def templates() -> Environment:
    """Pages by file name; values are escaped."""
    folder = Path(__file__).parent / "templates"
    loader = FileSystemLoader(folder)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["data_url"] = lambda picture: f"data:image/jpeg;base64,{base64.b64encode(as_jpeg(picture)).decode()}"
    return made
