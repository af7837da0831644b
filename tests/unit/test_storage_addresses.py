"""Which addresses count as public, and how S3 URLs are read."""

from __future__ import annotations

import pytest

from services.common.errors import InvalidRequest
from services.orchestrator.storage.addresses import is_public
from services.orchestrator.storage.s3_url import parse_s3_url


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "168.63.129.16",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "100::1",
        "not an address",
        "",
    ],
)
def test_addresses_that_lead_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "52.219.60.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "bucket", "key"),
    [
        ("s3://cases/a.jpg", "cases", "a.jpg"),
        ("s3://my.bucket-1/key with spaces (1).jpg", "my.bucket-1", "key with spaces (1).jpg"),
        ("s3://cases/실종자/사진%20(2).png?v=1#top", "cases", "실종자/사진%20(2).png?v=1#top"),
        ("s3://cases//leading/slash.png", "cases", "/leading/slash.png"),
        ("s3://cases/Screenshot 3.00\u202fPM.png", "cases", "Screenshot 3.00\u202fPM.png"),
    ],
)
def test_an_s3_url_is_split_and_never_decoded(url: str, bucket: str, key: str) -> None:
    assert parse_s3_url(url) == (bucket, key)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cases/a.jpg",
        "https://cases.s3.ap-northeast-2.amazonaws.com/a.jpg",
        "S3:/cases/a.jpg",
        "s3://",
        "s3:///a.jpg",
        "s3://cases",
        "s3://cases/",
        "s3://cases/folder/",
        "s3://Cases/a.jpg",
        "s3://ca/a.jpg",
        "s3://user@cases/a.jpg",
        "s3://a..b/a.jpg",
        "s3://cases/a\nb.jpg",
        "s3://cases/" + "가" * 342,
    ],
)
def test_what_is_no_s3_url_of_an_object_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_s3_url(url)
    assert caught.value.reason == "BAD_S3_URL"
