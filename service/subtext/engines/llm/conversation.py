"""Conversation with a model over one article: ask, and ask again after a bad answer, until it ends in a draft."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
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

    from subtext.analysis.fair_queue import FairQueue
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
# So many characters at the end of an answer are in no prompt by chance.
_ENDING_CHARS = 32

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
        schema: OutputSchema,
        messages: Iterable[Message],
        correction: Callable[[str], str],
        parameters: Mapping[str, Any],
        max_tokens: int,
    ) -> None:
        self._schema, self._correction, self._parameters, self._max_tokens = schema, correction, parameters, max_tokens
        self.salvaged: ParsedDraft | None = None
        self._streams = False
        self._loosest: OutputMode = "json_schema"
        self._messages: list[Mapping[str, str]] = [{"role": m.role, "content": m.content} for m in messages]
        # An article without a brace holds no object that an answer could be copied from.
        self._sent = "".join(_squeeze(message["content"]) for message in self._messages if "{" in message["content"])

    def capabilities(self, known: Capabilities) -> Capabilities:
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
            return self._schema.admits(parse_json(text, "the answer"))
        except ValueError:
            return False

    def body(self, capabilities: Capabilities) -> bytes:
        """Build the body of the next request."""
        fields = capabilities.fields(self._schema.schema, self._parameters, self._max_tokens)
        if self._streams and STREAM_FIELD not in capabilities.without:
            fields |= {STREAM_FIELD: True, "stream_options": {"include_usage": True}}
        return orjson.dumps({**fields, "messages": capabilities.messages(self._messages)})

    def draft(self, content: str, place: ContentPlace = "content") -> ParsedDraft:
        """Parse what the model wrote: return the draft in the last object that is valid, as it is or normalized.

        If there is none, a correction is added to the conversation, and `AttemptFailed` has the same reason.
        """
        objects = extract_json_objects(content)
        if not objects and is_refusal(content):
            raise AttemptFailed("refused")
        parsed, reason = self._first_valid(objects)
        if parsed is not None:
            moved_repair = _REPAIR_OF_PLACE[place]
            around = Tally({"unwrapped": int(is_list_of_one(content)), **({moved_repair: 1} if moved_repair else {})})
            return replace(parsed, repairs=sum_repairs((to_repairs(around), parsed.repairs)))
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
            normalized = self._schema.normalizer.normalize(parse_json(text, "the answer"), whole=False)
            draft = self._schema.parse_truncated(normalized.value)
            if not is_empty(draft):
                self.salvaged = ParsedDraft(draft, normalized.repairs, partial=True)

    def add_correction(self, content: str, reason: str) -> None:
        """Append what the model wrote and what is wrong with it."""
        self._messages += (
            {"role": "assistant", "content": content[:_REPEATED_CHARS]},
            {"role": "user", "content": self._correction(reason)},
        )

    def require_streaming(self) -> None:
        """Stream the next answers, so that they can be watched and stopped."""
        self._streams = True

    def double_max_tokens(self) -> None:
        """Allow the next answer twice as many tokens."""
        self._max_tokens *= 2

    def _first_valid(self, texts: Iterable[str]) -> tuple[ParsedDraft | None, str | None]:
        """Return the draft in the first text that holds one, or what is wrong with the first text."""
        reason: str | None = None
        for text in texts:
            try:
                parsed = self._read(text)
            except ValidationError as error:
                reason = reason or describe_validation_errors(error, self._schema.schema)
            except ValueError as error:
                reason = reason or str(error)
            else:
                if not self._is_copied(text):
                    return parsed, None
                reason = reason or "it repeats an object that it was given, and does not answer"
        return None, reason

    def _read(self, text: str) -> ParsedDraft:
        """Parse the draft in a JSON object, as it is or normalized; raises `ValueError`."""
        value, repairs = _parse_repaired(text)
        normalized = self._schema.normalizer.normalize(value)
        return ParsedDraft(self._schema.draft(normalized.value), sum_repairs((repairs, normalized.repairs)))

    def _is_copied(self, text: str) -> bool:
        """Return whether an answer is copied from what was sent: the article's or the prompt's own object.

        What the model puts around it makes it no more of an answer.
        """
        bare = "".join(text.split()).rstrip("}]")
        # What is a part of something ends as a part of it does: that rules out nearly every answer at once.
        starts = islice((brace.start() for brace in re.finditer("{", bare)), 1 + LAYERS_MAX)
        return bare[-_ENDING_CHARS:] in self._sent and any(bare[start:] in self._sent for start in starts)


# The system's message is long and the same for every article; of the articles none is kept for long.
@lru_cache(maxsize=16)
def _squeeze(text: str) -> str:
    return "".join(text.split())


def _parse_repaired(text: str) -> tuple[Any, tuple[Repair, ...]]:
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

    parsed: ParsedDraft
    mode: OutputMode
    model: str | None


class RequestLoop:
    """Ask one server, with one retry policy, within the capabilities that it is known to have."""

    def __init__(
        self,
        server: ChatClient,
        cache: CapabilityCache,
        policy: RetryPolicy,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        turns: FairQueue,
    ) -> None:
        self._server, self._cache, self._policy = server, cache, policy
        self._clock, self._sleep, self._turns = clock, sleep, turns

    async def run(self, conversation: Conversation, log: AttemptLog, deadline: float) -> ModelReply:
        """Return the first answer that is a valid draft, or what was whole in one that was cut short.

        Raises the `AttemptFailed` of the last attempt. A refused field costs no retry: each refusal leaves out one
        thing more, so they come to an end.
        """
        while True:
            capabilities = self._cache.current()
            attempt = partial(self._attempt, conversation, capabilities, log, deadline)
            try:
                return await self._policy.run(attempt, deadline, self._clock, self._sleep, log.record_wait)
            except UnsupportedField as refused:
                if not self._leave_out(refused.field, conversation, capabilities):
                    raise
            except AttemptFailed:
                if conversation.salvaged is None:
                    raise
                return ModelReply(conversation.salvaged, conversation.capabilities(capabilities).mode, log.model)

    def _leave_out(self, field: str, conversation: Conversation, capabilities: Capabilities) -> bool:
        """Leave a refused field out, only here if only here it was asked for; return whether that can be."""
        narrowed = conversation.capabilities(capabilities)
        if field == FORM_FIELD and narrowed != capabilities:
            return conversation.loosen(narrowed.mode)
        return self._cache.mark_unsupported(capabilities, field)

    async def _attempt(
        self, conversation: Conversation, known: Capabilities, log: AttemptLog, deadline: float
    ) -> ModelReply:
        capabilities = conversation.capabilities(known)
        with log.attempt() as attempt:
            body = await self._server.post(conversation.body(capabilities), attempt, deadline)
            # All that follows is work on the event loop, to the proof of the draft: many answers may have come at once.
            await self._turns.turn()
            answer = parse_completion(body)
            attempt.tokens, attempt.model = answer.tokens, answer.model
            attempt.finish_reason = answer.finish_reason
            _require_complete(answer, conversation)
            return ModelReply(self._draft(conversation, capabilities, answer), capabilities.mode, answer.model)

    def _draft(self, conversation: Conversation, capabilities: Capabilities, answer: Completion) -> ParsedDraft:
        try:
            parsed = conversation.draft(answer.content, answer.place)
        except AttemptFailed as failed:
            if failed.rule.action == "correct" and not conversation.keeps_form(answer.content, capabilities.mode):
                self._cache.mark_ignored(capabilities)
                # A schema that is not kept to is still mended once at most; prose says that no form is held at all.
                failed.is_loosened = conversation.loosen(capabilities.mode) and failed.outcome == "no_json"
            raise
        self._cache.mark_honoured(capabilities)
        return parsed


def _require_complete(answer: Completion, conversation: Conversation) -> None:
    """Reject an answer that is not whole; the next request then allows more tokens or says what is wrong."""
    try:
        require_complete(answer)
    except AttemptFailed as failed:
        if failed.outcome in {"truncated", "connection_lost", "runaway"}:
            conversation.salvage(answer.content)
        if failed.outcome == "truncated":
            conversation.double_max_tokens()
        elif failed.outcome == "runaway":
            conversation.require_streaming()
            conversation.add_correction(answer.content.rstrip(), "it goes on without end")
        raise
