"""Settings of downloading, read from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DownloadSettings(BaseSettings):
    """Where models come from, where they go, and how patiently. The prefix of the variables is `DASIBOM_`."""

    model_config = SettingsConfigDict(env_prefix="DASIBOM_", env_ignore_empty=True, extra="ignore")

    weights_dir: Path = Field(Path("weights"), description="folder of downloaded weights, a folder a model in it")
    models_file: Path | None = Field(None, description="manifest of your own models, in the format of services/models.toml")
    accepted_licences: str = Field("", description="licences that forbid commercial use and that you have accepted, separated by commas")
    hub_endpoint: str = Field(
        default_factory=lambda: os.environ.get("HF_ENDPOINT") or "https://huggingface.co",
        description="address of the Hugging Face hub or of a mirror of it; HF_ENDPOINT is heeded too",
    )
    github_endpoint: str = Field("https://github.com", description="address of GitHub or of a mirror of its releases")
    hub_token: SecretStr = Field(
        default_factory=lambda: SecretStr(os.environ.get("HF_TOKEN", "")),
        description="access token for gated repositories of the hub; HF_TOKEN is heeded too",
    )
    download_jobs: int = Field(4, ge=1, le=16, description="files fetched at once")
    download_attempts: int = Field(6, ge=1, description="attempts in a row that may bring nothing until a file is given up")
    download_backoff_seconds: float = Field(1.0, ge=0, description="wait after the first failed attempt; doubles with each, up to a minute")
    download_timeout_seconds: float = Field(30.0, gt=0, description="longest silence of a server")
