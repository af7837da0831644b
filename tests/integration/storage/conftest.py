"""The same promises are tested on a directory and on a real S3 server."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.orchestrator.storage import Storage, open_storage
from services.orchestrator.storage.s3 import make_client

_numbers = itertools.count()


@pytest.fixture
def s3(s3_url: str) -> Iterator[Any]:
    """A client of that server."""
    client = make_client(endpoint_url=s3_url)
    yield client
    client.close()


@pytest.fixture
def bucket(s3: Any) -> str:
    """A bucket of the test's own."""
    name = f"dasibom-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["local", "s3"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "local":
        opened = open_storage(f"file://{tmp_path}/files")
    else:
        bucket, url = request.getfixturevalue("bucket"), request.getfixturevalue("s3_url")
        opened = open_storage(f"s3://{bucket}/some/prefix", endpoint_url=url)
    yield opened
    await opened.close()
