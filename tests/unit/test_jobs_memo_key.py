"""What makes two model calls the same."""

from __future__ import annotations

from dasibom.common.v1.image_pb2 import Image
from dasibom.diffusion.v1.diffusion_service_pb2 import GenerateRequest
from dasibom.superres.v1.super_res_service_pb2 import UpscaleRequest
from dasibom.vqa.v1.vqa_service_pb2 import AnswerRequest
from services.orchestrator.jobs.memo import memo_key
from services.orchestrator.mesh import method_for


def test_equal_calls_have_one_key_and_any_difference_makes_another() -> None:
    calls = [
        (UpscaleRequest(image=Image(data=b"a"), scale=2), "m@1#x"),
        (UpscaleRequest(image=Image(data=b"b"), scale=2), "m@1#x"),
        (UpscaleRequest(image=Image(data=b"a"), scale=3), "m@1#x"),
        (UpscaleRequest(image=Image(data=b"a"), scale=2, denoise=0), "m@1#x"),
        (UpscaleRequest(image=Image(data=b"a"), scale=2, model="m"), "m@1#x"),
        (UpscaleRequest(image=Image(data=b"a"), scale=2), "m@2#x"),
        (UpscaleRequest(image=Image(data=b"a"), scale=2), "m@1#y"),
        (UpscaleRequest(), "m@1#x"),
        (AnswerRequest(), "m@1#x"),
    ]
    keys = [memo_key(method_for(request), request, revision) for request, revision in calls]
    assert len(set(keys)) == len(keys)
    again = [memo_key(method_for(request), type(request).FromString(request.SerializeToString()), revision) for request, revision in calls]
    assert again == keys


def test_the_order_of_a_maps_entries_makes_no_difference() -> None:
    names = [f"key{n}" for n in range(20)]
    one, other = GenerateRequest(attributes=dict.fromkeys(names, "x")), GenerateRequest(attributes=dict.fromkeys(reversed(names), "x"))
    assert memo_key(method_for(one), one, "r") == memo_key(method_for(other), other, "r")
