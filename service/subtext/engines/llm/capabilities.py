"""Capabilities of a model's server: learn from its answers how to ask it, and remember that for a while.

Not every server that calls itself OpenAI-compatible takes a JSON schema, or any `response_format`; some models take no
temperature, some want `max_completion_tokens` for `max_tokens`, some no message with the role `system`. What a server
refuses is left out from then on; a form that it takes and does not keep to is given up as well. After a while all is
tried anew: servers are updated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from subtext.engines.llm.failures import AttemptFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from subtext.clock import Clock

# `json_schema`: the server holds the model to the schema. `json_object`: to JSON. `plain`: to nothing. The prompt has
# the schema in every mode.
OutputMode = Literal["json_schema", "json_object", "plain"]

TTL_S = 3_600.0
# Answers in a row that do not keep to a form which the server took, until it counts as ignored.
IGNORED_MAX = 2
SCHEMA_NAME = "draft"
FORM_FIELD = "response_format"
STREAM_FIELD = "stream"
SYSTEM_FIELD = "system"
_OPTIONAL = frozenset(("temperature", STREAM_FIELD))
# From the strictest to the loosest.
_MODES: tuple[OutputMode, ...] = ("json_schema", "json_object", "plain")
_MAX_TOKENS_FIELDS: dict[str, str | None] = {"max_tokens": "max_completion_tokens", "max_completion_tokens": None}
_ERROR_MAX_CHARS = 4_000
# The first that stands in an error decides: an error about one field may advise another.
_FIELDS = re.compile(
    r"(?P<response_format>response_format|json[_ ](?:schema|object|mode)|guided|grammar|structured[_ ]outputs?)"
    r"|(?P<temperature>temperature)"
    r"|(?P<stream>\bstream(?:_options|ing)?\b)"
    r"|(?P<max_tokens>max_tokens)"
    r"|(?P<max_completion_tokens>max_completion_tokens)",
    re.IGNORECASE,
)
# How models without a system role say so, and the templates, proxies and validators before them. A chat template that
# fails for no reason given is taken for one of them: there is nothing else in a request that it could fail over.
_NOT = r"(?:\bnot\b|n[’']t\b|\bno\b|unsupported|unexpected|unknown|invalid|unrecogni[sz]ed|disabled|disallow\w*)"
_SYSTEM = r"\bsystem['\"`]?[ _-]?(?:role|message|prompt|instruction)"
_SYSTEM_ROLE = re.compile(
    "|".join(
        (
            rf"{_SYSTEM}[^.\n]{{0,60}}?{_NOT}",
            rf"{_NOT}[^.\n]{{0,60}}?{_SYSTEM}",
            rf"\broles?\b[^\n]{{0,80}}?{_NOT}[^\n]{{0,40}}?\bsystem\b",
            rf"{_NOT}[^\n]{{0,40}}?\broles?\b[^\n]{{0,40}}?\bsystem\b",
            rf"\bsystem\b[^\n]{{0,20}}?{_NOT}[^\n]{{0,60}}?\brole",
            rf"\broles?\b[^\n]{{0,30}}?\bsystem\b[^\n]{{0,30}}?{_NOT}",
            r"\broles?\b[^.\n]{0,30}\balternat|\balternat\w*[^.\n]{0,30}\brole",
            r"\broles? (?:must|should|can only) be [^.\n]{0,20}\buser\b",
            r"\brole\b[^\n]{0,60}\b(?:got|found|received)\W{1,3}system\b",
            r"\bfirst message[^.\n]{0,40}\buser\b",
            r"\bonly\b[^.\n]{0,20}\buser\b[^.\n]{0,40}\brole",
            r"\broles?\b[^.\n]{0,20}\bonly\b[^.\n]{0,20}\buser\b",
            r"must (?:start|begin) with [^.\n]{0,20}\buser\b",
            r"\bdeveloper (?:instruction|message|role)",
            r"\bmessages?\W{0,3}0\W{1,3}role\b",
            r"\bjinja|\bchat[ _]template|template ?error",
        )
    ),
    re.IGNORECASE,
)


class UnsupportedField(AttemptFailed):
    """Report that the server does not take a field of the request."""

    def __init__(self, field: str) -> None:
        super().__init__("field_refused")
        self.field = field


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Describe how one server is asked: output mode, the field that bounds the answer, fields that it does not take.

    With `folds_system` the system text goes into the first message of the user.
    """

    mode: OutputMode = "json_schema"
    max_tokens_field: str | None = "max_tokens"
    without: frozenset[str] = frozenset()
    folds_system: bool = False

    def fields(self, schema: Mapping[str, Any], parameters: Mapping[str, Any], max_tokens: int) -> dict[str, Any]:
        """Build a request's fields beside its messages."""
        fields = {name: value for name, value in parameters.items() if name not in self.without}
        if self.max_tokens_field is not None:
            fields[self.max_tokens_field] = max_tokens
        if self.mode == "json_schema":
            form = {"name": SCHEMA_NAME, "strict": True, "schema": schema}
            fields[FORM_FIELD] = {"type": "json_schema", "json_schema": form}
        elif self.mode == "json_object":
            fields[FORM_FIELD] = {"type": "json_object"}
        return fields

    def messages(self, messages: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
        """Return the messages as this server takes them, with the roles in turn."""
        system = [message["content"] for message in messages if message["role"] == "system"]
        if not system or not self.folds_system:
            return list(messages)
        first, *rest = (message for message in messages if message["role"] != "system")
        return [{**first, "content": "\n\n".join((*system, first["content"]))}, *rest]

    def at_loosest(self, mode: OutputMode) -> Capabilities:
        """Return the same in this mode, unless its own is as loose."""
        return replace(self, mode=max(self.mode, mode, key=_MODES.index))

    def unsupported(self, field: str) -> Capabilities:
        """Return these capabilities without what was refused; unchanged if there is nothing left to leave out."""
        if field == FORM_FIELD:
            return replace(self, mode=looser(self.mode))
        if field == SYSTEM_FIELD:
            return replace(self, folds_system=True)
        if field == self.max_tokens_field:
            return replace(self, max_tokens_field=_MAX_TOKENS_FIELDS[field])
        return replace(self, without=self.without | {field}) if field in _OPTIONAL else self


class CapabilityCache:
    """Cache what is known of one server and model; it expires `ttl_s` after it was last learnt.

    A mode that a server takes and does not keep to is given up once a looser one has got a valid draft in the same
    request, if it never got one itself; a mode that did only if it is ignored twice in a row.
    """

    def __init__(self, clock: Clock, ttl_s: float = TTL_S) -> None:
        self._clock, self._ttl_s = clock, ttl_s
        self._known, self._learned_at = Capabilities(), clock.monotonic()
        self._ignored, self._is_proven = 0, False

    def current(self) -> Capabilities:
        """Return how to ask now."""
        if self._known != Capabilities() and self._clock.monotonic() - self._learned_at >= self._ttl_s:
            self._learn(Capabilities())
        return self._known

    def mark_unsupported(self, asked: Capabilities, field: str) -> bool:
        """Record that a request was refused for a field; return whether it will be asked differently now."""
        if asked == self._known:
            self._learn(asked.unsupported(field))
        return asked != self._known

    def mark_honoured(self, asked: Capabilities) -> None:
        """Record a valid draft in the form that was asked for, in the mode that is tried first or in a looser one."""
        if asked == self._known:
            self._ignored, self._is_proven = 0, True
        elif self._is_looser(asked) and self._ignored and not self._is_proven:
            self._learn(asked)

    def mark_ignored(self, asked: Capabilities) -> None:
        """Record an answer that does not keep to the form: after some in a row a looser form is asked for."""
        if asked != self._known and not self._is_looser(asked):
            return
        self._ignored += 1
        if self._ignored >= IGNORED_MAX:
            self._learn(asked.unsupported(FORM_FIELD))

    def _is_looser(self, asked: Capabilities) -> bool:
        return asked != self._known and asked == self._known.at_loosest(asked.mode)

    def _learn(self, capabilities: Capabilities) -> None:
        self._known, self._learned_at = capabilities, self._clock.monotonic()
        self._ignored, self._is_proven = 0, False


def looser(mode: OutputMode) -> OutputMode:
    """Return the next mode that holds a server to less; the loosest stays."""
    return _MODES[min(_MODES.index(mode) + 1, len(_MODES) - 1)]


def refuses_system_role(text: str) -> bool:
    """Return whether an error says that the model takes no system message, or only a user's and its own in turn."""
    return _SYSTEM_ROLE.search(text[:_ERROR_MAX_CHARS]) is not None


def unsupported_field_in(parameter: object, text: str) -> str | None:
    """Find the request's field that an error is about: by its `param`, else the first that its text names."""
    match = _FIELDS.search(str(parameter)[:_ERROR_MAX_CHARS]) or _FIELDS.search(text[:_ERROR_MAX_CHARS])
    return match.lastgroup if match else None
