"""The exchange with a model over one article: what is asked, and what is asked again after a bad answer."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from subtext.engines.answers import after_thinking, declines, decode, is_list_of_one, objects_in
from subtext.engines.dialects import STREAM_FIELD, looser
from subtext.engines.faults import AttemptFailed
from subtext.engines.mending import mended, whole_items
from subtext.engines.normalization import LAYERS_MAX
from subtext.engines.problems import describe_problems
from subtext.engines.repairs import Tally, sum_repairs, to_repairs
from subtext.engines.substance import is_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from subtext.domain.analysis import Repair, RepairKind
    from subtext.domain.draft import Draft
    from subtext.engines.answers import ContentPlace
    from subtext.engines.dialects import Dialect, OutputMode
    from subtext.engines.drafts import WireForm
    from subtext.prompting.spec import Message

# Enough of a bad answer for the model to see what it wrote.
_REPEATED_CHARS = 4_000
_REPAIR_OF_PLACE: Mapping[ContentPlace, RepairKind | None] = {
    "content": None,
    "reasoning": "read_from_reasoning",
    "tool_call": "read_from_tool_call",
}


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft and what was done for it: its form repaired, what was whole kept, words of the prompt withheld."""

    draft: Draft
    repairs: tuple[Repair, ...] = ()
    partial: bool = False
    withheld: bool = False


class Exchange:
    """One conversation; it grows by a bad answer and what is wrong with it."""

    def __init__(
        self,
        form: WireForm,
        messages: Iterable[Message],
        mend: Callable[[str], str],
        parameters: Mapping[str, Any],
        room: int,
    ) -> None:
        self._form, self._mend, self._parameters, self._room = form, mend, parameters, room
        self.salvaged: Drafted | None = None
        self._watched = False
        self._loosest: OutputMode = "json_schema"
        self._messages: list[Mapping[str, str]] = [{"role": m.role, "content": m.content} for m in messages]
        self._sent = "".join("".join(message["content"].split()) for message in self._messages)

    def dialect(self, known: Dialect) -> Dialect:
        """Return how this conversation goes on with a server of which this is known."""
        return known.at_loosest(self._loosest)

    def loosen(self, mode: OutputMode) -> bool:
        """Go on in a looser mode than this one; return whether there is one."""
        self._loosest = looser(mode)
        return self._loosest != mode

    def keeps_form(self, content: str, mode: OutputMode) -> bool:
        """Whether a server that holds the model to this mode could have let this through."""
        texts = objects_in(content)
        return mode == "plain" or (bool(texts) and (mode == "json_object" or any(map(self._fits_schema, texts))))

    def _fits_schema(self, text: str) -> bool:
        try:
            return self._form.admits(decode(text))
        except ValueError:
            return False

    def body(self, dialect: Dialect) -> bytes:
        """The request's body as things stand."""
        fields = dialect.fields(self._form.schema, self._parameters, self._room)
        if self._watched and STREAM_FIELD not in dialect.without:
            fields |= {STREAM_FIELD: True, "stream_options": {"include_usage": True}}
        return orjson.dumps({**fields, "messages": dialect.messages(self._messages)})

    def draft(self, content: str, place: ContentPlace = "content") -> Drafted:
        """The draft in what the model wrote: the last object that is a valid one, as it is or put right.

        Where there is none the conversation goes on with what is wrong, and `AttemptFailed` tells it too.
        """
        found = objects_in(content)
        if not found and declines(content):
            raise AttemptFailed("refused")
        drafted, reason = self._first_valid(found)
        if drafted is not None:
            moved = _REPAIR_OF_PLACE[place]
            around = Tally({"unwrapped": int(is_list_of_one(content)), **({moved: 1} if moved else {})})
            return replace(drafted, repairs=sum_repairs((to_repairs(around), drafted.repairs)))
        self.keep_whole(content)
        self.object_to(content, reason or "it holds no JSON object")
        raise AttemptFailed("invalid" if reason else "no_json", reason=reason or "it holds no JSON object")

    def keep_whole(self, content: str) -> None:
        """Remember what is whole in an answer that was cut short, for when nothing better comes."""
        text = whole_items(after_thinking(content))
        if text is None:
            return
        # What is whole may still not fit: then there is nothing to keep.
        with suppress(ValueError):
            normalized = self._form.normalizer.normalize(decode(text), whole=False)
            draft = self._form.draft_of_cut(normalized.value)
            if not is_empty(draft):
                self.salvaged = Drafted(draft, normalized.repairs, partial=True)

    def object_to(self, content: str, reason: str) -> None:
        """Go on with what the model wrote and what is wrong with it."""
        self._messages += (
            {"role": "assistant", "content": content[:_REPEATED_CHARS]},
            {"role": "user", "content": self._mend(reason)},
        )

    def watch(self) -> None:
        """Have the next answers come as streams, so that they can be seen to come, and be stopped."""
        self._watched = True

    def widen(self) -> None:
        """Give the next answer twice the room."""
        self._room *= 2

    def _first_valid(self, texts: Iterable[str]) -> tuple[Drafted | None, str | None]:
        """The draft in the first text that holds one, or what is wrong with the first text."""
        reason: str | None = None
        for text in texts:
            try:
                drafted = self._read(text)
            except ValidationError as error:
                reason = reason or describe_problems(error, self._form.schema)
            except ValueError as error:
                reason = reason or str(error)
            else:
                if not self._is_copied(text):
                    return drafted, None
                reason = reason or "it repeats an object that it was given, and does not answer"
        return None, reason

    def _read(self, text: str) -> Drafted:
        """The draft in a JSON object, as it is or put right; raises `ValueError`."""
        value, repairs = _decode_mended(text)
        normalized = self._form.normalizer.normalize(value)
        return Drafted(self._form.draft(normalized.value), sum_repairs((repairs, normalized.repairs)))

    def _is_copied(self, text: str) -> bool:
        """Whether an answer stands in what was sent: it is the article's or the prompt's own, and nobody's reading.

        What the model puts around it makes it no more of a reading.
        """
        bare = "".join(text.split())
        starts = islice((brace.start() for brace in re.finditer("{", bare)), 1 + LAYERS_MAX)
        return any(bare[start:].rstrip("}]") in self._sent for start in starts)


def _decode_mended(text: str) -> tuple[Any, tuple[Repair, ...]]:
    """Decode a JSON text, with faults of its punctuation put right if it has any."""
    try:
        return decode(text), ()
    except ValueError:
        better = mended(text)
        if better == text:
            raise
    return decode(better), to_repairs({"syntax": 1})
