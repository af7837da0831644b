"""LLaVA checkpoints of a few hundred kilobytes, in the format of the published ones."""

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
TEMPLATE = (
    "{% for message in messages %}{{ message['role'].upper() }}: "
    "{% for part in message['content'] %}{{ '<image>\n' if part['type'] == 'image' else part['text'] + ' ' }}{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
_PINPOINTS = [[SIDE, 2 * SIDE], [2 * SIDE, SIDE], [2 * SIDE, 2 * SIDE]]


def processor(side: int = SIDE, patch: int = PATCH, *, template: str | None = TEMPLATE, tiles: bool = False) -> Any:
    """The processor: pictures of `side`×`side` pixels, a token each `patch`×`patch`.

    Args:
        side: of the pictures, pixels.
        patch: of a token, pixels.
        template: chat template; None for none.
        tiles: whether it is LLaVA-NeXT's, which cuts a picture into tiles.
    """
    from transformers import CLIPImageProcessor, LlavaNextImageProcessor, LlavaNextProcessor, LlavaProcessor

    sizes = {"size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}}
    images = LlavaNextImageProcessor(**sizes, image_grid_pinpoints=_PINPOINTS) if tiles else CLIPImageProcessor(**sizes)
    return (LlavaNextProcessor if tiles else LlavaProcessor)(
        image_processor=images,
        tokenizer=tokenizers.llama(),
        patch_size=patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    )


def config(processor: Any, *, side: int = SIDE, patch: int = PATCH, tiles: bool = False, vision: Any = None, **text: Any) -> Any:
    """The config of a tiny model.

    Args:
        processor: the processor that goes with it.
        side: of the pictures, pixels.
        patch: of a token, pixels.
        tiles: whether it is LLaVA-NeXT's.
        vision: other numbers for the vision encoder.
        **text: other numbers for the language model.
    """
    from transformers import LlavaConfig, LlavaNextConfig

    numbers = {
        "model_type": "llama",
        "vocab_size": len(processor.tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "max_position_embeddings": 2048,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": processor.tokenizer.pad_token_id,
        **text,
    }
    encoder = {
        "model_type": "clip_vision_model",
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "image_size": side,
        "patch_size": patch,
        **(vision or {}),
    }
    more = {"image_grid_pinpoints": _PINPOINTS} if tiles else {}
    return (LlavaNextConfig if tiles else LlavaConfig)(
        vision_config=encoder,
        text_config=numbers,
        image_token_index=processor.image_token_id,
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
        pad_token_id=processor.tokenizer.pad_token_id,
        **more,
    )


def save(
    folder: Path,
    *,
    template: str | None = TEMPLATE,
    tiles: bool = False,
    shard: str = "5GB",
    dtype: torch.dtype = torch.float32,
    **text: Any,
) -> Path:
    """Write a checkpoint with random weights.

    Args:
        folder: where to.
        template: see `processor`.
        tiles: see `processor`.
        shard: most that a file of weights may hold.
        dtype: what the weights are stored as.
        **text: see `config`.
    """
    from transformers import LlavaForConditionalGeneration, LlavaNextForConditionalGeneration

    torch.manual_seed(0)
    whole = processor(template=template, tiles=tiles)
    model = (LlavaNextForConditionalGeneration if tiles else LlavaForConditionalGeneration)(config(whole, tiles=tiles, **text))
    randomize(model)
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    whole.save_pretrained(folder)
    rearrange(folder, keep_processor=True)
    return folder
