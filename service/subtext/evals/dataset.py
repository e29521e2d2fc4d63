"""Cases: labelled articles, read from JSONL files, one object a line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from subtext.errors import RequestInvalid
from subtext.evals.failure_log import ROW_INVALID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from subtext.evals.failure_log import FailureLog


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


class LabeledArticle(_Row):
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
class Dataset:
    """The cases of one file, and the hex SHA-256 of its bytes."""

    name: str
    sha256: str
    cases: tuple[LabeledArticle, ...]


def default_datasets() -> tuple[Path, ...]:
    """The project's own sets, in the order of their names."""
    folder = Path(str(files("subtext.evals").joinpath("sets")))
    return tuple(sorted(folder.glob("*.jsonl")))


def load_datasets(
    paths: Sequence[Path], labels: Iterable[str], limit: int | None = None, log: FailureLog | None = None
) -> tuple[Dataset, ...]:
    """Return the sets of these files, from at most `limit` rows in all.

    A row that is no case is recorded in `log`; without one it is raised, as is a file without any case
    (`RequestInvalid` naming file, line and field).
    """
    check = _CaseCheck(frozenset(labels))
    sets: list[Dataset] = []
    room = limit
    for path in paths:
        rows: Rows[LabeledArticle] = Rows(path, LabeledArticle, room, check)
        cases = tuple(rows.read(log))
        room = None if room is None else room - rows.count
        sets.append(Dataset(path.name, digest_of(path), cases))
    return tuple(sets)


def read_rows(path: Path, kind: type[Row], limit: int | None = None, log: FailureLog | None = None) -> tuple[Row, ...]:
    """Return the rows of a JSONL file, the first `limit` of them; what is no row is treated as in `load_datasets`."""
    return tuple(Rows(path, kind, limit).read(log))


class _CaseCheck:
    """Checks what one row cannot know of itself: the axis's labels, and ids over all files."""

    def __init__(self, labels: frozenset[str]) -> None:
        self._labels = labels
        self._ids: set[str] = set()

    def __call__(self, case: LabeledArticle) -> str | None:
        """Return what is wrong with the case, or None."""
        named = {*case.labels, *(voice.label for voice in case.voices), case.author or case.label}
        if stray := named - self._labels:
            return f"{', '.join(sorted(stray))} is no label of this axis: use {', '.join(sorted(self._labels))}"
        if case.id in self._ids:
            return f"the id {case.id} stands twice: give each article an id of its own"
        self._ids.add(case.id)
        return None


@dataclass
class Rows(Generic[Row]):
    """Reads the rows of one JSONL file; `count` is how many there were, `limit` how many are read at most."""

    path: Path
    kind: type[Row]
    limit: int | None = None
    check: Callable[[Row], str | None] = lambda _: None
    count: int = 0

    def read(self, log: FailureLog | None) -> Iterator[Row]:
        """Yield each row; raises `RequestInvalid` if none is of this kind, or at the first that is not without log."""
        problems: list[tuple[str, str]] = []
        for number, line in islice(self._lines(), self.limit):
            self.count += 1
            place = f"{self.path.name}, line {number}"
            try:
                yield self._row(line)
            except _RowInvalid as error:
                problems.append((place, str(error)))
        if problems and (log is None or len(problems) == self.count):
            raise RequestInvalid(": ".join(problems[0]))
        if log is not None:
            for place, message in problems:
                log.add(place, ROW_INVALID, message)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines that are not blank with their numbers; raises `RequestInvalid` if there are none."""
        lines = [(number, line) for number, line in enumerate(_bytes_of(self.path).split(b"\n"), 1) if line.strip()]
        if not lines:
            raise RequestInvalid(f"{self.path.name} holds no rows: give a JSONL file, one object a line")
        yield from lines

    def _row(self, line: bytes) -> Row:
        try:
            row = self.kind.model_validate_json(line.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise _RowInvalid("the row is not UTF-8: give a JSONL file, one object a line") from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "the row"
            raise _RowInvalid(f"{place}: {first['msg'].lower()}") from error
        if problem := self.check(row):
            raise _RowInvalid(problem)
        return row


class _RowInvalid(ValueError):
    """A line is no row of the kind that is read."""


def digest_of(path: Path) -> str:
    """Hex SHA-256 of a file, which ties figures to what they were measured on."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RequestInvalid(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
