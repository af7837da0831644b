"""Prompts as the numbers that the denoising network reads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """One prompt, in the computer's memory."""

    tokens: torch.Tensor  # 1×T×C, for the network's cross attention
    pooled: torch.Tensor  # 1×P, the prompt as a whole


class PromptCache:
    """The embeddings of the prompts that were used last. Encoders are large, and people try one prompt many times."""

    def __init__(self, encode: Callable[[str], Embedding], size: int) -> None:
        """Keep up to `size` prompts of what `encode` gives."""
        self._encode = encode
        self._size = size
        self._kept: OrderedDict[str, Embedding] = OrderedDict()
        self.encoded = 0  # prompts that the encoders have read

    def __getitem__(self, prompt: str) -> Embedding:
        """The prompt's embedding, encoded when it is not kept."""
        if prompt in self._kept:
            self._kept.move_to_end(prompt)
            return self._kept[prompt]
        found = self._encode(prompt)
        self.encoded += 1
        self._kept[prompt] = Embedding(tokens=found.tokens.cpu(), pooled=found.pooled.cpu())
        while len(self._kept) > max(1, self._size):
            self._kept.popitem(last=False)
        return found


class ClipPrompts:
    """CLIP reads 77 tokens, start and end among them. A longer prompt is read in several such windows, which are put in a row.

    A prompt of one window gives just what the library's own pipeline gives; of a longer one that would drop the end.
    """

    def __init__(self, encoders: list[tuple[Any, Any]]) -> None:
        """Read with all encoders side by side.

        Args:
            encoders: tokenizers and encoders; the pooled embedding is that of the last.
        """
        self._encoders = encoders

    @property
    def window(self) -> int:
        """Tokens of a window."""
        return int(self._encoders[0][0].model_max_length)

    def encode(self, prompt: str) -> Embedding:
        """The prompt, 1×(windows·77)×C."""
        read, pooled = [], torch.empty(0)
        for tokenizer, encoder in self._encoders:
            windows = torch.tensor(_windows(tokenizer, prompt), device=_device_of(encoder))
            output = encoder(windows, output_hidden_states=True)
            hidden = output.hidden_states[-2]
            read.append(hidden.reshape(1, -1, hidden.shape[-1]))
            pooled = output[0][:1]
        longest = max(part.shape[1] for part in read)
        assert all(part.shape[1] == longest for part in read), "CLIP's tokenizers share one vocabulary"
        return Embedding(tokens=torch.cat(read, dim=-1), pooled=pooled)


def _windows(tokenizer: Any, prompt: str) -> list[list[int]]:
    """Token numbers by window, each with start, end and padding; words stay whole where they can."""
    size = tokenizer.model_max_length - 2
    tokens = tokenizer(prompt, add_special_tokens=False, verbose=False).input_ids
    ends = {position + 1 for position, piece in enumerate(tokenizer.convert_ids_to_tokens(tokens)) if piece.endswith("</w>")}
    windows: list[list[int]] = []
    start = 0
    while start < len(tokens) or not windows:
        stop = min(start + size, len(tokens))
        if stop < len(tokens):
            stop = max((end for end in ends if start < end <= stop), default=stop)
        window = [tokenizer.bos_token_id, *tokens[start:stop], tokenizer.eos_token_id]
        windows.append(window + [tokenizer.pad_token_id] * (tokenizer.model_max_length - len(window)))
        start = stop
    return windows


def _device_of(encoder: Any) -> torch.device:
    """Where an encoder works, which is not where its weights rest when it is offloaded."""
    from diffusers.utils.torch_utils import get_module_execution_device

    return torch.device(get_module_execution_device(encoder))
