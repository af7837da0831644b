"""Settings of the vqa service, read from the environment with the prefix `DASIBOM_`."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.common.settings import ModelServiceSettings


class VqaSettings(ModelServiceSettings):
    """What visual question answering needs to know."""

    allow_external: bool = Field(False, description="whether pictures may leave the cluster, for the models of outside servers")
    openai_base_url: str = Field("", description="an OpenAI-compatible server, such as `https://host/v1`, for the model `openai`")
    openai_api_key: SecretStr = Field(SecretStr(""), description="key for that server")
    openai_model: str = Field("", description="the model that the server shall use, by its own name")
