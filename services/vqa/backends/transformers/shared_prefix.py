"""Attention of many rows to one key-value cache of what they all begin with.

The questions on a picture begin with the same tokens, the picture's. In a causal model the keys and values of these do not depend on
what follows, so one cache serves every question. It is not copied for each row: the queries of all rows of a picture meet it in one
matrix product, each row's own keys are met by themselves, and one softmax goes over both. The result is that of ordinary attention to the
whole prompt. (The idea is that of Hydragen, Juravsky et al. 2024, arXiv:2402.05099.)

`NAME` is an attention implementation of the transformers library. Without a prefix it is the library's `sdpa`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, DynamicCache
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import eager_mask

NAME = "shared_prefix"


@dataclass(frozen=True, kw_only=True)
class SharedPrefix:
    """What the rows of a batch begin with: rows of the same beginning lie side by side."""

    caches: Sequence[DynamicCache]  # one for each different beginning, of one row
    counts: Sequence[int]  # how many rows of the batch have it

    @property
    def lengths(self) -> list[int]:
        """Tokens of each row's beginning."""
        return [cache.get_seq_length() for cache, count in zip(self.caches, self.counts, strict=True) for _ in range(count)]

    def layer(self, index: int) -> list[tuple[int, torch.Tensor, torch.Tensor]]:
        """Of one layer, for each different beginning: its number of rows, its keys and its values (key-value heads×tokens×size)."""
        layers = [cache.layers[index] for cache in self.caches]
        return [(count, layer.keys[0], layer.values[0]) for count, layer in zip(self.counts, layers, strict=True)]


def attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    prefix: SharedPrefix | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention as the transformers library calls it.

    Args:
        module: the layer.
        query: rows×heads×tokens×size.
        key: rows×key-value heads×own tokens×size, without the prefix.
        value: likewise.
        attention_mask: rows×1×tokens×own tokens, added to the scores.
        scaling: factor of the scores.
        prefix: what the rows begin with; None: `key` and `value` are all there is.
        **options: of the library's `sdpa`.

    Returns:
        Rows×tokens×heads×size; and None for the weights.
    """
    if prefix is None:
        whole: torch.Tensor = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)[0]
        return whole, None
    assert attention_mask is not None
    rows, heads, tokens, size = query.shape
    groups = heads // key.shape[1]
    # Key-value heads first: then the rows of one prefix are one matrix.
    queries = (query * scaling).view(rows, -1, groups, tokens, size).transpose(0, 1)
    own_keys, own_values = key.transpose(0, 1)[:, :, None], value.transpose(0, 1)[:, :, None]
    own_scores = queries @ own_keys.transpose(-1, -2) + attention_mask[:, 0, None]
    outputs = []
    first = 0
    for count, keys, values in prefix.layer(module.layer_idx):
        those = slice(first, first + count)
        first += count
        shape = (-1, count, groups, tokens)
        shared_scores = (queries[:, those].flatten(1, 3) @ keys.transpose(-1, -2)).view(*shape, keys.shape[-2])
        scores = torch.cat((shared_scores, own_scores[:, those]), -1)
        weights = scores.softmax(-1, dtype=torch.float32).to(query.dtype)
        shared_weights, own_weights = weights.split((keys.shape[-2], scores.shape[-1] - keys.shape[-2]), -1)
        output = (shared_weights.flatten(1, 3) @ values).view(*shape, size) + own_weights @ own_values[:, those]
        outputs.append(output.permute(1, 3, 0, 2, 4).reshape(count, tokens, heads, size))
    return torch.cat(outputs), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, eager_mask)
