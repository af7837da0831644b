"""The `cases/` trees of S3 buckets become jobs."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from services.orchestrator.history import JobState
from services.orchestrator.storage.s3 import make_client
from tests.integration.migration.conftest import Target, result_of
from tests.integration.migration.former_results import (
    drawing,
    enhanced_case1,
    enhanced_case2,
    investigation_report,
    super_resolution,
)

_numbers = itertools.count()


def objects(case: str, files: Mapping[str, bytes | str], stamp: str) -> dict[str, bytes | str]:
    """Keys as the former uploader made them: below `case`, by kind, with the time of upload before the name."""
    return {f"cases/{case}/{'images' if name.endswith('.png') else 'reports'}/{stamp}_{name}": data for name, data in files.items()}


class Bucket:
    """A bucket of the test's own."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    def put(self, files: Mapping[str, bytes | str]) -> None:
        for key, data in files.items():
            self._client.put_object(Bucket=self.name, Key=key, Body=data.encode() if isinstance(data, str) else data)

    def keys(self) -> set[tuple[str, str]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {(found["Key"], found["ETag"]) for page in pages for found in page.get("Contents", [])}


@pytest.fixture
def client(s3_url: str) -> Iterator[Any]:
    with contextlib.closing(make_client(endpoint_url=s3_url)) as made:
        yield made


def make_bucket(client: Any) -> Bucket:
    name = f"former-{next(_numbers)}"
    client.create_bucket(Bucket=name)
    return Bucket(client, name)


@pytest.fixture
def bucket(client: Any) -> Bucket:
    return make_bucket(client)


async def migrate(target: Target, s3_url: str, *arguments: str, status: int = 0) -> dict[str, Any]:
    return await target.run(*arguments, "--endpoint-url", s3_url, status=status)


async def test_each_case_of_both_buckets_is_a_job(target: Target, client: Any, s3_url: str) -> None:
    new, old = make_bucket(client), make_bucket(client)
    new.put(objects("case1_montage/20250924_101112", enhanced_case1(suffixes=("_01", "_02"), number="01"), "20250924_101200"))
    new.put(objects("case2_synthesis/서울-7", enhanced_case2(), "20250925_080000"))
    old.put(objects("super_resolution/20250923_000001", super_resolution(), "20250923_000010"))
    before = new.keys() | old.keys()
    report = await migrate(target, s3_url, "--bucket", new.name, "--bucket", old.name)
    assert (report["migrated"], report["not_understood"]) == (3, [])
    jobs = {job.labels["legacy_case_id"]: job for job in await target.jobs()}
    assert {name: job.create_time for name, job in jobs.items()} == {
        "20250924_101112": datetime(2025, 9, 24, 1, 11, 12, tzinfo=UTC),
        "서울-7": datetime(2025, 9, 24, 23, 0, tzinfo=UTC),
        "20250923_000001": datetime(2025, 9, 22, 15, 0, 1, tzinfo=UTC),
    }
    first = jobs["20250924_101112"]
    assert first.labels["migrated_from"] == f"s3://{new.name}/cases/case1_montage/20250924_101112"
    assert first.end_time == datetime(2025, 9, 24, 1, 12, tzinfo=UTC)
    assert "01_super_resolved_02.png" in await target.artifacts(first)
    html = (await target.artifacts(first))["final_report.html"]
    assert html.media_type == "text/html; charset=utf-8"  # the uploader had said text/plain
    assert new.keys() | old.keys() == before


async def test_keys_made_from_a_folder_instead_of_a_case_id_are_understood(target: Target, bucket: Bucket, s3_url: str) -> None:
    bucket.put(objects("case1_montage/outputs_20250924_101112/case1_montage", enhanced_case1(), "20250924_101300"))
    report = await migrate(target, s3_url, f"s3://{bucket.name}/cases/")
    assert (report["migrated"], report["not_understood"]) == (1, [])
    (job,) = await target.jobs()
    assert job.labels["legacy_case_id"] == "outputs_20250924_101112/case1_montage"
    assert job.create_time == datetime(2025, 9, 24, 1, 11, 12, tzinfo=UTC)


async def test_a_report_with_its_time_twice_is_one_report(target: Target, bucket: Bucket, s3_url: str) -> None:
    name = "investigation_report_20250922_102030.txt"
    bucket.put(objects("case3_investigation/20250922_101500", {name: investigation_report()}, "20250922_102031"))
    await migrate(target, s3_url, "--bucket", bucket.name)
    (job,) = await target.jobs()
    assert list(await target.artifacts(job)) == [name]
    assert result_of(job).case3.text_report == name


async def test_two_runs_under_one_case_id_stay_two(target: Target, bucket: Bucket, s3_url: str) -> None:
    bucket.put(objects("case2_synthesis/7", enhanced_case2(), "20250924_101112"))
    bucket.put(objects("case2_synthesis/7", enhanced_case2() | {"04_final_enhanced.png": drawing("again")}, "20250925_101112"))
    report = await migrate(target, s3_url, "--bucket", bucket.name)
    assert report["migrated"] == 2
    assert [len(await target.artifacts(job)) for job in await target.jobs()] == [5, 5]


async def test_what_lies_in_a_case_under_another_name_comes_with_it(target: Target, bucket: Bucket, s3_url: str) -> None:
    bucket.put(objects("case2_synthesis/7", enhanced_case2(), "20250924_101112"))
    bucket.put({"cases/case2_synthesis/7/data/20250924_101113_person.json": "{}", "cases/general/9/images/note.png": drawing("n")})
    report = await migrate(target, s3_url, "--bucket", bucket.name)
    (job,) = await target.jobs()
    assert (await target.artifacts(job))["person.json"].media_type == "application/json"
    assert [item["address"] for item in report["not_understood"]] == [f"s3://{bucket.name}/cases/general/9/images/note.png"]


async def test_a_listing_of_more_than_a_thousand_objects_is_read_to_its_end(target: Target, bucket: Bucket, s3_url: str) -> None:
    bucket.put({f"cases/general/{number:04}/data/note.bin": b"" for number in range(1005)})
    bucket.put(objects("super_resolution/20250923_000001", super_resolution(), "20250923_000010"))
    report = await migrate(target, s3_url, "--bucket", bucket.name)
    assert (report["files"], report["migrated"], len(report["not_understood"])) == (1014, 1, 1005)
    assert (await target.jobs())[0].state is JobState.SUCCEEDED


async def test_a_second_run_adds_nothing(target: Target, bucket: Bucket, s3_url: str) -> None:
    bucket.put(objects("case2_synthesis/7", enhanced_case2(), "20250924_101112"))
    await migrate(target, s3_url, "--bucket", bucket.name)
    # Another prefix leads to the same case.
    report = await migrate(target, s3_url, f"s3://{bucket.name}/")
    assert (report["migrated"], report["present"]) == (0, 1)


async def test_a_bucket_that_is_not_there_is_named(target: Target, s3_url: str) -> None:
    done = await target.start("--bucket", "no-such-bucket", "--endpoint-url", s3_url)
    assert done.returncode == 1
    assert "s3://no-such-bucket/cases/" in done.stderr
    assert "NoSuchBucket" in done.stderr
    assert "Traceback" not in done.stderr
