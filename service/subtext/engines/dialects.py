"""Dialects: how a server has to be asked, found out from how it answers, and remembered for a while.

Not every server that calls itself OpenAI-compatible takes a JSON schema, or any `response_format`; some models take no
temperature, some want `max_completion_tokens` for `max_tokens`. What a server refuses is left out from then on; a form
that it takes and does not keep to is given up as well. After a while everything is tried anew: servers are updated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from subtext.engines.faults import AttemptFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subtext.analyst.ports import Clock

# `json_schema`: the server holds the model to the schema. `json_object`: to JSON. `plain`: to nothing. The prompt has
# the schema in every mode.
OutputMode = Literal["json_schema", "json_object", "plain"]

TTL_S = 3_600.0
# Answers in a row that do not keep to a form which the server took, until it counts as ignored.
IGNORED_MAX = 2
SCHEMA_NAME = "draft"
FORM_FIELD = "response_format"
STREAM_FIELD = "stream"
_OPTIONAL = frozenset(("temperature", STREAM_FIELD))
_LOOSER: dict[OutputMode, OutputMode] = {"json_schema": "json_object", "json_object": "plain"}
_ROOM_FIELDS: dict[str, str | None] = {"max_tokens": "max_completion_tokens", "max_completion_tokens": None}
_REFUSED_READ = 4_000
# The first that stands in an error decides: an error about one field may advise another.
_FIELDS = re.compile(
    r"(?P<response_format>response_format|json[_ ](?:schema|object|mode)|guided|grammar|structured[_ ]outputs?)"
    r"|(?P<temperature>temperature)"
    r"|(?P<stream>\bstream(?:_options|ing)?\b)"
    r"|(?P<max_tokens>max_tokens)"
    r"|(?P<max_completion_tokens>max_completion_tokens)",
    re.IGNORECASE,
)


class FieldRefused(AttemptFailed):
    """The server does not take a field of the request."""

    def __init__(self, field: str) -> None:
        super().__init__("field_refused")
        self.field = field


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one server is asked: the output mode, the field that bounds the answer, and fields that it does not take."""

    mode: OutputMode = "json_schema"
    room_field: str | None = "max_tokens"
    without: frozenset[str] = frozenset()

    def fields(self, schema: Mapping[str, Any], parameters: Mapping[str, Any], room: int) -> dict[str, Any]:
        """A request's fields beside its messages."""
        found = {name: value for name, value in parameters.items() if name not in self.without}
        if self.room_field is not None:
            found[self.room_field] = room
        if self.mode == "json_schema":
            form = {"name": SCHEMA_NAME, "strict": True, "schema": schema}
            found[FORM_FIELD] = {"type": "json_schema", "json_schema": form}
        elif self.mode == "json_object":
            found[FORM_FIELD] = {"type": "json_object"}
        return found

    def refused(self, field: str) -> Dialect:
        """The same without what was refused; the same altogether where there is nothing left to leave out."""
        if field == FORM_FIELD:
            return replace(self, mode=_LOOSER.get(self.mode, self.mode))
        if field == self.room_field:
            return replace(self, room_field=_ROOM_FIELDS[field])
        return replace(self, without=self.without | {field}) if field in _OPTIONAL else self


class DialectMemory:
    """What is known of one server and model; forgotten `ttl_s` after it was last learnt."""

    def __init__(self, clock: Clock, ttl_s: float = TTL_S) -> None:
        self._clock, self._ttl_s = clock, ttl_s
        self._dialect, self._learnt_at = Dialect(), clock.monotonic()
        self._ignored = 0

    def current(self) -> Dialect:
        """How to ask now."""
        if self._dialect != Dialect() and self._clock.monotonic() - self._learnt_at >= self._ttl_s:
            self._learn(Dialect())
        return self._dialect

    def refused(self, asked: Dialect, field: str) -> bool:
        """Note that a request was refused for a field; whether it will be asked differently now."""
        if asked == self._dialect:
            self._learn(asked.refused(field))
        return asked != self._dialect

    def kept(self, asked: Dialect) -> None:
        """Note an answer in the form that was asked for."""
        if asked == self._dialect:
            self._ignored = 0

    def ignored(self, asked: Dialect) -> None:
        """Note an answer that does not keep to the form: after some in a row a looser one is asked for."""
        if asked != self._dialect:
            return
        self._ignored += 1
        if self._ignored >= IGNORED_MAX:
            self._learn(asked.refused(FORM_FIELD))

    def _learn(self, dialect: Dialect) -> None:
        self._dialect, self._learnt_at, self._ignored = dialect, self._clock.monotonic(), 0


def refused_field(parameter: object, text: str) -> str | None:
    """The field of a request that an error is about: by its `param`, else by the first that its text names."""
    found = _FIELDS.search(str(parameter)[:_REFUSED_READ]) or _FIELDS.search(text[:_REFUSED_READ])
    return found.lastgroup if found else None
