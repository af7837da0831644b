"""Filters and page tokens of the list of jobs (AIP-158)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, literal, tuple_

from services.orchestrator.history.columns import UtcTime
from services.orchestrator.history.errors import BadPageToken
from services.orchestrator.history.records import JobSummary
from services.orchestrator.history.states import JobState
from services.orchestrator.history.tables import job_labels, jobs


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """Which jobs to list; an empty filter lets all pass."""

    states: frozenset[JobState] = frozenset()
    kinds: frozenset[int] = frozenset()
    label: tuple[str, str] | None = None  # name and value
    created_after: datetime | None = None  # at this time or later
    created_before: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a row of `jobs` must fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.states:
            found.append(jobs.c.state.in_(sorted(self.states)))
        if self.kinds:
            found.append(jobs.c.kind.in_(sorted(self.kinds)))
        if self.label:
            name, value = self.label
            found.append(exists().where(job_labels.c.job == jobs.c.id, job_labels.c.name == name, job_labels.c.value == value))
        if self.created_after:
            found.append(jobs.c.create_time >= self.created_after)
        if self.created_before:
            found.append(jobs.c.create_time < self.created_before)
        return found

    def fingerprint(self) -> str:
        """Return a text that is the same for equal filters alone."""
        times = [time and time.timestamp() for time in (self.created_after, self.created_before)]
        return json.dumps([sorted(self.states), sorted(self.kinds), self.label, *times])


def token_after(job: JobSummary, filters: JobFilter) -> str:
    """Return the token of the page that begins after `job`."""
    position = [job.create_time.isoformat(), job.id]
    return base64.urlsafe_b64encode(json.dumps([*position, _digest(position, filters)]).encode()).decode().rstrip("=")


def rows_after(token: str, filters: JobFilter) -> ColumnElement[bool]:
    """Return the condition for the rows of the page that `token` names.

    Raises:
        BadPageToken: the token is no token of ours, or was made for other filters.
    """
    try:
        time, job, digest = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        create_time = datetime.fromisoformat(time)
    except (binascii.Error, UnicodeError, TypeError, ValueError) as error:
        raise BadPageToken("is not one that this method gave") from error
    if digest != _digest([time, job], filters):
        raise BadPageToken("was made for other filters")
    return tuple_(jobs.c.create_time, jobs.c.id) < tuple_(literal(create_time, UtcTime), literal(job))


def _digest(position: list[str], filters: JobFilter) -> str:
    return hashlib.sha256(f"{position}{filters.fingerprint()}".encode()).hexdigest()[:16]
