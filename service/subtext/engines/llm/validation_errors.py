"""Describe validation errors of an answer, for the model that is asked again and for people.

An error names the field and what the field must hold, never the answer's own words: those may be anybody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_PROBLEMS_MAX: Final = 5
_REQUIRED: Final = frozenset(("sentences", "text", "evidence", "quote", "pole", "label"))
_EXPECTED: Final = {
    "target": "a name, or null",
    "headline": "a line of text",
    "sentences": "a list of 1 to 10 objects, each with text and quotes",
    "text": "a sentence",
    "quotes": "a list of texts copied from the article",
    "evidence": "a list of objects, each with quote, speaker, pole, indicator, strength and polarity",
    "quote": "a text copied from the article",
    "speaker": "a name, null or an empty text",
    "indicator": "a code of the pole, or null",
    "rationale": "one or two sentences",
    "confidence": "a whole number from 0 to 100",
}


def describe_validation_errors(error: ValidationError, schema: Mapping[str, Any]) -> str:
    """Describe what does not fit, by field, with what each must hold; of many errors the first few."""
    errors = error.errors(include_input=False, include_url=False, include_context=False)
    problems = [problem for problem in errors if _is_cause(problem)]
    return "; ".join(_describe(problem, schema) for problem in problems[:_PROBLEMS_MAX])


def _is_cause(problem: ErrorDetails) -> bool:
    """Return whether an answer is rejected for this: a field too many or an optional one too few is repaired."""
    if problem["type"] == "missing":
        return problem["loc"][-1] in _REQUIRED
    return problem["type"] != "extra_forbidden"


def _describe(problem: ErrorDetails, schema: Mapping[str, Any]) -> str:
    path = list(problem["loc"])
    if problem["type"] == "value_error":
        return f"{_to_dotted(path)} holds characters that hide or turn words"
    stated = "is missing: it must be" if problem["type"] == "missing" else "must be"
    return f"{_to_dotted(path)} {stated} {_expect(path, schema)}"


def _expect(path: list[int | str], schema: Mapping[str, Any]) -> str:
    """Describe what the schema wants at a place: a word of a list, or what its name is known for."""
    node: Mapping[str, Any] = schema
    for step in path:
        node = node["items"] if isinstance(step, int) else node["properties"][step]
    words = [word for word in node.get("enum", ()) if isinstance(word, str)]
    if words:
        return f"one of {', '.join(words)}"
    names = [step for step in path if isinstance(step, str)]
    # An entry of a list has no name of its own.
    if path and isinstance(path[-1], int):
        return "an object with the fields of the schema" if node.get("type") == "object" else "a text"
    return _EXPECTED[names[-1]] if names else "one JSON object with the fields of the schema"


def _to_dotted(path: Iterable[int | str]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return steps.removeprefix(".") or "the answer"
