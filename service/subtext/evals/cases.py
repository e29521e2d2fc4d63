"""Cases: labelled articles, read from JSONL files, one object a line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from subtext.domain.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


Row = TypeVar("Row", bound=BaseModel)


class _Row(BaseModel):
    """A row's fields that we read; what else a file says of an article is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CodedQuote(_Row):
    """Words that a coder took as evidence, for which pole, and whose claim: `speaker` says whose, None the author's."""

    quote: str = Field(min_length=1)
    pole: str
    voice: Literal["author", "attributed"] = "author"
    speaker: str | None = None


class CodedVoice(_Row):
    """A quoted or reported speaker, and the label of what that speaker says of the target."""

    speaker: str
    label: str


class Case(_Row):
    """One labelled article: `labels` are all that count as right, more than one where coders did not agree.

    `rival` is who stands against the target, and is framed the other way round, where the article has such a side.
    """

    id: str = Field(min_length=1)
    title: str = ""
    text: str = Field(min_length=1)
    target: str | None = None
    rival: str | None = None
    label: str
    labels: tuple[str, ...] = ()
    author: str | None = None
    voices: tuple[CodedVoice, ...] = ()
    evidence: tuple[CodedQuote, ...] = ()
    kind: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill_labels(cls, row: Any) -> Any:
        """`labels` from `label` where a row has only that."""
        return {**row, "labels": row.get("labels") or [row.get("label")]} if isinstance(row, dict) else row

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        if self.label not in self.labels:
            raise ValueError("label must be one of labels")
        return self


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """The cases of one file, and the hex SHA-256 of its bytes."""

    name: str
    sha256: str
    cases: tuple[Case, ...]


def shipped_sets() -> tuple[Path, ...]:
    """The project's own sets, in the order of their names."""
    folder = Path(str(files("subtext.evals").joinpath("sets")))
    return tuple(sorted(folder.glob("*.jsonl")))


def read_sets(paths: Sequence[Path], labels: Iterable[str], limit: int | None = None) -> tuple[LabelledSet, ...]:
    """The sets of these files, at most `limit` cases in all; raises `RequestInvalid` naming file, line and field."""
    legal = frozenset(labels)
    sets: list[LabelledSet] = []
    room = limit
    for path in paths:
        found = _read_set(path, legal, room)
        room = None if room is None else room - len(found.cases)
        sets.append(found)
    _require_distinct(sets)
    return tuple(sets)


def _read_set(path: Path, legal: frozenset[str], limit: int | None) -> LabelledSet:
    lines = list(read_rows(path, Case))
    for number, case in lines:
        if stray := {*case.labels, *(v.label for v in case.voices), case.author or case.label} - legal:
            raise RequestInvalid(
                f"{path.name}, line {number}: {', '.join(sorted(stray))} is no label of this axis: "
                f"use {', '.join(sorted(legal))}"
            )
    cases = tuple(case for _, case in lines[:limit])
    return LabelledSet(path.name, digest_of(path), cases)


def read_rows(path: Path, kind: type[Row]) -> Iterator[tuple[int, Row]]:
    """Each row of a JSONL file with its line number; raises `RequestInvalid` where one is not of this kind."""
    count = 0
    for number, line in enumerate(_text_of(path).split("\n"), 1):
        if not line.strip():
            continue
        count += 1
        try:
            yield number, kind.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "the row"
            raise RequestInvalid(f"{path.name}, line {number}: {place}: {first['msg'].lower()}") from error
    if not count:
        raise RequestInvalid(f"{path.name} holds no rows: give a JSONL file, one object a line")


def digest_of(path: Path) -> str:
    """Hex SHA-256 of a file, which ties figures to what they were measured on."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RequestInvalid(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise RequestInvalid(f"{path} is not UTF-8: give a JSONL file, one object a line") from error


def _require_distinct(sets: Iterable[LabelledSet]) -> None:
    seen: set[str] = set()
    for of_file in sets:
        for case in of_file.cases:
            if case.id in seen:
                raise RequestInvalid(
                    f"{of_file.name}: the id {case.id} stands twice: give each article an id of its own"
                )
            seen.add(case.id)
