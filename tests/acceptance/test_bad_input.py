"""Bad input gets the right status and a message that says what was wrong and what would be right; it leaves nothing behind."""

from __future__ import annotations

import io
import json
import socket
import struct
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from services.common import imaging
from tests.acceptance.conftest import SAMPLES, RunningMesh

CCTV = (SAMPLES / "cctv_frame.jpg").read_bytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims this size."""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def animated_gif() -> bytes:
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def animated_webp() -> bytes:
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


BAD_PICTURES: dict[str, tuple[Callable[[], bytes], str]] = {
    "not an image": (lambda: b"<html>hello</html>" * 10, "IMAGE_"),
    "truncated": (lambda: CCTV[: len(CCTV) // 2], "IMAGE_TRUNCATED"),
    "1×1": (lambda: imaging.encode(np.zeros((1, 1, 3), np.uint8)), "IMAGE_TOO_SMALL"),
    "60 megapixels": (lambda: png_header(10_000, 6_000) + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "IMAGE_TOO_MANY_PIXELS"),
    "a PNG bomb": (
        lambda: png_header(7_000, 7_000) + chunk(b"IDAT", zlib.compress(bytes(1_000_000), 9)) + chunk(b"IEND", b""),
        "IMAGE_",
    ),
    "an animated GIF": (animated_gif, "IMAGE_UNSUPPORTED_FORMAT"),
    "an animated WebP": (animated_webp, "IMAGE_ANIMATED"),
    "an empty body": (lambda: b"", "EMPTY_UPLOAD"),
}


def error_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error of an answer, after checking its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    error: dict[str, Any] = answer.json()
    assert error["message"]
    assert any(detail["@type"].endswith("ErrorInfo") and detail["domain"] == "dasibom.kr" for detail in error["details"])
    for leak in ("Traceback", "upstream", "sqlalchemy", "127.0.0.1:", "site-packages", "Errno"):
        assert leak not in answer.text
    return error


def reason_of(error: dict[str, Any]) -> str:
    """The ErrorInfo's reason."""
    return next(detail["reason"] for detail in error["details"] if detail["@type"].endswith("ErrorInfo"))


@pytest.mark.parametrize("case", BAD_PICTURES)
def test_a_picture_that_cannot_be_used_is_refused_with_the_reason(mesh: RunningMesh, case: str) -> None:
    make, reason = BAD_PICTURES[case]
    error = error_of(mesh.rest.post("/api/v1/upload", content=make()), 400)
    assert reason_of(error).startswith(reason)


def test_a_picture_of_33_mib_is_refused_whether_its_size_is_declared_or_not(mesh: RunningMesh) -> None:
    big = CCTV + bytes(33 * 1024 * 1024 - len(CCTV))
    declared = mesh.rest.post("/api/v1/upload", content=big)
    assert "32 MiB" in error_of(declared, declared.status_code)["message"]
    assert declared.status_code in (400, 413)
    streamed = mesh.rest.post("/api/v1/upload", content=(big[start : start + 65536] for start in range(0, len(big), 65536)))
    assert "32 MiB" in error_of(streamed, streamed.status_code)["message"]
    assert streamed.status_code in (400, 413)


def test_a_cmyk_jpeg_and_a_wrong_file_name_are_no_problem(mesh: RunningMesh) -> None:
    buffer = io.BytesIO()
    Image.new("CMYK", (64, 64), (0, 255, 255, 0)).save(buffer, "JPEG")
    answer = mesh.rest.post("/api/v1/upload", params={"fileName": "picture.png"}, content=buffer.getvalue())
    assert answer.status_code == 200, answer.text
    assert answer.json()["mediaType"] == "image/jpeg"


