"""Greedy decoding of a batch, a token a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """What a model wrote behind one prompt."""

    tokens: tuple[int, ...]  # without the end token
    confidence: float  # geometric mean of the probabilities of the tokens, the end token's included; 0..1
    finished: bool  # the model ended it; False when it was cut at the limit


def greedy(
    logits: torch.Tensor,
    step: Callable[[torch.Tensor], torch.Tensor],
    *,
    end_tokens: Collection[int],
    limits: Sequence[int],
    report: Callable[[int], None],
) -> list[Continuation]:
    """Continue every row with its most probable token until it ends or reaches its limit.

    Args:
        logits: rows×vocabulary, of the token that follows each prompt.
        step: takes the chosen token of each row (rows, int64) and gives the next logits. Rows that have ended are fed on, to no effect.
        end_tokens: tokens that end a row.
        limits: most tokens of each row, at least 1.
        report: called with the number of tokens chosen so far, after each; what it raises ends the decoding.

    Returns:
        One continuation a row.
    """
    ends = torch.tensor(sorted(end_tokens), device=logits.device)
    most = torch.tensor(limits, device=logits.device)
    chosen: list[torch.Tensor] = []
    scores: list[torch.Tensor] = []
    running = torch.ones(len(limits), dtype=torch.bool, device=logits.device)
    while True:
        tokens = logits.argmax(-1)
        chosen.append(tokens)
        scores.append(logits.float().log_softmax(-1).gather(-1, tokens[:, None])[:, 0])
        report(len(chosen))
        running = running & ~torch.isin(tokens, ends) & (most > len(chosen))
        if not running.any():
            break
        logits = step(tokens)
    table = zip(torch.stack(chosen, 1).tolist(), torch.stack(scores, 1).tolist(), limits, strict=True)
    return [_continuation(row[:limit], logs[:limit], end_tokens) for row, logs, limit in table]


def _continuation(tokens: list[int], logs: list[float], end_tokens: Collection[int]) -> Continuation:
    length = next((place for place, token in enumerate(tokens) if token in end_tokens), len(tokens))
    finished = length < len(tokens)
    counted = logs[: length + 1] if finished else logs
    return Continuation(tokens=tuple(tokens[:length]), confidence=math.exp(sum(counted) / len(counted)), finished=finished)
