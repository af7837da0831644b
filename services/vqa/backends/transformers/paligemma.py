"""PaliGemma and PaliGemma 2 (Beyer et al. 2024, arXiv:2407.07726; Steiner et al. 2024, arXiv:2412.03555).

The whole prompt, picture and question, attends to itself in both directions. So the picture's keys and values depend on the question, and
a cache of them cannot be shared: what is done once a picture is the vision encoder. The questions are read as one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from transformers import DynamicCache, PaliGemmaForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutputWithPooling

from services.common.picture import Picture
from services.vqa.backend import Question
from services.vqa.backends.transformers import prompts
from services.vqa.backends.transformers.backend import Row, Step, TransformersBackend


@dataclass(frozen=True, kw_only=True)
class SeenPicture:
    """A picture behind the vision encoder."""

    tokens: list[int]  # its places in the prompt
    features: torch.Tensor  # 1×tokens×size of the language model


class PaliGemmaBackend(TransformersBackend[SeenPicture]):
    """Answers in a word or two. The mix checkpoints are made for this; the pt ones are not."""

    classes: ClassVar = {"paligemma": PaliGemmaForConditionalGeneration}

    def _prompt(self, question: Question) -> str:
        asked = self._plain(prompts.english(question))
        tokenizer = self._processor.tokenizer
        return f"{self._processor.image_token}{tokenizer.bos_token}answer en {asked}\n"

    def _look(self, picture: Picture) -> SeenPicture:
        inputs = self._inputs(picture, self._processor.image_token)
        tokens = prompts.through_picture(inputs["input_ids"][0].tolist(), self._image_token)
        return SeenPicture(tokens=tokens, features=self._model.get_image_features(inputs["pixel_values"]).pooler_output)

    def _begin(self, seen: Sequence[SeenPicture], counts: Sequence[int], rows: Sequence[Row]) -> tuple[torch.Tensor, Step]:
        pictures = [picture for picture, count in zip(seen, counts, strict=True) for _ in range(count)]
        prompt = [picture.tokens + row.tokens for picture, row in zip(pictures, rows, strict=True)]
        self._demand_room(max(map(len, prompt)) + max(row.task.max_new_tokens for row in rows))
        tokens, mask = prompts.left_padded(prompt, self._padding, self._model.device)
        cache = DynamicCache(config=self._model.config.get_text_config())
        output = self._model(
            input_ids=tokens,
            attention_mask=mask,
            token_type_ids=torch.zeros_like(tokens),  # all of it is prefix
            position_ids=mask.cumsum(-1).clamp(min=1),  # counted from 1, as in training
            past_key_values=cache,
            mm_encoder_outputs={"image": BaseModelOutputWithPooling(pooler_output=torch.cat([picture.features for picture in pictures]))},
            use_cache=True,
            logits_to_keep=1,
        )

        def step(chosen: torch.Tensor) -> torch.Tensor:
            nonlocal mask
            mask = torch.cat((mask, torch.ones_like(mask[:, :1])), -1)
            following = self._model(
                input_ids=chosen[:, None],
                attention_mask=mask,
                position_ids=mask.sum(-1, keepdim=True),
                past_key_values=cache,
                use_cache=True,
            )
            return following.logits[:, -1]

        return output.logits[:, -1], step
