"""Tokenizers of the language models' kinds, trained in a moment on the catalogue's questions.

They are of the same build as the published ones (byte-pair merges, byte fallback, the same treatment of spaces and control tokens), with
a vocabulary of hundreds instead of tens of thousands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer

from services.common.questions import TOPICS

_WORDS = "yes no red blue black white man woman none unanswerable USER: ASSISTANT: Answer the question using a single word or phrase."
_TEXTS = [*(topic.question_en for topic in TOPICS), *[_WORDS] * 20]
_BYTES = [f"<0x{value:02X}>" for value in range(256)]


def gemma(size: int = 900) -> Any:
    """A `GemmaTokenizer`: no space in front, `<pad> <eos> <bos> <unk> <mask>` first."""
    from transformers import GemmaTokenizer

    vocabulary, merges = _train(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *_BYTES, "\n"], size)
    return GemmaTokenizer(vocab=vocabulary, merges=merges)


def llama(size: int = 900) -> Any:
    """A `LlamaTokenizer` as LLaVA has it: a space in front of a text, `<image>` and `<pad>` added behind."""
    from transformers import LlamaTokenizer

    vocabulary, merges = _train(["<unk>", "<s>", "</s>", *_BYTES], size)
    tokenizer = LlamaTokenizer(vocab=vocabulary, merges=merges)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"], "pad_token": "<pad>"})
    return tokenizer


def _train(special: Sequence[str], size: int) -> tuple[dict[str, int], list[tuple[str, str]]]:
    tokenizer = Tokenizer(BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = BpeTrainer(vocab_size=size, special_tokens=list(special), show_progress=False)
    tokenizer.train_from_iterator(_TEXTS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(merge) for merge in model["merges"]]
