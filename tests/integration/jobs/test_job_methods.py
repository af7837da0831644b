"""Methods of super-resolution, checked when a case is submitted."""

from __future__ import annotations

import pytest

from dasibom.orchestrator.v1.input_pb2 import ImageSource
from dasibom.orchestrator.v1.orchestrator_service_pb2 import SubmitSuperResolutionRequest
from services.common.errors import InvalidRequest
from tests.integration.jobs.conftest import Orchestrator
from tests.integration.jobs.toy_models import picture


async def test_a_method_that_is_none_is_refused_with_its_place_and_those_that_there_are(orchestrator: Orchestrator) -> None:
    request = SubmitSuperResolutionRequest(image=ImageSource(data=picture(1)), methods=["toy", "magic"])
    with pytest.raises(InvalidRequest, match=r"methods\[1\]: there is no method 'magic'; there are: toy, bicubic") as error:
        await orchestrator.submitter.submit(request)
    assert error.value.field_violations == [("methods[1]", "there is no method 'magic'; there are: toy, bicubic")]
    assert error.value.reason == "UNKNOWN_MODEL"


async def test_models_and_plain_enlargement_are_methods(orchestrator: Orchestrator) -> None:
    request = SubmitSuperResolutionRequest(image=ImageSource(data=picture(1)), methods=["toy", "bicubic"])
    job, created = await orchestrator.submitter.submit(request)
    assert created
    assert list(SubmitSuperResolutionRequest.FromString(job.request).methods) == ["toy", "bicubic"]
