"""The backend: a request a picture, with all its questions.

Requests of one batch go out side by side, on an event loop that lives as long as the batch. So one place watches the callers: whoever
leaves is noticed while a server is silent, and closing the loop's tasks closes their connections, which stops the server's work too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from openai import APIResponseValidationError, APIStatusError, AsyncOpenAI, OpenAIError

from services.common.backend import ModelSpec, Monitor
from services.common.outside import OutsideUnavailable, OutsideUnusable, demand_permission
from services.vqa.backend import Answer, AnswerTask
from services.vqa.backends.openai.conversation import conversation
from services.vqa.backends.openai.dialect import Dialect
from services.vqa.backends.openai.reply import Reply, ReplyTooLong
from services.vqa.backends.openai.server import BASE_URL, MODEL, Server, declined

_HEARTBEAT_SECONDS = 0.25  # how late a caller's leaving is noticed at most
_NAMES_TOLD = 10  # models of the server in a message


class OpenAIBackend:
    """Asks a vision language model behind an OpenAI-compatible server. Implements `services.vqa.backend.VqaBackend`.

    Defaults that its manifest entry may set: `model` (the server's model, in the place of `DASIBOM_OPENAI_MODEL`),
    `concurrency` (requests at once, 4), `form_tokens` (room for the JSON around an answer, 48 tokens) and `reasoning_tokens` (room for a
    reasoning model's hidden thoughts, 0 tokens); the last two are added to the bound on what the model may write.
    """

    device = "external"

    def __init__(self, spec: ModelSpec, server: Server, *, allowed: bool, max_side: int = 1024) -> None:
        """Make the backend; nothing is sent yet.

        Args:
            spec: the manifest's entry.
            server: where it asks.
            allowed: whether pictures may leave the cluster.
            max_side: the longer side of pictures that leave, pixels.
        """
        self.spec = spec
        self._server = server
        self._allowed = allowed
        self._max_side = max_side
        self._concurrency = int(spec.defaults.get("concurrency", 4))
        self._form_tokens = int(spec.defaults.get("form_tokens", 48))
        self._reasoning_tokens = int(spec.defaults.get("reasoning_tokens", 0))
        self._dialect = Dialect()  # as far as the server has shown until now

    def load(self) -> None:
        """See that the server is there, takes the key and has the model. No picture is sent.

        Raises:
            OutsideForbidden: pictures may not leave the cluster.
            OutsideUnusable: a setting is missing or wrong; the message names it.
            OutsideUnavailable: the server does not answer.
        """
        demand_permission(self._allowed, what="pictures")
        self._server.check()
        with self._explained():
            asyncio.run(self._demand_model())

    def unload(self) -> None:
        """Nothing is held."""

    def answer(self, tasks: Sequence[AnswerTask]) -> list[list[Answer]]:
        """Answer every question of every task; see `VqaBackend.answer`.

        Raises:
            Cancelled: the callers have left, or their deadline has passed.
            OutsideDeclined: the server's model declined to answer.
            OutsideBusy: the server takes no more requests now.
            OutsideUnavailable: the server failed or broke off.
            OutsideUnusable: the server refused the key, the model or the request.
        """
        with self._explained():
            return asyncio.run(self._answer_all(tasks))

    async def _demand_model(self) -> None:
        async with self._server.connect() as client:
            try:
                listed = [model.id async for model in await client.models.list(extra_headers=self._server.headers)]
            except APIStatusError as error:
                if error.status_code in (404, 405, 501):  # has no such list
                    return
                raise
            except (APIResponseValidationError, AttributeError, TypeError, ValueError):
                raise OutsideUnusable(f"what answers there is no OpenAI-compatible server; see {BASE_URL}") from None
        # Some gateways list patterns, and some list a model with a prefix that requests need not have.
        wanted = self._server.model
        if listed and not any(name == wanted or name.endswith((f"/{wanted}", "*")) for name in listed):
            names = ", ".join(listed[:_NAMES_TOLD]) + (", …" if len(listed) > _NAMES_TOLD else "")
            raise OutsideUnusable(f"the server has no model {wanted!r}; see {MODEL}. It has: {names}")

    async def _answer_all(self, tasks: Sequence[AnswerTask]) -> list[list[Answer]]:
        replies = [Reply(len(task.questions)) for task in tasks]
        turn = asyncio.Semaphore(self._concurrency)
        async with self._server.connect() as client, _stopping() as running:
            running.update(asyncio.create_task(self._ask(client, task, reply, turn)) for task, reply in zip(tasks, replies, strict=True))
            pending = set(running)
            while pending:
                _report(tasks, replies)
                done, pending = await asyncio.wait(pending, timeout=_HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                for request in done:
                    request.result()
            _report(tasks, replies)
        return [reply.answers(task.language) for task, reply in zip(tasks, replies, strict=True)]

    async def _ask(self, client: AsyncOpenAI, task: AnswerTask, reply: Reply, turn: asyncio.Semaphore) -> None:
        """Have one picture's questions answered, in the fullest dialect that the server takes."""
        async with turn:
            messages = conversation(task, self._max_side)
            tokens = len(task.questions) * (task.max_new_tokens + self._form_tokens) + self._reasoning_tokens
            dialect: Dialect | None = self._dialect
            while dialect is not None:
                try:
                    await self._read(client, messages, dialect.options(tokens), reply)
                except APIStatusError as error:
                    dialect = dialect.plainer(f"{error.param} {error.message}") if error.status_code in (400, 422) else None
                    if dialect is None:
                        raise
                else:
                    self._dialect = dialect
                    return

    async def _read(self, client: AsyncOpenAI, messages: Any, options: dict[str, Any], reply: Reply) -> None:
        finish = None
        request = client.chat.completions.create(
            model=self._server.model, messages=messages, stream=True, extra_headers=self._server.headers, **options
        )
        async with await request as stream:
            async for chunk in stream:
                for choice in (chunk.choices or ())[:1]:
                    finish = choice.finish_reason or finish
                    if finish == "content_filter" or (choice.delta and choice.delta.refusal):
                        raise declined()
                    if choice.delta and choice.delta.content:
                        reply.feed(choice.delta.content)
        if finish is None and not reply.complete:
            raise OutsideUnavailable("the server broke off before all questions were answered; try again", retry_after=1.0)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Let errors leave in the words of this project."""
        try:
            yield
        except OpenAIError as error:
            raise self._server.explain(error) from None
        except (ReplyTooLong, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise OutsideUnusable(f"the server's answer cannot be read: {type(error).__name__}; see {BASE_URL}") from None


@contextlib.asynccontextmanager
async def _stopping() -> AsyncIterator[set[asyncio.Task[None]]]:
    """A set of tasks of which none outlives the context."""
    running: set[asyncio.Task[None]] = set()
    try:
        yield running
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _report(tasks: Sequence[AnswerTask], replies: Sequence[Reply]) -> None:
    """Tell every caller how many of their questions are answered; pictures of one request share a monitor."""
    monitors: dict[int, Monitor] = {}
    answered: dict[int, int] = {}
    total: dict[int, int] = {}
    for task, reply in zip(tasks, replies, strict=True):
        key = id(task.monitor)
        monitors[key] = task.monitor
        answered[key] = answered.get(key, 0) + reply.answered
        total[key] = total.get(key, 0) + len(task.questions)
    for key, monitor in monitors.items():
        monitor.report("answer", answered[key], total[key])
