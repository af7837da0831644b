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


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Run an S3 server; yields its URL."""
    from moto.server import ThreadedMotoServer

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


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
