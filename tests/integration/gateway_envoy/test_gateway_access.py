"""Who may call: API keys, tokens, TLS, limits for each caller."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from http import server as http_server
from pathlib import Path

import grpc
import httpx
import pytest
from certificates import issue
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from running_envoy import Envoy, envoy

from dasibom.orchestrator.v1 import orchestrator_service_pb2 as api
from dasibom.orchestrator.v1 import orchestrator_service_pb2_grpc as api_grpc

KEY, OTHER_KEY = "alpha-0123456789abcdef", "beta-0123456789abcdef"
JOB = "/api/v1/jobs/jb_1"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Signs tokens (RS256) and publishes its key."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def key_set(self) -> str:
        numbers = self.key.public_key().public_numbers()
        exponent, modulus = (base64url(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.e, numbers.n))
        return json.dumps({"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "e": exponent, "n": modulus}]})

    def token(self, *, issuer: str = "https://issuer.test", audience: str = "dasibom", seconds: int = 300) -> str:
        claims = {"iss": issuer, "aud": audience, "sub": "investigator-7", "exp": int(time.time()) + seconds}
        parts = ".".join(base64url(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "1"}, claims))
        return f"{parts}.{base64url(self.key.sign(parts.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def guarded(folder: Path, descriptors: Path, orchestrator: str, issuer: Issuer) -> Iterator[Envoy]:
    """An edge that wants a key or a token, and lets each caller ask 12 times an hour."""
    keys, key_set = folder / "keys.json", folder / "jwks.json"
    keys.write_text(json.dumps({"alpha": [KEY], "beta": [OTHER_KEY]}))
    key_set.write_text(issuer.key_set())
    token = {"issuer": "https://issuer.test", "audiences": ["dasibom"], "jwks_file": key_set}
    limit = {"requests": 12, "seconds": 3600}
    options = {"api_keys_file": keys, "jwt": token, "rate_limit": limit}
    with envoy("edge", folder / "guarded", orchestrator=[orchestrator], descriptors=descriptors, **options) as started:
        yield started


@pytest.fixture(scope="module")
def http(guarded: Envoy) -> Iterator[httpx.Client]:
    with guarded.http() as client:
        yield client


def test_key_in_header_or_query_names_the_client_and_goes_no_further(http: httpx.Client, guarded: Envoy) -> None:
    for answer in (http.get(JOB, headers={"x-api-key": KEY}), http.get(JOB, params={"api_key": KEY})):
        assert answer.status_code == 200
        assert answer.json()["labels"]["x-client-id"] == "alpha"
        assert KEY not in answer.text
    assert http.get(f"{JOB}/events", params={"api_key": KEY, "after": "2"}).text.count("id:") == 1
    assert guarded.log('"client":"alpha"')["path"] == JOB
    assert KEY not in guarded.access_log.read_text()


def test_token_names_its_subject_and_goes_no_further(http: httpx.Client, issuer: Issuer, guarded: Envoy) -> None:
    token = issuer.token()
    for answer in (http.get(JOB, headers={"authorization": f"Bearer {token}"}), http.get(JOB, params={"access_token": token})):
        assert answer.status_code == 200, answer.text
        assert answer.json()["labels"]["x-auth-sub"] == "investigator-7"
        assert token not in answer.text
    assert guarded.log("investigator-7")["subject"] == "investigator-7"


def test_caller_without_a_valid_key_or_token_is_refused(http: httpx.Client, issuer: Issuer) -> None:
    stranger = Issuer()
    tokens = [issuer.token(seconds=-300), issuer.token(issuer="https://other.test"), stranger.token(), "nonsense"]
    bearers = [{"authorization": f"Bearer {token}"} for token in tokens]
    attempts = [{}, {"x-api-key": "wrong-0123456789abcdef"}, {"x-api-key": ""}, {"x-client-id": "alpha"}, {"x-auth-sub": "root"}, *bearers]
    for headers in attempts:
        answer = http.get(JOB, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, 16), headers
        assert "API key or token" in answer.json()["message"]
    assert http.get(JOB, params={"api_key": "wrong-0123456789abcdef"}).status_code == 401
    # A bad key is not made good by a good token, nor the other way round.
    assert http.get(JOB, headers={"x-api-key": "wrong", "authorization": f"Bearer {issuer.token()}"}).status_code == 401
    assert http.get(JOB, headers={"authorization": f"Bearer {issuer.token(audience='others')}"}).status_code == 403


def test_forged_identity_beside_a_valid_one_is_dropped(http: httpx.Client, issuer: Issuer) -> None:
    labels = http.get(JOB, headers={"x-api-key": KEY, "x-client-id": "police", "x-auth-sub": "root"}).json()["labels"]
    assert labels["x-client-id"] == "alpha"
    assert "x-auth-sub" not in labels
    labels = http.get(JOB, headers={"authorization": f"Bearer {issuer.token()}", "x-client-id": "alpha"}).json()["labels"]
    assert "x-client-id" not in labels


def test_health_and_preflight_need_no_key(http: httpx.Client) -> None:
    assert http.get("/healthz").status_code == 200
    ask = {"origin": "http://localhost:3000", "access-control-request-method": "GET", "access-control-request-headers": "x-api-key"}
    assert http.options(JOB, headers=ask).headers["access-control-allow-origin"] == "http://localhost:3000"


def test_grpc_callers_bring_the_same_keys(guarded: Envoy) -> None:
    with guarded.channel() as channel:
        stub = api_grpc.OrchestratorServiceStub(channel)
        assert stub.GetJob(api.GetJobRequest(job="j"), metadata=(("x-api-key", OTHER_KEY),)).labels["x-client-id"] == "beta"
        with pytest.raises(grpc.RpcError) as refused:
            stub.GetJob(api.GetJobRequest(job="j"))
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_caller_who_asks_too_much_waits_while_others_do_not(http: httpx.Client, guarded: Envoy) -> None:
    answers = [http.get(JOB, headers={"x-api-key": KEY}) for _ in range(13)]
    last = answers[-1]
    assert (last.status_code, last.json()["code"]) == (429, 8)
    assert last.headers["retry-after"] == "1"
    assert http.get(JOB, headers={"x-api-key": OTHER_KEY}).status_code == 200
    with guarded.channel() as channel, pytest.raises(grpc.RpcError) as refused:
        api_grpc.OrchestratorServiceStub(channel).GetJob(api.GetJobRequest(job="j"), metadata=(("x-api-key", KEY),))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.fixture
def key_server(issuer: Issuer) -> Iterator[str]:
    """URL of the issuer's key set."""

    class Keys(http_server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(issuer.key_set().encode())

        def log_message(self, *_: object) -> None:
            pass

    with http_server.ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/keys"
        server.shutdown()


def test_keys_of_tokens_may_be_fetched(folder: Path, descriptors: Path, orchestrator: str, issuer: Issuer, key_server: str) -> None:
    token = {"issuer": "https://issuer.test", "audiences": ["dasibom"], "jwks_uri": key_server}
    with (
        envoy("edge", folder / "fetched", orchestrator=[orchestrator], descriptors=descriptors, jwt=token) as started,
        started.http() as client,
    ):
        bearer = {"authorization": f"Bearer {issuer.token()}"}
        assert client.get(JOB, headers=bearer).json()["labels"]["x-auth-sub"] == "investigator-7"
        assert client.get(JOB, headers={"authorization": f"Bearer {Issuer().token()}"}).status_code == 401
        # Where keys are not in use, a key does not open the door.
        assert client.get(JOB, headers={"x-api-key": KEY}).status_code == 401


def test_tls_serves_rest_and_grpc(folder: Path, descriptors: Path, orchestrator: str) -> None:
    pems = issue(folder / "edge-tls")
    tls = {"certificate": pems.server, "key": pems.server_key}
    with envoy("edge", folder / "tls", orchestrator=[orchestrator], descriptors=descriptors, tls=tls) as started:
        with httpx.Client(verify=ssl.create_default_context(cafile=str(pems.ca))) as client:
            assert client.get(f"https://localhost:{started.port}{JOB}").json()["id"] == "jb_1"
        with grpc.secure_channel(f"localhost:{started.port}", grpc.ssl_channel_credentials(pems.ca.read_bytes())) as channel:
            assert api_grpc.OrchestratorServiceStub(channel).GetJob(api.GetJobRequest(job="jb_1")).id == "jb_1"
