"""What can go wrong with the job history, as its callers are told."""

from __future__ import annotations

from sqlalchemy.exc import DontWrapMixin

from services.common.errors import AlreadyExists, FailedPrecondition, InvalidRequest, NotFound, Unavailable


class JobNotFound(NotFound):
    """There is no job with this id."""

    reason = "JOB_NOT_FOUND"

    def __init__(self, job: str) -> None:
        super().__init__(f"There is no job {job!r}.", metadata={"job": job})


class FileNotFound(NotFound):
    """There is no file with this id."""

    reason = "FILE_NOT_FOUND"

    def __init__(self, file: str) -> None:
        super().__init__(f"There is no file {file!r}.", metadata={"file": file})


class RequestIdReused(AlreadyExists):
    """The request id was used before, for a request with other content."""

    reason = "REQUEST_ID_REUSED"

    def __init__(self, request_id: str, job: str) -> None:
        super().__init__(
            f"Request id {request_id!r} belongs to job {job!r}, which was submitted with other content; use a new request id.",
            metadata={"request_id": request_id, "job": job},
        )


class WrongState(FailedPrecondition):
    """The job's state does not allow this."""

    reason = "WRONG_JOB_STATE"


class NotMigrated(FailedPrecondition):
    """The database has not the tables of this version; start the API or a worker once, which brings it up to date."""

    reason = "NOT_MIGRATED"


class BadPageToken(InvalidRequest):
    """The page token is not one of this list."""

    reason = "BAD_PAGE_TOKEN"

    def __init__(self, why: str) -> None:
        super().__init__(f"page_token {why}; start again without one.", field_violations=[("page_token", why)])


# SQLAlchemy would wrap what a column type raises into an error of its own.
class UnstorableText(InvalidRequest, DontWrapMixin):
    """Text may not contain the character U+0000."""

    reason = "UNSTORABLE_TEXT"


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached now; try again."""

    reason = "DATABASE_UNAVAILABLE"


class LeaseLost(Exception):
    """The job is no longer this worker's: its lease has passed to another, or the job has ended. Internal: no caller sees it."""

    def __init__(self, job: str, fencing_token: int) -> None:
        super().__init__(f"job {job} is no longer held with fencing token {fencing_token}")
        self.job = job
