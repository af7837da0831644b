"""The models of one service: loaded on first use, kept within a memory budget, unloaded when nobody needs them.

One model is loaded or unloaded at a time, in a thread; whoever wants a model that is on its way waits for the same load. A model
counts as in use from the moment that a caller asks for it until the caller is done, and is never unloaded in between. To make room,
the least recently used idle models go first.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

from prometheus_client import Gauge, Histogram

from services.common.backend import Backend, ModelSpec, OutOfMemory, Unsupported
from services.common.errors import Draining, FailedPrecondition, NotFound, ResourceExhausted, ServiceError, Unavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOADED_MODELS = Gauge("dasibom_loaded_models", "Models in memory", ("service",))
_SECONDS = (0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300)
LOAD_SECONDS = Histogram("dasibom_model_load_seconds", "Time that loading a model took", ("service", "model"), buckets=_SECONDS)

_LONGEST_BACKOFF = 300.0  # seconds


class UnknownModel(NotFound):
    """This service has no model of that name."""

    reason = "UNKNOWN_MODEL"


class LicenceNotAccepted(FailedPrecondition):
    """The operator has not accepted this model's licence."""

    reason = "LICENCE_NOT_ACCEPTED"


class OutOfMemoryBudget(ResourceExhausted):
    """The memory budget has no room for this model."""

    reason = "OUT_OF_MEMORY_BUDGET"


class ModelBusy(FailedPrecondition):
    """Calls are running on this model."""

    reason = "MODEL_BUSY"


class ModelUnusable(FailedPrecondition):
    """Something that the model needs, such as its weights, is missing or wrong."""

    reason = "MODEL_UNUSABLE"


class NoDeviceMemory(ResourceExhausted):
    """The device has no room for the model."""

    reason = "OUT_OF_DEVICE_MEMORY"


class ModelLoadFailed(Unavailable):
    """The model could not be loaded."""

    reason = "MODEL_LOAD_FAILED"


class ModelStatus(Enum):
    """Where a model is between disk and memory."""

    UNLOADED = "unloaded"  # on disk only; the first use loads it
    LOADING = "loading"  # on its way into memory
    READY = "ready"  # in memory
    FAILED = "failed"  # could not be loaded; a use after the back-off tries again


@dataclass(frozen=True, kw_only=True)
class ModelState:
    """What is known of one model at one moment."""

    spec: ModelSpec
    is_default: bool  # requests that name no model get this one
    status: ModelStatus
    failure: str  # why it is FAILED, or why it will not be loaded; empty else
    since: datetime  # when status last changed, UTC
    device: str  # where it runs, such as `cpu` or `cuda:0`; empty while not in memory
    memory_bytes: int  # memory that it holds or is about to hold; 0 while not in memory
    in_use: int  # callers that have it or wait for it


@dataclass(kw_only=True, eq=False)
class _Entry:
    """The pool's own record of one model."""

    spec: ModelSpec
    status: ModelStatus = ModelStatus.UNLOADED
    since: datetime
    backend: Backend | None = None
    memory_bytes: int = 0
    users: int = 0
    last_used: float = 0.0  # seconds, monotonic clock
    load: asyncio.Task[ServiceError | None] | None = None  # the load under way, or waiting for its turn
    failure: ServiceError | None = None
    failures: int = 0  # in a row
    retry_at: float = 0.0  # seconds, monotonic clock
    idle_timer: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """In memory, and nobody needs it."""
        return self.status is ModelStatus.READY and self.users == 0


