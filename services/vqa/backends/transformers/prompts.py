"""From a question to tokens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch

from services.common.questions import BY_KEY, TOPICS, Topic
from services.vqa.backend import Question

_BY_TEXT = {text: topic for topic in TOPICS for text in (topic.question_ko, topic.question_en)}


def catalogue_topic(question: Question) -> Topic | None:
    """The catalogue's topic, if it is asked for in the catalogue's own words or in none; None for a question of the caller's own."""
    if not question.text:
        return BY_KEY.get(question.topic)
    return _BY_TEXT.get(question.text.strip())


def english(question: Question) -> str:
    """The question as an English model is asked: the catalogue's in English, others as they are, on one line."""
    topic = catalogue_topic(question)
    return topic.question_en if topic else " ".join(question.text.split())


class Plain:
    """Makes a caller's text plain: what looks like a control token (`<image>`, `</s>`) must not become one."""

    def __init__(self, tokenizer: Any) -> None:
        special = sorted((token.content for token in tokenizer.added_tokens_decoder.values() if token.special), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, special)))

    def __call__(self, text: str) -> str:
        """The text, each control token broken by a space behind its first letter."""
        return self._pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def behind_picture(tokens: Sequence[int], image_token: int) -> list[int]:
    """The tokens behind the last one of the picture.

    Raises:
        ValueError: there is none of a picture.
    """
    return list(tokens)[_picture_end(tokens, image_token) :]


def through_picture(tokens: Sequence[int], image_token: int) -> list[int]:
    """The tokens up to the last one of the picture. Raises what `behind_picture` raises."""
    return list(tokens)[: _picture_end(tokens, image_token)]


def _picture_end(tokens: Sequence[int], image_token: int) -> int:
    places = [place for place, token in enumerate(tokens) if token == image_token]
    if not places:
        raise ValueError("the prompt has no place for the picture")
    return places[-1] + 1


def left_padded(rows: Sequence[Sequence[int]], padding: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of tokens as one tensor, so that all end in the last column.

    Returns:
        Tokens and mask, both rows×columns, int64; the mask is 0 at the padding.
    """
    width = max(map(len, rows))
    tokens = [[padding] * (width - len(row)) + list(row) for row in rows]
    mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(tokens, device=device), torch.tensor(mask, device=device)
