"""The tables of the job history. `migrations/` builds them; a test keeps the two alike."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
)

from services.orchestrator.history.columns import PlainText, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up by itself only in a column of type INTEGER.
_RowId = BigInteger().with_variant(Integer, "sqlite")

jobs = Table(
    "jobs",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("kind", Integer, nullable=False),  # dasibom.orchestrator.v1.JobKind
    Column("state", Integer, nullable=False),  # JobState
    Column("display_name", PlainText, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("request_type", PlainText, nullable=False),  # full name of the submit message; empty when the job was imported
    Column("request", LargeBinary, nullable=False),  # the submit message, serialized
    Column("request_id", PlainText, unique=True),
    Column("request_sha256", PlainText, nullable=False),  # of the request as it came: the same request_id must come with the same content
    Column("language", PlainText, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("models", JSON, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("progress", LargeBinary),  # dasibom.orchestrator.v1.JobProgress, serialized
    Column("result", LargeBinary),  # dasibom.orchestrator.v1.JobResult, serialized
    Column("error", LargeBinary),  # google.rpc.Status, serialized
    Column("cancel_requested", Boolean, nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("start_time", UtcTime),
    Column("end_time", UtcTime),
    Column("update_time", UtcTime, nullable=False),
    Column("lease_owner", PlainText),
    Column("lease_expires", UtcTime),
    Column("fencing_token", BigInteger, nullable=False),  # counts the leases ever given; only the holder of the latest may write
    Column("recoveries", Integer, nullable=False),  # takeovers of an expired lease in this attempt
    Column("last_event", BigInteger, nullable=False),
    Column("enqueued_time", UtcTime),  # when a wake-up was last sent; null when one is due at once
    Index(None, "create_time", "id"),
    Index(None, "state", "end_time"),
)

# The labels once more, one a row, to find jobs by.
job_labels = Table(
    "job_labels",
    metadata,
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", PlainText, primary_key=True),
    Column("value", PlainText, nullable=False),
    Index(None, "name", "value"),
)

files = Table(
    "files",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("media_type", PlainText, nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("sha256", PlainText, nullable=False),  # hex
    Column("width", Integer, nullable=False),  # pixels, upright; 0 when it is no picture
    Column("height", Integer, nullable=False),
    Column("create_time", UtcTime, nullable=False),
    Column("storage_key", PlainText, nullable=False, unique=True),
    Column("origin", PlainText, nullable=False),  # FileOrigin
    Index(None, "origin", "create_time"),
)

# The files that a job works on. Those that it made are in `artifacts`.
job_inputs = Table(
    "job_inputs",
    metadata,
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("file", ForeignKey("files.id"), primary_key=True, index=True),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", PlainText, primary_key=True),
    Column("position", Integer, nullable=False),  # from 1, in the order of first saving
    Column("file", ForeignKey("files.id"), nullable=False, unique=True),
    Column("record", LargeBinary, nullable=False),  # dasibom.orchestrator.v1.Artifact, serialized
)

# Pictures that lie under a public name; each is erased with the job that it is of.
publications = Table(
    "publications",
    metadata,
    Column("storage_key", PlainText, primary_key=True),
    Column("job", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("time", UtcTime, nullable=False),
)

# What storage has yet to erase: written with the rows' deletion, so that a crash in between leaves nothing behind.
erasures = Table(
    "erasures",
    metadata,
    Column("storage_key", PlainText, primary_key=True),  # with `/` at its end: everything below
    Column("time", UtcTime, nullable=False),
)

# Append-only, as audit_log.
deletions = Table(
    "deletions",
    metadata,
    Column("job", PlainText, primary_key=True),
    Column("time", UtcTime, nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("counts", JSON, nullable=False),  # what was erased, by kind
)

# Append-only: triggers refuse to change or delete a row.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", _RowId, primary_key=True, autoincrement=True),
    Column("time", UtcTime, nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("action", PlainText, nullable=False),
    Column("subject", PlainText, nullable=False, index=True),
    Column("detail", JSON, nullable=False),
)
