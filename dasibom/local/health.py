"""Whether the parts of a mesh work."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from dasibom.local.parts import Part

_SECONDS = 2.0
# A proxy that the environment names is not for this machine's own addresses.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def works(part: Part) -> bool:
    """Whether a part answers as it should."""
    try:
        return {"redis": _redis, "grpc": _grpc, "envoy": _envoy, "port": _port}[part.check](part.address)
    except (OSError, grpc.RpcError):
        return False


def gateway_trouble(url: str) -> str:
    """What keeps the gateway from serving cases; empty when nothing does."""
    try:
        with _opener.open(f"{url}/api/v1/health", timeout=5) as answer:
            health = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            if error.code not in {401, 403}:
                return f"HTTP {error.code}"
        # Only those who bring a key are told more than this.
        return _unkeyed_trouble(url)
    except (OSError, ValueError) as error:
        return str(error)
    return _describe(health)


def _unkeyed_trouble(url: str) -> str:
    try:
        _opener.open(f"{url}/healthz", timeout=5).close()
    except OSError as error:
        return str(error)
    return ""


def _describe(health: dict[str, Any]) -> str:
    troubled = [part for part in health.get("components", ()) if part.get("state") != "HEALTH_STATE_HEALTHY"]
    return ", ".join(f"{part.get('name')}: {part.get('message') or part.get('state')}" for part in troubled)


def _connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=_SECONDS)


def _port(address: str) -> bool:
    _connect(address).close()
    return True


def _redis(address: str) -> bool:
    with _connect(address) as line:
        line.sendall(b"PING\r\n")
        # It wants a password, so it is up; while it still loads, it says -LOADING.
        return line.recv(64).startswith((b"+PONG", b"-NOAUTH"))


def _grpc(address: str) -> bool:
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=_SECONDS)  # type: ignore[attr-defined]  # the stubs lack it
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _envoy(address: str) -> bool:
    with _opener.open(f"http://{address}/ready", timeout=_SECONDS) as answer:
        return bool(answer.status == 200)
