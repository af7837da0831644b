"""What the families have in common: a batch of pictures with questions becomes rows, and rows become answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import torch

from services.common import torch_runtime, weights
from services.common.backend import ModelSpec, Unsupported
from services.common.picture import Picture
from services.vqa.backend import Answer, AnswerTask, Question
from services.vqa.backends.transformers import loading, prompts
from services.vqa.backends.transformers.answers import answer_of
from services.vqa.backends.transformers.decode import Continuation, greedy

_ADVICE = "ask fewer questions at once or for shorter answers, or have the operator lower max_questions_per_batch of this model"
_BLANK = Picture(pixels=np.zeros((64, 64, 3), np.uint8))

Seen = TypeVar("Seen")
"""What a family keeps of a picture once it has looked at it."""

Step = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One question about one picture."""

    task: AnswerTask
    picture: int  # which of the batch's
    tokens: list[int]  # of the prompt, behind the picture's


class TransformersBackend(ABC, Generic[Seen]):
    """A vision-language model on this machine.

    Defaults that the manifest may set: the most questions that are decoded together, `max_questions_per_batch` (16), and the most pictures
    that they are about, `max_pictures_per_batch` (4).
    """

    classes: ClassVar[Mapping[str, Any]]  # the model classes that it can run, by `model_type`

    def __init__(self, spec: ModelSpec, folder: Path, *, device: str = "", dtype: str = "auto") -> None:
        """Note what to load.

        Args:
            spec: the model.
            folder: where its weights are.
            device: see `torch_runtime.device_of`.
            dtype: see `torch_runtime.dtype_of`.
        """
        self.spec = spec
        self.device = device
        self._folder = folder
        self._dtype = dtype
        self._rows_at_once = int(spec.defaults.get("max_questions_per_batch", 16))
        self._pictures_at_once = int(spec.defaults.get("max_pictures_per_batch", 4))
        self._model: Any = None
        self._processor: Any = None

    def load(self) -> None:
        """Read the weights; see `Backend.load`."""
        device = torch_runtime.device_of(self.device)
        weights.verify(self.spec, self._folder)
        self.prepare(*loading.load(self.spec, self._folder, self.classes, device, torch_runtime.dtype_of(self._dtype, device)))
        # A processor that does not fit the model is found now, and the first caller need not wait for a warm-up.
        with torch_runtime.inference("unload another model, or use a smaller one"), loading.in_words(self.spec, self._folder, "it"):
            self._look(_BLANK)

    def prepare(self, model: Any, processor: Any) -> None:
        """Take a model and its processor into use, wherever they come from.

        Args:
            model: one of `classes`, on its device, for inference.
            processor: the library's processor for it.
        """
        self._model, self._processor = model, processor
        self.device = str(model.device)
        self._image_token = processor.image_token_id
        self._plain = prompts.Plain(processor.tokenizer)
        ends = model.generation_config.eos_token_id
        self._end_tokens = {processor.tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])} - {None}
        padding = processor.tokenizer.pad_token_id
        self._padding = min(self._end_tokens) if padding is None else padding

    def unload(self) -> None:
        """Give the memory back."""
        self._model = self._processor = None
        torch_runtime.release()

    def answer(self, tasks: Sequence[AnswerTask]) -> list[list[Answer]]:
        """Answer every question of every task; see `VqaBackend.answer`. Raises what `continuations` raises."""
        return [
            [self._answer(task, question, said) for question, said in zip(task.questions, all_said, strict=True)]
            for task, all_said in zip(tasks, self.continuations(tasks), strict=True)
        ]

    def continuations(self, tasks: Sequence[AnswerTask]) -> list[list[Continuation]]:
        """What the model writes to every question of every task.

        Each picture is looked at once, however many questions there are on it. Questions of all tasks are decoded together.

        Raises:
            Cancelled: the callers have left.
            OutOfMemory: the device has no room.
            Unsupported: a question is longer than the model's context.
            RuntimeError: `load` was not called.
        """
        if self._model is None:
            raise RuntimeError(f"{self.spec.name} was asked before it was loaded")
        with torch_runtime.inference(_ADVICE):
            rows = [row for number, task in enumerate(tasks) for row in self._rows(task, number)]
            batches = list(self._batches(rows))
            written: list[list[Continuation]] = [[] for _ in tasks]
            for row, continuation in zip(rows, self._continued(batches, _Progress(tasks, len(batches))), strict=True):
                written[row.picture].append(continuation)
        return written

    @abstractmethod
    def _prompt(self, question: Question) -> str:
        """The whole prompt, the token `<image>` once where the picture belongs."""

    @abstractmethod
    def _look(self, picture: Picture) -> Seen:
        """Do all that depends on the picture alone."""

    @abstractmethod
    def _begin(self, seen: Sequence[Seen], counts: Sequence[int], rows: Sequence[Row]) -> tuple[torch.Tensor, Step]:
        """Read the prompts of a batch.

        Args:
            seen: the pictures.
            counts: how many rows each has; rows of one picture lie side by side.
            rows: the questions.

        Returns:
            The logits of each row's first token (rows×vocabulary), and what takes the tokens chosen and gives the next logits.
        """

    def _inputs(self, picture: Picture, text: str) -> dict[str, torch.Tensor]:
        """What the processor makes of a picture and a prompt, of the model's type, on its device."""
        inputs = self._processor(images=[picture.pixels], text=[text], input_data_format="channels_last")
        inputs.pop("labels", None)  # for training
        return dict(inputs.convert_to_tensors("pt").to(self._model.device, dtype=self._model.dtype))

    def _demand_room(self, tokens: int) -> None:
        """Refuse what the model's context has no room for."""
        room = self._room()
        if tokens > room:
            raise Unsupported(f"the picture, a question and its answer may take {tokens} tokens; {self.spec.name} has room for {room}")

    def _room(self) -> int:
        """Tokens of the longest prompt with its answer."""
        return int(self._model.config.get_text_config().max_position_embeddings)

    def _rows(self, task: AnswerTask, number: int) -> Iterator[Row]:
        for question in task.questions:
            tokens = self._processor.tokenizer(self._prompt(question))["input_ids"]
            yield Row(task=task, picture=number, tokens=prompts.behind_picture(tokens, self._image_token))

    def _batches(self, rows: Sequence[Row]) -> Iterator[list[Row]]:
        """Rows in their order, so many at a time as memory allows."""
        batch: list[Row] = []
        for row in rows:
            pictures = {other.picture for other in batch}
            if len(batch) == self._rows_at_once or len(pictures | {row.picture}) > self._pictures_at_once:
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch

    def _continued(self, batches: Sequence[Sequence[Row]], progress: _Progress) -> list[Continuation]:
        """Continue every row, a batch at a time."""
        continuations: list[Continuation] = []
        looked_at: dict[int, Seen] = {}
        for batch in batches:
            counts = Counter(row.picture for row in batch)
            looked_at = {number: seen for number, seen in looked_at.items() if number in counts}
            for row in batch:
                if row.picture not in looked_at:
                    progress.look(row.picture)
                    looked_at[row.picture] = self._look(row.task.picture)
            progress.begin()
            logits, step = self._begin(list(looked_at.values()), list(counts.values()), batch)
            limits = [row.task.max_new_tokens for row in batch]
            continuations += greedy(logits, step, end_tokens=self._end_tokens, limits=limits, report=progress.token)
        progress.finish()
        return continuations

    def _answer(self, task: AnswerTask, question: Question, continuation: Continuation) -> Answer:
        return answer_of(
            self._processor.tokenizer.decode(continuation.tokens, skip_special_tokens=True),
            confidence=continuation.confidence,
            finished=continuation.finished,
            topic=prompts.catalogue_topic(question),
            language=task.language,
        )


class _Progress:
    """Tells everyone who waits how far the whole batch is: first `encode`, by picture, then `answer`, by batch of questions and token."""

    def __init__(self, tasks: Sequence[AnswerTask], batches: int) -> None:
        self._monitors = list({id(task.monitor): task.monitor for task in tasks}.values())
        self._pictures = len(tasks)
        self._tokens = max((task.max_new_tokens for task in tasks), default=0)
        self._total = batches * self._tokens
        self._begun = -1

    def look(self, picture: int) -> None:
        """The picture is about to be looked at."""
        self._report("encode", picture, self._pictures)

    def begin(self) -> None:
        """The next batch of questions is about to be read."""
        self._begun += 1
        self.token(0)

    def token(self, number: int) -> None:
        """So many tokens of the current batch are chosen."""
        self._report("answer", self._begun * self._tokens + number, self._total)

    def finish(self) -> None:
        """All is answered."""
        self._report("answer", self._total, self._total)

    def _report(self, stage: str, step: int, total: int) -> None:
        for monitor in self._monitors:
            monitor.report(stage, step, total)
