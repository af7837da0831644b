"""Settings of the vqa service, read from the environment with the prefix `DASIBOM_`."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.common.settings import ModelServiceSettings


class VqaSettings(ModelServiceSettings):
    """What visual question answering needs to know."""

    allow_external: bool = Field(False, description="whether pictures may leave the cluster, for the models of outside servers")
    openai_base_url: str = Field("", description="an OpenAI-compatible server, such as `https://host/v1`, for the model `openai`")
    openai_api_key: SecretStr = Field(SecretStr(""), description="key for that server; none where it wants none")
    openai_model: str = Field("", description="the model that the server shall use, by its own name")
    openai_max_side: int = Field(1024, ge=64, le=8192, description="longer side of pictures that leave for that server, pixels")
    openai_timeout_seconds: float = Field(120.0, gt=0, description="most that the server may keep silent, seconds")
    openai_max_retries: int = Field(2, ge=0, le=10, description="tries again after the server was busy, failed or could not be reached")
