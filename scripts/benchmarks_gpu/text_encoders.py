"""The text encoders of models that draw from words, at their published sizes."""

from __future__ import annotations

from typing import Any

# As the published config.json files have it.
CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "projection_dim": 768}
CLIP_BIG_G = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "projection_dim": 1280,
    "hidden_act": "gelu",
}
_CLIP = {"vocab_size": 49_408, "max_position_embeddings": 77}
_T5_XXL = {
    "vocab_size": 32_128,
    "d_model": 4096,
    "d_kv": 64,
    "d_ff": 10_240,
    "num_layers": 24,
    "num_heads": 64,
    "feed_forward_proj": "gated-gelu",
    "pad_token_id": 0,
    "eos_token_id": 1,
    "decoder_start_token_id": 0,
}


def clip(sizes: dict[str, Any], tokenizer: Any, *, projection: bool = False) -> Any:
    """A CLIP text encoder for a tokenizer, with or without the projection behind it."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    ends = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(CLIPTextConfig(**_CLIP, **sizes, **ends))


def t5_xxl() -> Any:
    """The encoder of T5 v1.1 XXL."""
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(T5Config(**_T5_XXL))
