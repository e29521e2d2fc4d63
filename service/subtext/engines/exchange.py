"""The exchange with a model over one article: what is asked, and what is asked again after a bad answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from subtext.engines.answers import declines, decode, objects_in
from subtext.engines.faults import AttemptFailed

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
        self._messages: list[Mapping[str, str]] = [{"role": m.role, "content": m.content} for m in messages]

    def body(self, dialect: Dialect) -> bytes:
        """The request's body as things stand."""
        fields = dialect.fields(self._form.schema, self._parameters, self._room)
        return orjson.dumps({**fields, "messages": self._messages})

    def draft(self, content: str) -> Draft:
        """The draft in what the model wrote: the last object that is a valid one.

        Where there is none the conversation goes on with what is wrong, and `AttemptFailed` tells it too.
        """
        found = objects_in(content)
        if not found and declines(content):
            raise AttemptFailed("refused")
        reasons = []
        for text in found:
            try:
                return self._form.draft(decode(text))
            except ValidationError as error:
                reasons.append(_told(error))
            except ValueError as error:
                reasons.append(str(error))
        reason = reasons[0] if reasons else "it holds no JSON object"
        self._object(content, reason)
        raise AttemptFailed("invalid" if reasons else "no_json", reason=reason)

    def _object(self, content: str, reason: str) -> None:
        self._messages += (
            {"role": "assistant", "content": content[:_REPEATED_CHARS]},
            {"role": "user", "content": self._mend(reason)},
        )


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
