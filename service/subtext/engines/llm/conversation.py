"""Conversation with a model over one article: ask, and ask again after a bad answer, until it ends in a draft."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from subtext.domain.strict_json import parse_json
from subtext.engines.llm.answer_normalization import LAYERS_MAX
from subtext.engines.llm.capabilities import FORM_FIELD, STREAM_FIELD, UnsupportedField, looser
from subtext.engines.llm.completion import (
    extract_json_objects,
    is_list_of_one,
    is_refusal,
    parse_completion,
    require_complete,
    strip_reasoning,
)
from subtext.engines.llm.failures import AttemptFailed
from subtext.engines.llm.json_repair import cut_to_complete, repair_json
from subtext.engines.llm.output_schema import is_empty
from subtext.engines.llm.repairs import Tally, sum_repairs, to_repairs
from subtext.engines.llm.validation_errors import describe_validation_errors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from subtext.clock import Clock
    from subtext.domain.analysis import Repair, RepairKind
    from subtext.domain.draft import Draft
    from subtext.engines.llm.capabilities import Capabilities, CapabilityCache, OutputMode
    from subtext.engines.llm.client import ChatClient
    from subtext.engines.llm.completion import Completion, ContentPlace
    from subtext.engines.llm.output_schema import OutputSchema
    from subtext.engines.llm.retries import RetryPolicy
    from subtext.engines.llm.usage import AttemptLog
    from subtext.prompts.spec import Message

# Enough of a bad answer for the model to see what it wrote.
_REPEATED_CHARS = 4_000

_REPAIR_OF_PLACE: Mapping[ContentPlace, RepairKind | None] = {
    "content": None,
    "reasoning": "read_from_reasoning",
    "tool_call": "read_from_tool_call",
}


@dataclass(frozen=True, slots=True)
class ParsedDraft:
    """Hold a draft and what was done for it: repairs, whether only a part is left, whether words were withheld."""

    draft: Draft
    repairs: tuple[Repair, ...] = ()
    partial: bool = False
    withheld: bool = False


class Conversation:
    """Hold the messages of one conversation; it grows by a bad answer and what is wrong with it."""

    def __init__(
        self,
        form: OutputSchema,
        messages: Iterable[Message],
        mend: Callable[[str], str],
        parameters: Mapping[str, Any],
        max_tokens: int,
    ) -> None:
        self._form, self._mend, self._parameters, self._max_tokens = form, mend, parameters, max_tokens
        self.salvaged: ParsedDraft | None = None
        self._watched = False
        self._loosest: OutputMode = "json_schema"
        self._messages: list[Mapping[str, str]] = [{"role": m.role, "content": m.content} for m in messages]
        self._sent = "".join("".join(message["content"].split()) for message in self._messages)

    def dialect(self, known: Capabilities) -> Capabilities:
        """Return the capabilities to use in this conversation with a server of which this is known."""
        return known.at_loosest(self._loosest)

    def loosen(self, mode: OutputMode) -> bool:
        """Continue in a looser mode than this one; return whether there is one."""
        self._loosest = looser(mode)
        return self._loosest != mode

    def keeps_form(self, content: str, mode: OutputMode) -> bool:
        """Return whether a server that enforces this mode could have let this through."""
        texts = extract_json_objects(content)
        return mode == "plain" or (bool(texts) and (mode == "json_object" or any(map(self._fits_schema, texts))))

    def _fits_schema(self, text: str) -> bool:
        try:
            return self._form.admits(parse_json(text, "the answer"))
        except ValueError:
            return False

    def body(self, dialect: Capabilities) -> bytes:
        """Build the body of the next request."""
        fields = dialect.fields(self._form.schema, self._parameters, self._max_tokens)
        if self._watched and STREAM_FIELD not in dialect.without:
            fields |= {STREAM_FIELD: True, "stream_options": {"include_usage": True}}
        return orjson.dumps({**fields, "messages": dialect.messages(self._messages)})

    def draft(self, content: str, place: ContentPlace = "content") -> ParsedDraft:
        """Parse what the model wrote: return the draft in the last object that is valid, as it is or normalized.

        If there is none, a correction is added to the conversation, and `AttemptFailed` has the same reason.
        """
        found = extract_json_objects(content)
        if not found and is_refusal(content):
            raise AttemptFailed("refused")
        drafted, reason = self._first_valid(found)
        if drafted is not None:
            moved = _REPAIR_OF_PLACE[place]
            around = Tally({"unwrapped": int(is_list_of_one(content)), **({moved: 1} if moved else {})})
            return replace(drafted, repairs=sum_repairs((to_repairs(around), drafted.repairs)))
        self.salvage(content)
        self.add_correction(content, reason or "it holds no JSON object")
        raise AttemptFailed("invalid" if reason else "no_json", reason=reason or "it holds no JSON object")

    def salvage(self, content: str) -> None:
        """Salvage what is whole in an answer that was cut short, for when nothing better comes."""
        text = cut_to_complete(strip_reasoning(content))
        if text is None:
            return
        # What is whole may still not fit: then there is nothing to keep.
        with suppress(ValueError):
            normalized = self._form.normalizer.normalize(parse_json(text, "the answer"), whole=False)
            draft = self._form.parse_truncated(normalized.value)
            if not is_empty(draft):
                self.salvaged = ParsedDraft(draft, normalized.repairs, partial=True)

    def add_correction(self, content: str, reason: str) -> None:
        """Append what the model wrote and what is wrong with it."""
        self._messages += (
            {"role": "assistant", "content": content[:_REPEATED_CHARS]},
            {"role": "user", "content": self._mend(reason)},
        )

    def require_streaming(self) -> None:
        """Stream the next answers, so that they can be watched and stopped."""
        self._watched = True

    def double_max_tokens(self) -> None:
        """Allow the next answer twice as many tokens."""
        self._max_tokens *= 2

    def _first_valid(self, texts: Iterable[str]) -> tuple[ParsedDraft | None, str | None]:
        """Return the draft in the first text that holds one, or what is wrong with the first text."""
        reason: str | None = None
        for text in texts:
            try:
                drafted = self._read(text)
            except ValidationError as error:
                reason = reason or describe_validation_errors(error, self._form.schema)
            except ValueError as error:
                reason = reason or str(error)
            else:
                if not self._is_copied(text):
                    return drafted, None
                reason = reason or "it repeats an object that it was given, and does not answer"
        return None, reason

    def _read(self, text: str) -> ParsedDraft:
        """Parse the draft in a JSON object, as it is or normalized; raises `ValueError`."""
        value, repairs = _decode_mended(text)
        normalized = self._form.normalizer.normalize(value)
        return ParsedDraft(self._form.draft(normalized.value), sum_repairs((repairs, normalized.repairs)))

    def _is_copied(self, text: str) -> bool:
        """Return whether an answer is copied from what was sent: the article's or the prompt's own object.

        What the model puts around it makes it no more of an answer.
        """
        bare = "".join(text.split())
        starts = islice((brace.start() for brace in re.finditer("{", bare)), 1 + LAYERS_MAX)
        return any(bare[start:].rstrip("}]") in self._sent for start in starts)


def _decode_mended(text: str) -> tuple[Any, tuple[Repair, ...]]:
    """Parse a JSON text, with faults of its punctuation repaired if it has any."""
    try:
        return parse_json(text, "the answer"), ()
    except ValueError:
        better = repair_json(text)
        if better == text:
            raise
    return parse_json(better, "the answer"), to_repairs({"syntax": 1})


@dataclass(frozen=True, slots=True)
class ModelReply:
    """Hold a draft, the output mode that it was asked for in, and what the model calls itself."""

    drafted: ParsedDraft
    mode: OutputMode
    model: str | None


class RequestLoop:
    """Ask one server, with one retry policy, within the capabilities that it is known to have."""

    def __init__(
        self,
        server: ChatClient,
        dialects: CapabilityCache,
        retrying: RetryPolicy,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._server, self._dialects, self._retrying = server, dialects, retrying
        self._clock, self._sleep = clock, sleep

    async def run(self, exchange: Conversation, log: AttemptLog, deadline: float) -> ModelReply:
        """Return the first answer that is a valid draft, or what was whole in one that was cut short.

        Raises the `AttemptFailed` of the last attempt. A refused field costs no retry: each refusal leaves out one
        thing more, so they come to an end.
        """
        while True:
            dialect = self._dialects.current()
            run = self._retrying.retrying(deadline, self._clock, self._sleep, log.record_wait)
            try:
                return await run(self._attempt, exchange, dialect, log, deadline)
            except UnsupportedField as refused:
                if not self._leave_out(refused.field, exchange, dialect):
                    raise
            except AttemptFailed:
                if exchange.salvaged is None:
                    raise
                return ModelReply(exchange.salvaged, exchange.dialect(dialect).mode, log.model)

    def _leave_out(self, field: str, exchange: Conversation, dialect: Capabilities) -> bool:
        """Leave a refused field out, only here if only here it was asked for; return whether that can be."""
        asked = exchange.dialect(dialect)
        if field == FORM_FIELD and asked != dialect:
            return exchange.loosen(asked.mode)
        return self._dialects.mark_unsupported(dialect, field)

    async def _attempt(
        self, exchange: Conversation, known: Capabilities, log: AttemptLog, deadline: float
    ) -> ModelReply:
        dialect = exchange.dialect(known)
        with log.attempt() as trial:
            answer = parse_completion(await self._server.post(exchange.body(dialect), trial, deadline))
            trial.tokens, trial.model = answer.tokens, answer.model
            _require_whole(answer, exchange)
            return ModelReply(self._draft(exchange, dialect, answer), dialect.mode, answer.model)

    def _draft(self, exchange: Conversation, dialect: Capabilities, answer: Completion) -> ParsedDraft:
        try:
            drafted = exchange.draft(answer.content, answer.place)
        except AttemptFailed as failed:
            if failed.rule.action == "reask" and not exchange.keeps_form(answer.content, dialect.mode):
                self._dialects.mark_ignored(dialect)
                # A schema that is not kept to is still mended once at most; prose says that no form is held at all.
                failed.is_loosened = exchange.loosen(dialect.mode) and failed.outcome == "no_json"
            raise
        self._dialects.mark_honoured(dialect)
        return drafted


def _require_whole(answer: Completion, exchange: Conversation) -> None:
    """Reject an answer that is not whole; the next request then allows more tokens or says what is wrong."""
    try:
        require_complete(answer)
    except AttemptFailed as failed:
        if failed.outcome == "truncated":
            exchange.salvage(answer.content)
            exchange.double_max_tokens()
        elif failed.outcome == "connection_lost":
            exchange.salvage(answer.content)
        elif failed.outcome == "runaway":
            exchange.salvage(answer.content)
            exchange.require_streaming()
            exchange.add_correction(answer.content.rstrip(), "it goes on without end")
        raise
