"""`ListModels` tells what can be used as things are, before anybody tries."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasibom.model.v1.model_service_pb2 import ListModelsRequest, Model
from dasibom.model.v1.model_service_pb2_grpc import ModelServiceStub
from services.common import manifest
from tests.integration.services.conftest import SERVICES, RunningService, start_service, wait_until_serving


def listed(service: RunningService) -> dict[str, Model]:
    with service.channel() as channel:
        return {model.name: model for model in ModelServiceStub(channel).ListModels(ListModelsRequest(), timeout=30).models}


@pytest.mark.parametrize("name", SERVICES)
def test_without_weights_the_embedded_models_alone_can_be_used_and_each_other_one_says_why_not(
    services: dict[str, RunningService], name: str
) -> None:
    models = listed(services[name])
    assert list(models) == [spec.name for spec in manifest.models(name)]
    (usable,) = (model for model in models.values() if not model.failure)
    assert usable.is_default
    for model in models.values():
        assert not model.failure or any(word in model.failure for word in ("download_models.py", "ACCEPTED_LICENCES", "ALLOW_EXTERNAL"))


def test_a_model_of_an_outside_server_can_be_used_once_the_operator_allows_it(tmp_path: Path, services: dict[str, RunningService]) -> None:
    assert "DASIBOM_ALLOW_EXTERNAL" in listed(services["vqa"])["openai"].failure
    service = start_service("vqa", tmp_path, DASIBOM_VQA_ALLOW_EXTERNAL="true", DASIBOM_DRAIN_NOTICE_SECONDS="0")
    try:
        wait_until_serving(service)
        assert listed(service)["openai"].failure == ""
    finally:
        service.process.terminate()
        service.process.wait(timeout=30)
