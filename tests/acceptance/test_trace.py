"""One trace holds every hop of a case."""

from __future__ import annotations

import time
import uuid

from tests.acceptance.conftest import SAMPLES, Collector, RunningMesh

CALLER = "00f067aa0ba902b7"  # the caller's own span
HOPS = {"edge", "api", "worker", "mesh", "vqa", "diffusion", "faceswap", "superres"}


def test_one_trace_holds_every_hop_of_a_case(mesh: RunningMesh, collector: tuple[Collector, str]) -> None:
    trace = uuid.uuid4().hex
    # A picture of its own, so that no answer comes from the cache.
    data = (SAMPLES / "face.jpg").read_bytes() + trace.encode()
    file = mesh.rest.post("/api/v1/upload", content=data).json()["id"]
    headers = {"traceparent": f"00-{trace}-{CALLER}-01"}
    job = mesh.rest.post("/api/v1/cases/case1", json={"frames": [{"file": file}], "options": {"seed": 77}}, headers=headers).json()["id"]
    assert mesh.wait(job)["state"] == "JOB_STATE_SUCCEEDED"
    deadline = time.monotonic() + 20
    while True:
        found = [(name, span) for name, span in collector[0].spans if span.trace_id.hex() == trace]
        ids = {span.span_id for _, span in found}
        missing = {hop for hop in HOPS if not any(hop in name for name, _ in found)}
        orphans = {span.name for _, span in found if span.parent_span_id not in ids and span.parent_span_id.hex() != CALLER}
        # A span is sent when it ends, a parent after its children.
        if not missing and not orphans:
            break
        assert time.monotonic() < deadline, f"no span of {sorted(missing)}; without a parent: {sorted(orphans)}"
        time.sleep(0.2)
