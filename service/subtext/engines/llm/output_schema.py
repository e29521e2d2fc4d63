"""Output schema: what a model is asked to write, and how its answer is parsed into a draft.

Flat, every field required, quotes without offsets, no ids, integer percentages: servers that constrain a model to a
schema enforce no more than that reliably. What they leave open is fitted to the schema first, as far as it is a matter
of form (`answer_normalization`, which counts each repair), and then checked here, strictly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, create_model

from subtext.domain.axis import NEITHER
from subtext.domain.draft import Draft, DraftEvidence, DraftFraming, DraftSentence, DraftSummary
from subtext.domain.evidence import Match, Polarity, Strength
from subtext.domain.grounding import ground
from subtext.domain.text.normalization import NormalizedText
from subtext.engines.llm.answer_normalization import MAX_EVIDENCE, MAX_QUOTES, MAX_SENTENCES, AnswerNormalizer
from subtext.engines.llm.answer_values import MAX_LINE_CHARS, MAX_NAME_CHARS, MAX_PROSE_CHARS, MAX_QUOTE_CHARS
from subtext.engines.llm.vocabulary import AnswerVocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from subtext.analysis.ports import AnalysisPart
    from subtext.domain.axis import Axis

# What stands for a field that a cut answer does not reach; it never leaves this module.
_PLACEHOLDERS: Mapping[str, Any] = {
    "target": None,
    "headline": "-",
    "sentences": [{"text": "-", "quotes": []}],
    "evidence": [],
    "rationale": "",
    "label": NEITHER,
    "confidence": None,
}

# What a grammar-constrained server needs; of the rest, some servers refuse the schema and some ignore it.
_SCHEMA_KEYWORDS = frozenset(
    ("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "description")
)

# The kinds of error that those keywords do not rule out.
_NOT_IN_SCHEMA = frozenset(("string_too_short", "string_too_long", "too_short", "too_long", "value_error"))

# What turns or hides the words round it has no place in a sentence for people; other controls are no words at all.
_MISLEADING = re.compile("[\x00\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _plain(text: str) -> str:
    if text.isprintable():
        return text
    if _MISLEADING.search(text):
        raise ValueError("characters that hide or turn words")
    return _CONTROLS.sub("", text)


_Plain = Annotated[str, AfterValidator(_plain)]
_Name = Annotated[_Plain, Field(max_length=MAX_NAME_CHARS)]
_Line = Annotated[_Plain, Field(max_length=MAX_LINE_CHARS)]
_Prose = Annotated[_Plain, Field(min_length=1, max_length=MAX_PROSE_CHARS)]
_Quote = Annotated[str, Field(max_length=MAX_QUOTE_CHARS)]
# The values are listed because servers that ignore a number's bounds keep to a list; others between them are taken too.
# None, for an answer that gives no confidence, is not offered to the model.
_Percent = Annotated[
    Annotated[int, Field(ge=0, le=100)] | None,
    WithJsonSchema({"enum": list(range(0, 101, 5)), "type": "integer"}),
]
_Speaker = Annotated[_Name | None, Field(description="null: the author; empty: cannot be told")]


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _WireSentence(_Wire):
    text: _Prose
    quotes: Annotated[list[_Quote], Field(max_length=MAX_QUOTES)]

    def to_domain(self) -> DraftSentence:
        return DraftSentence(self.text, tuple(self.quotes))


class _WireEvidence(_Wire):
    quote: _Quote
    speaker: _Speaker
    pole: str
    indicator: str | None
    strength: Strength
    polarity: Polarity

    def to_domain(self) -> DraftEvidence:
        return DraftEvidence(self.quote, self.speaker, self.pole, self.strength, self.polarity, self.indicator)


class _Answer(_Wire):
    target: _Name | None


class _Summarised(_Answer):
    headline: _Line
    sentences: Annotated[list[_WireSentence], Field(min_length=1, max_length=MAX_SENTENCES)]

    def summary(self) -> DraftSummary:
        return DraftSummary(self.headline, tuple(sentence.to_domain() for sentence in self.sentences))


class _Framed(_Answer):
    # Evidence comes first: a model that writes in the schema's order decides on what it has just quoted.
    evidence: Annotated[list[_WireEvidence], Field(max_length=MAX_EVIDENCE)]
    rationale: Annotated[_Plain, Field(max_length=MAX_PROSE_CHARS)]
    label: str
    confidence: _Percent

    def framing(self) -> DraftFraming:
        evidence = tuple(item.to_domain() for item in self.evidence)
        confidence = None if self.confidence is None else self.confidence / 100
        return DraftFraming(self.label, confidence, self.rationale, evidence)


@dataclass(frozen=True, slots=True)
class OutputSchema:
    """Describe an answer for one set of parts on one axis: its JSON schema, also as compact text."""

    model: type[_Answer]
    schema: Mapping[str, Any]
    schema_text: str
    normalizer: AnswerNormalizer

    def draft(self, value: object) -> Draft:
        """Validate a normalized answer and return its draft; raises pydantic's `ValidationError`."""
        answer = self.model.model_validate(value)
        return Draft(
            target=answer.target or None,
            summary=answer.summary() if isinstance(answer, _Summarised) else None,
            framing=answer.framing() if isinstance(answer, _Framed) else None,
        )

    def admits(self, value: object) -> bool:
        """Return whether the schema, as it goes to a server, admits a decoded answer: it says nothing of lengths."""
        try:
            self.model.model_validate(value)
        except ValidationError as error:
            return all(item["type"] in _NOT_IN_SCHEMA for item in error.errors(include_input=False, include_url=False))
        return True

    def parse_truncated(self, value: Mapping[str, Any]) -> Draft:
        """Parse an answer that was cut short: each part as far as it goes, None if it had not begun.

        Raises `ValidationError` if what there is does not fit.
        """
        padding = {name: filler for name, filler in _PLACEHOLDERS.items() if name in self.schema["properties"]}
        draft = self.draft(padding | dict(value))
        framing = draft.framing
        if framing is not None and "label" not in value:
            framing = replace(framing, label=None)
        return replace(
            draft,
            summary=draft.summary if "sentences" in value else None,
            framing=framing if "evidence" in value else None,
        )


