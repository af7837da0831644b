"""LLaVA-1.5 (Liu et al. 2023, arXiv:2310.03744) and LLaVA-NeXT.

The language model is causal: the keys and values of the picture, which comes first, do not depend on the question. They are computed once
a picture, and all questions share them; see `shared_prefix`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from transformers import DynamicCache, LlavaForConditionalGeneration, LlavaNextForConditionalGeneration

from services.common.picture import Picture
from services.vqa.backend import Question
from services.vqa.backends.transformers import prompts, shared_prefix
from services.vqa.backends.transformers.backend import Row, Step, TransformersBackend
from services.vqa.backends.transformers.shared_prefix import SharedPrefix

_SHORT = "Answer the question using a single word or phrase."  # what these models were trained to be told
_PICTURE, _QUESTION = "<image>", "{question}"
_LLAVA_1_5 = f"USER: {_PICTURE}\n{_QUESTION} ASSISTANT:"


class LlavaBackend(TransformersBackend[DynamicCache]):
    """Answers questions of the catalogue in a word or phrase, and others at the length that they ask for.

    Besides what `TransformersBackend` has, the manifest may set `prompt`: the form of the prompts, with `<image>` and `{question}` in it,
    of a model that comes without a chat template.
    """

    classes: ClassVar = {"llava": LlavaForConditionalGeneration, "llava_next": LlavaNextForConditionalGeneration}

    def prepare(self, model: Any, processor: Any) -> None:
        """See `TransformersBackend.prepare`.

        Raises:
            ValueError: nothing tells the form of the model's prompts.
        """
        self._form = str(self.spec.defaults.get("prompt", ""))
        if not self._form and not processor.chat_template:
            raise ValueError(f"{self.spec.name}: it has no chat template; state `prompt` in the manifest, such as {_LLAVA_1_5!r}")
        if self._form and not (self._form.count(_PICTURE) == self._form.count(_QUESTION) == 1):
            raise ValueError(f"{self.spec.name}: `prompt` needs {_PICTURE} once and {_QUESTION} once, such as {_LLAVA_1_5!r}")
        model.model.language_model.set_attn_implementation(shared_prefix.NAME)
        super().prepare(model, processor)

    def _prompt(self, question: Question) -> str:
        asked = self._plain(prompts.english(question))
        return self._chat(f"{asked}\n{_SHORT}" if prompts.catalogue_topic(question) else asked)

    def _chat(self, text: str) -> str:
        if self._form:
            return self._form.replace(_PICTURE, self._processor.image_token).replace(_QUESTION, text)
        content = [{"type": "image"}, {"type": "text", "text": text}]
        return str(self._processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True))

    def _room(self) -> int:
        # Within its window, a sliding window is none.
        window = getattr(self._model.config.get_text_config(), "sliding_window", None)
        return min(super()._room(), window or super()._room())

    def _look(self, picture: Picture) -> DynamicCache:
        inputs = self._inputs(picture, self._chat("?"))
        tokens = prompts.through_picture(inputs.pop("input_ids")[0].tolist(), self._image_token)
        inputs.pop("attention_mask")
        cache = DynamicCache()
        self._model.model(input_ids=torch.tensor([tokens], device=self._model.device), past_key_values=cache, use_cache=True, **inputs)
        return cache

    def _begin(self, seen: Sequence[DynamicCache], counts: Sequence[int], rows: Sequence[Row]) -> tuple[torch.Tensor, Step]:
        prefix = SharedPrefix(caches=seen, counts=counts)
        tokens, mask = prompts.left_padded([row.tokens for row in rows], self._padding, self._model.device)
        self._demand_room(max(prefix.lengths) + tokens.shape[-1] + max(row.task.max_new_tokens for row in rows))
        before = torch.tensor(prefix.lengths, device=self._model.device)[:, None]
        cache = DynamicCache()  # of the questions and their answers alone

        def read(tokens: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
            output = self._model(
                input_ids=tokens,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                prefix=prefix,
                use_cache=True,
                logits_to_keep=1,
            )
            return output.logits[:, -1]

        def step(chosen: torch.Tensor) -> torch.Tensor:
            nonlocal mask
            mask = torch.cat((mask, torch.ones_like(mask[:, :1])), -1)
            return read(chosen[:, None], before + mask.sum(-1, keepdim=True) - 1)

        return read(tokens, before + mask.cumsum(-1).sub(1).clamp(min=0)), step
