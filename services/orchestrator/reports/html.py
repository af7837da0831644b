"""The report as one HTML page that needs nothing else: to read, to print on A4, to hand on."""

from __future__ import annotations

import asyncio
import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.orchestrator.reports.fonts import font_source
from services.orchestrator.reports.page import Page

_PAGES = Environment(
    loader=PackageLoader("services.orchestrator", "reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_EMBEDDED = re.compile(r'data:[^"]+')


async def render_html(page: Page) -> bytes:
    """Render a report; the same page gives the same bytes.

    Returns:
        UTF-8.
    """
    return (await asyncio.to_thread(_render, page)).encode()


def _render(page: Page) -> str:
    template = _PAGES.get_template("report.html.j2")
    # Twice: the page must be there to know its letters.
    letters = "".join(sorted(set(_EMBEDDED.sub("", template.render(page=page, t=page.words, regular="", bold="")))))
    return template.render(page=page, t=page.words, regular=font_source(letters), bold=font_source(letters, bold=True))
