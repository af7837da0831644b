"""Settings of the diffusion service, read from the environment with the prefix `DASIBOM_`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from services.common.settings import ModelServiceSettings


class DiffusionSettings(ModelServiceSettings):
    """What image generation needs to know."""

    compile: bool = Field(False, description="compile the denoising network's repeated blocks at loading, which then takes minutes")
    offload: Literal["auto", "none", "model", "sequential"] = Field(
        "auto", description="keep resting parts in the computer's memory; auto: when the GPU is too small for the model"
    )
    allow_external: bool = Field(False, description="whether requests may leave the cluster, for the models of outside servers")
    midjourney_url: str = Field("", description="address of a Midjourney proxy, below which `/mj/…` is, for the model `midjourney`")
    midjourney_secret: SecretStr = Field(SecretStr(""), description="its `mj-api-secret`; none where it wants none")
    midjourney_faces: bool = Field(False, description="whether pictures may be sent there too: any may show a real face")
