"""LLaVA 1.5: CLIP ViT-L/14-336 before Llama 2 (Vicuna) of 7 or 13 billion numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks_gpu.case import Case
from benchmarks_gpu.place import Place
from benchmarks_gpu.questions import ask, one_by_one
from services.common.backend import ModelSpec
from tests.tiny import llava as tiny

# As the published config.json files have it.
_SIDE = 336
_CLIP_L = {
    "model_type": "clip_vision_model",
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": _SIDE,
    "patch_size": 14,
    "projection_dim": 768,
}
_LLAMA = {"model_type": "llama", "vocab_size": 32_064, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5}
_LLAMA_7B = {**_LLAMA, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32}
_LLAMA_13B = {**_LLAMA, "hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40, "num_attention_heads": 40}
_PROMPT = "USER: <image>\n{question} ASSISTANT:"
_QUESTIONS = 20

_PUBLISHED = {"llava-1.5-7b": _LLAMA_7B, "llava-1.5-13b": _LLAMA_13B}


def cases() -> list[Case]:
    """All at their published sizes."""
    return [_case(model) for model in _PUBLISHED]


def tiny_cases() -> list[Case]:
    """The first, tiny."""
    return [
        Case(
            service="vqa",
            model="llava-1.5-7b",
            item=f"2 questions on a picture of {tiny.SIDE}²",
            batches=(1, 2),
            save=lambda spec, folder, place: tiny.save(folder),
            run=ask(tiny.SIDE, 2),
            stock=lambda spec, folder, place: one_by_one(folder, place, side=tiny.SIDE, questions=2, prompt=_PROMPT),
            stock_name="transformers",
        )
    ]


def network(model: str, *, image_token: int, pad_token: int) -> Any:
    """The network of a published model, whose prompts have `image_token` where the picture belongs."""
    from transformers import LlavaConfig, LlavaForConditionalGeneration

    text = _PUBLISHED[model]
    tokens = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": pad_token}
    config = LlavaConfig(
        vision_config=_CLIP_L,
        text_config={**text, "num_key_value_heads": text["num_attention_heads"], **tokens},
        image_token_index=image_token,
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
        pad_token_id=pad_token,
    )
    return LlavaForConditionalGeneration(config)


def _case(model: str) -> Case:
    def save(spec: ModelSpec, folder: Path, place: Place) -> None:
        processor = tiny.processor(_SIDE)
        with place.making():
            made = network(model, image_token=processor.image_token_id, pad_token=processor.tokenizer.pad_token_id)
        made.save_pretrained(folder)
        processor.save_pretrained(folder)

    return Case(
        service="vqa",
        model=model,
        item=f"{_QUESTIONS} questions on a picture of {_SIDE}²",
        batches=(1, 4),
        save=save,
        run=ask(_SIDE, _QUESTIONS),
        stock=lambda spec, folder, place: one_by_one(folder, place, side=_SIDE, questions=_QUESTIONS, prompt=_PROMPT),
        stock_name="transformers",
    )
