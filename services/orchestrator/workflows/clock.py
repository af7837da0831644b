"""The part of the day that a time on the clock falls into."""

from __future__ import annotations

import re

from services.orchestrator.workflows.vocabulary import normal

_TIME = re.compile(r"(오전|오후|\bam\b|\bpm\b)?\s*(?<!\d)(\d{1,2})\s*(?:시|:\d{2}|(?=\s*(?:am|pm)\b))(?:\s*\d{1,2}분)?\s*(am\b|pm\b)?")
_MORNING, _EVENING, _NIGHT = 6, 17, 20  # o'clock, at which day, evening and night begin


def part_of_day(text: str) -> str | None:
    """`day`, `evening` or `night`; None without a time, or when it may be either half of the day (`7시`)."""
    found = _TIME.search(normal(text))
    if found is None:
        return None
    hour, half = int(found.group(2)), found.group(1) or found.group(3)
    if half in ("오후", "pm") and hour < 12:
        hour += 12
    elif half in ("오전", "am") and hour == 12:
        hour = 0
    elif half is None and 1 <= hour <= 12:
        return None
    if hour > 24:
        return None
    return "day" if _MORNING <= hour < _EVENING else "evening" if _EVENING <= hour < _NIGHT else "night"
