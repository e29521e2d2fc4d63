"""The exchange with a model over one article: what is asked, and what is asked again after a bad answer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from subtext.engines.answers import after_thinking, declines, decode, objects_in
from subtext.engines.dialects import STREAM_FIELD
from subtext.engines.faults import AttemptFailed
from subtext.engines.mending import mended, whole_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic_core import ErrorDetails

    from subtext.domain.draft import Draft
    from subtext.engines.dialects import Dialect
    from subtext.engines.drafts import WireForm
    from subtext.prompting.spec import Message

# Enough of a bad answer for the model to see what it wrote.
_REPEATED_CHARS = 4_000
_PROBLEMS_TOLD = 5


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft and what was done for it: JSON repaired, a cut answer's whole part kept, words of the prompt withheld."""

    draft: Draft
    repaired: bool = False
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
        self._messages: list[Mapping[str, str]] = [{"role": m.role, "content": m.content} for m in messages]

    def body(self, dialect: Dialect) -> bytes:
        """The request's body as things stand."""
        fields = dialect.fields(self._form.schema, self._parameters, self._room)
        if self._watched and STREAM_FIELD not in dialect.without:
            fields |= {STREAM_FIELD: True, "stream_options": {"include_usage": True}}
        return orjson.dumps({**fields, "messages": self._messages})

    def draft(self, content: str) -> Drafted:
        """The draft in what the model wrote: the last object that is a valid one, as it is or mended.

        Where there is none the conversation goes on with what is wrong, and `AttemptFailed` tells it too.
        """
        found = objects_in(content)
        if not found and declines(content):
            raise AttemptFailed("refused")
        draft, reason = self._first_valid(found)
        if draft is not None:
            return Drafted(draft)
        draft, _ = self._first_valid(better for text in found if (better := mended(text)) != text)
        if draft is not None:
            return Drafted(draft, repaired=True)
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
            self.salvaged = Drafted(self._form.draft_of_cut(decode(text)), partial=True)

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

    def _first_valid(self, texts: Iterable[str]) -> tuple[Draft | None, str | None]:
        """The draft in the first text that holds one, or what is wrong with the first text."""
        reason: str | None = None
        for text in texts:
            try:
                return self._form.draft(decode(text)), None
            except ValidationError as error:
                reason = reason or _told(error)
            except ValueError as error:
                reason = reason or str(error)
        return None, reason


def _told(error: ValidationError) -> str:
    """What does not fit, by place, without the answer's own words."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(_problem(item) for item in problems[:_PROBLEMS_TOLD])


def _problem(item: ErrorDetails) -> str:
    path = list(item["loc"])
    if item["type"] == "extra_forbidden":
        # The last step of the path is a name that the model made up.
        return f"{_dotted(path[:-1])} has a field that the schema does not have"
    return f"{_dotted(path)}: {item['msg']}"


def _dotted(path: Iterable[int | str]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "the object"
