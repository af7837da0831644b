"""Reports: what an investigator reads, prints and hands on."""

from services.orchestrator.reports.html import render_html
from services.orchestrator.reports.report import Figure, Report

__all__ = ["Figure", "Report", "render_html"]
