"""Where originals and artifacts are kept, and how pictures from elsewhere come in."""

from services.orchestrator.storage.base import ObjectNotFound, ObjectStat, Storage, StorageUnavailable, StoredObject
from services.orchestrator.storage.factory import open_storage
from services.orchestrator.storage.fetch import FetchFailed, FetchPolicy, FetchRefused, GuardedFetcher
from services.orchestrator.storage.foreign import ForeignObjects

__all__ = [
    "FetchFailed",
    "FetchPolicy",
    "FetchRefused",
    "ForeignObjects",
    "GuardedFetcher",
    "ObjectNotFound",
    "ObjectStat",
    "Storage",
    "StorageUnavailable",
    "StoredObject",
    "open_storage",
]
