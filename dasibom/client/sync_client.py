"""The blocking client: the asynchronous one, run on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, overload

from dasibom.client.address import Address
from dasibom.client.async_client import AsyncClient
from dasibom.client.retry import RetryPolicy
from dasibom.orchestrator.v1.file_pb2 import Artifact, File
from dasibom.orchestrator.v1.job_pb2 import Job

P = ParamSpec("P")
Answer = TypeVar("Answer")


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    """The one event loop of all blocking clients: gRPC's asyncio prefers one a process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="dasibom-client", daemon=True).start()
    return loop


def _run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Wait for work on the loop; when the wait is interrupted, as by Ctrl-C, the work is cancelled."""
    future = asyncio.run_coroutine_threadsafe(work, _loop())
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def _blocking(method: Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, Answer]]) -> Callable[Concatenate[Client, P], Answer]:
    @functools.wraps(method)
    def call(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        return _run(method(self._client, *args, **kwargs))

    return call


def _iterating(
    method: Callable[Concatenate[AsyncClient, P], AsyncGenerator[Answer, None]],
) -> Callable[Concatenate[Client, P], Iterator[Answer]]:
    @functools.wraps(method)
    def call(self: Client, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[Answer]:
        items = method(self._client, *args, **kwargs)

        async def following() -> tuple[Answer] | None:
            async for item in items:
                return (item,)
            return None

        try:
            while (item := _run(following())) is not None:
                yield item[0]
        finally:
            # Nobody waits for it: an iterator may be dropped while the interpreter shuts down.
            asyncio.run_coroutine_threadsafe(items.aclose(), _loop())

    return call


class Client:
    """Talks to DasiBom; `AsyncClient` says what each method does, which takes the same arguments and raises the same errors.

        with Client() as client:
            job = client.run(client.case1, ["frame.jpg"], variants=2)
            client.save(job, "results")

    May be shared by threads. Iterators, such as of `watch`, belong to one thread.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        token: str | None = None,
        ca: str | Path | None = None,
        retry: RetryPolicy | None = None,
        timeout: float = 60.0,
    ) -> None:
        """See `AsyncClient`."""
        self._client = AsyncClient(url, api_key=api_key, token=token, ca=ca, retry=retry, timeout=timeout)

    def __enter__(self) -> Self:
        """Nothing is opened before it is needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    @property
    def address(self) -> Address:
        """Where the service is."""
        return self._client.address

    upload = _blocking(AsyncClient.upload)
    upload_folder = _blocking(AsyncClient.upload_folder)
    analyze = _blocking(AsyncClient.analyze)
    case1 = _blocking(AsyncClient.case1)
    case2 = _blocking(AsyncClient.case2)
    case3 = _blocking(AsyncClient.case3)
    super_resolution = _blocking(AsyncClient.super_resolution)
    submit = _blocking(AsyncClient.submit)
    get = _blocking(AsyncClient.get)
    list = _iterating(AsyncClient.list)
    cancel = _blocking(AsyncClient.cancel)
    retry = _blocking(AsyncClient.retry)
    publish = _blocking(AsyncClient.publish)
    delete = _blocking(AsyncClient.delete)
    watch = _iterating(AsyncClient.watch)
    wait = _blocking(AsyncClient.wait)
    save = _blocking(AsyncClient.save)
    models = _blocking(AsyncClient.models)
    health = _blocking(AsyncClient.health)
    close = _blocking(AsyncClient.close)

    def run(self, case: Callable[P, Job], *args: P.args, **kwargs: P.kwargs) -> Job:
        """Submit a case and wait for its end: `client.run(client.case1, ["frame.jpg"])`."""
        return self.wait(case(*args, **kwargs))

    @overload
    def download(self, file: str | File | Artifact, to: None = None) -> bytes: ...
    @overload
    def download(self, file: str | File | Artifact, to: str | os.PathLike[str]) -> Path: ...
    def download(self, file: str | File | Artifact, to: str | os.PathLike[str] | None = None) -> bytes | Path:
        """See `AsyncClient.download`."""
        if to is None:
            return _run(self._client.download(file))
        return _run(self._client.download(file, to))
