"""The states of a job, numbered as in `dasibom.orchestrator.v1.JobState`."""

from __future__ import annotations

from enum import IntEnum


class JobState(IntEnum):
    """Where a job is in its life."""

    QUEUED = 1  # accepted; waits for a worker
    RUNNING = 2  # a worker holds its lease
    SUCCEEDED = 3  # ended with a result
    FAILED = 4  # ended by an error; may be retried
    CANCELLED = 5  # ended on request; may be retried

    @property
    def terminal(self) -> bool:
        """Whether a job in this state has ended."""
        return self in TERMINAL


TERMINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
RETRYABLE = frozenset({JobState.FAILED, JobState.CANCELLED})
