"""The few threads that decode and encode, so that event loops stay free and memory stays bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

# A picture of 50 megapixels takes about a gigabyte while it is decoded; those who wait hold encoded bytes only.
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="imaging")

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


async def in_worker(work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    """Run `work` on one of the imaging threads; work whose caller is cancelled while it waits never starts."""
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, partial(work, *args, **kwargs))
