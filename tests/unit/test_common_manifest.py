"""The manifest: what it accepts, and what it says about what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.common import manifest

MODEL = """
[[model]]
service = "{service}"
name = "{name}"
backend = "b"
licence = "MIT"
commercial_use = true
memory_mib = 1
description = "d"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path


def entry(service: str, name: str) -> str:
    return MODEL.format(service=service, name=name)


def test_the_project_s_own_manifest_is_whole() -> None:
    assert all(manifest.services().values())
    assert all(members for members in manifest.profiles().values())


def test_a_file_of_one_s_own_adds_models_and_profiles_and_replaces_by_name(tmp_path: Path) -> None:
    own = written(tmp_path, entry("vqa", "mine") + entry("superres", "compact") + '[profiles]\nours = ["mine", "vision"]\n')
    assert [spec.name for spec in manifest.models("vqa", own)][-1] == "mine"
    assert {spec.name: spec for spec in manifest.models("superres", own)}["compact"].description == "d"
    assert manifest.profiles(own)["ours"] == ("mine", "vision")


def test_a_profile_of_a_model_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    own = written(tmp_path, '[profiles]\nours = ["vision", "nobody", "anyone"]\n')
    with pytest.raises(ValueError, match=r"the profile ours names models that do not exist: anyone, nobody$"):
        manifest.profiles(own)


@pytest.mark.parametrize("service", ["vqa", "superres"])
def test_two_models_of_one_name_are_refused_even_in_two_services_because_they_would_share_a_folder(tmp_path: Path, service: str) -> None:
    own = written(tmp_path, entry("vqa", "twin") + entry(service, "twin"))
    with pytest.raises(ValueError, match=f"two models are named twin, one of vqa and one of {service}"):
        manifest.services(own)


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "Größe"])
def test_a_name_that_could_not_be_a_folder_s_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"models\.toml: model\.0\.name: "):
        manifest.services(written(tmp_path, entry("vqa", name)))
