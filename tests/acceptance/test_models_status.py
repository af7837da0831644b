"""`GET /api/v1/models/status` while an operator's own neural networks load, work, fail and unload, on a mesh that settings alone make."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import httpx
import pytest

from dasibom.local.home import Home
from dasibom.local.mesh import down, up
from dasibom.local.settings import LocalSettings
from dasibom.model.v1.model_service_pb2 import LoadModelRequest, UnloadModelRequest
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from tests.acceptance.conftest import SAMPLES, RunningMesh
from tests.conftest import free_ports
from tests.tiny import realesrgan

# Small tiles: it works for a while, and can be seen at it.
MODELS = """
[[model]]
service = "superres"
name = "{name}"
backend = "realesrgan"
licence = "{licence}"
commercial_use = {commercial_use}
memory_mib = 16
description = "Of the operator."
defaults = {{ tile = 64 }}
[[model.sources]]
kind = "manual"
files = [{{ path = "tiny.pth" }}]
"""
Model = dict[str, Any]


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMesh]:
    """A mesh whose settings name, for superres alone, a folder of weights and a manifest beside the caller."""
    folder = tmp_path_factory.mktemp("operator")
    entries = {name: {"licence": "MIT", "commercial_use": "true"} for name in ("tiny", "cut", "absent")}
    entries["closed"] = {"licence": "For-Research-Only", "commercial_use": "false"}
    (folder / "models.toml").write_text("".join(MODELS.format(name=name, **entry) for name, entry in entries.items()))
    for name in ("tiny", "cut", "closed"):
        realesrgan.save(folder / "weights" / name / "tiny.pth", realesrgan.weights(realesrgan.rrdb_shapes()))
    cut = folder / "weights" / "cut" / "tiny.pth"
    cut.write_bytes(cut.read_bytes()[:1000])
    home, (port,) = Home(folder / "home"), free_ports(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DASIBOM_SUPERRES_DEFAULT_MODEL", "tiny")
        patch.setenv("DASIBOM_SUPERRES_MODELS_FILE", "models.toml")
        patch.setenv("DASIBOM_SUPERRES_WEIGHTS_DIR", "weights")
        state, _ = up(home, LocalSettings(port=port, port_given=True), lambda _: None, patience_seconds=180)
    try:
        with httpx.Client(base_url=state.url, timeout=60) as rest:
            yield RunningMesh(home=home, state=state, rest=rest)
    finally:
        down(home)


@pytest.fixture(scope="module")
def operate(mesh: RunningMesh) -> Iterator[ModelServiceStub]:
    """Loads and unloads by hand, at the service."""
    address = next(part.address for part in mesh.state.parts if part.name == "superres")
    with grpc.insecure_channel(address) as channel:
        yield ModelServiceStub(channel)


def status(mesh: RunningMesh, name: str) -> Model:
    answer = mesh.rest.get("/api/v1/models/status")
    assert answer.status_code == 200, answer.text
    (service,) = (service for service in answer.json()["services"] if service["service"] == "superres")
    (model,) = (model for model in service["models"] if model["name"] == name)
    return dict(model)


def seen_until(mesh: RunningMesh, name: str, last: Callable[[Model], bool], seconds: float = 60) -> list[Model]:
    """Each state of a model that is another than the one before, up to the one that was waited for."""
    seen: list[Model] = []
    deadline = time.monotonic() + seconds
    while not (seen and last(seen[-1])):
        assert time.monotonic() < deadline, seen
        now = status(mesh, name)
        if not seen or now != seen[-1]:
            seen.append(now)
        time.sleep(0.02)
    return seen


def test_a_model_is_seen_loading_working_and_unloading(mesh: RunningMesh, operate: ModelServiceStub) -> None:
    before = status(mesh, "tiny")
    assert before["state"] == "MODEL_STATE_UNLOADED"
    assert before["isDefault"]
    assert not {"failure", "device", "callsInProgress"} & before.keys()

    job = mesh.submit("/api/v1/super-resolution", image={"file": mesh.upload(SAMPLES / "cctv_frame.jpg")}, scale=2)
    seen = seen_until(mesh, "tiny", lambda model: model["state"] == "MODEL_STATE_READY" and "callsInProgress" in model)
    states = [model["state"] for model in seen]
    assert "MODEL_STATE_LOADING" in states
    assert states == sorted(states, key=["MODEL_STATE_UNLOADED", "MODEL_STATE_LOADING", "MODEL_STATE_READY"].index)
    assert seen[-1]["device"].startswith(("cpu", "cuda"))
    assert seen[-1]["callsInProgress"] == 1
    assert seen[-1]["stateTime"] > before["stateTime"]
    done = mesh.wait(job["id"])
    assert done["state"] == "JOB_STATE_SUCCEEDED", done.get("error")
    ready = seen_until(mesh, "tiny", lambda model: "callsInProgress" not in model)[-1]
    assert ready["state"] == "MODEL_STATE_READY"

    operate.UnloadModel(UnloadModelRequest(name="tiny"), timeout=30)
    after = status(mesh, "tiny")
    assert after["state"] == "MODEL_STATE_UNLOADED"
    assert not {"failure", "device"} & after.keys()


def test_a_model_with_a_cut_file_fails_with_the_reason_and_keeps_it(mesh: RunningMesh, operate: ModelServiceStub) -> None:
    assert status(mesh, "cut")["state"] == "MODEL_STATE_UNLOADED"
    with pytest.raises(grpc.RpcError) as refused:
        operate.LoadModel(LoadModelRequest(name="cut"), timeout=60)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    model = status(mesh, "cut")
    assert model["state"] == "MODEL_STATE_FAILED"
    assert "tiny.pth" in model["failure"]
    assert model["failure"] == refused.value.details()
    assert str(mesh.home.root.parent) not in model["failure"]


def test_what_keeps_a_model_from_being_loaded_is_said_before_anybody_asks_for_it(mesh: RunningMesh) -> None:
    absent, closed = status(mesh, "absent"), status(mesh, "closed")
    assert absent["state"] == closed["state"] == "MODEL_STATE_UNLOADED"
    assert "tiny.pth is not in the weights folder" in absent["failure"]
    assert "For-Research-Only" in closed["failure"]
    assert "DASIBOM_ACCEPTED_LICENCES" in closed["failure"]


def test_a_job_on_a_model_that_cannot_be_loaded_fails_with_what_the_status_says(mesh: RunningMesh) -> None:
    picture = {"file": mesh.upload(SAMPLES / "face.jpg")}
    job = mesh.submit("/api/v1/super-resolution", image=picture, options={"models": {"superres": "closed"}})
    error = mesh.wait(job["id"])["error"]
    assert "For-Research-Only" in error["message"], error


def test_the_other_services_keep_their_own_default_models(mesh: RunningMesh) -> None:
    services = mesh.rest.get("/api/v1/models/status").json()["services"]
    defaults = {service["service"]: [model["name"] for model in service["models"] if model.get("isDefault")] for service in services}
    assert defaults == {"vqa": ["vision"], "diffusion": ["composite"], "faceswap": ["blend"], "superres": ["tiny"]}
