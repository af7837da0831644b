"""When and how often a call is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from dasibom.client.errors import DasibomError, Unavailable


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Calls are repeated on UNAVAILABLE alone (AIP-194), after exponentially growing pauses.

    That is safe: submits carry a request id, so a repeated one answers the same job, and `retry` and `delete`, whose repetition would be
    told that there is nothing to do, are never repeated. Every other error is the answer.
    """

    attempts: int = 5  # tries of one call altogether, 1 or more
    initial_seconds: float = 0.2  # pause before the second try
    multiplier: float = 2.0  # how much longer each pause is than the one before
    most_seconds: float = 5.0  # longest pause
    jitter: float = 0.2  # share by which a pause may be longer or shorter by chance, so that callers do not come back together
    reconnect_seconds: float = 120.0  # how long `watch` goes on trying to come back after its stream was cut

    def pause(self, attempt: int, error: DasibomError | None = None) -> float:
        """Seconds to wait after a failed try.

        Args:
            attempt: number of that try, from 1.
            error: what it ended with; a service that says when to come back is obeyed.
        """
        if error is not None and error.retry_after is not None:
            return error.retry_after
        pause = min(self.most_seconds, self.initial_seconds * self.multiplier ** (attempt - 1))
        return pause * random.uniform(1 - self.jitter, 1 + self.jitter)

    def allows(self, attempt: int, error: DasibomError) -> bool:
        """Whether a call that failed in this try is made again."""
        return isinstance(error, Unavailable) and attempt < self.attempts
