"""PaliGemma and PaliGemma 2: SigLIP-So400m/14 before Gemma 2B or Gemma 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks_gpu.case import Case
from benchmarks_gpu.place import Place
from benchmarks_gpu.questions import ask, one_by_one
from services.common.backend import ModelSpec
from tests.tiny import paligemma as tiny

# As the published config.json files have it.
_SIGLIP_SO400M = {
    "model_type": "siglip_vision_model",
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_hidden_layers": 27,
    "num_attention_heads": 16,
    "patch_size": 14,
    "vision_use_head": False,
}
_GEMMA_2B = {
    "model_type": "gemma",
    "hidden_size": 2048,
    "intermediate_size": 16384,
    "num_hidden_layers": 18,
    "num_attention_heads": 8,
    "num_key_value_heads": 1,
    "head_dim": 256,
    "max_position_embeddings": 8192,
}
_GEMMA_2 = {
    "model_type": "gemma2",
    "num_key_value_heads": 4,
    "num_attention_heads": 8,
    "head_dim": 256,
    "query_pre_attn_scalar": 256,
    "sliding_window": 4096,
    "attn_logit_softcapping": 50.0,
    "final_logit_softcapping": 30.0,
    "max_position_embeddings": 8192,
}
_GEMMA_2_2B = {**_GEMMA_2, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26}
_GEMMA_2_9B = {
    **_GEMMA_2,
    "hidden_size": 3584,
    "intermediate_size": 14336,
    "num_hidden_layers": 42,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
}
_VOCABULARY = 257_216  # words, places, shapes and the picture's own token
_TOKENS = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 1}
_PROMPT = "<image>answer en {question}\n"
_QUESTIONS = 20

_PUBLISHED: dict[str, tuple[int, dict[str, Any]]] = {  # side of the picture, language model
    "paligemma-3b-mix-224": (224, _GEMMA_2B),
    "paligemma-3b-mix-448": (448, _GEMMA_2B),
    "paligemma2-3b-mix-224": (224, _GEMMA_2_2B),
    "paligemma2-3b-mix-448": (448, _GEMMA_2_2B),
    "paligemma2-10b-mix-448": (448, _GEMMA_2_9B),
}


def cases() -> list[Case]:
    """All at their published sizes."""
    return [_case(model, side) for model, (side, _) in _PUBLISHED.items()]


def tiny_cases() -> list[Case]:
    """The first, tiny."""
    return [
        Case(
            service="vqa",
            model="paligemma-3b-mix-224",
            item=f"2 questions on a picture of {tiny.SIDE}²",
            batches=(1, 2),
            save=lambda spec, folder, place: tiny.save(folder),
            run=ask(tiny.SIDE, 2),
            stock=lambda spec, folder, place: one_by_one(folder, place, side=tiny.SIDE, questions=2, prompt=_PROMPT),
            stock_name="transformers",
        )
    ]


def network(model: str, image_token: int) -> Any:
    """The network of a published model, whose prompts have `image_token` where the picture belongs."""
    from transformers import PaliGemmaConfig, PaliGemmaForConditionalGeneration

    side, text = _PUBLISHED[model]
    config = PaliGemmaConfig(
        vision_config={**_SIGLIP_SO400M, "image_size": side},
        text_config={**text, "vocab_size": _VOCABULARY, **_TOKENS},
        image_token_index=image_token,
        projection_dim=text["hidden_size"],
        hidden_size=text["hidden_size"],
        vocab_size=_VOCABULARY,
        **_TOKENS,
    )
    return PaliGemmaForConditionalGeneration(config)


def _case(model: str, side: int) -> Case:
    def save(spec: ModelSpec, folder: Path, place: Place) -> None:
        processor = tiny.processor(side)
        with place.making():
            made = network(model, processor.image_token_id)
        made.save_pretrained(folder)
        processor.save_pretrained(folder)

    return Case(
        service="vqa",
        model=model,
        item=f"{_QUESTIONS} questions on a picture of {side}²",
        batches=(1, 4),
        save=save,
        run=ask(side, _QUESTIONS),
        stock=lambda spec, folder, place: one_by_one(folder, place, side=side, questions=_QUESTIONS, prompt=_PROMPT),
        stock_name="transformers",
    )
