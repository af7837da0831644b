"""Settings of the gateway: what is refused, and how they become YAML."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from gateway.render import render_edge, render_mesh
from gateway.settings import ClientTls, EdgeSettings, Endpoint, Jwt, MeshSettings, RateLimit, ServerTls

EDGE: dict[str, Any] = {"listen": "127.0.0.1:8080", "admin": "127.0.0.1:9901", "orchestrator": ["127.0.0.1:50051"]}
MESH: dict[str, Any] = {"listen": "127.0.0.1:8081", "admin": "127.0.0.1:9902", "services": {"vqa": ["127.0.0.1:50061"]}}


def cluster(text: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in yaml.safe_load(text)["static_resources"]["clusters"] if one["name"] == name)
    return found


def test_address_is_host_and_port() -> None:
    assert Endpoint.model_validate("api.dasibom.svc:50051") == Endpoint(host="api.dasibom.svc", port=50051)
    assert Endpoint.model_validate("[::1]:80").host == "::1"
    for wrong in ("localhost", "a:b", "::1:80", "a b:1", ":80", "host:99999"):
        with pytest.raises(ValidationError):
            Endpoint.model_validate(wrong)


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", "192.168.0.7:8080", "[::]:8080"])
def test_open_edge_on_an_outer_address_needs_a_word(listen: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="reached by other machines: set api_keys_file or jwt, or allow_anonymous"):
        EdgeSettings(**EDGE | {"listen": listen})
    EdgeSettings(**EDGE | {"listen": listen, "allow_anonymous": True})
    EdgeSettings(**EDGE | {"listen": listen, "api_keys_file": tmp_path / "keys.json"})


def test_admin_page_stays_at_home() -> None:
    with pytest.raises(ValidationError, match="loopback"):
        EdgeSettings(**EDGE | {"admin": "0.0.0.0:9901"})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"listen": "localhost:8080"}, "IP addresses only"),
        ({"cors_origins": ["example.org"]}, "is no origin"),
        ({"cors_origins": ["https://*.example.org"]}, "is no origin"),
        ({"jwt": {"issuer": "i", "audiences": ["a"]}}, "exactly one of jwks_file and jwks_uri"),
        ({"jwt": {"issuer": "i", "audiences": [], "jwks_file": "f"}}, "at least 1 item"),
        ({"orchestrator_tls": {"ca": "ca", "server_name": "api", "key": "k"}}, "both certificate and key"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_refused_with_a_reason(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        EdgeSettings(**EDGE | wrong)


def test_names_are_looked_up_and_ip_addresses_are_not() -> None:
    assert cluster(render_edge(EdgeSettings(**EDGE)), "orchestrator")["type"] == "STATIC"
    named = render_mesh(MeshSettings(**MESH | {"services": {"vqa": ["vqa.dasibom.svc:50051"]}}))
    assert cluster(named, "vqa")["type"] == "STRICT_DNS"


@pytest.mark.parametrize("path", ['a "quoted" path', "it's", "다시봄 #1", "a: b", "back\\slash", "{{ braces }}"])
def test_no_path_breaks_out_of_its_place(path: str) -> None:
    text = render_edge(EdgeSettings(**EDGE | {"descriptors": path, "access_log": path}))
    manager = yaml.safe_load(text)["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    transcoder = next(one for one in manager["http_filters"] if one["name"].endswith("transcoder"))
    assert transcoder["typed_config"]["proto_descriptor"] == path
    assert manager["access_log"][0]["typed_config"]["path"] == path


def test_origins_match_whole_and_stars_are_ports() -> None:
    import re

    pattern = EdgeSettings(**EDGE | {"cors_origins": ["http://localhost:*", "https://console.example.org"]}).origin_pattern
    for allowed in ("http://localhost", "http://localhost:3000", "https://console.example.org"):
        assert re.fullmatch(pattern, allowed)
    for foreign in ("https://localhost", "http://localhost.evil.org", "https://consoleXexample.org", "http://localhost:3000/x", "null"):
        assert not re.fullmatch(pattern, foreign)
    assert not re.fullmatch(EdgeSettings(**EDGE | {"cors_origins": []}).origin_pattern, "http://localhost")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({}, "no keys"),
        ({"a": ["short"]}, "16 or more"),
        ({"a": "key-0123456789abcdef"}, "must be JSON like"),
        ({"a": ["key-0123456789abcdef"], "b": ["key-0123456789abcdef"]}, "twice"),
        ([], "must be JSON like"),
    ],
)
def test_bad_key_file_is_refused_without_showing_keys(keys: object, says: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(keys))
    with pytest.raises(ValueError, match=says) as refused:
        render_edge(EdgeSettings(**EDGE | {"api_keys_file": path}))
    assert "key-0123" not in str(refused.value)
    assert "short" not in str(refused.value)


def command(*arguments: str) -> Any:
    return run([sys.executable, "-m", "gateway", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("process", "settings"), [("edge", EDGE | {"api_keys_file": "keys.json"}), ("mesh", MESH)])
def test_command_writes_what_envoy_takes_for_its_owner_alone(process: str, settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"a": ["key-0123456789abcdef"]}')
    if "api_keys_file" in settings:
        settings = settings | {"api_keys_file": str(tmp_path / "keys.json"), "metrics": "127.0.0.1:9903", "otlp": "127.0.0.1:4317"}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    out = tmp_path / "envoy.yaml"
    done = command(process, "--settings", str(tmp_path / "settings.json"), "--out", str(out), "--validate")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(out.read_text())["static_resources"]["listeners"][0]["name"] == process
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_command_names_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(EDGE | {"admin": "0.0.0.0:1", "colour": 1}))
    done = command("edge", "--settings", str(path))
    assert done.returncode == 1
    assert "admin: Envoy's admin page can stop Envoy" in done.stderr
    assert "colour: Extra inputs" in done.stderr
    path.write_text(json.dumps(EDGE | {"descriptors": str(tmp_path / "missing.binpb")}))
    refused = command("edge", "--settings", str(path), "--validate")
    assert refused.returncode == 1
    assert "missing.binpb" in refused.stderr
    assert "static_resources" not in refused.stderr
    assert command("edge", "--settings", str(tmp_path / "none.json")).returncode == 1


def test_every_setting_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "GATEWAY.md").read_text(encoding="utf-8")
    for model in (EdgeSettings, MeshSettings, ServerTls, ClientTls, Jwt, RateLimit):
        for name, field in model.model_fields.items():
            description = (field.description or "").replace("|", "\\|")
            assert description
            assert f"| `{name}` |" in text, name
            assert f"| {description} |" in text, name
