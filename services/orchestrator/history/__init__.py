"""Job truth: jobs, leases, files, artifacts and the audit log, in SQLite or PostgreSQL."""

from services.orchestrator.history.artifacts import ArtifactRecord
from services.orchestrator.history.audit import AuditEntry, DeletionRecord
from services.orchestrator.history.errors import (
    BadPageToken,
    DatabaseUnavailable,
    FileNotFound,
    JobNotFound,
    LeaseLost,
    NotMigrated,
    RequestIdReused,
    UnstorableText,
    WrongState,
)
from services.orchestrator.history.history import History
from services.orchestrator.history.imports import ImportedArtifact, ImportedJob
from services.orchestrator.history.leases import HeartbeatResult, Lease
from services.orchestrator.history.migrate import demand_migrated, migrate, migrate_when_reachable
from services.orchestrator.history.paging import JobFilter
from services.orchestrator.history.records import FileOrigin, FileRecord, JobRecord, JobSummary, NewFile, NewJob
from services.orchestrator.history.states import JobState

__all__ = [
    "ArtifactRecord",
    "AuditEntry",
    "BadPageToken",
    "DatabaseUnavailable",
    "DeletionRecord",
    "FileNotFound",
    "FileOrigin",
    "FileRecord",
    "HeartbeatResult",
    "History",
    "ImportedArtifact",
    "ImportedJob",
    "JobFilter",
    "JobNotFound",
    "JobRecord",
    "JobState",
    "JobSummary",
    "Lease",
    "LeaseLost",
    "NewFile",
    "NewJob",
    "NotMigrated",
    "RequestIdReused",
    "UnstorableText",
    "WrongState",
    "demand_migrated",
    "migrate",
    "migrate_when_reachable",
]
