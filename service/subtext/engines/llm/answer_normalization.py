"""Normalize a model's answer: fit its form to the schema before it is checked, and count every repair.

Tolerant of form: a field too many is dropped, a missing optional one is left empty, a word is matched in any spelling,
a list over its limit is cut. Strict on substance: a label, a pole, a quote or a confidence is read or not, never
guessed. What cannot be read stays as it is, and the strict check that follows refuses it by name. A quote is cut only
to a length at which grounding refuses it as too long: what is left of it can never pass for the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from subtext.engines.llm.answer_values import (
    MAX_PROSE_CHARS,
    MISSING,
    cut_text,
    find_word,
    find_word_or,
    is_absent,
    read_confidence,
    read_line,
    read_prose,
    read_quote,
    read_speaker,
    read_target,
    to_text,
)
from subtext.engines.llm.repairs import Tally, to_repairs
from subtext.engines.llm.vocabulary import POLARITIES, STRENGTHS, fold_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from subtext.domain.analysis import Repair
    from subtext.engines.llm.vocabulary import AnswerVocabulary

    Read = Callable[[Any, Tally], Any]

MAX_SENTENCES: Final = 10
MAX_QUOTES: Final = 5
MAX_EVIDENCE: Final = 40

# Entries of one list that are looked at, objects or lists around an answer that are taken off.
_ENTRIES_READ: Final = 1_000
LAYERS_MAX: Final = 3
# Parts of an answer that models put into an object of its own.
_PARTS: Final = ("framing", "summary")
# Names of fields by their folded spelling, and further names that models give them.
_SENTENCE: Final = {"text": "text", "sentence": "text", "quotes": "quotes", "quote": "quotes"}
_EVIDENCE: Final = {name: name for name in ("quote", "speaker", "pole", "indicator", "strength", "polarity")} | {
    "text": "quote"
}


@dataclass(frozen=True, slots=True)
class Normalized:
    """An answer in the schema's shape, as far as it can be read, and what was put right in it."""

    value: Any
    repairs: tuple[Repair, ...] = ()


class AnswerNormalizer:
    """Normalize the answers of one form: its top-level fields, with the vocabulary of one axis."""

    def __init__(self, fields: tuple[str, ...], vocabulary: AnswerVocabulary) -> None:
        self._fields = {fold_word(name): name for name in fields}
        self._vocabulary = vocabulary
        readers: Mapping[str, Read] = {
            "target": read_target,
            "headline": read_line,
            "sentences": _read_sentences,
            "evidence": self._read_evidence,
            "rationale": read_prose,
            "label": self._read_label,
            "confidence": read_confidence,
        }
        self._readers = {name: readers[name] for name in fields}

    def normalize(self, value: object, *, whole: bool = True) -> Normalized:
        """Return a decoded answer in the schema's shape; of one that is not `whole` nothing missing is filled in.

        Raises `ValueError` if an object holds one field in two spellings.
        """
        tally = Tally()
        answer = self._unwrap(value, tally)
        if not isinstance(answer, dict):
            return Normalized(answer)
        fields = _name_fields(self._join_parts(answer, tally), self._fields, tally)
        for name, read in self._readers.items():
            if name in fields or (whole and name not in _REQUIRED):
                fields[name] = read(fields.get(name, MISSING), tally)
        return Normalized(fields, to_repairs(tally))

    def _unwrap(self, value: Any, tally: Tally) -> Any:
        """Take off lists of one, and objects around one object that hold no field of the form themselves."""
        for _ in range(LAYERS_MAX):
            inner = value
            if isinstance(value, list) and len(value) == 1:
                inner = value[0]
            elif isinstance(value, dict) and not any(fold_word(name) in self._fields for name in value):
                objects = [item for item in value.values() if _holds_object(item)]
                inner = objects[0] if len(objects) == 1 else value
            if inner is value:
                break
            tally["unwrapped"] += 1
            tally["field_dropped"] += len(value) - 1
            value = inner
        return value

    def _join_parts(self, answer: dict[str, Any], tally: Tally) -> dict[str, Any]:
        """Lift the fields of a summary or a framing that stand in an object of their own."""
        joined = dict(answer)
        for name, inner in answer.items():
            if isinstance(inner, dict) and fold_word(name) in _PARTS and self._completes(inner, joined):
                del joined[name]
                tally["unwrapped"] += 1
                tally["field_dropped"] += sum(key in joined for key in inner)
                joined = {**inner, **joined}
        return joined

    def _completes(self, inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
        return any(fold_word(key) in self._fields and key not in outer for key in inner)

    def _read_label(self, value: Any, tally: Tally) -> Any:
        label = find_word(value, self._vocabulary.labels, tally)
        return value if label is None else label

    def _read_evidence(self, value: Any, tally: Tally) -> Any:
        if is_absent(value):
            tally["field_defaulted"] += 1
            return []
        return _read_entries(value, self._read_claim, MAX_EVIDENCE, tally)

    def _read_claim(self, item: Any, tally: Tally) -> dict[str, Any] | None:
        """Read an entry of the evidence; None if its quote or its pole cannot be read."""
        if not isinstance(item, dict):
            return None
        fields = _name_fields(item, _EVIDENCE, tally)
        quote = read_quote(fields.get("quote"), tally)
        pole = find_word(fields.get("pole"), self._vocabulary.poles, tally)
        if quote is None or pole is None:
            return None
        return {
            "quote": quote,
            "speaker": read_speaker(fields.get("speaker", MISSING), tally),
            "pole": pole,
            "indicator": self._read_indicator(fields.get("indicator", MISSING), pole, tally),
            "strength": find_word_or(fields.get("strength"), STRENGTHS, "weak", tally),
            "polarity": find_word_or(fields.get("polarity"), POLARITIES, "asserts", tally),
        }

    def _read_indicator(self, value: Any, pole: str, tally: Tally) -> str | None:
        if value is None:
            return None
        if is_absent(value):
            tally["field_defaulted"] += 1
            return None
        code = find_word(value, self._vocabulary.indicators[pole], tally)
        tally["indicator_dropped"] += code is None
        return code


# Without these an answer says nothing; the others are left empty if they are missing.
_REQUIRED: Final = frozenset(("sentences", "evidence", "label"))


def _holds_object(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict))


