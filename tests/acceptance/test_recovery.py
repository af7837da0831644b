"""What dies is replaced, and no job is lost by it."""

from __future__ import annotations

import os
import signal
import time

from tests.acceptance.conftest import SAMPLES, SERVICES, RunningMesh

METHODS = ("Answer", "Generate", "DetectFaces", "Upscale")


def progressed_to(mesh: RunningMesh, job: str, step: str, seconds: float = 60) -> None:
    """Return once a job has begun a step."""
    deadline = time.monotonic() + seconds
    while mesh.job(job).get("progress", {}).get("step") != step:
        assert time.monotonic() < deadline, mesh.job(job)
        time.sleep(0.05)


def test_a_worker_killed_in_the_middle_costs_no_finished_call_and_the_job_goes_on_within_ten_seconds(mesh: RunningMesh) -> None:
    files = [{"file": mesh.upload(SAMPLES / name)} for name in ("cctv_frame.jpg", "cctv_frame_2.jpg")]
    # Its own seed and notes: nothing of it has been answered before, so every call counts.
    before = {method: mesh.calls(method) for method in METHODS}
    mesh.submit("/api/v1/cases/case1", frames=files, notes="키 큰 사람", options={"seed": 991})
    job = mesh.rest.get("/api/v1/jobs", params={"pageSize": "1"}).json()["jobs"][0]["id"]
    progressed_to(mesh, job, "enhance")
    for worker in mesh.parts("worker"):
        os.kill(worker.pid, signal.SIGKILL)
    killed = time.monotonic()
    last = mesh.job(job)["lastEvent"]
    while int(mesh.job(job).get("lastEvent", 0)) <= int(last):
        assert time.monotonic() < killed + 10
        time.sleep(0.05)
    done = mesh.wait(job)
    assert done["state"] == "JOB_STATE_SUCCEEDED", done.get("error")
    mesh.wait_until_whole()
    made = {method: mesh.calls(method) - before[method] for method in METHODS}
    # Answers of the earlier tests about these very frames may come from the cache; nothing is asked twice, but for the call that was cut.
    assert made["Generate"] == 1
    assert made["Answer"] <= 2
    assert made["DetectFaces"] <= 2
    assert made["Upscale"] <= 3


def test_a_killed_replica_of_each_model_service_costs_no_failed_job(mesh: RunningMesh) -> None:
    file = mesh.upload(SAMPLES / "cctv_frame.jpg")
    jobs = [mesh.submit("/api/v1/cases/case1", frames=[{"file": file}], options={"seed": 500 + n})["id"] for n in range(3)]
    for service in SERVICES:
        os.kill(mesh.parts(service)[0].pid, signal.SIGKILL)
        time.sleep(0.5)
    ended = [mesh.wait(job) for job in jobs]
    assert [job["state"] for job in ended] == ["JOB_STATE_SUCCEEDED"] * len(jobs), [job.get("error") for job in ended]
    mesh.wait_until_whole()


def test_a_killed_api_is_hidden_by_the_other(mesh: RunningMesh) -> None:
    os.kill(mesh.parts("api")[0].pid, signal.SIGKILL)
    for _ in range(30):
        assert mesh.rest.get("/api/v1/jobs", params={"pageSize": "1"}).status_code == 200
        time.sleep(0.05)
    mesh.wait_until_whole()
