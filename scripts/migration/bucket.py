"""Results in an S3 bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from dasibom.language import say
from services.orchestrator.storage.s3 import make_client

from .source import SourceFile, SourceUnavailable


class BucketSource:
    """Objects of a bucket whose keys begin with a prefix; credentials as the AWS SDK finds them."""

    def __init__(self, bucket: str, prefix: str, *, endpoint_url: str = "", region: str = "") -> None:
        """Name a bucket. Nothing is connected yet.

        Args:
            bucket: the bucket.
            prefix: beginning of the keys; empty for all.
            endpoint_url: for servers other than AWS.
            region: empty: as the AWS SDK finds it.

        Raises:
            SourceUnavailable: the settings are not complete.
        """
        self._bucket = bucket
        self._prefix = prefix
        self.name = f"s3://{bucket}/{prefix}"
        self.unread: list[SourceUnavailable] = []  # a bucket is listed whole or not at all
        with _explained(self.name):
            self._client = make_client(endpoint_url=endpoint_url, region=region)

    def list(self) -> Iterator[SourceFile]:
        """See `Source`."""
        with _explained(self.name):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix):
                for found in page.get("Contents", []):
                    if not found["Key"].endswith("/"):
                        address = f"s3://{self._bucket}/{found['Key']}"
                        yield SourceFile(address=address, size=found["Size"], modified=found["LastModified"])

    def read(self, file: SourceFile) -> bytes:
        """See `Source`."""
        with _explained(file.address):
            key = file.address.removeprefix(f"s3://{self._bucket}/")
            with self._client.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                return body.read()


@contextmanager
def _explained(address: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        why = error.response.get("Error", {}).get("Code", "?")
        raise SourceUnavailable(say(f"{address}: S3가 거절했습니다 ({why}).", f"{address}: S3 refused ({why}).")) from error
    except (BotoCoreError, OSError, ValueError) as error:  # boto3 tells a bad endpoint address by ValueError
        why = type(error).__name__
        raise SourceUnavailable(say(f"{address}: S3에 연결할 수 없습니다 ({why}).", f"{address}: S3 cannot be reached ({why}).")) from error