def _name_fields(item: Mapping[str, Any], names: Mapping[str, str], tally: Tally) -> dict[str, Any]:
    """Return the fields of an object under the schema's names, without those that it does not have."""
    fields: dict[str, Any] = {}
    for key, value in item.items():
        name = key if names.get(key) == key else names.get(fold_word(key))
        if name is None or (name != key and name in item):
            tally["field_dropped"] += 1
            continue
        if name in fields:
            raise ValueError("an object has the same name twice: give each name once")
        if name != key:
            tally["spelling_matched"] += 1
        fields[name] = value
    return fields


def _read_sentences(value: Any, tally: Tally) -> Any:
    return _read_entries(value, _read_sentence, MAX_SENTENCES, tally)


def _read_sentence(item: Any, tally: Tally) -> dict[str, Any] | None:
    """Read a sentence of the summary; None if it has no text. One that comes without quotes rests on none."""
    if isinstance(item, str):
        tally["shape_fitted"] += 1
        item = {"text": item, "quotes": []}
    if not isinstance(item, dict):
        return None
    fields = _name_fields(item, _SENTENCE, tally)
    text = to_text(fields.get("text"), tally)
    if text is None or not text.strip():
        return None
    quotes = _read_quotes(fields.get("quotes"), tally)
    return {"text": cut_text(text, MAX_PROSE_CHARS, tally), "quotes": quotes}


def _read_quotes(value: Any, tally: Tally) -> list[str]:
    if not isinstance(value, list | dict | str) or is_absent(value):
        tally["field_defaulted"] += 1
        return []
    quotes = _read_entries(value, read_quote, MAX_QUOTES, tally, may_be_empty=True)
    return list(quotes)


def _read_entries(value: Any, read: Read, most: int, tally: Tally, *, may_be_empty: bool = False) -> Any:
    """Read a list entry by entry: leave out what cannot be read, and what is beyond the limit.

    An entry in the place of a list is a list of one. If no entry can be read the list stays as it is.
    """
    if isinstance(value, dict | str):
        tally["shape_fitted"] += 1
        value = [value]
    if not isinstance(value, list):
        return value
    entries: list[Any] = []
    looked_at = 0
    for item in value[:_ENTRIES_READ]:
        if len(entries) == most:
            break
        looked_at += 1
        repairs = Tally()
        entry = read(item, repairs)
        if entry is None:
            tally["entry_dropped"] += 1
        else:
            if repairs:
                tally.update(repairs)
            entries.append(entry)
    if not entries and not may_be_empty:
        return value[:1]
    if len(value) > looked_at:
        tally["list_cut"] += len(value) - looked_at
    return entries