class ModelPool:
    """The models of one service. Use it from one event loop."""

    def __init__(
        self,
        specs: Iterable[ModelSpec],
        create: Callable[[ModelSpec], Backend],
        *,
        default: str,
        memory_budget_bytes: int = 0,
        idle_seconds: float = 0.0,
        accepted_licences: Collection[str] | None = None,
        licence_setting: str = "DASIBOM_ACCEPTED_LICENCES",
        backoff_seconds: float = 5.0,
        device: str = "cpu",
        service: str = "",
        on_change: Callable[[ModelState], None] | None = None,
    ) -> None:
        """Set the table and the bounds. Nothing is loaded yet.

        Args:
            specs: the service's model table.
            create: makes the backend of a table entry; called in a thread before each load.
            default: name of the model for requests that name none.
            memory_budget_bytes: memory that all loaded models may hold together; 0 for no bound.
            idle_seconds: time after the last use when a model is unloaded; 0 for never.
            accepted_licences: the only licences whose models may be loaded; None for all that allow commercial use.
            licence_setting: name of the setting that `accepted_licences` comes from, for messages.
            backoff_seconds: time after a failed load until a use tries again; doubles with each failure, up to 5 minutes.
            device: where backends run that have no `device` attribute of their own.
            service: label of the metrics.
            on_change: called on the event loop after each change of a model's status.
        """
        now = datetime.now(UTC)
        self._entries = {spec.name: _Entry(spec=spec, since=now) for spec in specs}
        self._default = default
        if default not in self._entries:
            raise ValueError(f"the default model {default!r} is none of: {', '.join(self._entries) or 'an empty table'}")
        self._create = create
        self._budget = memory_budget_bytes
        self._idle_seconds = idle_seconds
        self._accepted_licences = accepted_licences
        self._licence_setting = licence_setting
        self._backoff_seconds = backoff_seconds
        self._device = device
        self._service = service
        self._on_change = on_change
        self._turn = asyncio.Lock()  # held while a model is brought into memory or out of it
        self._tasks: set[asyncio.Task[object]] = set()
        self._released = asyncio.Event()
        self._closed = False

    def resolve(self, name: str = "") -> ModelSpec:
        """The table entry of `name`, of the default model when it is empty.

        Raises:
            UnknownModel: there is none; the message lists those there are.
        """
        return self._entry(name).spec

    def state(self, name: str = "") -> ModelState:
        """One model's state, the default one's when no name is given. Raises UnknownModel."""
        return self._state(self._entry(name))

    def states(self) -> list[ModelState]:
        """Every model's state, the default one first."""
        entries = sorted(self._entries.values(), key=lambda entry: entry.spec.name != self._default)
        return [self._state(entry) for entry in entries]

    def use(self, name: str = "") -> AbstractAsyncContextManager[Backend]:
        """Have a model in memory for as long as the context lasts: `async with pool.use(name) as backend`.

        Raises:
            UnknownModel: the service has no such model.
            LicenceNotAccepted: the settings do not accept its licence.
            OutOfMemoryBudget: it does not fit beside the models in use.
            ModelUnusable: something that it needs, such as its weights, is missing or wrong.
            ModelLoadFailed: it could not be loaded for another reason; `retry_after` says when a use tries again.
            Draining: the pool is closed.
        """
        return self._in_memory(self._entry(name), heed_backoff=True)

    async def load(self, name: str = "") -> None:
        """Bring a model into memory now, whatever the back-off says. Raises what `use` raises."""
        async with self._in_memory(self._entry(name), heed_backoff=False):
            pass

    async def unload(self, name: str = "") -> None:
        """Give a model's memory back. Does nothing when it holds none.

        Raises:
            UnknownModel: the service has no such model.
            ModelBusy: calls are running on it.
        """
        entry = self._entry(name)
        if entry.users or not await asyncio.shield(self._spawn(self._unload_idle(entry))):
            message = f"{entry.spec.name} is in use; unload it when the calls on it are done"
            raise ModelBusy(message, metadata={"model": entry.spec.name})

    async def close(self, grace: float = 30.0) -> None:
        """Refuse new uses and unload everything. Models still in use after `grace` seconds stay as they are."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while any(entry.users for entry in self._entries.values()):
                    self._released.clear()
                    await self._released.wait()
        for entry in self._entries.values():
            if not await asyncio.shield(self._spawn(self._unload_idle(entry))):
                logger.warning("%s is still in use and stays in memory", entry.spec.name)

    def _entry(self, name: str) -> _Entry:
        try:
            return self._entries[name or self._default]
        except KeyError:
            message = f"there is no model {name!r}; there are: {', '.join(self._entries)}"
            raise UnknownModel(message, metadata={"model": name}) from None

    def _state(self, entry: _Entry) -> ModelState:
        return ModelState(
            spec=entry.spec,
            is_default=entry.spec.name == self._default,
            status=entry.status,
            failure=entry.failure.message if entry.failure else self._licence_refusal(entry.spec),
            since=entry.since,
            device="" if entry.backend is None else str(getattr(entry.backend, "device", self._device)),
            memory_bytes=entry.memory_bytes,
            in_use=entry.users,
        )

    def _licence_refusal(self, spec: ModelSpec) -> str:
        """Why the model's licence keeps it from being loaded; empty when it does not."""
        if self._accepted_licences is None:
            problem = "" if spec.commercial_use else "does not allow commercial use"
        else:
            problem = "" if spec.licence in self._accepted_licences else "is not among the accepted ones"
        return problem and f"the licence of {spec.name}, {spec.licence}, {problem}; to accept it, name it in {self._licence_setting}"

    @contextlib.asynccontextmanager
    async def _in_memory(self, entry: _Entry, *, heed_backoff: bool) -> AsyncIterator[Backend]:
        if refusal := self._licence_refusal(entry.spec):
            raise LicenceNotAccepted(refusal, metadata={"model": entry.spec.name, "licence": entry.spec.licence})
        if self._closed:
            raise Draining
        entry.users += 1  # from here on the model cannot be unloaded
        try:
            if entry.backend is None:
                await self._share_load(entry, heed_backoff=heed_backoff)
            assert entry.backend is not None
            yield entry.backend
        finally:
            entry.users -= 1
            if entry.users == 0:
                self._released.set()
                self._start_idle_timer(entry)

    async def _share_load(self, entry: _Entry, *, heed_backoff: bool) -> None:
        """Wait for the load that is under way, or start one; a caller who leaves does not stop it."""
        if entry.load is None:
            seconds = entry.retry_at - time.monotonic()
            if heed_backoff and entry.failure is not None and seconds > 0:
                raise _again(entry.failure, retry_after=seconds)
            entry.load = self._spawn(self._load(entry))
        if (error := await asyncio.shield(entry.load)) is not None:
            raise _again(error, retry_after=error.retry_after)

    async def _load(self, entry: _Entry) -> ServiceError | None:
        """Load when its turn comes; gives what went wrong, because many may wait for it or none."""
        async with self._turn:
            try:
                if entry.users:  # else all who wanted it have left meanwhile
                    await self._make_room(entry.spec)
                    await self._load_now(entry)
            except OutOfMemoryBudget as error:
                return error
            finally:
                entry.load = None
            self._start_idle_timer(entry)
            return entry.failure

    async def _load_now(self, entry: _Entry) -> None:
        entry.failure = None
        entry.memory_bytes = entry.spec.memory_bytes
        self._change(entry, ModelStatus.LOADING)
        started = time.monotonic()
        backend = await asyncio.to_thread(_attempt, lambda: self._loaded_backend(entry.spec))
        if isinstance(backend, Exception):
            backoff = min(self._backoff_seconds * 2**entry.failures, _LONGEST_BACKOFF)
            entry.failures += 1
            entry.failure = _explain(entry.spec, backend, retry_after=backoff)
            entry.retry_at = time.monotonic() + backoff
            entry.memory_bytes = 0
            self._change(entry, ModelStatus.FAILED)
            return
        LOAD_SECONDS.labels(self._service, entry.spec.name).observe(time.monotonic() - started)
        entry.backend = backend
        entry.failures = 0
        self._change(entry, ModelStatus.READY)

    def _loaded_backend(self, spec: ModelSpec) -> Backend:
        backend = self._create(spec)
        backend.load()
        return backend

    async def _make_room(self, spec: ModelSpec) -> None:
        """Unload the least recently used idle models until `spec` fits. Unloads none when it cannot be made to fit."""
        while self._budget and (excess := self._held() + spec.memory_bytes - self._budget) > 0:
            idle = [entry for entry in self._entries.values() if entry.idle]
            if sum(entry.memory_bytes for entry in idle) < excess:
                message = f"{spec.name} needs {_mib(spec.memory_bytes)} of a budget of {_mib(self._budget)}; loaded: {self._loaded_text()}"
                retry_after = 5.0 if spec.memory_bytes <= self._budget else None  # later, calls may be done that are in its way
                raise OutOfMemoryBudget(message, metadata={"model": spec.name}, retry_after=retry_after)
            await self._unload(min(idle, key=lambda entry: entry.last_used))

    def _held(self) -> int:
        return sum(entry.memory_bytes for entry in self._entries.values())

    def _loaded_text(self) -> str:
        loaded = [entry for entry in self._entries.values() if entry.backend is not None]
        return ", ".join(f"{entry.spec.name} ({_mib(entry.memory_bytes)}, in use by {entry.users})" for entry in loaded) or "nothing"

    async def _unload_idle(self, entry: _Entry, *, since: float | None = None) -> bool:
        """Unload when its turn comes, unless the model is in use then, or has been after `since`; tells whether it was unloaded."""
        async with self._turn:
            if entry.users or since not in {None, entry.last_used}:
                return False
            await self._unload(entry)
            return True

    async def _unload(self, entry: _Entry) -> None:
        """Give an idle model's memory back, or forget a failure. The caller holds the turn."""
        backend, entry.backend = entry.backend, None
        entry.failure, entry.failures = None, 0
        if entry.status is not ModelStatus.UNLOADED:
            self._change(entry, ModelStatus.UNLOADED)
        if backend is not None:
            error = await asyncio.to_thread(_attempt, backend.unload)
            if error is not None:
                logger.error("%s did not unload cleanly", entry.spec.name, exc_info=error)
        entry.memory_bytes = 0

    def _start_idle_timer(self, entry: _Entry) -> None:
        """From now on the model is idle, if it is: unload it when that lasts."""
        used = entry.last_used = time.monotonic()
        if entry.idle_timer is not None:
            entry.idle_timer.cancel()
        if self._idle_seconds and entry.idle and not self._closed:
            loop = asyncio.get_running_loop()
            entry.idle_timer = loop.call_later(self._idle_seconds, lambda: self._spawn(self._unload_idle(entry, since=used)))

    def _change(self, entry: _Entry, status: ModelStatus) -> None:
        entry.status = status
        entry.since = datetime.now(UTC)
        LOADED_MODELS.labels(self._service).set(sum(each.status is ModelStatus.READY for each in self._entries.values()))
        if self._on_change is not None:
            self._on_change(self._state(entry))

    def _spawn(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _attempt(function: Callable[[], T]) -> T | Exception:
    """Call and give the exception back as a value: some, such as StopIteration, cannot cross from a thread to a waiter."""
    try:
        return function()
    except Exception as error:
        return error


def _explain(spec: ModelSpec, error: Exception, *, retry_after: float) -> ServiceError:
    """Say why a load failed, as far as it concerns those outside."""
    metadata = {"model": spec.name} | ({"cause": error.reason} if isinstance(error, ServiceError) else {})
    if isinstance(error, OutOfMemory):
        return NoDeviceMemory(f"{spec.name} could not be loaded: {error}", metadata=metadata, retry_after=retry_after)
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("services"):
        missing = f"the package {error.name} is not installed"
        return ModelUnusable(f"{spec.name} cannot be loaded: {missing}", metadata=metadata, retry_after=retry_after)
    # What a backend says in words is for those outside; what the operating system says has paths of this machine in it.
    if isinstance(error, FileNotFoundError | ValueError | Unsupported) and getattr(error, "errno", None) is None:
        return ModelUnusable(f"{spec.name} cannot be loaded: {error}", metadata=metadata, retry_after=retry_after)
    logger.error("%s could not be loaded", spec.name, exc_info=error)
    cause = str(error) if isinstance(error, ServiceError) else f"an unexpected {type(error).__name__}; the log of the service says more"
    return ModelLoadFailed(f"{spec.name} could not be loaded: {cause}", metadata=metadata, retry_after=retry_after)


def _again(error: ServiceError, *, retry_after: float | None) -> ServiceError:
    """The same error for another caller: an exception carries the traceback of whoever raises it."""
    return type(error)(error.message, metadata=error.metadata, retry_after=retry_after)


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"
