"""One inference call, from its request to its result: model pool, batcher, progress, cancellation.

A servicer decodes the request and says which operation of the backend it wants; everything else is the same in every service:

    async for update in self.inference.run(context, model, "answer", lambda monitor: AnswerTask(..., monitor=monitor)):
        if isinstance(update, Progress): yield ...
        else: yield ...   # the Outcome, last
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import grpc.aio

from dasibom.common.v1.model_use_pb2 import ModelUse
from dasibom.common.v1.progress_pb2 import Progress
from services.common import manifest
from services.common.backend import Backend, ModelSpec, OutOfMemory, Unsupported
from services.common.batcher import Batcher, MonitoredTask
from services.common.errors import ResourceExhausted, Unimplemented
from services.common.messages import progress_of, use_of
from services.common.model_pool import ModelPool, ModelState
from services.common.monitor import ThreadMonitor
from services.common.outside import OutsideForbidden, demand_permission
from services.common.settings import MIB, BadSetting, ModelServiceSettings
from services.common.weights import missing

Result = TypeVar("Result")
Settings = TypeVar("Settings", bound=ModelServiceSettings)

Operation = Callable[[Any, Sequence[Any]], list[Any]]
"""Calls a backend with a batch of tasks and gives a result for each."""


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[Result]):
    """The end of a call that went well."""

    result: Result
    use: ModelUse


@dataclass(frozen=True, kw_only=True)
class _Key:
    """What calls must have in common to share a batch."""

    model: str
    operation: str
    shape: Hashable


class Inference:
    """The running models of one service. Make it on the event loop that serves."""

    def __init__(
        self,
        service: manifest.Service,
        settings: Settings,
        create: Callable[[ModelSpec, Settings], Backend],
        operations: Mapping[str, Operation],
        *,
        specs: Iterable[ModelSpec] | None = None,
        complete: Callable[[ModelSpec, Settings], ModelSpec] = lambda spec, _: spec,
    ) -> None:
        """Set up the pool and the batcher. Nothing is loaded yet.

        Args:
            service: name in metrics and results.
            settings: bounds and defaults.
            create: makes the backend of a model.
            operations: what backends can be asked to do, by name.
            specs: its models; None for the manifest's. The first is the default one unless the settings name another.
            complete: adds to a model what only the settings know, such as which one an outside server runs.

        Raises:
            BadSetting: the settings name a default model that does not exist, or a manifest that is none.
        """
        known = _manifest_models(service, settings) if specs is None else specs
        table = tuple(complete(spec, settings) for spec in known)
        _demand_default(service, settings, table)
        self.service: str = service
        self._settings = settings
        self._operations = dict(operations)
        self._backends: dict[str, Backend] = {}
        self._calls: Counter[str] = Counter()  # under way, by model
        self.pool = ModelPool(
            table,
            lambda spec: create(spec, settings),
            default=settings.default_model or table[0].name,
            memory_budget_bytes=settings.memory_budget_mib * MIB,
            idle_seconds=settings.idle_unload_seconds,
            accepted_licences={*settings.accepted_licences, *(spec.licence for spec in table if spec.commercial_use)},
            service=service,
        )
        self._batcher: Batcher[_Key, MonitoredTask, Any] = Batcher(
            self._run_batch,
            max_batch=settings.max_batch,
            max_wait=settings.batch_wait_seconds,
            max_queue=settings.max_queue,
            workers=settings.workers,
            lease=self._model_in_memory,
            service=service,
            model_of=lambda key: key.model,
        )

    def states(self) -> list[ModelState]:
        """Every model's state, the default one first, with the calls that it works on or that wait for it."""
        return [self._with_calls(state) for state in self.pool.states()]

    def state(self, name: str = "") -> ModelState:
        """One model's state, likewise. Raises UnknownModel."""
        return self._with_calls(self.pool.state(name))

    def folder_of(self, spec: ModelSpec) -> Path:
        """Where a model's weights lie, or shall."""
        return self._settings.weights_dir / spec.name

    def obstacle(self, spec: ModelSpec) -> str:
        """What would keep a model from being loaded, as far as can be seen without trying; empty when nothing would. Looks at the disk."""
        try:
            demand_permission(not spec.external or getattr(self._settings, "allow_external", False), what="data")
        except OutsideForbidden as error:
            return error.message
        return missing(spec, self.folder_of(spec))

    async def preload(self) -> None:
        """Load the models that the settings name."""
        for name in self._settings.preload:
            await self.pool.load(name)

    async def close(self) -> None:
        """Finish what runs, then unload everything."""
        await self._batcher.close(self._settings.drain_seconds)
        await self.pool.close()

    async def run(
        self,
        context: grpc.aio.ServicerContext[Any, Any],
        model: str,
        operation: str,
        make_task: Callable[[ThreadMonitor], MonitoredTask],
        *,
        shape: Hashable = (),
    ) -> AsyncIterator[Progress | Outcome[Any]]:
        """Do one task, and tell of it: any number of `Progress`, then one `Outcome`.

        When the caller leaves, the context cancels this generator, and the work stops at its next report.

        Args:
            context: the call's context; its deadline is the task's.
            model: model by name; empty for the default one.
            operation: one of the service's operations.
            make_task: makes the task around its monitor.
            shape: what tasks must have in common, besides model and operation, to share a batch.

        Raises:
            ServiceError: no such model, it cannot be loaded, the queue is full, the deadline has passed, the device has no room.
            Unimplemented: the model cannot do this.
        """
        key = _Key(model=self.pool.resolve(model).name, operation=operation, shape=shape)
        monitor = ThreadMonitor(timeout=context.time_remaining())
        work = asyncio.ensure_future(self._batcher.submit(key, make_task(monitor), on_position=monitor.queued))
        self._calls[key.model] += 1
        try:
            async for progress in monitor.updates(until=work):
                yield await progress_of(progress)
            result = await work
        except Unsupported as error:
            raise Unimplemented(str(error), reason="NOT_SUPPORTED_BY_MODEL", metadata={"model": key.model}) from None
        except OutOfMemory as error:
            raise ResourceExhausted(str(error), reason="OUT_OF_DEVICE_MEMORY", metadata={"model": key.model}) from None
        finally:
            self._calls[key.model] -= 1
            work.cancel()
        state = self.pool.state(key.model)
        yield Outcome(result=result, use=use_of(self.service, state, self.folder_of(state.spec)))

    def _with_calls(self, state: ModelState) -> ModelState:
        return replace(state, in_use=self._calls[state.spec.name])

    @contextlib.asynccontextmanager
    async def _model_in_memory(self, key: _Key) -> AsyncIterator[None]:
        async with self.pool.use(key.model) as backend:
            # A name has one backend for as long as anybody uses it, so batches of one model may share the entry.
            self._backends[key.model] = backend
            yield

    def _run_batch(self, key: _Key, tasks: Sequence[MonitoredTask]) -> list[Any]:
        return self._operations[key.operation](self._backends[key.model], tasks)


def _manifest_models(service: manifest.Service, settings: ModelServiceSettings) -> tuple[ModelSpec, ...]:
    try:
        return manifest.models(service, settings.models_file)
    except (ValueError, OSError) as error:
        raise BadSetting(f"DASIBOM_MODELS_FILE: {error}") from None


def _demand_default(service: str, settings: ModelServiceSettings, table: Sequence[ModelSpec]) -> None:
    names = [spec.name for spec in table]
    if settings.default_model and settings.default_model not in names:
        raise BadSetting(
            f"DASIBOM_DEFAULT_MODEL is {settings.default_model!r}, which is no model of {service}; it has: {', '.join(names)}. "
            f"To set it for {service} alone, use DASIBOM_{service.upper()}_DEFAULT_MODEL"
        )
