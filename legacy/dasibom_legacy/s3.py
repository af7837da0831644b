"""The bucket: reading inputs, and the `cases/` tree of results."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dasibom.language import say
from dasibom_legacy import settings
from dasibom_legacy.errors import LegacyError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCHEME = "s3://"
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
KINDS = ("images", "reports", "data")
_SECONDS = 30
_DONE = {"images": "이미지 업로드 완료", "reports": "보고서 업로드 완료", "data": "데이터 업로드 완료"}
_MOST_BYTES = 32 * 1024 * 1024 + 1
_lock = threading.Lock()


@functools.cache
def _make_client(region: str, endpoint: str | None) -> S3Client:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"max_attempts": 3, "mode": "standard"})
    return boto3.client("s3", region_name=region, endpoint_url=endpoint, config=config)


def s3_client(region: str = settings.FORMER_REGION) -> S3Client:
    """Client of the S3 server; it finds the bucket's own region by itself, and credentials as boto3 does everywhere."""
    with _lock:
        return _make_client(region, settings.s3_endpoint())


def split_url(url: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`; the key is taken as it is, spaces and all.

    Raises:
        LegacyError: no bucket.
    """
    bucket, _, key = url.removeprefix(SCHEME).partition("/")
    if not bucket:
        raise LegacyError(say(f"{url}: s3://버킷/경로 형식이 아닙니다.", f"{url}: write s3://bucket/key."), former_status=1)
    return bucket, key


def read_object(url: str, region: str = settings.FORMER_REGION) -> bytes:
    """The bytes of an `s3://` object; of more than 32 MiB only so much that it is found too large.

    Raises:
        LegacyError: it cannot be read, and why.
    """
    bucket, key = split_url(url)
    try:
        return s3_client(region).get_object(Bucket=bucket, Key=key)["Body"].read(_MOST_BYTES)
    except Exception as error:
        raise _unreadable(url, error) from None


def list_keys(bucket: str, prefix: str, region: str = settings.FORMER_REGION) -> list[str]:
    """All keys under a prefix, however many; folders' own entries are left out.

    Raises:
        LegacyError: the bucket cannot be listed, and why.
    """

    def pages() -> Iterator[str]:
        for page in s3_client(region).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", ()):
                yield entry["Key"]

    try:
        return sorted(key for key in pages() if not key.endswith("/"))
    except Exception as error:
        raise _unreadable(f"{SCHEME}{bucket}/{prefix}", error) from None


def list_pictures(url: str, region: str = settings.FORMER_REGION) -> list[str]:
    """`s3://` URLs of the pictures under a prefix, in the order of their keys. See `list_keys` for errors."""
    bucket, prefix = split_url(url)
    prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
    return [f"{SCHEME}{bucket}/{key}" for key in list_keys(bucket, prefix, region) if key.lower().endswith(PICTURE_SUFFIXES)]


def content_type(kind: str, name: str) -> str:
    """Media type that a result is stored with, so that a browser shows a report as a page and not as its source."""
    if kind == "images":
        return "image/png"
    if kind == "data":
        return "application/json"
    return "text/html; charset=utf-8" if name.lower().endswith((".html", ".htm")) else "text/plain; charset=utf-8"


def result_key(case_type: str, case_id: str, kind: str, name: str, moment: datetime) -> str:
    """Key of a result: `cases/{case_type}/{case_id}/{kind}/{time}_{name}`."""
    return f"cases/{case_type}/{case_id}/{kind}/{moment:%Y%m%d_%H%M%S}_{name}"


class CaseStore:
    """Results in one bucket."""

    def __init__(self, bucket: str, region: str = settings.FORMER_REGION) -> None:
        """Name the bucket; nothing is asked of it yet."""
        self.bucket = bucket
        self.region = region

    def check(self) -> None:
        """Find out before any work is done whether results can be stored here.

        Raises:
            LegacyError: there is no such bucket, or it cannot be reached.
        """
        from botocore.exceptions import ClientError

        try:
            s3_client(self.region).head_bucket(Bucket=self.bucket)
        except ClientError as error:
            # A role may be allowed to write and nothing else.
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") != 403:
                raise LegacyError(_upload_failed(self.bucket, error), former_status=1) from None
        except Exception as error:
            raise LegacyError(_upload_failed(self.bucket, error), former_status=1) from None

    def put(self, case_type: str, case_id: str, kind: str, name: str, data: bytes, *, moment: datetime) -> str:
        """Store one result, and say so on the console.

        Args:
            case_type: such as `case1_montage`.
            case_id: of the run.
            kind: `images`, `reports` or `data`.
            name: of the file.
            data: its bytes.
            moment: of the run; the same for all of its files.

        Returns:
            Its `s3://` URL.

        Raises:
            LegacyError: it could not be stored, and why.
        """
        key = result_key(case_type, case_id, kind, name, moment)
        try:
            s3_client(self.region).put_object(Bucket=self.bucket, Key=key, Body=data, ContentType=content_type(kind, name))
        except Exception as error:
            print(f"S3 업로드 실패: {error}")
            raise LegacyError(_upload_failed(self.bucket, error), former_status=1) from None
        url = f"{SCHEME}{self.bucket}/{key}"
        print(f"{_DONE[kind]}: {url}")
        return url

    def results(self, case_id: str, case_type: str) -> dict[str, list[str]]:
        """`s3://` URLs of everything that a run has stored, by kind."""
        folder = f"cases/{case_type}/{case_id}/"
        found: dict[str, list[str]] = {kind: [] for kind in KINDS}
        for key in list_keys(self.bucket, folder, self.region):
            kind = key.removeprefix(folder).partition("/")[0]
            if kind in found:
                found[kind].append(f"{SCHEME}{self.bucket}/{key}")
        return found


def _unreadable(url: str, error: Exception) -> LegacyError:
    return LegacyError(say(f"{url}을(를) 읽을 수 없습니다: {_reason(error)}", f"{url} cannot be read: {_reason(error)}"), former_status=1)


def _upload_failed(bucket: str, error: Exception) -> str:
    return say(
        f"버킷 {bucket}에 결과를 올릴 수 없습니다: {_reason(error)}. 로컬 폴더에 저장하려면 --output을 지정하십시오.",
        f"Results cannot be stored in bucket {bucket}: {_reason(error)}. To keep them in a folder, name it by --output.",
    )


def _reason(error: Exception) -> str:
    from botocore.exceptions import ClientError, NoCredentialsError

    if isinstance(error, NoCredentialsError):
        return say("AWS 자격 증명이 없습니다", "there are no AWS credentials")
    if isinstance(error, ClientError):
        told: Any = error.response.get("Error", {})
        return f"{told.get('Code', '')} {told.get('Message', '')}".strip()
    return str(error)
