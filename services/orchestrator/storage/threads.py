"""Threads for blocking file and network calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """A bounded set of threads of its own, so that slow storage does not hold up what else the process does in threads."""

    def __init__(self, count: int = 16) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="storage")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in a thread, and return what it returns. A cancelled caller leaves it alone with its work."""
        return await self._start(partial(call, *args, **kwargs))

    async def run_to_end(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call that writes. A cancelled caller waits for its end: else it would clean up while something still writes."""
        done = self._start(partial(call, *args, **kwargs))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            with suppress(Exception):
                await done
            raise

    def _start(self, call: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._executor, call)

    def close(self) -> None:
        """End the threads, once what they do is done."""
        self._executor.shutdown(wait=True, cancel_futures=True)
