"""PaliGemma checkpoints of a few hundred kilobytes, in the format of the published ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from services.common import torchvision_import
from tests.tiny import tokenizers
from tests.tiny.published import rearrange
from tests.tiny.randomness import randomize

torchvision_import.mend()

SIDE = 28  # pixels of the pictures that it sees
PATCH = 14


def processor(side: int = SIDE, patch: int = PATCH) -> Any:
    """The processor: pictures of `side`×`side` pixels, a token each `patch`×`patch`."""
    from transformers import PaliGemmaProcessor, SiglipImageProcessor

    images = SiglipImageProcessor(size={"height": side, "width": side}, image_mean=[0.5] * 3, image_std=[0.5] * 3)
    images.image_seq_length = (side // patch) ** 2
    return PaliGemmaProcessor(image_processor=images, tokenizer=tokenizers.gemma())


def config(processor: Any, *, generation: int = 1, side: int = SIDE, patch: int = PATCH, vision: Any = None, **text: Any) -> Any:
    """The config of a tiny model.

    Args:
        processor: the processor that goes with it.
        generation: 1 for PaliGemma, 2 for PaliGemma 2 (Gemma 2: sliding window in every other layer, capped logits).
        side: of the pictures, pixels.
        patch: of a token, pixels.
        vision: other numbers for the vision encoder.
        **text: other numbers for the language model.
    """
    from transformers import PaliGemmaConfig

    vocabulary = len(processor.tokenizer)
    width = text.pop("hidden_size", 32)
    numbers = {
        "model_type": "gemma" if generation == 1 else "gemma2",
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "max_position_embeddings": 2048,
        **({} if generation == 1 else {"query_pre_attn_scalar": 16, "sliding_window": 16}),
        **text,
    }
    encoder = {
        "model_type": "siglip_vision_model",
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": side,
        "patch_size": patch,
        "vision_use_head": False,
        **(vision or {}),
    }
    tokens = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1}
    return PaliGemmaConfig(
        vision_config=encoder,
        text_config={**numbers, **tokens},
        image_token_index=processor.image_token_id,
        projection_dim=width,
        hidden_size=width,
        vocab_size=vocabulary,
        **tokens,
    )


def save(folder: Path, *, generation: int = 1, shard: str = "5GB", dtype: torch.dtype = torch.float32, **text: Any) -> Path:
    """Write a checkpoint with random weights.

    Args:
        folder: where to.
        generation: see `config`.
        shard: most that a file of weights may hold.
        dtype: what the weights are stored as.
        **text: see `config`.
    """
    from transformers import PaliGemmaForConditionalGeneration

    torch.manual_seed(0)
    whole = processor()
    model = PaliGemmaForConditionalGeneration(config(whole, generation=generation, **text))
    randomize(model)
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    whole.save_pretrained(folder)
    rearrange(folder, keep_processor=False)
    return folder
