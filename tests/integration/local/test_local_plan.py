"""What is planned before anything starts: ports, parts, configuration, and refusals that say what to do."""

from __future__ import annotations

import configparser
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from dasibom.local import mesh
from dasibom.local.errors import MeshError
from dasibom.local.home import Home, checkout
from dasibom.local.logs import last_lines
from dasibom.local.parts import Part, gateway_settings, make_parts, port_names
from dasibom.local.ports import choose_ports, is_free
from dasibom.local.settings import LocalSettings
from dasibom.local.supervision import configuration, environment


def test_ports_are_distinct_and_stay_while_they_are_free() -> None:
    names = [f"part {number}" for number in range(30)]
    ports = choose_ports(names, {})
    assert len(set(ports.values())) == 30
    assert choose_ports(names, ports) == ports


def test_a_port_that_was_taken_meanwhile_is_replaced() -> None:
    ports = choose_ports(["a", "b"], {})
    with socket.create_server(("127.0.0.1", ports["a"])):
        assert not is_free("127.0.0.1", ports["a"])
        again = choose_ports(["a", "b"], ports)
    assert again["a"] != ports["a"]
    assert again["b"] == ports["b"]


def test_replicas_multiply_the_parts_and_the_gateways_know_them_all() -> None:
    settings = LocalSettings(replicas=2, apis=2, workers=2)
    ports = {name: 20_000 + number for number, name in enumerate(port_names(settings))}
    parts = {part.name: part for part in make_parts(settings, ports)}
    assert len(parts) == 3 + 2 + 2 + 8
    assert parts["vqa-2"].environment["DASIBOM_LISTEN"] == f"127.0.0.1:{ports['vqa-2']}"
    assert parts["worker-2"].front
    assert not parts["redis"].front
    gateways = gateway_settings(settings, ports, Path("/checkout"))
    assert gateways["edge"]["orchestrator"] == [parts["api"].address, parts["api-2"].address]
    assert gateways["mesh"]["services"]["vqa"] == [parts["vqa"].address, parts["vqa-2"].address]
    addresses = [part.address for part in parts.values()]
    assert len(set(addresses)) == len(addresses)
    assert all(address.startswith("127.0.0.1:") for address in addresses)


def test_supervisors_configuration_holds_no_path_and_stops_the_front_first() -> None:
    settings = LocalSettings()
    parts = make_parts(settings, {name: 20_000 + number for number, name in enumerate(port_names(settings))})
    parser = configparser.RawConfigParser(strict=True, inline_comment_prefixes=(";", "#"))
    text = configuration(parts)
    parser.read_string(text)
    assert str(checkout()) not in text
    for part in parts:
        section = parser[f"program:{part.name}"]
        assert section["command"].startswith(f"%(ENV_MESH_{part.program})s ")
        assert section["autorestart"] == "true"
    assert parser["group:front"]["programs"].split(",") == ["edge", "api", "worker"]
    assert int(parser["group:front"]["priority"]) > int(parser["group:back"]["priority"])


def test_parts_survive_being_remembered() -> None:
    settings = LocalSettings()
    for part in make_parts(settings, {name: 20_000 + number for number, name in enumerate(port_names(settings))}):
        assert Part.from_json(json.loads(json.dumps(part.to_json()))) == part


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (LocalSettings(bind="0.0.0.0"), "DASIBOM_BIND=0.0.0.0.*DASIBOM_API_KEYS_FILE"),
        (LocalSettings(bind="::"), "DASIBOM_BIND=::.*DASIBOM_API_KEYS_FILE"),
        (LocalSettings(bind="localhost"), "DASIBOM_BIND=localhost.*IP"),
        (LocalSettings(api_keys_file="/nowhere/keys.json"), "DASIBOM_API_KEYS_FILE=/nowhere/keys.json"),
    ],
)
def test_what_would_let_anybody_in_is_refused_by_the_name_of_its_setting(
    home: Home, free_port: int, settings: LocalSettings, said: str
) -> None:
    with pytest.raises(MeshError, match=said):
        mesh.up(home, replace(settings, port=free_port), lambda _: None)
    assert not home.state.exists()


def test_a_taken_port_is_refused_by_the_name_of_its_setting(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MeshError, match=rf"PORT={port}|{port}.*PORT"):
            mesh.up(home, LocalSettings(port=port), lambda _: None)
    assert not home.state.exists()


def test_an_address_of_another_machine_is_refused(home: Home) -> None:
    with pytest.raises(MeshError, match="DASIBOM_BIND"):
        mesh.up(home, LocalSettings(bind="192.0.2.1"), lambda _: None)


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(MeshError, match=f"PORT={port}"):
        LocalSettings.read({"PORT": port})


def test_two_cannot_change_one_mesh_at_once(home: Home) -> None:
    with home.locked(), pytest.raises(MeshError, match="dasibom up"):
        mesh.down(home)


def test_the_end_of_a_log_is_found_however_long_it_is(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert last_lines(log, 3) == []
    log.write_text("".join(f"{number} {'x' * 500}\n" for number in range(1000)))
    assert [line.split()[0] for line in last_lines(log, 3)] == ["997", "998", "999"]
    assert len(last_lines(log, 5000)) == 1000
    assert last_lines(log, 0) == []


def test_new_logs_keep_those_of_the_run_before(home: Home) -> None:
    for text in ("first", "second", "third"):
        home.fresh_logs()
        (home.logs / "vqa.log").write_text(text)
    assert (home.root / "logs.previous" / "vqa.log").read_text() == "second"


def test_paths_that_the_caller_names_stay_his_wherever_the_services_run(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "DASIBOM_WEIGHTS_DIR": "weights",
        "DASIBOM_VQA_WEIGHTS_DIR": "~/of vqa",
        "DASIBOM_SUPERRES_MODELS_FILE": "/etc/models.toml",
        "DASIBOM_VQA_DEFAULT_MODEL": "paligemma",
    }
    for name, value in {**given, "HOME": "/home/someone"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    variables = environment(home, checkout(), mesh_id="m", runtime=tmp_path, programs={}, services={})
    assert {name: variables[name] for name in given} == {
        "DASIBOM_WEIGHTS_DIR": str(tmp_path / "weights"),
        "DASIBOM_VQA_WEIGHTS_DIR": "/home/someone/of vqa",
        "DASIBOM_SUPERRES_MODELS_FILE": "/etc/models.toml",
        "DASIBOM_VQA_DEFAULT_MODEL": "paligemma",
    }