def is_empty(draft: Draft, text: str | None = None) -> bool:
    """Return whether a draft has no sentence of a summary, no label and no evidence.

    The label `neither` without evidence is an answer like any other. If the article's text is given, evidence counts
    only if one of its quotes is found there.
    """
    if draft.summary is not None and any(sentence.text.strip() for sentence in draft.summary.sentences):
        return False
    if draft.framing is None:
        return True
    if draft.framing.label is not None:
        return False
    quotes = [item.quote for item in draft.framing.evidence]
    if text is None or not quotes:
        return not quotes
    article = NormalizedText(text)
    return not any(isinstance(ground(quote, article), Match) for quote in quotes)


@lru_cache(maxsize=64)
def output_schema_for(parts: frozenset[AnalysisPart], axis: Axis) -> OutputSchema:
    """Build the schema for these parts, with the axis's poles, labels and indicators as the only ones; cached."""
    bases: dict[AnalysisPart, type[_Answer]] = {"framing": _framing_model(axis), "summary": _Summarised}
    # Of several bases pydantic lists the fields of the last one first.
    model = cast("type[_Answer]", create_model("Answer", __base__=tuple(bases[part] for part in sorted(parts))))
    schema = _inline_refs(model.model_json_schema())
    normalizer = AnswerNormalizer(tuple(schema["properties"]), AnswerVocabulary.from_axis(axis))
    return OutputSchema(model, schema, orjson.dumps(schema).decode(), normalizer)


def _framing_model(axis: Axis) -> type[_Framed]:
    codes = tuple(indicator.code for indicator in axis.indicators)
    one_of: Any = Literal.__getitem__
    evidence = create_model(
        "Evidence",
        __base__=_WireEvidence,
        pole=(one_of(axis.poles), ...),
        indicator=(one_of(codes) | None if codes else None, ...),
    )
    items: Any = Annotated[list[evidence], Field(max_length=MAX_EVIDENCE)]
    return create_model("Framed", __base__=_Framed, label=(one_of(axis.labels), ...), evidence=(items, ...))


def _inline_refs(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve the schema's references, and keep only the keywords that every server takes."""
    definitions = schema.get("$defs", {})

    def flatten(node: Any) -> Any:
        if isinstance(node, list):
            return [flatten(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return flatten(definitions[node["$ref"].rpartition("/")[2]])
        flat = {key: flatten(value) for key, value in node.items() if key in _SCHEMA_KEYWORDS}
        if "properties" in node:
            flat["properties"] = {name: flatten(value) for name, value in node["properties"].items()}
        return flat

    flattened: dict[str, Any] = flatten(schema)
    return flattened
