"""What asking many questions about one picture costs: together, and one by one with the library's plain call.

The models have random weights and the proportions of the published ones, a fraction of their width and depth: the vision encoder is a tenth
to a fifth of the language model, a picture takes as many tokens as it does there, and a question about twenty.
"""

from __future__ import annotations

import asyncio
import copy
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from services.common.backend import ModelSpec
from services.common.picture import Picture
from services.vqa.backend import AnswerTask, Question
from services.vqa.backends.transformers import LlavaBackend, PaliGemmaBackend
from tests.benchmarks.rounds import interleaved, median
from tests.benchmarks.table import Goal, Table
from tests.tiny import llava, paligemma
from tests.tiny.randomness import randomize

QUESTIONS = 20
TOKENS = 8  # of each answer: a word or phrase
GOAL = 8.0  # times quicker than one by one
_THINGS = "hat coat scarf bag shoe belt watch ring glove tie dress skirt jacket shirt sock umbrella helmet badge phone book".split()

_PICTURE = Picture(pixels=np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8))


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model to measure with."""

    family: str
    side: int  # pixels of the pictures that it sees
    vision: Mapping[str, int]  # numbers of its vision encoder
    text: Mapping[str, int]  # numbers of its language model


_VISION = {"hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 4}
MODELS = {
    "LLaVA-1.5": Model(
        family="llava",
        side=336,
        vision=_VISION,
        text={
            "hidden_size": 512,
            "intermediate_size": 1376,
            "num_hidden_layers": 8,
            "num_attention_heads": 8,
            "num_key_value_heads": 8,
        },
    ),
    "PaliGemma": Model(
        family="paligemma",
        side=224,
        vision=_VISION,
        text={"hidden_size": 512, "intermediate_size": 4096, "num_hidden_layers": 4, "num_attention_heads": 4, "head_dim": 128},
    ),
}


class _Nobody:
    """Hears of no progress."""

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        pass


class _PlainLibrary:
    """The transformers library as its documentation shows it."""

    def __init__(self, network: Any, processor: Any) -> None:
        self.network = network
        self._processor = processor

    def inputs(self, question: str) -> Any:
        """What the model is given."""
        if self.network.config.model_type == "paligemma":
            text = f"<image>answer en {question}"
        else:
            content = [{"type": "image"}, {"type": "text", "text": question}]
            text = self._processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        with warnings.catch_warnings():
            # PaliGemma's processor makes NumPy arrays of tensors in a way that NumPy 2 advises against.
            warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy keyword", DeprecationWarning)
            inputs = self._processor(images=[_PICTURE.pixels], text=[text], return_tensors="pt", input_data_format="channels_last")
        inputs.pop("labels", None)
        return inputs

    def ask(self, question: str) -> list[int]:
        """The answer's tokens, without the end."""
        inputs = self.inputs(question)
        with torch.inference_mode():
            whole = self.network.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)[0]
        written = whole[inputs["input_ids"].shape[1] :].tolist()
        return [token for token in written if token != self._processor.tokenizer.eos_token_id]


async def measure(rounds: int) -> Table:
    """Seconds of both ways for each model, and how many times quicker together is; the goal is LLaVA's.

    Raises:
        RuntimeError: the answers of the two ways differ.
    """
    rows: list[tuple[str | float, ...]] = []
    goals = []
    for name, model in MODELS.items():
        together, plain = _competitors(model)
        answers: dict[str, list[list[int]]] = {}
        lanes = {
            "together": partial(asyncio.to_thread, _timed, "together", partial(_asked, together), answers),
            "one by one": partial(asyncio.to_thread, _timed, "one by one", partial(_asked_one_by_one, plain), answers),
        }
        taken = await interleaved(lanes, rounds, warm_up=0)
        if answers["together"] != answers["one by one"]:
            raise RuntimeError(f"{name} answers otherwise together than one by one")
        times = median(taken["one by one"] / taken["together"])
        seconds = [median(taken[way]) / 1000 for way in ("one by one", "together")]
        prompt = float(plain.inputs(_questions()[0])["input_ids"].shape[1])
        rows.append((name, plain.network.num_parameters() / 1e6, prompt, float(QUESTIONS), *seconds, times))
        if model.family == "llava":
            goals.append(Goal(what=f"{QUESTIONS} questions together, {name}", value=times, limit=GOAL, unit="times quicker", at_least=True))
    return Table(
        title="Questions about one picture",
        columns=("model", "million parameters", "tokens a prompt", "questions", "one by one, s", "together, s", "times quicker"),
        rows=rows,
        notes=(
            f"Random weights, float32, {torch.get_num_threads()} thread; {TOKENS} tokens an answer; "
            "one by one is the library's processor and `generate(do_sample=False)`. All answers are the same, token by token.",
        ),
        goals=tuple(goals),
    )


def _timed(way: str, ask: Callable[[], list[list[int]]], answers: dict[str, list[list[int]]]) -> float:
    started = time.perf_counter()
    answers[way] = ask()
    return time.perf_counter() - started


def _asked(backend: LlavaBackend | PaliGemmaBackend) -> list[list[int]]:
    asked = tuple(Question(topic="", text=question) for question in _questions())
    task = AnswerTask(picture=_PICTURE, questions=asked, language="en", monitor=_Nobody(), max_new_tokens=TOKENS)
    return [list(said.tokens) for said in backend.continuations([task])[0]]


def _asked_one_by_one(library: _PlainLibrary) -> list[list[int]]:
    return [library.ask(question) for question in _questions()]


def _questions() -> list[str]:
    return [f"What color is the {thing}?" for thing in _THINGS[:QUESTIONS]]


def _competitors(model: Model) -> tuple[LlavaBackend | PaliGemmaBackend, _PlainLibrary]:
    """The same weights twice."""
    from transformers import LlavaForConditionalGeneration, PaliGemmaForConditionalGeneration

    spec = ModelSpec(
        name=model.family,
        backend=model.family,
        revision="",
        licence="",
        commercial_use=True,
        memory_bytes=0,
        defaults={"max_questions_per_batch": QUESTIONS},
    )
    backend: LlavaBackend | PaliGemmaBackend
    torch.manual_seed(0)
    if model.family == "llava":
        processor, backend = llava.processor(model.side), LlavaBackend(spec, Path())
        config = llava.config(processor, side=model.side, vision=dict(model.vision), **model.text)
        network = LlavaForConditionalGeneration(config)
    else:
        processor, backend = paligemma.processor(model.side), PaliGemmaBackend(spec, Path())
        config = paligemma.config(processor, side=model.side, vision=dict(model.vision), **model.text)
        network = PaliGemmaForConditionalGeneration(config)
    randomize(network.eval())
    library = _PlainLibrary(copy.deepcopy(network), processor)
    backend.prepare(network, processor)
    return backend, library
