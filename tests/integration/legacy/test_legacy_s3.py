"""`s3_utils` against a server that speaks S3's protocol."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from dasibom_legacy.errors import LegacyError
from PIL import Image
from s3_utils import S3Manager, generate_case_id

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "legacy-results"


@pytest.fixture
def server(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    """The server, with an empty bucket."""
    monkeypatch.setenv("DASIBOM_S3_ENDPOINT_URL", s3_url)
    client = boto3.client("s3", endpoint_url=s3_url)
    client.create_bucket(Bucket=BUCKET)
    yield client
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        if "Contents" in page:
            client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": entry["Key"]} for entry in page["Contents"]]})
    client.delete_bucket(Bucket=BUCKET)


def test_what_is_stored_is_listed_by_kind_and_says_so(server: S3Client, capsys: pytest.CaptureFixture[str]) -> None:
    manager = S3Manager(BUCKET, "us-east-1")
    case_id = generate_case_id()
    urls = {
        "images": manager.upload_pil_image(Image.new("L", (2, 2)), case_id, "그림 1.png", "case1_montage"),
        "reports": manager.upload_text_report("<p>가</p>", case_id, "final_report.html", "case1_montage"),
        "data": manager.upload_json_data({"이름": "값"}, case_id, "d.json", "case1_montage"),
    }
    assert manager.get_case_results(case_id, "case1_montage") == {kind: [url] for kind, url in urls.items()}
    assert capsys.readouterr().out.splitlines() == [
        f"이미지 업로드 완료: {urls['images']}",
        f"보고서 업로드 완료: {urls['reports']}",
        f"데이터 업로드 완료: {urls['data']}",
    ]
    assert len({re.search(r"/(\d{8}_\d{6})_", url)[1] for url in urls.values()}) == 1  # type: ignore[index]
    assert json.loads(manager.download_image_from_source(urls["data"])) == {"이름": "값"}
    assert base64.b64decode(manager.download_image_as_base64(urls["images"])).startswith(b"\x89PNG")
    assert server.head_object(Bucket=BUCKET, Key=urls["reports"].removeprefix(f"s3://{BUCKET}/"))["ContentType"].startswith("text/html")


def test_more_than_a_thousand_results_are_listed(server: S3Client) -> None:
    keys = [f"cases/general/many/images/{number:04}.png" for number in range(1003)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda key: server.put_object(Bucket=BUCKET, Key=key, Body=b""), keys))
    assert S3Manager(BUCKET).get_case_results("many") == {"images": [f"s3://{BUCKET}/{key}" for key in keys], "reports": [], "data": []}


def test_a_prefix_lists_its_own_pictures_only(server: S3Client) -> None:
    names = ("7/b (3).PNG", "7/a.jpg", "7/sub/c.webp", "7/", "7/note.txt", "70/other.jpg")
    for name in names:
        server.put_object(Bucket=BUCKET, Key=f"inputs/missing-person-{name}", Body=b"-")
    expected = [f"s3://{BUCKET}/inputs/missing-person-7/{name}" for name in ("a.jpg", "b (3).PNG", "sub/c.webp")]
    assert S3Manager(BUCKET).list_images("inputs/missing-person-7") == expected
    assert S3Manager("another").list_images(f"s3://{BUCKET}/inputs/missing-person-7/") == expected


def test_local_files_need_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "화면.jpg").write_bytes(b"bytes")
    assert S3Manager().download_image_from_source(tmp_path / "화면.jpg") == b"bytes"


def test_what_is_missing_is_named(server: S3Client, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LegacyError, match=f"s3://{BUCKET}/none.jpg"):
        S3Manager(BUCKET).download_image_from_source(f"s3://{BUCKET}/none.jpg")
    with pytest.raises(LegacyError, match="no-such-bucket"):
        S3Manager("no-such-bucket").upload_text_report("가", "7", "a.txt")
    assert capsys.readouterr().out.startswith("S3 업로드 실패: ")