BAD_REQUESTS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "unknown file": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"file": "fl_none"}]}}, 404),
    "unknown job": ("GET", "/api/v1/jobs/jb_none", {}, 404),
    "events of an unknown job": ("GET", "/api/v1/jobs/jb_none/events", {}, 404),
    "download of an unknown file": ("GET", "/api/v1/files/fl_none", {}, 404),
    "unknown enum value": ("GET", "/api/v1/jobs", {"params": {"states": "JOB_STATE_HAPPY"}}, 400),
    "unknown query field": ("GET", "/api/v1/jobs", {"params": {"color": "red"}}, 400),
    "unknown path": ("GET", "/api/v1/nothing", {}, 404),
    "unknown verb": ("PUT", "/api/v1/jobs", {}, 404),
    "no frame": ("POST", "/api/v1/cases/case1", {"json": {"frames": []}}, 400),
    "33 frames": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"file": "fl_none"}] * 33}}, 400),
    "empty source": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{}]}}, 400),
    "1,000 questions": (
        "POST",
        "/api/v1/cases/case1",
        {"json": {"frames": [{"file": "fl_none"}], "questions": [{"text": "?"}] * 1000}},
        400,
    ),
    "an empty question": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"file": "fl_none"}], "questions": [{}]}}, 400),
    "100,000 characters": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"file": "fl_none"}], "notes": "가" * 100_000}}, 400),
    "9 variants": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"file": "fl_none"}], "variants": 9}}, 400),
    "no person info": ("POST", "/api/v1/cases/case2", {"json": {"face": {"file": "fl_none"}}}, 400),
    "a request id that is no UUID": (
        "POST",
        "/api/v1/super-resolution",
        {"json": {"image": {"file": "fl_none"}, "requestId": "once"}},
        400,
    ),
    "an unknown model": (
        "POST",
        "/api/v1/cases/case1",
        {"json": {"frames": [{"file": "fl_none"}], "options": {"models": {"vqa": "oracle"}}}},
        400,
    ),
    "a wrong page token": ("GET", "/api/v1/jobs", {"params": {"pageToken": "xyz"}}, 400),
    "broken JSON": ("POST", "/api/v1/cases/case1", {"content": b'{"frames": ['}, 400),
    "a number for a text": ("POST", "/api/v1/cases/case1", {"content": b'{"notes": {"a": 1}}'}, 400),
    "an object for a text in a map": (
        "POST",
        "/api/v1/cases/case1",
        {"json": {"frames": [{"file": "fl_none"}], "options": {"models": {"vqa": {}}}}},
        400,
    ),
    "a private address": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"uri": "https://10.0.0.1/a.jpg"}]}}, 400),
    "a link-local address": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"uri": "https://169.254.169.254/latest"}]}}, 400),
    "an address that is no HTTP": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"uri": "file:///etc/passwd"}]}}, 400),
    "a bucket that is not allowed": ("POST", "/api/v1/cases/case1", {"json": {"frames": [{"uri": "s3://bucket/a.jpg"}]}}, 403),
    "a header whose name gRPC has not": ("GET", "/api/v1/jobs/jb_none", {"headers": {"x~note%": "1"}}, 404),
    "a header that gRPC would take for its own": ("GET", "/api/v1/jobs/jb_none", {"headers": {"grpc-timeout": "soon"}}, 404),
    "a header that gRPC would decode": ("GET", "/api/v1/jobs/jb_none", {"headers": {"x-note-bin": "%"}}, 404),
    "retry of an unknown job": ("POST", "/api/v1/jobs/jb_none:retry", {"json": {}}, 404),
}


@pytest.mark.parametrize("case", BAD_REQUESTS)
def test_a_bad_request_is_refused_with_its_status_and_a_message(mesh: RunningMesh, case: str) -> None:
    verb, path, arguments, status = BAD_REQUESTS[case]
    before = mesh.rest.get("/api/v1/jobs", params={"pageSize": "1"}).json().get("jobs")
    error_of(mesh.rest.request(verb, path, **arguments), status)
    assert mesh.rest.get("/api/v1/jobs", params={"pageSize": "1"}).json().get("jobs") == before


def test_a_field_that_breaks_its_rule_is_named(mesh: RunningMesh) -> None:
    answer = mesh.rest.post("/api/v1/cases/case1", json={"frames": [{"file": "fl_none"}], "variants": 9, "options": {"language": "fr"}})
    error = error_of(answer, 400)
    bad = next(detail for detail in error["details"] if detail["@type"].endswith("BadRequest"))
    assert {violation["field"] for violation in bad["fieldViolations"]} == {"variants", "options.language"}


def test_an_upload_broken_off_in_the_middle_leaves_no_file(mesh: RunningMesh) -> None:
    files = sorted((mesh.home.root / "files").rglob("*"))
    host, _, port = mesh.target.partition(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST /api/v1/upload HTTP/1.1\r\nHost: {mesh.target}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(CCTV)}\r\n\r\n"
        connection.sendall(head.encode() + CCTV[:-100])
    assert mesh.rest.get("/api/v1/health").status_code == 200
    assert sorted((mesh.home.root / "files").rglob("*")) == files


def test_an_error_of_the_gateway_has_the_same_form_over_grpc_web_and_rest(mesh: RunningMesh) -> None:
    error = error_of(mesh.rest.get("/nowhere"), 404)
    assert error["code"] == 5
    assert json.loads(json.dumps(error)) == error
