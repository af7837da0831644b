"""All cases, and which of them are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks_gpu import flux, hat, insightface, llava, paligemma, realesrgan, sdxl
from benchmarks_gpu.case import Case

_FAMILIES = (paligemma, llava, sdxl, flux, insightface, realesrgan, hat)


def all_cases(*, tiny: bool) -> list[Case]:
    """Every case, at its published size or tiny."""
    return [case for family in _FAMILIES for case in (family.tiny_cases() if tiny else family.cases())]


def chosen(cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """Those whose service or model is named; all when nothing is.

    Raises:
        ValueError: a name is of none; the message lists those there are.
    """
    known = {case.service for case in cases} | {case.model for case in cases}
    if unknown := [name for name in names if name not in known]:
        listed = ", ".join(dict.fromkeys([case.service for case in cases] + [case.model for case in cases]))
        raise ValueError(f"there is nothing to measure called {unknown[0]!r}; there are: {listed}")
    return [case for case in cases if not names or {case.service, case.model} & set(names)]
