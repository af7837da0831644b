"""The command as people run it, a publisher on this machine, and a manifest of models that it publishes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.common import manifest
from services.common.backend import ModelSpec
from tests.integration.downloads import process
from tests.integration.downloads.publisher import COMMIT, Publisher


class Desk:
    """Where an operator sits: a manifest, a weights folder, and the command."""

    def __init__(self, folder: Path, publisher: Publisher) -> None:
        self.weights = folder / "weights"
        self.manifest = folder / "models.toml"
        self.manifest.write_text("", encoding="utf-8")
        self.environment = {
            "PATH": os.environ["PATH"],
            "DASIBOM_LANG": "en",
            "DASIBOM_WEIGHTS_DIR": str(self.weights),
            "DASIBOM_MODELS_FILE": str(self.manifest),
            "DASIBOM_HUB_ENDPOINT": publisher.url,
            "DASIBOM_GITHUB_ENDPOINT": publisher.url,
            "DASIBOM_DOWNLOAD_BACKOFF_SECONDS": "0.05",
            "PYTHONWARNINGS": "error",
            "COLUMNS": "200",
        }

    def add(self, name: str, *files: dict[str, object], licence: str = "MIT", commercial: bool = True, **source: str) -> None:
        """A model with one source in the manifest; by default from the hub at a commit."""
        source = {"kind": "hub", "repository": "o/r", "revision": COMMIT} | source
        entry = {
            "service": "superres",
            "name": name,
            "backend": "b",
            "licence": licence,
            "licence_url": f"https://licences.example/{licence}",
        }
        lines = ["[[model]]", *(f"{key} = {json.dumps(value)}" for key, value in entry.items())]
        lines += [f"commercial_use = {json.dumps(commercial)}", "memory_mib = 1", 'description = "d"', "[[model.sources]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in source.items()]
        lines += [
            "files = [",
            *("  {" + ", ".join(f"{key} = {json.dumps(value)}" for key, value in file.items()) + "}," for file in files),
            "]",
        ]
        with self.manifest.open("a", encoding="utf-8") as text:
            text.write("\n".join(lines) + "\n")
        manifest._read.cache_clear()

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(process.SCRIPT), *arguments]

    def run(self, *arguments: str, accept: bool = True, umask: int = 0o022, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command without a terminal, licences accepted."""
        return process.run([*arguments, *(["--accept-all"] if accept else [])], self.environment | environment, umask)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments, "--accept-all"),
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def spec(self, name: str) -> ModelSpec:
        return next(spec for spec in manifest.models("superres", self.manifest) if spec.name == name)

    def left_over(self, name: str) -> list[str]:
        """What lies in a model's folder beside its files, the record and the lock."""
        kept = {".download.json", ".download.lock", *(file.path for file in self.spec(name).weights)}
        folder = self.weights / name
        return sorted(
            str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and str(path.relative_to(folder)) not in kept
        )


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    with publisher.running():
        yield publisher


@pytest.fixture(scope="session")
def imported_command() -> None:
    process.prepare()


@pytest.fixture
def desk(tmp_path: Path, publisher: Publisher, imported_command: None) -> Desk:
    return Desk(tmp_path, publisher)
