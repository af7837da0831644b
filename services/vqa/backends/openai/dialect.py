"""What a server understands of the chat protocol's options: compatible servers, and models of one server, differ in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from services.vqa.backends.openai.conversation import SCHEMA

# What names an option when a server refuses it.
_FORMAT_WORDS = ("response_format", "json_schema", "json_object", "structured output", "guided")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The options that requests carry; the fullest at first."""

    answer_format: Literal["json_schema", "json_object", "text"] = "json_schema"  # text: asked for in words alone
    token_limit: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"  # noqa: S105 - a word, not a secret
    greedy: bool = True  # temperature 0; reasoning models take none

    def options(self, tokens: int) -> dict[str, Any]:
        """The request's options.

        Args:
            tokens: bound on all answers together.
        """
        options: dict[str, Any] = {self.token_limit: tokens}
        if self.greedy:
            options["temperature"] = 0
        if self.answer_format == "json_schema":
            options["response_format"] = {"type": "json_schema", "json_schema": {"name": "answers", "strict": True, "schema": SCHEMA}}
        elif self.answer_format == "json_object":
            options["response_format"] = {"type": "json_object"}
        return options

    def plainer(self, refusal: str) -> Dialect | None:
        """The dialect without what a server has refused; None when the refusal names nothing that can be left out.

        Args:
            refusal: the server's own words.
        """
        words = refusal.lower()
        if self.greedy and "temperature" in words:
            return replace(self, greedy=False)
        if self.answer_format != "text" and any(word in words for word in _FORMAT_WORDS):
            return replace(self, answer_format="json_object" if self.answer_format == "json_schema" else "text")
        if self.token_limit == "max_completion_tokens" and "max_completion_tokens" in words:  # noqa: S105
            return replace(self, token_limit="max_tokens")  # noqa: S106
        return None
