"""Reports: what an investigator reads, prints and hands on."""

from services.orchestrator.reports.embedding import embed
from services.orchestrator.reports.html import render_html
from services.orchestrator.reports.page import Page, make_page
from services.orchestrator.reports.pdf import PdfFailed, render_pdf
from services.orchestrator.reports.plain import render_text
from services.orchestrator.reports.report import Figure, GivenPicture, Report

__all__ = [
    "Figure",
    "GivenPicture",
    "Page",
    "PdfFailed",
    "Report",
    "embed",
    "make_page",
    "render_html",
    "render_pdf",
    "render_text",
]
