"""What keeps a service from starting is said in one line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.services.conftest import start_service

BROKEN = """
[[model]]
service = "superres"
name = "mine"
backend = "realesrgan"
licence = "MIT"
commercial_use = true
memory_mib = "much"
description = "Mine."
"""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DASIBOM_DEFAULT_MODEL": "nosuch"}, "DASIBOM_DEFAULT_MODEL is 'nosuch', which is no model of superres; it has: compact"),
        ({"DASIBOM_SUPERRES_WORKERS": "none"}, "DASIBOM_SUPERRES_WORKERS: Input should be a valid integer"),
        ({"DASIBOM_MODELS_FILE": "{folder}/models.toml"}, "models.toml: mine: memory_mib: Input should be a valid integer"),
        ({"DASIBOM_MODELS_FILE": "{folder}/nowhere.toml"}, "DASIBOM_MODELS_FILE: "),
    ],
)
def test_a_wrong_setting_ends_the_service_with_one_line_that_names_it(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    (tmp_path / "models.toml").write_text(BROKEN)
    service = start_service("superres", tmp_path, **{name: value.format(folder=tmp_path) for name, value in settings.items()})
    assert service.process.wait(timeout=60) == 1
    (line,) = service.log.read_text().splitlines()
    assert line.startswith("superres cannot start: ")
    assert said in line
