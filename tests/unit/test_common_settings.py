"""Settings of the model services: for all of them, and for one alone; wrong ones are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from dasibom.local.parts import MODEL_SERVICES
from dasibom.local.supervision import PATH_SETTINGS
from services.common.settings import BadSetting, ModelServiceSettings, ServerSettings, read_settings
from services.diffusion.settings import DiffusionSettings
from services.orchestrator.settings import OrchestratorSettings
from services.vqa.settings import VqaSettings

CLASSES = (ServerSettings, ModelServiceSettings, VqaSettings, DiffusionSettings, OrchestratorSettings)


def test_what_is_set_for_one_service_alone_stands_above_what_is_set_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASIBOM_DEVICE", "cpu")
    monkeypatch.setenv("DASIBOM_VQA_DEVICE", "cuda:1")
    monkeypatch.setenv("DASIBOM_VQA_DEFAULT_MODEL", "paligemma")
    monkeypatch.setenv("DASIBOM_VQA_ACCEPTED_LICENCES", "gemma, llama2")
    monkeypatch.setenv("DASIBOM_VQA_OPENAI_API_KEY", "secret")
    vqa, faceswap = read_settings(VqaSettings, "vqa"), read_settings(ModelServiceSettings, "faceswap")
    assert (vqa.device, vqa.default_model, vqa.accepted_licences) == ("cuda:1", "paligemma", ("gemma", "llama2"))
    assert vqa.openai_api_key.get_secret_value() == "secret"
    assert (faceswap.device, faceswap.default_model, faceswap.accepted_licences) == ("cpu", "", ())


def test_addresses_belong_to_a_process_and_not_to_a_service_with_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASIBOM_LISTEN", "127.0.0.1:1")
    monkeypatch.setenv("DASIBOM_VQA_LISTEN", "127.0.0.1:2")
    assert read_settings(VqaSettings, "vqa").listen == "127.0.0.1:1"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("DASIBOM_MAX_BATCH", "many"), ("DASIBOM_VQA_MAX_BATCH", "0"), ("DASIBOM_VQA_DTYPE", "int8"), ("DASIBOM_LOG_LEVEL", "loud")],
)
def test_a_wrong_setting_is_named_as_it_was_given(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting, match=f"^{variable}: Input should be [^;]+$"):
        read_settings(VqaSettings, "vqa")


def test_all_wrong_settings_are_named_at_once_without_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASIBOM_MAX_BATCH", "s3cret-key-put-into-the-wrong-variable")
    monkeypatch.setenv("DASIBOM_VQA_WORKERS", "0")
    with pytest.raises(
        BadSetting, match=r"DASIBOM_VQA_WORKERS: .*; DASIBOM_MAX_BATCH: |DASIBOM_MAX_BATCH: .*; DASIBOM_VQA_WORKERS: "
    ) as error:
        read_settings(VqaSettings, "vqa")
    assert "s3cret" not in str(error.value)


def test_a_rule_of_several_settings_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASIBOM_TLS_KEY", "/key.pem")
    with pytest.raises(BadSetting, match=r"^set both DASIBOM_TLS_CERTIFICATE and DASIBOM_TLS_KEY, or neither$"):
        read_settings(ServerSettings, "vqa")


def test_no_setting_can_be_taken_for_one_of_a_single_service() -> None:
    begins = tuple(f"{service}_" for service in MODEL_SERVICES)
    assert [name for kind in CLASSES for name in kind.model_fields if name.startswith(begins)] == []


def test_the_local_mesh_knows_every_setting_of_the_model_services_that_is_a_path() -> None:
    kinds = (ModelServiceSettings, VqaSettings, DiffusionSettings)
    paths = {
        name.upper()
        for kind in kinds
        for name, field in kind.model_fields.items()
        if field.annotation in {Path, Path | None} and name not in ServerSettings.model_fields
    }
    assert paths == set(PATH_SETTINGS)
