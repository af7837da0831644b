from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from services.common.backend import Cancelled, ModelSpec
from services.common.picture import Picture
from services.vqa.backend import AnswerTask, Language, Question
from services.vqa.backends.transformers import LlavaBackend, PaliGemmaBackend
from services.vqa.backends.transformers.backend import TransformersBackend
from tests.tiny import llava, paligemma

TOKENS = 6

# What the tests ask of each kind of model: its family, and how its checkpoint is written.
KINDS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "paligemma": ("paligemma", paligemma.save),
    "paligemma2": ("paligemma", lambda folder: paligemma.save(folder, generation=2)),
    "llava": ("llava", llava.save),
    "llava-grouped-heads": ("llava", lambda folder: llava.save(folder, num_key_value_heads=2)),
    "llava-next": ("llava", lambda folder: llava.save(folder, tiles=True)),
    "llava-next-mistral": ("llava", lambda folder: llava.save(folder, tiles=True, model_type="mistral", sliding_window=128)),
}
FAMILIES: dict[str, type[TransformersBackend[Any]]] = {"paligemma": PaliGemmaBackend, "llava": LlavaBackend}


class Listener:
    """Records what is reported, and leaves when it has heard enough."""

    def __init__(self, leave_after: int | None = None) -> None:
        self.reports: list[tuple[str, int, int]] = []
        self._leave_after = leave_after

    def report(self, stage: str, step: int, total: int, preview: np.ndarray | None = None) -> None:
        self.reports.append((stage, step, total))
        if self._leave_after is not None and len(self.reports) > self._leave_after:
            raise Cancelled


def picture(height: int, width: int, seed: int = 0) -> Picture:
    """Noise."""
    return Picture(pixels=np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def task(
    shown: Picture, *asked: str, language: Language = "en", monitor: Listener | None = None, tokens: int = TOKENS, topics: bool = False
) -> AnswerTask:
    """Questions about a picture: in words, or by topic."""
    questions = tuple(Question(topic=text, text="") if topics else Question(topic="prompt", text=text) for text in asked)
    return AnswerTask(picture=shown, questions=questions, language=language, monitor=monitor or Listener(), max_new_tokens=tokens)


def spec(name: str, family: str, **defaults: Any) -> ModelSpec:
    """A model without files of its own."""
    stated = {"max_questions_per_batch": 4, **defaults}
    return ModelSpec(name=name, backend=family, revision="1", licence="MIT", commercial_use=True, memory_bytes=0, defaults=stated)


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A checkpoint of a kind."""
    root = tmp_path_factory.mktemp("checkpoints")
    return cache(lambda kind: KINDS[kind][1](root / kind))


@pytest.fixture(scope="session")
def backend_of(folder_of: Callable[[str], Path]) -> Callable[[str], TransformersBackend[Any]]:
    """The backend of a kind, loaded."""

    @cache
    def loaded(kind: str) -> TransformersBackend[Any]:
        family = KINDS[kind][0]
        backend = FAMILIES[family](spec(kind, family), folder_of(kind), device="cpu")
        backend.load()
        return backend

    return loaded


class Library:
    """The transformers library as its documentation shows it: one question at a time, all of it again each time."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForImageTextToText, AutoProcessor

        self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()
        self.processor = AutoProcessor.from_pretrained(folder, local_files_only=True)

    def inputs(self, shown: Picture, question: str) -> Any:
        """What the model is given."""
        if self.model.config.model_type == "paligemma":
            text = f"<image>answer en {question}"
        else:
            content = [{"type": "image"}, {"type": "text", "text": question}]
            text = self.processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        with warnings.catch_warnings():
            # PaliGemma's processor makes NumPy arrays of tensors in a way that NumPy 2 advises against.
            warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy keyword", DeprecationWarning)
            inputs = self.processor(images=[shown.pixels], text=[text], return_tensors="pt", input_data_format="channels_last")
        inputs.pop("labels", None)
        return inputs

    def ask(self, shown: Picture, question: str, tokens: int = TOKENS) -> tuple[list[int], float]:
        """The tokens of the answer, without the end, and the geometric mean of their probabilities."""
        inputs = self.inputs(shown, question)
        with torch.inference_mode():
            output = self.model.generate(**inputs, max_new_tokens=tokens, do_sample=False, return_dict_in_generate=True, output_logits=True)
        written = output.sequences[0, inputs["input_ids"].shape[1] :]
        logs = torch.stack([logits[0].log_softmax(-1)[token] for logits, token in zip(output.logits, written, strict=True)])
        end = self.processor.tokenizer.eos_token_id
        return [token for token in written.tolist() if token != end], float(logs.mean().exp())


@pytest.fixture(scope="session")
def library_of(folder_of: Callable[[str], Path]) -> Callable[[str], Library]:
    """The library with a kind's checkpoint."""
    return cache(lambda kind: Library(folder_of(kind)))


@dataclass(frozen=True, kw_only=True)
class Open:
    """A backend with its insides at hand."""

    backend: TransformersBackend[Any]
    model: Any
    processor: Any

    @contextmanager
    def calls(self, module: torch.nn.Module) -> Iterator[list[torch.Tensor]]:
        """What a part of the model is given, call by call, while the context lasts."""
        inputs: list[torch.Tensor] = []

        def note(_: object, positional: tuple[torch.Tensor, ...], named: dict[str, torch.Tensor]) -> None:
            inputs.append(positional[0] if positional else next(iter(named.values())))

        hook = module.register_forward_pre_hook(note, with_kwargs=True)
        try:
            yield inputs
        finally:
            hook.remove()


@pytest.fixture(scope="session")
def open_of(folder_of: Callable[[str], Path]) -> Callable[..., Open]:
    """A backend of a kind around a model of the library; `end` is one more token that ends an answer."""

    def opened(kind: str, *, end: int | None = None) -> Open:
        library = Library(folder_of(kind))
        if end is not None:
            library.model.generation_config.eos_token_id = [library.processor.tokenizer.eos_token_id, end]
        family = KINDS[kind][0]
        backend = FAMILIES[family](spec(kind, family), folder_of(kind))
        backend.prepare(library.model, library.processor)
        return Open(backend=backend, model=library.model, processor=library.processor)

    return opened
